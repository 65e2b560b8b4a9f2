// Package display is a screen of its own for tests and the demo: an X server without a monitor (Xvfb), real taps through the
// XTest extension, and pictures of what stands on the screen. It knows nothing of what runs on it.
package display

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"io"
	stdlog "log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// Display is one X server.
type Display struct {
	Name          string // for the environment: ":7"
	Width, Height int
	server        *exec.Cmd
	conn          *xgb.Conn
	root          xproto.Window
}

// Start runs Xvfb at a free number. Its log goes to dir.
func Start(ctx context.Context, dir string, width, height int) (*Display, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start a display: %w", err)
	}
	defer r.Close()
	log, err := os.Create(filepath.Join(dir, "xvfb.log"))
	if err != nil {
		return nil, fmt.Errorf("cannot start a display: %w", err)
	}
	defer log.Close()
	d := &Display{Width: width, Height: height}
	d.server = exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp", "-noreset")
	d.server.ExtraFiles = []*os.File{w}
	d.server.Stdout, d.server.Stderr = log, log
	d.server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := d.server.Start(); err != nil {
		_ = w.Close()
		return nil, fmt.Errorf("cannot start Xvfb: %w", err)
	}
	_ = w.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("cannot start Xvfb, see %s: %w", log.Name(), err)
	}
	d.Name = ":" + strings.TrimSpace(line)
	xgb.Logger = stdlog.New(io.Discard, "", 0) // it tells of every file that is not there
	if d.conn, err = xgb.NewConnDisplay(d.Name); err != nil {
		d.Close()
		return nil, fmt.Errorf("cannot connect to display %s: %w", d.Name, err)
	}
	if err := xtest.Init(d.conn); err != nil {
		d.Close()
		return nil, fmt.Errorf("cannot use XTest: %w", err)
	}
	d.root = xproto.Setup(d.conn).DefaultScreen(d.conn).Root
	return d, nil
}

// Close ends the server.
func (d *Display) Close() {
	if d.conn != nil {
		d.conn.Close()
	}
	if d.server != nil && d.server.Process != nil {
		_ = d.server.Process.Signal(syscall.SIGTERM)
		_ = d.server.Wait()
	}
}

const (
	press   = 4 // KeyPress is 2, ButtonPress 4, MotionNotify 6
	release = 5
	motion  = 6
	hold    = 60 * time.Millisecond // how long a finger stays down
)

func (d *Display) fake(kind, detail byte, x, y int) error {
	return xtest.FakeInputChecked(d.conn, kind, detail, 0, d.root, int16(x), int16(y), 0).Check()
}

// Tap touches the screen at one point, for as long as a finger does.
func (d *Display) Tap(x, y int) error {
	if err := d.fake(motion, 0, x, y); err != nil {
		return fmt.Errorf("cannot move to %d,%d: %w", x, y, err)
	}
	if err := d.fake(press, 1, x, y); err != nil {
		return fmt.Errorf("cannot press: %w", err)
	}
	time.Sleep(hold)
	if err := d.fake(release, 1, x, y); err != nil {
		return fmt.Errorf("cannot release: %w", err)
	}
	return nil
}

// Draw moves a finger along points without lifting it.
func (d *Display) Draw(points []image.Point) error {
	if len(points) == 0 {
		return errors.New("cannot draw nothing")
	}
	if err := d.fake(motion, 0, points[0].X, points[0].Y); err != nil {
		return err
	}
	if err := d.fake(press, 1, points[0].X, points[0].Y); err != nil {
		return err
	}
	for _, p := range points[1:] {
		time.Sleep(16 * time.Millisecond) // as fast as a touch panel reports
		if err := d.fake(motion, 0, p.X, p.Y); err != nil {
			return err
		}
	}
	last := points[len(points)-1]
	return d.fake(release, 1, last.X, last.Y)
}

// Key presses one key by its X key code.
func (d *Display) Key(code byte) error {
	if err := d.fake(2, code, 0, 0); err != nil {
		return err
	}
	time.Sleep(hold)
	return d.fake(3, code, 0, 0)
}

