package main

import (
	"fmt"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// usualCapabilities are those that container runtimes leave to root.
var usualCapabilities = []string{
	"CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP",
	"SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE",
}

// capabilities are the names of all capabilities by their number.
var capabilities = []string{
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
	"SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW",
	"IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
	"SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD",
	"LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
	"WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
}

// privileges are the user of a container and the rights of its processes.
type privileges struct {
	User, Group     int
	Groups          []int
	NoNewPrivileges bool
	// KeptCapabilities stay if the user is root; others have none.
	KeptCapabilities []string
}

func (c *container) privileges() privileges {
	context := c.config.GetLinux().GetSecurityContext()
	p := privileges{
		User:             int(c.image.User),
		NoNewPrivileges:  context.GetNoNewPrivs(),
		KeptCapabilities: keptCapabilities(context),
	}
	if context.GetRunAsUser() != nil {
		p.User = int(context.GetRunAsUser().GetValue())
	}
	if context.GetRunAsGroup() != nil {
		p.Group = int(context.GetRunAsGroup().GetValue())
	}
	for _, group := range context.GetSupplementalGroups() {
		p.Groups = append(p.Groups, int(group))
	}
	return p
}

func keptCapabilities(context *runtimeapi.LinuxContainerSecurityContext) []string {
	if context.GetPrivileged() {
		return capabilities
	}
	kept := slices.Clone(usualCapabilities)
	without := func(name string) bool {
		return slices.Contains(context.GetCapabilities().GetDropCapabilities(), name)
	}
	if without("ALL") {
		kept = nil
	}
	kept = slices.DeleteFunc(kept, without)
	for _, name := range context.GetCapabilities().GetAddCapabilities() {
		kept = append(kept, strings.TrimPrefix(name, "CAP_"))
	}
	if slices.Contains(kept, "ALL") {
		return capabilities
	}
	return kept
}

// limit takes rights from the calling thread and what it executes.
func (p *privileges) limit() error {
	for number, name := range capabilities {
		if slices.Contains(p.KeptCapabilities, name) {
			continue
		}
		// An older kernel doesn't know the last ones.
		err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(number), 0, 0, 0)
		if err != nil && err != unix.EINVAL {
			return fmt.Errorf("failed to drop the capability %s: %w", name, err)
		}
	}
	if p.NoNewPrivileges {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("failed to exclude new privileges: %w", err)
		}
	}
	return nil
}

// drop makes this process that of the user, before it executes a command.
func (p *privileges) drop() error {
	if err := p.limit(); err != nil {
		return err
	}
	if err := syscall.Setgroups(p.Groups); err != nil {
		return fmt.Errorf("failed to set the groups: %w", err)
	}
	if err := syscall.Setgid(p.Group); err != nil {
		return fmt.Errorf("failed to set the group: %w", err)
	}
	if err := syscall.Setuid(p.User); err != nil {
		return fmt.Errorf("failed to set the user: %w", err)
	}
	// Another user has no death signal.
	return unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
}

// credential describes the user to a command that another process starts.
func (p *privileges) credential() *syscall.Credential {
	groups := make([]uint32, len(p.Groups))
	for i, group := range p.Groups {
		groups[i] = uint32(group)
	}
	return &syscall.Credential{Uid: uint32(p.User), Gid: uint32(p.Group), Groups: groups}
}
