package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// sandbox is what the containers of a pod share: the namespaces of a process that only waits.
type sandbox struct {
	id        string
	config    *runtimeapi.PodSandboxConfig
	createdAt int64
	process   int
	host      byte   // the last part of the address; 0 in the network of the machine
	address   string // empty in the network of the machine
	ended     chan struct{}
	release   sync.Once
}

// pause is the process of a sandbox.
func pause() {
	if len(os.Args) > 2 {
		// A pod without a network of its own keeps the machine's name.
		if err := unix.Sethostname([]byte(os.Args[2])); err != nil {
			fmt.Fprintln(os.Stderr, "pause:", err)
			os.Exit(1)
		}
	}
	os.Stdout.Close()
	for {
		// The signal that ends it can't be handled.
		time.Sleep(time.Hour)
	}
}

func (s *server) RunPodSandbox(_ context.Context, request *runtimeapi.RunPodSandboxRequest) (*runtimeapi.RunPodSandboxResponse, error) {
	config := request.GetConfig()
	made := &sandbox{id: newID(), config: config, createdAt: time.Now().UnixNano(), ended: make(chan struct{})}
	if directory := config.GetLogDirectory(); directory != "" {
		if err := os.MkdirAll(directory, 0o755); err != nil {
			return nil, err
		}
	}
	if err := s.startSandbox(made); err != nil {
		return nil, err
	}
	s.mutex.Lock()
	s.sandboxes[made.id] = made
	s.mutex.Unlock()
	return &runtimeapi.RunPodSandboxResponse{PodSandboxId: made.id}, nil
}

func (s *server) startSandbox(made *sandbox) error {
	arguments := []string{"pause"}
	flags := uintptr(unix.CLONE_NEWIPC)
	if !usesHostNetwork(made.config) {
		flags |= unix.CLONE_NEWNET | unix.CLONE_NEWUTS
		arguments = append(arguments, made.config.GetHostname())
	}
	command := exec.Command("/proc/self/exe", arguments...)
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	// It closes its output when it has set the name.
	ready, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.spawner.start(command); err != nil {
		return fmt.Errorf("failed to start a sandbox: %w", err)
	}
	made.process = command.Process.Pid
	_, _ = ready.Read(make([]byte, 1))
	go func() {
		_ = command.Wait()
		close(made.ended)
	}()
	if usesHostNetwork(made.config) {
		return nil
	}
	if made.host, err = s.network.connect(made.process); err != nil {
		_ = unix.Kill(made.process, unix.SIGKILL)
		return err
	}
	made.address = s.network.cidr(made.host).IP.String()
	return nil
}

func (s *server) StopPodSandbox(_ context.Context, request *runtimeapi.StopPodSandboxRequest) (*runtimeapi.StopPodSandboxResponse, error) {
	if found, err := s.sandbox(request.GetPodSandboxId()); err == nil {
		s.stopSandbox(found)
	}
	return &runtimeapi.StopPodSandboxResponse{}, nil
}

// stopSandbox kills its containers and releases its address.
func (s *server) stopSandbox(found *sandbox) {
	for _, container := range s.containersOf(found.id) {
		container.stop(0)
	}
	// The channel is closed when the process was waited for; until then its id isn't used again.
	if found.isReady() {
		_ = unix.Kill(found.process, unix.SIGKILL)
	}
	<-found.ended
	found.release.Do(func() {
		if found.host != 0 {
			s.network.release(found.host)
		}
	})
}

func (s *server) RemovePodSandbox(_ context.Context, request *runtimeapi.RemovePodSandboxRequest) (*runtimeapi.RemovePodSandboxResponse, error) {
	found, err := s.sandbox(request.GetPodSandboxId())
	if err != nil {
		return &runtimeapi.RemovePodSandboxResponse{}, nil
	}
	s.stopSandbox(found)
	for _, container := range s.containersOf(found.id) {
		s.removeContainer(container)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.sandboxes, found.id)
	return &runtimeapi.RemovePodSandboxResponse{}, nil
}

