package hub

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// oneConn is a listener that gives one connection and then waits to be closed.
type oneConn struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l oneConn) Close() error   { close(l.closed); return nil }
func (l oneConn) Addr() net.Addr { return &net.UnixAddr{} }

// TestBodyThatNeverEnds: whoever begins a body and stops is cut off, enrolled or not.
func TestBodyThatNeverEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		l := oneConn{make(chan net.Conn, 1), make(chan struct{})}
		l.conns <- there
		took := make(chan time.Duration, 1)
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begun := time.Now()
			_, err := readBody(w, r, "application/pkcs10", maxCSR)
			if err == nil {
				t.Error("a body that never ended was read")
			}
			took <- time.Since(begun)
			if err != nil {
				writeProblem(w, r, bad("cut off"))
			}
		})}
		served := make(chan error, 1)
		go func() { served <- server.Serve(l) }()
		go func() { // what the server answers has to go somewhere
			for r := bufio.NewReader(here); ; {
				if _, err := r.ReadByte(); err != nil {
					return
				}
			}
		}()
		fmt.Fprint(here, "POST / HTTP/1.1\r\nHost: hub\r\nContent-Type: application/pkcs10\r\nContent-Length: 100\r\n\r\nMII")
		if d := <-took; d != bodyStart+maxCSR/bodySpeed*time.Second {
			t.Errorf("it was cut off after %v", d)
		}
		_ = here.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-served
		synctest.Wait()
	})
}
