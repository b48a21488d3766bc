package main

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Longer lines are written in parts.
const longestLine = 16 * 1024

// logFile is the log of a container in the format of the Container Runtime Interface.
type logFile struct {
	path  string
	mutex sync.Mutex
	file  *os.File
}

func openLog(path string) (*logFile, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	l := &logFile{path: path}
	return l, l.reopen()
}

// reopen opens the file again after the kubelet has renamed it.
func (l *logFile) reopen() error {
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.file != nil {
		l.file.Close()
	}
	l.file = file
	return nil
}

func (l *logFile) close() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.file.Close()
}

func (l *logFile) write(stream, tag string, line []byte) {
	var text bytes.Buffer
	text.WriteString(time.Now().UTC().Format(time.RFC3339Nano))
	text.WriteString(" " + stream + " " + tag + " ")
	text.Write(line)
	text.WriteByte('\n')
	l.mutex.Lock()
	defer l.mutex.Unlock()
	// A full disk must not end the container.
	_, _ = l.file.Write(text.Bytes())
}

// logStream is the output or the error output of a container.
type logStream struct {
	log     *logFile
	name    string
	pending []byte
}

func (l *logFile) stream(name string) *logStream {
	return &logStream{log: l, name: name}
}

// Write writes complete lines, and parts of long ones.
func (s *logStream) Write(output []byte) (int, error) {
	s.pending = append(s.pending, output...)
	for {
		end := bytes.IndexByte(s.pending, '\n')
		switch {
		case end >= 0 && end <= longestLine:
			s.log.write(s.name, "F", s.pending[:end])
			s.pending = s.pending[end+1:]
		case len(s.pending) > longestLine:
			s.log.write(s.name, "P", s.pending[:longestLine])
			s.pending = s.pending[longestLine:]
		default:
			return len(output), nil
		}
	}
}

// end writes the last line if it isn't complete.
func (s *logStream) end() {
	if len(s.pending) > 0 {
		s.log.write(s.name, "P", s.pending)
	}
}