func (s *server) PodSandboxStatus(_ context.Context, request *runtimeapi.PodSandboxStatusRequest) (*runtimeapi.PodSandboxStatusResponse, error) {
	found, err := s.sandbox(request.GetPodSandboxId())
	if err != nil {
		return nil, err
	}
	options := found.config.GetLinux().GetSecurityContext().GetNamespaceOptions()
	return &runtimeapi.PodSandboxStatusResponse{Status: &runtimeapi.PodSandboxStatus{
		Id:          found.id,
		Metadata:    found.config.GetMetadata(),
		State:       found.state(),
		CreatedAt:   found.createdAt,
		Network:     &runtimeapi.PodSandboxNetworkStatus{Ip: found.address},
		Linux:       &runtimeapi.LinuxPodSandboxStatus{Namespaces: &runtimeapi.Namespace{Options: options}},
		Labels:      found.config.GetLabels(),
		Annotations: found.config.GetAnnotations(),
	}}, nil
}

func (s *server) ListPodSandbox(_ context.Context, request *runtimeapi.ListPodSandboxRequest) (*runtimeapi.ListPodSandboxResponse, error) {
	filter := request.GetFilter()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	response := &runtimeapi.ListPodSandboxResponse{}
	for _, found := range s.sandboxes {
		if !strings.HasPrefix(found.id, filter.GetId()) ||
			!matches(found.config.GetLabels(), filter.GetLabelSelector()) ||
			(filter.GetState() != nil && filter.GetState().GetState() != found.state()) {
			continue
		}
		response.Items = append(response.Items, &runtimeapi.PodSandbox{
			Id:          found.id,
			Metadata:    found.config.GetMetadata(),
			State:       found.state(),
			CreatedAt:   found.createdAt,
			Labels:      found.config.GetLabels(),
			Annotations: found.config.GetAnnotations(),
		})
	}
	return response, nil
}

func (b *sandbox) isReady() bool {
	select {
	case <-b.ended:
		return false
	default:
		return true
	}
}

func (b *sandbox) state() runtimeapi.PodSandboxState {
	if b.isReady() {
		return runtimeapi.PodSandboxState_SANDBOX_READY
	}
	return runtimeapi.PodSandboxState_SANDBOX_NOTREADY
}

// namespaces returns the files of the namespaces that containers join.
func (b *sandbox) namespaces() []string {
	names := []string{"ipc"}
	if !usesHostNetwork(b.config) {
		names = append(names, "net", "uts")
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("/proc/%d/ns/%s", b.process, name)
	}
	return names
}

// dial connects to a port of the sandbox's loopback interface.
func (b *sandbox) dial(port int32) (*os.File, error) {
	type result struct {
		file *os.File
		err  error
	}
	results := make(chan result)
	go func() {
		// The thread stays in the sandbox's namespace, and ends with this function.
		runtime.LockOSThread()
		file, err := dialHere(b, port)
		results <- result{file, err}
	}()
	connected := <-results
	return connected.file, connected.err
}

func dialHere(b *sandbox, port int32) (*os.File, error) {
	if !b.isReady() {
		return nil, errors.New("the sandbox has ended")
	}
	if b.address != "" {
		if err := join(fmt.Sprintf("/proc/%d/ns/net", b.process)); err != nil {
			return nil, err
		}
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	address := &unix.SockaddrInet4{Port: int(port), Addr: [4]byte{127, 0, 0, 1}}
	if err := unix.Connect(socket, address); err != nil {
		unix.Close(socket)
		return nil, fmt.Errorf("failed to connect to port %d of the pod: %w", port, err)
	}
	return os.NewFile(uintptr(socket), "port"), nil
}

// join moves the calling thread into a namespace.
func join(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := unix.Setns(int(file.Fd()), 0); err != nil {
		return fmt.Errorf("failed to join %s: %w", path, err)
	}
	return nil
}

func usesHostNetwork(config *runtimeapi.PodSandboxConfig) bool {
	options := config.GetLinux().GetSecurityContext().GetNamespaceOptions()
	return options.GetNetwork() == runtimeapi.NamespaceMode_NODE
}
