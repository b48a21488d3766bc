// Node is a container runtime that runs containers as processes of this machine, and the kubelet
// over it.
//
// Usage: node -dir DIR -images DIR -- KUBELET [ARGUMENT…]
//
// It serves the Container Runtime Interface at DIR/cri.sock and then starts the kubelet; in the
// kubelet's arguments, {address} is the node's address. A sandbox has its own network, host name
// and IPC namespace. A container has its own mounts and processes; it sees the files of this
// machine below those of its image, and its changes are kept in memory only.
//
// Everything that it makes belongs to a process or a namespace, so that nothing is left after it
// was killed: it must be started in its own mount namespace (guard -private-mounts).
//
// Not there: user namespaces, seccomp, AppArmor, images from a registry, attach.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func main() {
	if len(os.Args) > 1 {
		// Parts of this program that run in the namespaces of a sandbox or a container.
		switch os.Args[1] {
		case "pause":
			pause()
		case "launch":
			launch()
		case "enter":
			enter()
		}
	}
	dir := flag.String("dir", "", "folder of the runtime's files")
	images := flag.String("images", "", "folder of the images' descriptions")
	flag.Parse()
	if *dir == "" || *images == "" || flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: node -dir DIR -images DIR -- KUBELET [ARGUMENT…]")
		os.Exit(2)
	}
	if err := run(*dir, *images, flag.Args()); err != nil {
		log.Fatalf("node: %v", err)
	}
}

func run(dir, images string, kubelet []string) error {
	// Writes to it are kept in memory, and it vanishes with the mount namespace.
	layers := filepath.Join(dir, "layers")
	if err := os.MkdirAll(layers, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("layers", layers, "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("failed to mount a tmpfs, which needs root and a mount namespace: %w", err)
	}
	if err := hideKernelSettings(filepath.Join(layers, "settings")); err != nil {
		return err
	}
	// The kubelet puts links to containers' logs there, under a name that can't be changed.
	if err := unix.Mount("log", "/var/log", "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("failed to cover /var/log: %w", err)
	}
	network, err := newNetwork()
	if err != nil {
		return fmt.Errorf("failed to make the pods' network: %w", err)
	}
	spawner := newSpawner()
	server, err := newServer(layers, newImages(images), network, spawner)
	if err != nil {
		return err
	}
	defer server.close()

	socket := filepath.Join(dir, "cri.sock")
	// It is left by an earlier run.
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	rpc := grpc.NewServer()
	runtimeapi.RegisterRuntimeServiceServer(rpc, server)
	runtimeapi.RegisterImageServiceServer(rpc, server.images)
	go rpc.Serve(listener)

	return supervise(kubelet, network.hostAddress(), spawner)
}

// supervise runs the kubelet until it ends or this process gets a signal.
func supervise(arguments []string, address string, spawner *spawner) error {
	for i := range arguments {
		arguments[i] = strings.ReplaceAll(arguments[i], "{address}", address)
	}
	kubelet := exec.Command(arguments[0], arguments[1:]...)
	kubelet.Stdout = os.Stdout
	kubelet.Stderr = os.Stderr
	if err := spawner.start(kubelet); err != nil {
		return fmt.Errorf("failed to start the kubelet: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- kubelet.Wait() }()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	select {
	case err := <-ended:
		return fmt.Errorf("the kubelet ended: %v", err)
	case <-signals:
	}
	// It has no state to save; its containers end with this process.
	_ = kubelet.Process.Kill()
	<-ended
	return nil
}

// hideKernelSettings covers the settings that a kubelet changes for the whole machine by files of
// this mount namespace that have the values it wants.
func hideKernelSettings(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	wanted := map[string]string{
		"vm/overcommit_memory":      "1",
		"vm/panic_on_oom":           "0",
		"kernel/panic":              "10",
		"kernel/panic_on_oops":      "1",
		"kernel/keys/root_maxkeys":  "1000000",
		"kernel/keys/root_maxbytes": "25000000",
	}
	for name, value := range wanted {
		file := filepath.Join(dir, strings.ReplaceAll(name, "/", "."))
		if err := os.WriteFile(file, []byte(value+"\n"), 0o644); err != nil {
			return err
		}
		setting := "/proc/sys/" + name
		if err := unix.Mount(file, setting, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("failed to cover %s: %w", setting, err)
		}
	}
	return nil
}
