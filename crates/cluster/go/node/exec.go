package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	utilexec "k8s.io/utils/exec"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	remotecommand "k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

// enterSpec is what `node enter` reads from its file descriptor 3.
type enterSpec struct {
	Namespaces  []string
	Cgroups     []string
	Privileges  privileges
	Directory   string
	Command     []string
	Environment []string
	Terminal    bool
}

// ExecSync runs a command, such as a probe, in a container.
func (s *server) ExecSync(ctx context.Context, request *runtimeapi.ExecSyncRequest) (*runtimeapi.ExecSyncResponse, error) {
	found, err := s.running(request.GetContainerId())
	if err != nil {
		return nil, err
	}
	if request.GetTimeout() > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(request.GetTimeout())*time.Second)
		defer cancel()
	}
	var stdout, stderr bytes.Buffer
	command, failure, err := s.enter(found, request.GetCmd(), nil, &stdout, &stderr, nil)
	if err != nil {
		return nil, err
	}
	if failure != "" {
		return nil, status.Error(codes.Unknown, failure)
	}
	if err := wait(ctx, command); err != nil {
		return nil, err
	}
	return &runtimeapi.ExecSyncResponse{
		Stdout:   stdout.Bytes(),
		Stderr:   stderr.Bytes(),
		ExitCode: exitCode(command.ProcessState),
	}, nil
}

// stream runs a command that a client talks to.
func (s *server) stream(ctx context.Context, id string, arguments []string, in io.Reader, out, failed io.Writer, terminal bool, resize <-chan remotecommand.TerminalSize) error {
	found, err := s.running(id)
	if err != nil {
		return err
	}
	var sizes *os.File
	if terminal {
		reader, writer, err := os.Pipe()
		if err != nil {
			return err
		}
		defer reader.Close()
		sizes = reader
		go sendSizes(writer, resize)
	}
	command, failure, err := s.enter(found, arguments, in, out, failed, sizes)
	if err != nil {
		return err
	}
	if failure != "" {
		return errors.New(failure)
	}
	if err := wait(ctx, command); err != nil {
		return err
	}
	if code := int(exitCode(command.ProcessState)); code != 0 {
		// The error of this type carries the code to the client.
		text := fmt.Errorf("command terminated with exit code %d", code)
		return &utilexec.CodeExitError{Err: text, Code: code}
	}
	return nil
}

func sendSizes(writer *os.File, resize <-chan remotecommand.TerminalSize) {
	defer writer.Close()
	encoder := json.NewEncoder(writer)
	for size := range resize {
		if encoder.Encode(size) != nil {
			return
		}
	}
}

// wait waits for the command, and kills it when the context ends.
func wait(ctx context.Context, command *exec.Cmd) error {
	ended := make(chan struct{})
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		// It kills the command before it ends.
		_ = command.Process.Signal(unix.SIGTERM)
		<-ended
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return status.Error(codes.DeadlineExceeded, "the command took too long")
		}
		return status.Error(codes.Canceled, "the command was cancelled")
	}
}

// enter starts a command in a container; the text is that of its failure. Sizes are the sizes of
// its terminal, or nil if it has none.
func (s *server) enter(c *container, arguments []string, in io.Reader, out, failed io.Writer, sizes *os.File) (*exec.Cmd, string, error) {
	process := fmt.Sprintf("/proc/%d/ns/", c.process)
	spec := &enterSpec{
		Cgroups:     c.cgroup.files(),
		Privileges:  c.privileges(),
		Directory:   c.launchSpec().Directory,
		Command:     arguments,
		Environment: c.environment(),
		Terminal:    sizes != nil,
	}
	for _, name := range []string{"ipc", "uts", "net", "pid", "mnt"} {
		spec.Namespaces = append(spec.Namespaces, process+name)
	}
	command := exec.Command("/proc/self/exe", "enter")
	command.Env = []string{}
	command.Stdout, command.Stderr = out, failed
	// A client that sends nothing must not delay the end.
	input, err := inputOf(command, in)
	if err != nil {
		return nil, "", err
	}
	var files []*os.File
	if sizes != nil {
		files = append(files, sizes)
	}
	failure, err := launchWith(s.spawner, command, spec, files...)
	if err != nil {
		return nil, "", err
	}
	if failure != "" {
		_ = command.Wait()
		return nil, failure, nil
	}
	if input != nil {
		go func() {
			_, _ = io.Copy(input, in)
			input.Close()
		}()
	}
	return command, "", nil
}

