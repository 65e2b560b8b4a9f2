package bench

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"kiosk/drivers/sdt/sdtsim"
)

// lookAgain is how often a pseudo-terminal that nobody has open is looked at.
const lookAgain = 10 * time.Millisecond

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// line is something with a plug. in and out are called by one goroutine at a time; out returns when what served the line has
// ended, and doing either twice does no harm.
type line interface {
	in() error
	out()
	plugged() bool
}

// running is a line that is plugged in.
type running struct {
	stop func()
	wg   sync.WaitGroup
}

func (r *running) out() {
	r.stop()
	r.wg.Wait()
}

// ptyLine is a pseudo-terminal whose other side has a lasting name.
type ptyLine struct {
	link  string
	serve func(context.Context, *os.File)
	run   *running
}

func (l *ptyLine) plugged() bool { return l.run != nil }

func (l *ptyLine) in() error {
	if l.run != nil {
		return nil
	}
	path, master, err := sdtsim.OpenPTY()
	if err != nil {
		return err
	}
	if err := relink(path, l.link); err != nil {
		_ = master.Close()
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.run = &running{stop: func() {
		_ = os.Remove(l.link)
		cancel()
		_ = master.Close()
	}}
	l.run.wg.Go(func() { l.serve(ctx, master) })
	return nil
}

func (l *ptyLine) out() {
	if l.run != nil {
		l.run.out()
		l.run = nil
	}
}

// relink makes a symbolic link, in the place of an old one.
func relink(to, link string) error {
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(to, link)
}

// tcpLine is a port on this machine, the same one each time it is plugged in.
type tcpLine struct {
	port  int // 0 until the first time, when any will do
	serve func(context.Context, net.Listener)
	run   *running
}

func (l *tcpLine) addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(l.port)) }

func (l *tcpLine) plugged() bool { return l.run != nil }

func (l *tcpLine) in() error {
	if l.run != nil {
		return nil
	}
	ln, err := net.Listen("tcp", l.addr())
	if err != nil {
		return err
	}
	l.port = ln.Addr().(*net.TCPAddr).Port
	ctx, cancel := context.WithCancel(context.Background())
	l.run = &running{stop: func() {
		cancel()
		_ = ln.Close()
	}}
	l.run.wg.Go(func() { l.serve(ctx, ln) })
	return nil
}

func (l *tcpLine) out() {
	if l.run != nil {
		l.run.out()
		l.run = nil
	}
}

// serveConns serves each connection on its own goroutine until ctx ends and the listener is closed, then breaks those that are left.
func serveConns(ctx context.Context, l net.Listener, serve func(context.Context, net.Conn)) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		wg.Go(func() {
			stop := context.AfterFunc(ctx, func() { reset(c) })
			defer stop()
			serve(ctx, c)
			_ = c.Close()
		})
	}
}

// reset closes a connection as a device does that loses its power: nothing that is under way arrives.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}
