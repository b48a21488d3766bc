package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const cgroupRoot = "/sys/fs/cgroup"

// cgroups limits and measures the memory and the CPU of containers, in version 1 or 2.
type cgroups struct {
	unified bool
	folders []string // one, or in version 1 one for each controller
}

// cgroup is the group of a container, or nil if there are no groups.
type cgroup struct {
	unified bool
	folders []string
}

// groupPrefix stands before the id of the process whose containers are in a group.
const groupPrefix = "vestibule-cluster-"

func newCgroups() (*cgroups, error) {
	name := groupPrefix + strconv.Itoa(os.Getpid())
	var info unix.Statfs_t
	if err := unix.Statfs(cgroupRoot, &info); err != nil {
		return nil, err
	}
	made := &cgroups{unified: info.Type == unix.CGROUP2_SUPER_MAGIC}
	if made.unified {
		made.folders = []string{filepath.Join(cgroupRoot, name)}
		if err := delegate(cgroupRoot); err != nil {
			return nil, err
		}
	} else {
		for _, controller := range []string{"memory", "cpu", "cpuacct"} {
			made.folders = append(made.folders, filepath.Join(cgroupRoot, controller, name))
		}
	}
	for _, folder := range made.folders {
		removeOld(filepath.Dir(folder))
		if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, err
		}
	}
	if made.unified {
		return made, delegate(made.folders[0])
	}
	return made, nil
}

func delegate(folder string) error {
	return os.WriteFile(filepath.Join(folder, "cgroup.subtree_control"), []byte("+memory +cpu"), 0)
}

func (g *cgroups) create(id string, resources *runtimeapi.LinuxContainerResources) (*cgroup, error) {
	if g == nil {
		return nil, nil
	}
	made := &cgroup{unified: g.unified}
	for _, folder := range g.folders {
		folder = filepath.Join(folder, id)
		if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, err
		}
		made.folders = append(made.folders, folder)
	}
	return made, made.limit(resources)
}

// remove removes the groups; their processes have ended.
func (g *cgroups) remove() {
	if g == nil {
		return
	}
	for _, folder := range g.folders {
		removeTree(folder)
	}
}

// removeOld removes the groups of processes that were killed.
func removeOld(parent string) {
	folders, _ := filepath.Glob(filepath.Join(parent, groupPrefix+"*"))
	for _, folder := range folders {
		process := strings.TrimPrefix(filepath.Base(folder), groupPrefix)
		if _, err := os.Stat("/proc/" + process); errors.Is(err, os.ErrNotExist) {
			removeTree(folder)
		}
	}
}

// removeTree removes a group and those of its containers.
func removeTree(folder string) {
	entries, _ := os.ReadDir(folder)
	for _, entry := range entries {
		if entry.IsDir() {
			removeGroup(filepath.Join(folder, entry.Name()))
		}
	}
	removeGroup(folder)
}

// removeGroup tries again while the kernel still ends its last process.
func removeGroup(folder string) {
	for range 20 {
		if err := os.Remove(folder); !errors.Is(err, unix.EBUSY) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (g *cgroup) remove() {
	if g == nil {
		return
	}
	for _, folder := range g.folders {
		removeGroup(folder)
	}
}

// files returns the files to which a process writes to join.
func (g *cgroup) files() []string {
	if g == nil {
		return nil
	}
	files := make([]string, len(g.folders))
	for i, folder := range g.folders {
		files[i] = filepath.Join(folder, "cgroup.procs")
	}
	return files
}

func (g *cgroup) limit(resources *runtimeapi.LinuxContainerResources) error {
	if g == nil {
		return nil
	}
	memory, quota, period := resources.GetMemoryLimitInBytes(), resources.GetCpuQuota(), resources.GetCpuPeriod()
	if memory > 0 {
		if err := g.write("memory.limit_in_bytes", "memory.max", strconv.FormatInt(memory, 10)); err != nil {
			return err
		}
	}
	if quota <= 0 || period <= 0 {
		return nil
	}
	if g.unified {
		return g.write("", "cpu.max", fmt.Sprintf("%d %d", quota, period))
	}
	if err := g.write("cpu.cfs_period_us", "", strconv.FormatInt(period, 10)); err != nil {
		return err
	}
	return g.write("cpu.cfs_quota_us", "", strconv.FormatInt(quota, 10))
}

func (g *cgroup) write(old, unified, text string) error {
	return os.WriteFile(g.file(old, unified), []byte(text), 0)
}

// file returns the path of a controller's file by its name in version 1 and in version 2.
func (g *cgroup) file(old, unified string) string {
	if g.unified {
		return filepath.Join(g.folders[0], unified)
	}
	controller, _, _ := strings.Cut(old, ".")
	for _, folder := range g.folders {
		if strings.HasPrefix(folder, filepath.Join(cgroupRoot, controller)+"/") {
			return filepath.Join(folder, old)
		}
	}
	return filepath.Join(g.folders[0], old)
}

// wasOutOfMemory returns true if the kernel killed a process of the group at its limit.
func (g *cgroup) wasOutOfMemory() bool {
	if g == nil {
		return false
	}
	return g.entry("memory.oom_control", "memory.events", "oom_kill") > 0
}

// memory returns the number of bytes in use.
func (g *cgroup) memory() uint64 {
	return g.entry("memory.usage_in_bytes", "memory.current", "")
}

// cpu returns the nanoseconds of CPU time.
func (g *cgroup) cpu() uint64 {
	if g.unified {
		return 1000 * g.entry("", "cpu.stat", "usage_usec")
	}
	return g.entry("cpuacct.usage", "", "")
}

// entry returns the number after the name, or the only number of the file; 0 if there is none.
func (g *cgroup) entry(old, unified, name string) uint64 {
	text, err := os.ReadFile(g.file(old, unified))
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(text), "\n") {
		value := line
		if name != "" {
			var found bool
			if value, found = strings.CutPrefix(line, name+" "); !found {
				continue
			}
		}
		number, _ := strconv.ParseUint(strings.TrimSpace(value), 10, 64)
		return number
	}
	return 0
}