func inputOf(command *exec.Cmd, in io.Reader) (io.WriteCloser, error) {
	if in == nil {
		return nil, nil
	}
	return command.StdinPipe()
}

// enter starts a command in the namespaces of a container, waits for it, and exits with its code.
func enter() {
	runtime.LockOSThread()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, unix.SIGTERM)
	failure := os.NewFile(4, "failure")
	unix.CloseOnExec(3)
	unix.CloseOnExec(4)
	command, terminal, err := startInside()
	if err != nil {
		fmt.Fprint(failure, err)
		os.Exit(126)
	}
	failure.Close()
	go func() {
		<-stop
		_ = command.Process.Kill()
	}()
	if terminal != nil {
		go io.Copy(terminal, os.Stdin)
		// It ends with an error when the command has closed its terminal.
		_, _ = io.Copy(os.Stdout, terminal)
	}
	_ = command.Wait()
	os.Exit(int(exitCode(command.ProcessState)))
}

// startInside returns the command, and the terminal if it has one.
func startInside() (*exec.Cmd, *os.File, error) {
	spec := &enterSpec{}
	if err := json.NewDecoder(os.NewFile(3, "spec")).Decode(spec); err != nil {
		return nil, nil, fmt.Errorf("failed to read the command's description: %w", err)
	}
	for _, file := range spec.Cgroups {
		if err := os.WriteFile(file, []byte("0"), 0); err != nil {
			return nil, nil, fmt.Errorf("failed to join the cgroup: %w", err)
		}
	}
	// A thread that shares its root with others can't change its mount namespace.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return nil, nil, err
	}
	opened := make([]*os.File, len(spec.Namespaces))
	for i, path := range spec.Namespaces {
		file, err := os.Open(path)
		if err != nil {
			return nil, nil, err
		}
		opened[i] = file
	}
	for i, file := range opened {
		if err := unix.Setns(int(file.Fd()), 0); err != nil {
			return nil, nil, fmt.Errorf("failed to join %s: %w", spec.Namespaces[i], err)
		}
	}
	path, err := find(spec.Command[0], spec.Environment)
	if err != nil {
		return nil, nil, err
	}
	command := &exec.Cmd{
		Path:   path,
		Args:   spec.Command,
		Env:    spec.Environment,
		Dir:    spec.Directory,
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		// It needs no death signal: it ends with the container's process 1.
		SysProcAttr: &syscall.SysProcAttr{Credential: spec.Privileges.credential()},
	}
	var terminal *os.File
	if spec.Terminal {
		var other *os.File
		if terminal, other, err = useTerminal(command); err != nil {
			return nil, nil, err
		}
		// The terminal ends when only the command's processes held this side.
		defer other.Close()
	}
	if err := spec.Privileges.limit(); err != nil {
		return nil, nil, err
	}
	if err := command.Start(); err != nil {
		return nil, nil, err
	}
	return command, terminal, nil
}

// useTerminal gives the command a terminal, whose sizes are read from file descriptor 5. It returns
// both sides.
func useTerminal(command *exec.Cmd) (*os.File, *os.File, error) {
	unix.CloseOnExec(5)
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("failed to make a terminal: %w", err)
	}
	descriptor := int(terminal.Fd())
	if err := unix.IoctlSetPointerInt(descriptor, unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, err
	}
	number, err := unix.IoctlGetInt(descriptor, unix.TIOCGPTN)
	if err != nil {
		return nil, nil, err
	}
	other, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	command.Stdin, command.Stdout, command.Stderr = other, other, other
	command.SysProcAttr.Setsid = true
	command.SysProcAttr.Setctty = true
	go func() {
		sizes := json.NewDecoder(os.NewFile(5, "sizes"))
		var size remotecommand.TerminalSize
		for sizes.Decode(&size) == nil {
			window := &unix.Winsize{Row: size.Height, Col: size.Width}
			_ = unix.IoctlSetWinsize(descriptor, unix.TIOCSWINSZ, window)
		}
	}()
	return terminal, other, nil
}
