package main

import (
	"context"
	"strings"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func (s *server) ContainerStats(_ context.Context, request *runtimeapi.ContainerStatsRequest) (*runtimeapi.ContainerStatsResponse, error) {
	found, err := s.container(request.GetContainerId())
	if err != nil {
		return nil, err
	}
	return &runtimeapi.ContainerStatsResponse{Stats: s.statsOf(found)}, nil
}

func (s *server) ListContainerStats(_ context.Context, request *runtimeapi.ListContainerStatsRequest) (*runtimeapi.ListContainerStatsResponse, error) {
	filter := request.GetFilter()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	response := &runtimeapi.ListContainerStatsResponse{}
	for _, found := range s.containers {
		if strings.HasPrefix(found.id, filter.GetId()) &&
			strings.HasPrefix(found.sandbox.id, filter.GetPodSandboxId()) &&
			matches(found.config.GetLabels(), filter.GetLabelSelector()) {
			response.Stats = append(response.Stats, s.statsOf(found))
		}
	}
	return response, nil
}

func (s *server) statsOf(c *container) *runtimeapi.ContainerStats {
	now := time.Now().UnixNano()
	stats := &runtimeapi.ContainerStats{
		Attributes: &runtimeapi.ContainerAttributes{
			Id:          c.id,
			Metadata:    c.config.GetMetadata(),
			Labels:      c.config.GetLabels(),
			Annotations: c.config.GetAnnotations(),
		},
		// Changes of files are kept in memory.
		WritableLayer: &runtimeapi.FilesystemUsage{
			Timestamp:  now,
			FsId:       &runtimeapi.FilesystemIdentifier{Mountpoint: s.layers},
			UsedBytes:  &runtimeapi.UInt64Value{},
			InodesUsed: &runtimeapi.UInt64Value{},
		},
	}
	if c.cgroup != nil {
		used := &runtimeapi.UInt64Value{Value: c.cgroup.memory()}
		stats.Memory = &runtimeapi.MemoryUsage{Timestamp: now, WorkingSetBytes: used, UsageBytes: used}
		cpu := &runtimeapi.UInt64Value{Value: c.cgroup.cpu()}
		stats.Cpu = &runtimeapi.CpuUsage{Timestamp: now, UsageCoreNanoSeconds: cpu}
	}
	return stats
}
