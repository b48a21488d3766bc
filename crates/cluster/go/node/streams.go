package main

import (
	"context"
	"errors"
	"io"
	"net"

	"k8s.io/cri-streaming/pkg/streaming"
	remotecommand "k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

// streams carries the connections of `kubectl exec` and `kubectl port-forward`.
type streams struct {
	server *server
}

var _ streaming.Runtime = streams{}

func (s streams) Exec(ctx context.Context, id string, command []string, in io.Reader, out, failed io.WriteCloser, terminal bool, resize <-chan remotecommand.TerminalSize) error {
	return s.server.stream(ctx, id, command, in, out, failed, terminal, resize)
}

func (s streams) Attach(context.Context, string, io.Reader, io.WriteCloser, io.WriteCloser, bool, <-chan remotecommand.TerminalSize) error {
	return errors.New("attach isn't supported")
}

func (s streams) PortForward(_ context.Context, id string, port int32, client io.ReadWriteCloser) error {
	defer client.Close()
	found, err := s.server.sandbox(id)
	if err != nil {
		return err
	}
	file, err := found.dial(port)
	if err != nil {
		return err
	}
	connection, err := net.FileConn(file)
	file.Close()
	if err != nil {
		return err
	}
	defer connection.Close()
	go func() {
		_, _ = io.Copy(connection, client)
		if half, ok := connection.(*net.TCPConn); ok {
			_ = half.CloseWrite()
		}
	}()
	_, err = io.Copy(client, connection)
	return err
}
