package port

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"kiosk/device"
)

// ptmx opens a pseudo-terminal and returns its slave's path.
func ptmx(t *testing.T) (path string, master *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	master = os.NewFile(uintptr(fd), "/dev/ptmx")
	t.Cleanup(func() { _ = master.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return "/dev/pts/" + strconv.Itoa(n), master
}

func pair(t *testing.T) (*Conn, *os.File) {
	t.Helper()
	path, master := ptmx(t)
	c, err := Open(t.Context(), device.Env{}, path, 115200)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, master
}

func TestSerialCarriesEveryByte(t *testing.T) {
	c, master := pair(t)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if _, err := c.Write(all); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 256)
	if _, err := io.ReadFull(master, got); err != nil || !bytes.Equal(got, all) {
		t.Errorf("out: %v, % X", err, got)
	}
	if _, err := master.Write(all); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, all) {
		t.Errorf("in: %v, % X", err, got)
	}
}

func TestSerialSpeed(t *testing.T) {
	c, master := pair(t)
	if !c.HasSpeed() {
		t.Fatal("a serial line has no speed")
	}
	for _, baud := range []int{9600, 19200, 115200} {
		if err := c.SetSpeed(baud); err != nil {
			t.Fatal(err)
		}
		s, err := unix.IoctlGetTermios(int(master.Fd()), unix.TCGETS2)
		if err != nil || int(s.Ospeed) != baud || s.Cflag&unix.CSIZE != unix.CS8 || s.Cflag&(unix.CSTOPB|unix.PARENB|unix.CRTSCTS) != 0 {
			t.Errorf("%v, %d baud, flags %x; want %d 8N1", err, s.Ospeed, s.Cflag, baud)
		}
	}
}

func TestReadEndsWithItsContextAndLosesNothing(t *testing.T) {
	c, master := pair(t)
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		if n, err := c.ReadContext(ctx, make([]byte, 8)); n != 0 || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, device.ErrGone) {
			t.Errorf("got %d, %v", n, err)
		}
		cancel()
	}
	if _, err := master.Write([]byte("late")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "late" {
		t.Errorf("%q, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.ReadContext(ctx, got); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestWriteEndsWithItsContext(t *testing.T) {
	c, _ := pair(t) // nobody reads on the other side
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	n, err := c.WriteContext(ctx, make([]byte, 1<<20))
	if !errors.Is(err, context.DeadlineExceeded) || n >= 1<<20 {
		t.Errorf("wrote %d, %v", n, err)
	}
}

func TestHangUp(t *testing.T) {
	c, master := pair(t)
	ended := make(chan error, 1)
	go func() { _, err := c.Read(make([]byte, 8)); ended <- err }()
	if err := master.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, device.ErrGone) {
		t.Errorf("reading gave %v", err)
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, device.ErrGone) {
		t.Errorf("writing gave %v", err)
	}
}

func TestCloseFreesReaderAndName(t *testing.T) {
	path, _ := ptmx(t)
	c, err := Serial(path, 9600)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { _, err := c.Read(make([]byte, 8)); ended <- err }()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, device.ErrGone) {
		t.Errorf("got %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	if again, err := Serial(path, 9600); err != nil {
		t.Errorf("opening again: %v", err)
	} else if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fifo := t.TempDir() + "/fifo"
	if out, err := exec.Command("mkfifo", fifo).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for address, want := range map[string]error{
		"":                                 device.ErrConfig,
		"ttyS0":                            device.ErrConfig,
		"tcp://host":                       device.ErrConfig,
		"tcp://:1":                         device.ErrConfig,
		file:                               device.ErrConfig,
		fifo:                               device.ErrConfig,
		"/dev/null":                        device.ErrConfig,
		t.TempDir():                        device.ErrConfig,
		"/dev/ttyNOT":                      device.ErrGone,
		"/no/such/folder/tty":              device.ErrGone,
		"tcp://" + closed.Addr().String():  device.ErrGone,
		"tcp://no.such.host.invalid.:4001": device.ErrGone,
	} {
		c, err := Open(t.Context(), device.Env{}, address, 9600)
		if !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", address, err, want)
		}
		if err == nil {
			_ = c.Close()
		}
		if isConfig := errors.Is(CheckAddress(address), device.ErrConfig); isConfig && want != device.ErrConfig {
			t.Errorf("%q: CheckAddress refuses what only is not there", address)
		}
	}
}

func TestTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	served := make(chan error, 1)
	go func() {
		s, err := l.Accept()
		if err == nil {
			_, err = io.CopyN(s, s, 5) // echo, then hang up
			_ = s.Close()
		}
		served <- err
	}()
	c, err := Open(t.Context(), device.Env{}, "tcp://"+l.Addr().String(), 9600)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.HasSpeed() || c.SetSpeed(9600) != nil {
		t.Error("a socket has a speed")
	}
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := c.Read(got); !errors.Is(err, device.ErrGone) {
		t.Errorf("after the hang-up: %v", err)
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	env := device.Env{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	if _, err := Open(ctx, env, "tcp://reader:1", 0); !errors.Is(err, context.Canceled) || errors.Is(err, device.ErrGone) {
		t.Errorf("got %v", err)
	}
}

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		c := New(near)
		defer c.Close()
		go func() {
			for range 5 { // pieces of a late answer
				time.Sleep(30 * time.Millisecond) // virtual
				_, _ = far.Write(make([]byte, 700))
			}
		}()
		began := time.Now()
		n, err := c.Drain(t.Context(), 50*time.Millisecond)
		if n != 3500 || err != nil {
			t.Errorf("drained %d, %v", n, err)
		}
		if took := time.Since(began); took != 200*time.Millisecond {
			t.Errorf("it took %v", took)
		}

		babble, stop := context.WithCancel(t.Context())
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			for babble.Err() == nil {
				time.Sleep(10 * time.Millisecond) // virtual
				_ = far.SetWriteDeadline(time.Now().Add(time.Second))
				_, _ = far.Write([]byte{0})
			}
		}()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if n, err := c.Drain(ctx, 50*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) || n < 50 {
			t.Errorf("on a line that is never quiet: %d, %v", n, err)
		}
		stop()
		_ = far.Close()
		<-stopped
		if _, err := c.Drain(t.Context(), 50*time.Millisecond); !errors.Is(err, device.ErrGone) {
			t.Errorf("on a line that is gone: %v", err)
		}
	})
}
