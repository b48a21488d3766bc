package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// container is a process with its own mounts and process ids in the namespaces of its sandbox.
type container struct {
	id        string
	sandbox   *sandbox
	config    *runtimeapi.ContainerConfig
	image     *image
	folder    string
	cgroup    *cgroup
	createdAt int64

	mutex      sync.Mutex
	state      runtimeapi.ContainerState
	process    int
	startedAt  int64
	finishedAt int64
	exitCode   int32
	reason     string
	message    string
	log        *logFile
	ended      chan struct{}
}

func (s *server) CreateContainer(_ context.Context, request *runtimeapi.CreateContainerRequest) (*runtimeapi.CreateContainerResponse, error) {
	owner, err := s.sandbox(request.GetPodSandboxId())
	if err != nil {
		return nil, err
	}
	config := request.GetConfig()
	name := config.GetImage().GetImage()
	found := s.images.find(name)
	if found == nil {
		return nil, status.Errorf(codes.NotFound, "image %s isn't pulled", name)
	}
	made := &container{
		id:        newID(),
		sandbox:   owner,
		config:    config,
		image:     found,
		createdAt: time.Now().UnixNano(),
		state:     runtimeapi.ContainerState_CONTAINER_CREATED,
		ended:     make(chan struct{}),
	}
	if len(made.command()) == 0 {
		return nil, status.Errorf(codes.InvalidArgument, "neither image %s nor the container has a command", name)
	}
	if made.folder, err = s.folder(made.id); err != nil {
		return nil, err
	}
	if made.cgroup, err = s.cgroups.create(made.id, config.GetLinux().GetResources()); err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.containers[made.id] = made
	return &runtimeapi.CreateContainerResponse{ContainerId: made.id}, nil
}

func (s *server) StartContainer(_ context.Context, request *runtimeapi.StartContainerRequest) (*runtimeapi.StartContainerResponse, error) {
	found, err := s.container(request.GetContainerId())
	if err != nil {
		return nil, err
	}
	found.mutex.Lock()
	defer found.mutex.Unlock()
	if found.state != runtimeapi.ContainerState_CONTAINER_CREATED {
		return nil, status.Errorf(codes.FailedPrecondition, "container %s was started before", found.id)
	}
	if err := s.start(found); err != nil {
		found.message = err.Error()
		found.finish(128, "StartError")
		return nil, err
	}
	found.state = runtimeapi.ContainerState_CONTAINER_RUNNING
	found.startedAt = time.Now().UnixNano()
	return &runtimeapi.StartContainerResponse{}, nil
}

// start starts the process, and returns an error if its command can't be executed.
func (s *server) start(c *container) error {
	path := filepath.Join(c.sandbox.config.GetLogDirectory(), c.config.GetLogPath())
	var err error
	if c.log, err = openLog(path); err != nil {
		return err
	}
	command := exec.Command("/proc/self/exe", "launch")
	stdout, stderr := c.log.stream("stdout"), c.log.stream("stderr")
	command.Stdout, command.Stderr = stdout, stderr
	command.Env = []string{}
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID,
	}
	failure, err := launchWith(s.spawner, command, c.launchSpec())
	if err != nil {
		return err
	}
	if failure != "" {
		_ = command.Wait()
		c.log.close()
		return errors.New(failure)
	}
	c.process = command.Process.Pid
	go func() {
		// It returns when all processes of the container have closed its output.
		_ = command.Wait()
		stdout.end()
		stderr.end()
		c.mutex.Lock()
		defer c.mutex.Unlock()
		code := exitCode(command.ProcessState)
		c.finish(code, c.reasonOf(code))
	}()
	return nil
}

// finish is called with the lock held.
func (c *container) finish(code int32, reason string) {
	c.state = runtimeapi.ContainerState_CONTAINER_EXITED
	c.finishedAt = time.Now().UnixNano()
	c.exitCode = code
	c.reason = reason
	if c.log != nil {
		c.log.close()
	}
	close(c.ended)
}

func (c *container) reasonOf(code int32) string {
	switch {
	case code != 0 && c.cgroup.wasOutOfMemory():
		return "OOMKilled"
	case code != 0:
		return "Error"
	default:
		return "Completed"
	}
}

func exitCode(state *os.ProcessState) int32 {
	status, ok := state.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return 128 + int32(status.Signal())
	}
	return int32(state.ExitCode())
}

func (s *server) StopContainer(_ context.Context, request *runtimeapi.StopContainerRequest) (*runtimeapi.StopContainerResponse, error) {
	if found, err := s.container(request.GetContainerId()); err == nil {
		found.stop(time.Duration(request.GetTimeout()) * time.Second)
	}
	return &runtimeapi.StopContainerResponse{}, nil
}