// Picture takes what stands on the screen.
func (d *Display) Picture() (*image.RGBA, error) {
	// One request, so that the picture is of one moment.
	img, err := xproto.GetImage(d.conn, xproto.ImageFormatZPixmap, xproto.Drawable(d.root), 0, 0, uint16(d.Width), uint16(d.Height), 0xffffffff).Reply()
	if err != nil {
		return nil, fmt.Errorf("cannot take a picture of the screen: %w", err)
	}
	out := image.NewRGBA(image.Rect(0, 0, d.Width, d.Height))
	for i := 0; i+3 < len(img.Data) && i < len(out.Pix); i += 4 {
		out.Pix[i], out.Pix[i+1], out.Pix[i+2], out.Pix[i+3] = img.Data[i+2], img.Data[i+1], img.Data[i], 255
	}
	return out, nil
}

// Save writes a picture of the screen.
func (d *Display) Save(file string) error {
	img, err := d.Picture()
	if err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("cannot save a picture: %w", err)
	}
	defer f.Close()
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, img); err != nil {
		return fmt.Errorf("cannot save a picture: %w", err)
	}
	return nil
}

// AwaitPicture waits until something has been drawn: more than one colour on the screen.
func (d *Display) AwaitPicture(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		img, err := d.Picture()
		if err != nil {
			return err
		}
		for i := 4; i < len(img.Pix); i += 4 * 97 {
			if img.Pix[i] != img.Pix[0] || img.Pix[i+1] != img.Pix[1] || img.Pix[i+2] != img.Pix[2] {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return errors.New("cannot see anything on the screen after a minute")
		case <-tick.C:
		}
	}
}

// Sample is a coarse print of the screen below its header, to see whether something has changed.
func (d *Display) Sample() (uint64, error) {
	img, err := d.Picture()
	if err != nil {
		return 0, err
	}
	h := fnv.New64a()
	for y := headerRows; y < d.Height; y += 3 {
		row := img.Pix[y*img.Stride : y*img.Stride+d.Width*4]
		for x := 0; x < len(row); x += 4 * 3 {
			_, _ = h.Write(row[x : x+3])
		}
	}
	return h.Sum64(), nil
}

// headerRows is where the clock stands.
const headerRows = 112

// Still waits until the screen has not changed for two looks and, if before is not 0, is no longer what it was before. It
// returns the new sample, and false when patience ran out first.
func (d *Display) Still(ctx context.Context, before uint64, patience time.Duration) (uint64, bool, error) {
	end := time.Now().Add(patience)
	tick := time.NewTicker(60 * time.Millisecond)
	defer tick.Stop()
	var last uint64
	for {
		now, err := d.Sample()
		if err != nil {
			return 0, false, err
		}
		if now == last && now != before {
			return now, true, nil
		}
		last = now
		if time.Now().After(end) {
			return now, false, nil
		}
		select {
		case <-ctx.Done():
			return 0, false, ctx.Err()
		case <-tick.C:
		}
	}
}

// KeyOf finds the X key code of a key symbol: "a" is 0x61, Tab 0xff09, see X11/keysymdef.h.
func (d *Display) KeyOf(symbol uint32) (byte, error) {
	setup := xproto.Setup(d.conn)
	first, n := setup.MinKeycode, byte(setup.MaxKeycode-setup.MinKeycode)+1
	m, err := xproto.GetKeyboardMapping(d.conn, first, n).Reply()
	if err != nil {
		return 0, fmt.Errorf("cannot read the keyboard: %w", err)
	}
	for i, s := range m.Keysyms {
		if uint32(s) == symbol && i%int(m.KeysymsPerKeycode) == 0 {
			return byte(first) + byte(i/int(m.KeysymsPerKeycode)), nil
		}
	}
	return 0, fmt.Errorf("cannot find key %#x on the keyboard", symbol)
}

// Pixel takes the colour of one point.
func (d *Display) Pixel(x, y int) (color.RGBA, error) {
	img, err := xproto.GetImage(d.conn, xproto.ImageFormatZPixmap, xproto.Drawable(d.root), int16(x), int16(y), 1, 1, 0xffffffff).Reply()
	if err != nil {
		return color.RGBA{}, fmt.Errorf("cannot look at %d,%d: %w", x, y, err)
	}
	if len(img.Data) < 3 {
		return color.RGBA{}, fmt.Errorf("cannot look at %d,%d: %d bytes", x, y, len(img.Data))
	}
	return color.RGBA{img.Data[2], img.Data[1], img.Data[0], 255}, nil
}
