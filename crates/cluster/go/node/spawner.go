package main

import (
	"os/exec"
	"runtime"
	"syscall"
)

// spawner starts processes that are killed when this one ends. It uses one thread that never ends,
// because the kernel sends a process its death signal when the thread ends that started it.
type spawner struct {
	requests chan func()
}

func newSpawner() *spawner {
	s := &spawner{requests: make(chan func())}
	go func() {
		runtime.LockOSThread()
		for request := range s.requests {
			request()
		}
	}()
	return s
}

func (s *spawner) start(command *exec.Cmd) error {
	if command.SysProcAttr == nil {
		command.SysProcAttr = &syscall.SysProcAttr{}
	}
	command.SysProcAttr.Pdeathsig = syscall.SIGKILL
	result := make(chan error, 1)
	s.requests <- func() { result <- command.Start() }
	return <-result
}
