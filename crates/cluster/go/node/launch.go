package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// usualPath is searched for commands if the environment has no PATH.
const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// launchSpec is what `node launch` reads from its file descriptor 3.
type launchSpec struct {
	Root        rootSpec
	Namespaces  []string
	Cgroups     []string // the files cgroup.procs to write to
	Privileges  privileges
	Directory   string
	Command     []string
	Environment []string
}

// launchWith starts `node launch` or `node enter`. It returns the text of its failure, or nothing
// once the command runs.
func launchWith(spawner *spawner, command *exec.Cmd, spec any, files ...*os.File) (string, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return "", err
	}
	specReader, specWriter, err := os.Pipe()
	if err != nil {
		return "", err
	}
	failureReader, failureWriter, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer failureReader.Close()
	command.ExtraFiles = append([]*os.File{specReader, failureWriter}, files...)
	err = spawner.start(command)
	specReader.Close()
	failureWriter.Close()
	if err != nil {
		specWriter.Close()
		return "", err
	}
	// Its end is known by the failure below.
	_, _ = specWriter.Write(text)
	specWriter.Close()
	failure, err := io.ReadAll(failureReader)
	return string(failure), err
}

// launch becomes the command of a container. It is process 1 of its namespace already.
func launch() {
	runtime.LockOSThread()
	failure := os.NewFile(4, "failure")
	unix.CloseOnExec(3)
	unix.CloseOnExec(4)
	fmt.Fprint(failure, becomeCommand())
	os.Exit(128)
}

// becomeCommand returns only if it fails.
func becomeCommand() error {
	spec := &launchSpec{}
	if err := json.NewDecoder(os.NewFile(3, "spec")).Decode(spec); err != nil {
		return fmt.Errorf("failed to read the container's description: %w", err)
	}
	for _, file := range spec.Cgroups {
		// 0 is the calling process.
		if err := os.WriteFile(file, []byte("0"), 0); err != nil {
			return fmt.Errorf("failed to join the cgroup: %w", err)
		}
	}
	for _, namespace := range spec.Namespaces {
		if err := join(namespace); err != nil {
			return err
		}
	}
	if err := spec.Root.enter(); err != nil {
		return err
	}
	if err := os.MkdirAll(spec.Directory, 0o755); err != nil {
		return err
	}
	if err := os.Chdir(spec.Directory); err != nil {
		return err
	}
	path, err := find(spec.Command[0], spec.Environment)
	if err != nil {
		return err
	}
	if err := spec.Privileges.drop(); err != nil {
		return err
	}
	err = unix.Exec(path, spec.Command, spec.Environment)
	return fmt.Errorf("failed to execute %s: %w", path, err)
}

// command returns the container's command as the pod and its image describe it.
func (c *container) command() []string {
	command, arguments := c.config.GetCommand(), c.config.GetArgs()
	if len(command) == 0 {
		command = c.image.Entrypoint
		if len(arguments) == 0 {
			arguments = c.image.Command
		}
	}
	return append(append([]string{}, command...), arguments...)
}

func (c *container) launchSpec() *launchSpec {
	directory := c.config.GetWorkingDir()
	if directory == "" {
		directory = c.image.Directory
	}
	if directory == "" {
		directory = "/"
	}
	return &launchSpec{
		Root:        c.rootSpec(),
		Namespaces:  c.sandbox.namespaces(),
		Cgroups:     c.cgroup.files(),
		Privileges:  c.privileges(),
		Directory:   directory,
		Command:     c.command(),
		Environment: c.environment(),
	}
}

func (c *container) environment() []string {
	environment := []string{"PATH=" + usualPath, "HOSTNAME=" + c.sandbox.config.GetHostname()}
	environment = append(environment, c.image.Environment...)
	for _, entry := range c.config.GetEnvs() {
		environment = append(environment, entry.GetKey()+"="+string(entry.GetValue()))
	}
	// The last one of a name counts, but programs use the first.
	seen := map[string]bool{}
	var last []string
	for i := len(environment) - 1; i >= 0; i-- {
		name, _, _ := strings.Cut(environment[i], "=")
		if !seen[name] {
			seen[name] = true
			last = append(last, environment[i])
		}
	}
	if !seen["HOME"] {
		last = append(last, "HOME=/")
	}
	return last
}

// find returns the path of a program in the calling thread's root.
func find(name string, environment []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, entry := range environment {
		if path, isPath := strings.CutPrefix(entry, "PATH="); isPath {
			for _, directory := range filepath.SplitList(path) {
				file := filepath.Join(directory, name)
				if unix.Access(file, unix.X_OK) == nil {
					return file, nil
				}
			}
		}
	}
	return "", fmt.Errorf("exec: %q: executable file not found in $PATH", name)
}
