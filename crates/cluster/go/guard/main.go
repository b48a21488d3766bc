// Guard runs a program that must not outlive the process that started the guard.
//
// Usage: guard [-grace DURATION] [-private-mounts] PROGRAM [ARGUMENT…]
//
// The guard's standard input is a pipe that its starter holds open. When the pipe closes, because
// the starter wants the program to end or has itself ended, even by SIGKILL, the guard sends
// SIGTERM, and SIGKILL after the grace period. When the guard itself is killed, the kernel kills
// the program. The guard exits with the program's exit code.
//
// With -private-mounts, mounts of the program are not those of the machine; they end with it.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

func main() {
	grace := flag.Duration("grace", 10*time.Second, "time between SIGTERM and SIGKILL")
	privateMounts := flag.Bool("private-mounts", false, "run the program in a mount namespace")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: guard [-grace DURATION] [-private-mounts] PROGRAM [ARGUMENT…]")
		os.Exit(2)
	}
	code, err := run(*grace, *privateMounts, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "guard:", err)
		code = 1
	}
	os.Exit(code)
}

func run(grace time.Duration, privateMounts bool, args []string) (int, error) {
	stop := make(chan struct{}, 2)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		stop <- struct{}{}
	}()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		stop <- struct{}{}
	}()

	// The kernel sends the death signal when the thread ends that started the program.
	runtime.LockOSThread()
	command := exec.Command(args[0], args[1:]...)
	command.Stdout = os.Stdout
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if privateMounts {
		// Mounts are then private, too: Go changes their propagation.
		command.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
	}
	if err := command.Start(); err != nil {
		return 1, err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()

	select {
	case err := <-ended:
		return exitCode(err)
	case <-stop:
	}
	// It may have ended meanwhile.
	_ = command.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-ended:
		return exitCode(err)
	case <-time.After(grace):
	}
	_ = command.Process.Kill()
	return exitCode(<-ended)
}

// exitCode returns the program's exit code, or 128 and the number of the signal that ended it.
func exitCode(err error) (int, error) {
	if err == nil {
		return 0, nil
	}
	exit, isExit := err.(*exec.ExitError)
	if !isExit {
		return 1, err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}