// stop sends SIGTERM, or the signal that the pod names, and SIGKILL after the grace period.
func (c *container) stop(grace time.Duration) {
	if grace > 0 {
		signal := unix.SignalNum(c.config.GetStopSignal().String())
		if signal == 0 {
			signal = unix.SIGTERM
		}
		if !c.signal(signal) {
			return
		}
		select {
		case <-c.ended:
			return
		case <-time.After(grace):
		}
	}
	if c.signal(unix.SIGKILL) {
		<-c.ended
	}
}

// signal returns false if the container isn't running.
func (c *container) signal(number syscall.Signal) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.state != runtimeapi.ContainerState_CONTAINER_RUNNING {
		return false
	}
	_ = unix.Kill(c.process, number)
	return true
}

func (s *server) RemoveContainer(_ context.Context, request *runtimeapi.RemoveContainerRequest) (*runtimeapi.RemoveContainerResponse, error) {
	if found, err := s.container(request.GetContainerId()); err == nil {
		found.stop(0)
		s.removeContainer(found)
	}
	return &runtimeapi.RemoveContainerResponse{}, nil
}

func (s *server) removeContainer(found *container) {
	found.cgroup.remove()
	_ = os.RemoveAll(found.folder)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.containers, found.id)
}

// running returns a container that commands can be executed in.
func (s *server) running(id string) (*container, error) {
	found, err := s.container(id)
	if err != nil {
		return nil, err
	}
	found.mutex.Lock()
	defer found.mutex.Unlock()
	if found.state != runtimeapi.ContainerState_CONTAINER_RUNNING {
		return nil, status.Errorf(codes.FailedPrecondition, "container %s isn't running", id)
	}
	return found, nil
}

func (s *server) ListContainers(_ context.Context, request *runtimeapi.ListContainersRequest) (*runtimeapi.ListContainersResponse, error) {
	filter := request.GetFilter()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	response := &runtimeapi.ListContainersResponse{}
	for _, found := range s.containers {
		found.mutex.Lock()
		state := found.state
		found.mutex.Unlock()
		if !strings.HasPrefix(found.id, filter.GetId()) ||
			!strings.HasPrefix(found.sandbox.id, filter.GetPodSandboxId()) ||
			!matches(found.config.GetLabels(), filter.GetLabelSelector()) ||
			(filter.GetState() != nil && filter.GetState().GetState() != state) {
			continue
		}
		response.Containers = append(response.Containers, &runtimeapi.Container{
			Id:           found.id,
			PodSandboxId: found.sandbox.id,
			Metadata:     found.config.GetMetadata(),
			Image:        found.config.GetImage(),
			ImageRef:     found.image.Name,
			ImageId:      found.image.Name,
			State:        state,
			CreatedAt:    found.createdAt,
			Labels:       found.config.GetLabels(),
			Annotations:  found.config.GetAnnotations(),
		})
	}
	return response, nil
}

func (s *server) ContainerStatus(_ context.Context, request *runtimeapi.ContainerStatusRequest) (*runtimeapi.ContainerStatusResponse, error) {
	found, err := s.container(request.GetContainerId())
	if err != nil {
		return nil, err
	}
	found.mutex.Lock()
	defer found.mutex.Unlock()
	return &runtimeapi.ContainerStatusResponse{Status: &runtimeapi.ContainerStatus{
		Id:          found.id,
		Metadata:    found.config.GetMetadata(),
		State:       found.state,
		CreatedAt:   found.createdAt,
		StartedAt:   found.startedAt,
		FinishedAt:  found.finishedAt,
		ExitCode:    found.exitCode,
		Image:       found.config.GetImage(),
		ImageRef:    found.image.Name,
		ImageId:     found.image.Name,
		Reason:      found.reason,
		Message:     found.message,
		Labels:      found.config.GetLabels(),
		Annotations: found.config.GetAnnotations(),
		Mounts:      found.config.GetMounts(),
		LogPath:     filepath.Join(found.sandbox.config.GetLogDirectory(), found.config.GetLogPath()),
	}}, nil
}

func (s *server) ReopenContainerLog(_ context.Context, request *runtimeapi.ReopenContainerLogRequest) (*runtimeapi.ReopenContainerLogResponse, error) {
	found, err := s.running(request.GetContainerId())
	if err != nil {
		return nil, err
	}
	return &runtimeapi.ReopenContainerLogResponse{}, found.log.reopen()
}

func (s *server) UpdateContainerResources(_ context.Context, request *runtimeapi.UpdateContainerResourcesRequest) (*runtimeapi.UpdateContainerResourcesResponse, error) {
	found, err := s.container(request.GetContainerId())
	if err != nil {
		return nil, err
	}
	return &runtimeapi.UpdateContainerResourcesResponse{}, found.cgroup.limit(request.GetLinux())
}
