// Package port is the line between a driver and its device: a serial port (a pseudo-terminal counts as
// one) or a TCP socket, behind one Conn whose calls end when their context does.
//
// A line knows bytes and nothing of what they mean. It maps what the kernel says onto the two errors that
// a driver's caller acts on: device.ErrGone when the hardware is not there now (no such node, no rights
// yet, unplugged, refused, hung up), device.ErrConfig when the address can never be a line.
package port

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"kiosk/device"
)

// Stream is what a Conn is made of; *os.File on a pollable node and net.Conn are such streams.
type Stream interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// Conn is one open line. One goroutine may read while another writes; Close may come from anywhere and
// ends both. Every error but the context's own wraps device.ErrGone: after it the Conn is only good to close.
type Conn struct {
	stream Stream
	speed  func(baud int) error // nil where there is no speed
	closed func() error         // closes what belongs to the stream; may be nil
	once   sync.Once
	err    error
}

var _ io.ReadWriteCloser = (*Conn)(nil)

// New makes a line of any stream, a net.Pipe in a test for example. Close closes the stream.
func New(s Stream) *Conn { return &Conn{stream: s} }

// tcpScheme marks an address that is no path.
const tcpScheme = "tcp://"

// CheckAddress says whether Open could ever take address. It touches nothing; its error wraps device.ErrConfig.
func CheckAddress(address string) error {
	hostport, isTCP := strings.CutPrefix(address, tcpScheme)
	switch {
	case address == "":
		return fmt.Errorf("no address: %w", device.ErrConfig)
	case isTCP:
		host, port, err := net.SplitHostPort(hostport)
		if err != nil || host == "" || port == "" {
			return fmt.Errorf("%q is not %shost:port: %w", address, tcpScheme, device.ErrConfig)
		}
	case !filepath.IsAbs(address):
		return fmt.Errorf("%q is neither an absolute path nor %shost:port: %w", address, tcpScheme, device.ErrConfig)
	}
	return nil
}

// Open opens "tcp://host:port" with env's dialer, or the serial port at an absolute path.
func Open(ctx context.Context, env device.Env, address string, baud int) (*Conn, error) {
	if err := CheckAddress(address); err != nil {
		return nil, err
	}
	if hostport, isTCP := strings.CutPrefix(address, tcpScheme); isTCP {
		return TCP(ctx, env, hostport)
	}
	return Serial(address, baud)
}

// dialTime bounds a connection attempt.
const dialTime = 3 * time.Second

// TCP connects to hostport with env's dialer, or the standard one when env has none.
func TCP(ctx context.Context, env device.Env, hostport string) (*Conn, error) {
	dial := env.Dial
	if dial == nil {
		dial = (&net.Dialer{KeepAlive: 5 * time.Second}).DialContext
	}
	dctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	c, err := dial(dctx, "tcp", hostport)
	if err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("cannot connect to %q: %w", hostport, ctx.Err())
		}
		return nil, fmt.Errorf("cannot connect to %q: %w: %w", hostport, device.ErrGone, err)
	}
	return New(c), nil
}

// HasSpeed reports whether the line has a speed that SetSpeed can change.
func (c *Conn) HasSpeed() bool { return c.speed != nil }

// SetSpeed changes the speed of a serial line, in baud. It does nothing on other lines.
func (c *Conn) SetSpeed(baud int) error {
	if c.speed == nil {
		return nil
	}
	if err := c.speed(baud); err != nil {
		return fmt.Errorf("cannot set the line to %d baud: %w: %w", baud, device.ErrGone, err)
	}
	return nil
}

// longAgo as a deadline ends a call that is blocked now.
var longAgo = time.Unix(1, 0)

// ReadContext reads what has come, at least one byte. It blocks until then, until ctx ends (ctx's error,
// nothing lost) or until the line is gone (device.ErrGone).
func (c *Conn) ReadContext(ctx context.Context, p []byte) (int, error) {
	n, err := within(ctx, c.stream.SetReadDeadline, func() (int, error) { return c.stream.Read(p) })
	if n > 0 || err == nil {
		return n, nil
	}
	return 0, gone("read", err)
}

// WriteContext writes all of p. When ctx ends first, it says how many bytes went out.
func (c *Conn) WriteContext(ctx context.Context, p []byte) (int, error) {
	n, err := within(ctx, c.stream.SetWriteDeadline, func() (int, error) { return c.stream.Write(p) })
	if err != nil {
		return n, gone("write", err)
	}
	return n, nil
}

// within runs call, and ends it through the deadline when ctx does.
func within(ctx context.Context, deadline func(time.Time) error, call func() (int, error)) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := deadline(time.Time{}); err != nil {
		return 0, err
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		_ = deadline(longAgo) // fails only on a closed stream, which ends the call too
	})
	n, err := call()
	if !stop() {
		<-ended // or its deadline would hit the next call
	}
	if err != nil && errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
		return n, ctx.Err()
	}
	return n, err
}

// Read is ReadContext without an end.
func (c *Conn) Read(p []byte) (int, error) { return c.ReadContext(context.Background(), p) }

// Write is WriteContext without an end.
func (c *Conn) Write(p []byte) (int, error) { return c.WriteContext(context.Background(), p) }

// Drain throws away what comes until nothing has come for quiet, and says how many bytes that was. On a
// line that never falls silent it ends with ctx.
func (c *Conn) Drain(ctx context.Context, quiet time.Duration) (int, error) {
	var waste [512]byte
	defer clear(waste[:]) // it may have been the end of somebody's card
	for total := 0; ; {
		qctx, cancel := context.WithTimeout(ctx, quiet)
		n, err := c.ReadContext(qctx, waste[:])
		cancel()
		total += n
		switch {
		case ctx.Err() != nil:
			return total, ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			return total, nil
		case err != nil:
			return total, err
		}
	}
}

// Close closes the line and frees its name. Calls that are blocked end with device.ErrGone. More than
// one Close does no harm.
func (c *Conn) Close() error {
	c.once.Do(func() {
		c.err = c.stream.Close()
		if c.closed != nil {
			c.err = errors.Join(c.err, c.closed())
		}
	})
	return c.err
}

// gone lets contexts' errors pass and marks all others.
func gone(what string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("cannot %s: %w: %w", what, device.ErrGone, pathless(err))
}

// pathless drops the name that os and net put into an error: the caller knows what it opened.
func pathless(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	if oe := (*net.OpError)(nil); errors.As(err, &oe) {
		return oe.Err
	}
	return err
}
