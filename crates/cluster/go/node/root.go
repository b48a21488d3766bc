package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// oldRoot is where a container's file system contains that of the machine while it is made.
const oldRoot = "/.machine"

// rootSpec is the file system of a container.
type rootSpec struct {
	Folder   string   // an empty folder for the layer of changes
	Layers   []string // the files of the image and of the machine, the first over the second
	ReadOnly bool
	Mounts   []mountSpec
	Masked   []string
	Fixed    []string // read-only
}

type mountSpec struct {
	Source, Target string
	ReadOnly       bool
}

func (c *container) rootSpec() rootSpec {
	context := c.config.GetLinux().GetSecurityContext()
	root := rootSpec{
		Folder:   c.folder,
		Layers:   []string{"/"},
		ReadOnly: context.GetReadonlyRootfs(),
		Masked:   context.GetMaskedPaths(),
		Fixed:    context.GetReadonlyPaths(),
	}
	if c.image.Root != "" {
		root.Layers = []string{c.image.Root, "/"}
	}
	for _, mount := range c.config.GetMounts() {
		source := mount.GetHostPath()
		// A link in it would lead into the container's own files.
		if resolved, err := filepath.EvalSymlinks(source); err == nil {
			source = resolved
		}
		root.Mounts = append(root.Mounts, mountSpec{source, mount.GetContainerPath(), mount.GetReadonly()})
	}
	return root
}

// enter makes the file system the root of the calling process, which has its own mount namespace.
func (r *rootSpec) enter() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("failed to make mounts private: %w", err)
	}
	merged := filepath.Join(r.Folder, "root")
	if err := r.overlay(merged); err != nil {
		return err
	}
	if err := os.MkdirAll(merged+oldRoot, 0o700); err != nil {
		return err
	}
	if err := unix.PivotRoot(merged, merged+oldRoot); err != nil {
		return fmt.Errorf("failed to change the root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := systemMounts(); err != nil {
		return err
	}
	for _, mount := range r.Mounts {
		if err := mount.make(); err != nil {
			return fmt.Errorf("failed to mount %s: %w", mount.Target, err)
		}
	}
	if err := r.protect(); err != nil {
		return err
	}
	if err := unix.Unmount(oldRoot, unix.MNT_DETACH); err != nil {
		return err
	}
	if err := os.Remove(oldRoot); err != nil {
		return err
	}
	if r.ReadOnly {
		return remountReadOnly("/")
	}
	return nil
}

func (r *rootSpec) overlay(merged string) error {
	upper, work := filepath.Join(r.Folder, "changes"), filepath.Join(r.Folder, "work")
	for _, folder := range []string{merged, upper, work} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", strings.Join(r.Layers, ":"), upper, work)
	if err := unix.Mount("overlay", merged, "overlay", 0, options); err != nil {
		return fmt.Errorf("failed to mount the container's root (%s): %w", options, err)
	}
	return nil
}

// systemMounts makes /proc, /sys, /dev and the folders of temporary files.
func systemMounts() error {
	mounts := []struct {
		kind, target, options string
		flags                 uintptr
	}{
		{"proc", "/proc", "", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC},
		{"sysfs", "/sys", "", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_RDONLY},
		{"tmpfs", "/run", "mode=755", unix.MS_NOSUID | unix.MS_NODEV},
		{"tmpfs", "/tmp", "mode=1777", unix.MS_NOSUID | unix.MS_NODEV},
		{"tmpfs", "/dev", "mode=755", unix.MS_NOSUID},
		{"devpts", "/dev/pts", "newinstance,ptmxmode=0666,mode=620", unix.MS_NOSUID | unix.MS_NOEXEC},
		{"tmpfs", "/dev/shm", "mode=1777", unix.MS_NOSUID | unix.MS_NODEV},
	}
	for _, mount := range mounts {
		if err := os.MkdirAll(mount.target, 0o755); err != nil {
			return err
		}
		err := unix.Mount(mount.kind, mount.target, mount.kind, mount.flags, mount.options)
		if err != nil {
			return fmt.Errorf("failed to mount %s: %w", mount.target, err)
		}
	}
	for _, name := range []string{"null", "zero", "full", "random", "urandom", "tty"} {
		device := mountSpec{Source: "/dev/" + name, Target: "/dev/" + name}
		if err := device.make(); err != nil {
			return fmt.Errorf("failed to mount %s: %w", device.Target, err)
		}
	}
	links := map[string]string{
		"/dev/ptmx":   "pts/ptmx",
		"/dev/fd":     "/proc/self/fd",
		"/dev/stdin":  "/proc/self/fd/0",
		"/dev/stdout": "/proc/self/fd/1",
		"/dev/stderr": "/proc/self/fd/2",
	}
	for link, target := range links {
		if err := os.Symlink(target, link); err != nil {
			return err
		}
	}
	return nil
}

// make mounts a file or folder of the machine. Links are followed in the container's root.
func (m *mountSpec) make() error {
	source := oldRoot + m.Source
	info, err := os.Stat(source)
	if errors.Is(err, os.ErrNotExist) {
		// As other runtimes do for a folder of the machine.
		if err := os.MkdirAll(source, 0o755); err != nil {
			return err
		}
		info, err = os.Stat(source)
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		err = os.MkdirAll(m.Target, 0o755)
	} else {
		err = makeFile(m.Target)
	}
	if err != nil {
		return err
	}
	if err := unix.Mount(source, m.Target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	if m.ReadOnly {
		return remountReadOnly(m.Target)
	}
	return nil
}

func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	return file.Close()
}

// protect hides kernel files, and makes others read-only.
func (r *rootSpec) protect() error {
	for _, path := range r.Masked {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			continue
		case info.IsDir():
			err = unix.Mount("tmpfs", path, "tmpfs", unix.MS_RDONLY, "size=0k")
		default:
			err = unix.Mount("/dev/null", path, "", unix.MS_BIND, "")
		}
		if err != nil {
			return fmt.Errorf("failed to hide %s: %w", path, err)
		}
	}
	for _, path := range r.Fixed {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		if err := unix.Mount(path, path, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return err
		}
		if err := remountReadOnly(path); err != nil {
			return err
		}
	}
	return nil
}

// remountReadOnly keeps the other flags of the mount.
func remountReadOnly(path string) error {
	var info unix.Statfs_t
	if err := unix.Statfs(path, &info); err != nil {
		return err
	}
	kept := uintptr(info.Flags) & (unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC)
	flags := unix.MS_BIND | unix.MS_REMOUNT | unix.MS_RDONLY | kept
	if err := unix.Mount("", path, "", flags, ""); err != nil {
		return fmt.Errorf("failed to make %s read-only: %w", path, err)
	}
	return nil
}
