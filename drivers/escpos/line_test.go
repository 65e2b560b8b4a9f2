package escpos

import (
	"context"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"kiosk/device"
	"kiosk/drivers/escpos/escpossim"
)

// brisk is usual for tests on one machine, which may be a busy one.
var brisk = times{
	answer: time.Second, quiet: 30 * time.Millisecond, sync: time.Second, stall: 400 * time.Millisecond,
	finish: 300 * time.Millisecond, settle: 5 * time.Second, poll: time.Hour, tick: 20 * time.Millisecond, patient: 2,
}

// far is a printer at the far end of a real TCP connection or pseudo-terminal.
type far struct {
	*escpossim.Sim
	config string // for open
	unplug func() // what is connected now goes away
}

func newSim(t testing.TB, o escpossim.Options) *escpossim.Sim {
	t.Helper()
	s, err := escpossim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func overTCP(t testing.TB, o escpossim.Options) *far {
	t.Helper()
	sim := newSim(t, o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &far{Sim: sim, config: fmt.Sprintf(`{"tcp":%q`, l.Addr())}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var mu sync.Mutex
	var conn net.Conn
	f.unplug = func() {
		mu.Lock()
		defer mu.Unlock()
		if conn != nil {
			_ = conn.Close()
		}
	}
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conn = c
			mu.Unlock()
			wg.Go(func() {
				_ = sim.Serve(ctx, c)
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		_ = l.Close()
		f.unplug()
		wg.Wait()
	})
	return f
}

func overPTY(t testing.TB, o escpossim.Options) *far {
	t.Helper()
	sim := newSim(t, o)
	master, slave := openPTY(t)
	f := &far{Sim: sim, config: fmt.Sprintf(`{"serial":%q`, slave)}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var once sync.Once
	f.unplug = func() { once.Do(func() { _ = master.Close() }) }
	wg.Go(func() { _ = sim.Serve(ctx, master); f.unplug() })
	t.Cleanup(func() {
		cancel()
		f.unplug()
		wg.Wait()
	})
	return f
}

// openPTY opens a pseudo-terminal that echoes nothing. Its master does not block, so that Close ends a Read. The slave
// stays open in the test, too, or the far end would find nobody there before the driver comes.
func openPTY(t testing.TB) (master *os.File, path string) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	master = os.NewFile(uintptr(fd), "ptmx")
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	tio, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	tio.Iflag, tio.Oflag, tio.Lflag = 0, 0, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, tio); err != nil {
		t.Fatal(err)
	}
	path = fmt.Sprintf("/dev/pts/%d", n)
	slave, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slave.Close() })
	return master, path
}

var lines = map[string]func(testing.TB, escpossim.Options) *far{"tcp": overTCP, "pty": overPTY}

// connect opens the driver on the line.
func (f *far) connect(t testing.TB, tm times) *Printer {
	t.Helper()
	p, err := open(t.Context(), device.Env{}, json.RawMessage(f.config+"}"), tm)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// noise is a slip of random dots, so that no two are alike and every byte value comes.
func noise(seed uint64, w, h int) device.Slip {
	r := rand.New(rand.NewPCG(seed, 7))
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 255 * uint8(r.IntN(2))
	}
	return device.Slip{Image: img, Cut: true}
}

// asSent is the picture as the wire has it, with the dots that pack adds.
func asSent(slip device.Slip, dots int) *image.Gray {
	b := slip.Image.Rect
	out := image.NewGray(image.Rect(0, 0, dots, b.Dy()))
	for i := range out.Pix {
		out.Pix[i] = 255
	}
	stride := (b.Dx() + 7) / 8
	for top := 0; top < b.Dy(); top += BandRows {
		data := pack(slip.Image, top, min(top+BandRows, b.Dy()), stride)
		for i, v := range data {
			for bit := range 8 {
				if v&(0x80>>bit) != 0 {
					out.Pix[(top+i/stride)*dots+i%stride*8+bit] = 0
				}
			}
		}
	}
	return out
}

func samePicture(a, b *image.Gray) bool {
	if a.Rect != b.Rect {
		return false
	}
	for i := range a.Pix {
		if a.Pix[i] != b.Pix[i] {
			return false
		}
	}
	return true
}

// holds reports whether a finished paper shows exactly the slip.
func (f *far) holds(slip device.Slip, dots int) bool {
	want := asSent(slip, dots)
	for _, p := range f.Printed() {
		if p.Complete && len(p.Pictures) == 1 && samePicture(p.Pictures[0], want) {
			return true
		}
	}
	return false
}

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

var _ io.Closer = (*Printer)(nil)
