package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming"
)

// server is the runtime service. Its state is in memory: after a restart of the node, the kubelet
// finds no sandboxes, as after a restart of a machine.
type server struct {
	runtimeapi.UnimplementedRuntimeServiceServer
	layers  string
	images  *images
	network *network
	spawner *spawner
	cgroups *cgroups
	streams streaming.Server

	mutex      sync.Mutex
	sandboxes  map[string]*sandbox
	containers map[string]*container
}

func newServer(layers string, images *images, network *network, spawner *spawner) (*server, error) {
	s := &server{
		layers:     layers,
		images:     images,
		network:    network,
		spawner:    spawner,
		sandboxes:  map[string]*sandbox{},
		containers: map[string]*container{},
	}
	var err error
	if s.cgroups, err = newCgroups(); err != nil {
		// Containers run all the same.
		log.Printf("node: no limits of memory and CPU: %v", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	config := streaming.DefaultConfig
	config.Addr = listener.Addr().String()
	if s.streams, err = streaming.NewServer(config, streams{s}); err != nil {
		return nil, err
	}
	go http.Serve(listener, s.streams)
	return s, nil
}

// close kills all containers and removes their cgroups.
func (s *server) close() {
	s.mutex.Lock()
	all := make([]*sandbox, 0, len(s.sandboxes))
	for _, found := range s.sandboxes {
		all = append(all, found)
	}
	s.mutex.Unlock()
	for _, found := range all {
		s.stopSandbox(found)
	}
	s.cgroups.remove()
}

func (s *server) sandbox(id string) (*sandbox, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if found := s.sandboxes[id]; found != nil {
		return found, nil
	}
	return nil, status.Errorf(codes.NotFound, "sandbox %s isn't there", id)
}

func (s *server) container(id string) (*container, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if found := s.containers[id]; found != nil {
		return found, nil
	}
	return nil, status.Errorf(codes.NotFound, "container %s isn't there", id)
}

// containersOf returns the containers of a sandbox.
func (s *server) containersOf(sandbox string) []*container {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var found []*container
	for _, container := range s.containers {
		if container.sandbox.id == sandbox {
			found = append(found, container)
		}
	}
	return found
}

func (s *server) Version(context.Context, *runtimeapi.VersionRequest) (*runtimeapi.VersionResponse, error) {
	return &runtimeapi.VersionResponse{
		Version:           "0.1.0",
		RuntimeName:       "vestibule-processes",
		RuntimeVersion:    "0.1.0",
		RuntimeApiVersion: "v1",
	}, nil
}

func (s *server) Status(context.Context, *runtimeapi.StatusRequest) (*runtimeapi.StatusResponse, error) {
	return &runtimeapi.StatusResponse{Status: &runtimeapi.RuntimeStatus{
		Conditions: []*runtimeapi.RuntimeCondition{
			{Type: runtimeapi.RuntimeReady, Status: true},
			{Type: runtimeapi.NetworkReady, Status: true},
		},
	}}, nil
}

func (s *server) RuntimeConfig(context.Context, *runtimeapi.RuntimeConfigRequest) (*runtimeapi.RuntimeConfigResponse, error) {
	return &runtimeapi.RuntimeConfigResponse{Linux: &runtimeapi.LinuxRuntimeConfiguration{
		CgroupDriver: runtimeapi.CgroupDriver_CGROUPFS,
	}}, nil
}

func (s *server) UpdateRuntimeConfig(context.Context, *runtimeapi.UpdateRuntimeConfigRequest) (*runtimeapi.UpdateRuntimeConfigResponse, error) {
	return &runtimeapi.UpdateRuntimeConfigResponse{}, nil
}

func (s *server) Exec(_ context.Context, request *runtimeapi.ExecRequest) (*runtimeapi.ExecResponse, error) {
	if _, err := s.running(request.ContainerId); err != nil {
		return nil, err
	}
	return s.streams.GetExec(request)
}

func (s *server) PortForward(_ context.Context, request *runtimeapi.PortForwardRequest) (*runtimeapi.PortForwardResponse, error) {
	if _, err := s.sandbox(request.PodSandboxId); err != nil {
		return nil, err
	}
	return s.streams.GetPortForward(request)
}

// folder makes a folder for the files of a sandbox or a container.
func (s *server) folder(id string) (string, error) {
	path := filepath.Join(s.layers, id)
	return path, os.MkdirAll(path, 0o755)
}

func newID() string {
	bytes := make([]byte, 32)
	rand.Read(bytes)
	return hex.EncodeToString(bytes)
}

// matches returns true if the labels contain all of the selector.
func matches(labels, selector map[string]string) bool {
	for name, value := range selector {
		if labels[name] != value {
			return false
		}
	}
	return true
}
