package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// image is the description of an image: a file of JSON in the images' folder.
type image struct {
	Name        string   `json:"name"`
	Root        string   `json:"root"` // empty for the files of this machine only
	Entrypoint  []string `json:"entrypoint"`
	Command     []string `json:"command"`
	Environment []string `json:"environment"`
	Directory   string   `json:"directory"`
	User        int64    `json:"user"`
}

// images serves the images that are described in a folder. Pulling one is reading its description.
type images struct {
	runtimeapi.UnimplementedImageServiceServer
	folder string

	mutex  sync.Mutex
	pulled map[string]*image
}

func newImages(folder string) *images {
	return &images{folder: folder, pulled: map[string]*image{}}
}

// find returns a pulled image, or nil.
func (i *images) find(name string) *image {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.pulled[normalize(name)]
}

func (i *images) PullImage(_ context.Context, request *runtimeapi.PullImageRequest) (*runtimeapi.PullImageResponse, error) {
	name := normalize(request.GetImage().GetImage())
	file := filepath.Join(i.folder, strings.ReplaceAll(name, "/", "_")+".json")
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, status.Errorf(codes.NotFound, "image %s isn't known to this cluster", name)
	}
	if err != nil {
		return nil, err
	}
	found := &image{}
	if err := json.Unmarshal(text, found); err != nil {
		return nil, status.Errorf(codes.Unknown, "image %s has no valid description: %v", name, err)
	}
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.pulled[name] = found
	return &runtimeapi.PullImageResponse{ImageRef: name}, nil
}

func (i *images) ImageStatus(_ context.Context, request *runtimeapi.ImageStatusRequest) (*runtimeapi.ImageStatusResponse, error) {
	name := request.GetImage().GetImage()
	found := i.find(name)
	if found == nil {
		return &runtimeapi.ImageStatusResponse{}, nil
	}
	return &runtimeapi.ImageStatusResponse{Image: describe(normalize(name), found)}, nil
}

func (i *images) ListImages(context.Context, *runtimeapi.ListImagesRequest) (*runtimeapi.ListImagesResponse, error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	response := &runtimeapi.ListImagesResponse{}
	for name, found := range i.pulled {
		response.Images = append(response.Images, describe(name, found))
	}
	return response, nil
}

func (i *images) RemoveImage(_ context.Context, request *runtimeapi.RemoveImageRequest) (*runtimeapi.RemoveImageResponse, error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	delete(i.pulled, normalize(request.GetImage().GetImage()))
	return &runtimeapi.RemoveImageResponse{}, nil
}

func (i *images) ImageFsInfo(context.Context, *runtimeapi.ImageFsInfoRequest) (*runtimeapi.ImageFsInfoResponse, error) {
	usage, err := usageOf(i.folder)
	if err != nil {
		return nil, err
	}
	all := []*runtimeapi.FilesystemUsage{usage}
	return &runtimeapi.ImageFsInfoResponse{ImageFilesystems: all, ContainerFilesystems: all}, nil
}

// usageOf returns the usage of the file system that contains a folder.
func usageOf(folder string) (*runtimeapi.FilesystemUsage, error) {
	var info unix.Statfs_t
	if err := unix.Statfs(folder, &info); err != nil {
		return nil, err
	}
	used := (info.Blocks - info.Bfree) * uint64(info.Bsize)
	return &runtimeapi.FilesystemUsage{
		Timestamp:  time.Now().UnixNano(),
		FsId:       &runtimeapi.FilesystemIdentifier{Mountpoint: folder},
		UsedBytes:  &runtimeapi.UInt64Value{Value: used},
		InodesUsed: &runtimeapi.UInt64Value{Value: info.Files - info.Ffree},
	}, nil
}

func describe(name string, found *image) *runtimeapi.Image {
	return &runtimeapi.Image{
		Id:       name,
		RepoTags: []string{tagged(name)},
		Size:     1,
		Uid:      &runtimeapi.Int64Value{Value: found.User},
	}
}

func tagged(name string) string {
	if strings.Contains(name[strings.LastIndex(name, "/")+1:], ":") {
		return name
	}
	return name + ":latest"
}

// normalize leaves out the tag that the kubelet adds to a name without one.
func normalize(name string) string {
	return strings.TrimSuffix(name, ":latest")
}
