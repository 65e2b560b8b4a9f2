// Package bench runs the far ends of a terminal's peripherals in one process: a card reader on a pseudo-terminal, a receipt
// printer on TCP and on a pseudo-terminal, a document camera on HTTP. People and tests lay cards down, take paper away and
// pull plugs, by method or over a control socket; the product runs beside it unchanged and cannot tell. Nothing here is ever
// part of the product.
package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"kiosk/drivers/escpos/escpossim"
	"kiosk/drivers/mjpeg/mjpegsim"
	"kiosk/drivers/sdt/sdtsim"
)

// Options of a bench. Dir is made if it is not there; the rest may be zero.
type Options struct {
	Dir         string // links to the pseudo-terminals, control socket, endpoints.json, folder "printed"
	PrinterPort int    // 0: any
	CameraPort  int
	Dots        int  // of the printer, 576 when 0
	Paced       bool // the far ends are as slow as real ones
	Seed        uint64
	Fonts       []string // of paper, see paper.OpenFonts
	Scenes      string   // folder of scenes for the camera
	Log         *slog.Logger
}

// Endpoints say where the far ends are.
type Endpoints struct {
	Reader      string `json:"reader"`       // path
	PrinterAddr string `json:"printer_addr"` // host:port
	PrinterPath string `json:"printer_path"`
	CameraURL   string `json:"camera_url"`
	Control     string `json:"control"` // unix socket
	Printed     string `json:"printed"` // folder
}

// Devices that can be unplugged.
const (
	Reader  = "reader"
	Printer = "printer"
	Camera  = "camera"
)

// Bench is a set of far ends that run until Close. All methods are safe for use by several goroutines.
type Bench struct {
	ends    Endpoints
	log     *slog.Logger
	reader  *sdtsim.Sim
	printer *escpossim.Sim
	camera  *mjpegsim.Sim
	lines   map[string][]line
	plug    sync.Mutex                // one hand on the plugs
	found   atomic.Pointer[time.Time] // see ReaderState.Found
	stop    context.CancelFunc
	wg      sync.WaitGroup
}

// Start makes the far ends, plugs them in and serves the control socket. They run until Close or until ctx ends.
func Start(ctx context.Context, o Options) (*Bench, error) {
	if o.Dir == "" {
		return nil, errors.New("cannot start the bench: no folder is named")
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("cannot start the bench: %w", err)
	}
	b := &Bench{log: o.Log}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	b.ends = Endpoints{
		Reader: filepath.Join(o.Dir, Reader), PrinterPath: filepath.Join(o.Dir, Printer),
		Control: filepath.Join(o.Dir, "control.sock"), Printed: filepath.Join(o.Dir, "printed"),
	}
	ctx, b.stop = context.WithCancel(ctx)
	if err := b.start(ctx, o); err != nil {
		_ = b.Close()
		return nil, fmt.Errorf("cannot start the bench: %w", err)
	}
	return b, nil
}

func (b *Bench) start(ctx context.Context, o Options) (err error) {
	b.reader = sdtsim.New(sdtsim.Options{Paced: o.Paced, Seed: o.Seed, Found: func(at time.Time) { b.found.CompareAndSwap(nil, &at) }})
	if b.printer, err = escpossim.New(escpossim.Options{Dots: o.Dots, Dir: b.ends.Printed, Paced: o.Paced, Fonts: o.Fonts}); err != nil {
		return err
	}
	if b.camera, err = mjpegsim.New(mjpegsim.Options{Dir: o.Scenes, Fonts: o.Fonts, Seed: o.Seed}); err != nil {
		return err
	}
	printerTCP := &tcpLine{port: o.PrinterPort, serve: func(ctx context.Context, l net.Listener) {
		serveConns(ctx, l, func(ctx context.Context, c net.Conn) { _ = b.printer.Serve(ctx, c) })
	}}
	cameraTCP := &tcpLine{port: o.CameraPort, serve: func(ctx context.Context, l net.Listener) {
		if err := b.camera.Serve(ctx, l); err != nil {
			b.log.Error("camera's server ended", "error", err)
		}
	}}
	b.lines = map[string][]line{
		Reader:  {&ptyLine{link: b.ends.Reader, serve: func(ctx context.Context, m *os.File) { _ = b.reader.Serve(ctx, m) }}},
		Printer: {printerTCP, &ptyLine{link: b.ends.PrinterPath, serve: b.printerPTY}},
		Camera:  {cameraTCP},
	}
	for _, name := range []string{Reader, Printer, Camera} {
		if err := b.Plug(name); err != nil {
			return err
		}
	}
	b.ends.PrinterAddr = printerTCP.addr()
	b.ends.CameraURL = "http://" + cameraTCP.addr() + "/stream"
	if err := b.serveControl(ctx); err != nil {
		return err
	}
	return b.writeEndpoints(o.Dir)
}

// printerPTY serves whoever has the pseudo-terminal open, one after another.
func (b *Bench) printerPTY(ctx context.Context, m *os.File) {
	for ctx.Err() == nil {
		if err := b.printer.Serve(ctx, m); err != nil && !errors.Is(err, escpossim.ErrCut) {
			return
		}
		wait(ctx, lookAgain)
	}
}

func (b *Bench) writeEndpoints(dir string) error {
	j, err := json.MarshalIndent(b.ends, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "endpoints.json")
	if err := os.WriteFile(path+".tmp", append(j, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// Close pulls all plugs and waits until everything has ended.
func (b *Bench) Close() error {
	b.stop()
	b.plug.Lock()
	for _, lines := range b.lines {
		for _, l := range lines {
			l.out()
		}
	}
	b.plug.Unlock()
	b.wg.Wait()
	var errs []error
	if b.printer != nil {
		errs = append(errs, b.printer.Close())
	}
	if b.camera != nil {
		errs = append(errs, b.camera.Close())
	}
	return errors.Join(errs...)
}

// Endpoints returns where the far ends are. They stay the same when a device is plugged in again.
func (b *Bench) Endpoints() Endpoints { return b.ends }

// InsertCard lays a person's card on the reader.
func (b *Bench) InsertCard(p sdtsim.Person) error {
	b.found.Store(nil)
	return b.reader.Insert(p)
}

// RemoveCard lifts it.
func (b *Bench) RemoveCard() { b.reader.Remove() }

// Paper sets the printer's state: ok, low, out, jam or cover. Ok makes everything well.
func (b *Bench) Paper(state string) error {
	p := b.printer
	switch state {
	case "ok":
		p.SetCover(false)
		p.SetCutter(false)
		p.SetHot(false)
		p.SetPaper(escpossim.PaperOK)
	case "low":
		p.SetPaper(escpossim.PaperLow)
	case "out":
		p.SetPaper(escpossim.PaperOut)
	case "jam":
		p.SetJam(true)
	case "cover":
		p.SetCover(true)
	default:
		return fmt.Errorf("cannot set paper to %q: it is none of ok, low, out, jam, cover", state)
	}
	return nil
}

// Scene sets what lies under the camera: a built-in page, a file or a folder, see mjpegsim.Sim.SetScene.
func (b *Bench) Scene(name string) error { return b.camera.SetScene(name) }

// Show puts JPEG frames under the camera.
func (b *Bench) Show(frames ...[]byte) error { return b.camera.Show("shown", frames...) }

// ShowPrinted lays a printed paper on the desk under the camera, by its number.
func (b *Bench) ShowPrinted(n int) error {
	return b.camera.SetScene(filepath.Join(b.ends.Printed, fmt.Sprintf("receipt-%d.png", n)))
}

// Printed are the papers that came out since the start, oldest first.
func (b *Bench) Printed() []escpossim.Printed { return b.printer.Printed() }

// Unplug takes a device away: its node, its port and its power are gone.
func (b *Bench) Unplug(name string) error {
	b.plug.Lock()
	defer b.plug.Unlock()
	lines, ok := b.lines[name]
	if !ok {
		return fmt.Errorf("cannot unplug %q: it is none of reader, printer, camera", name)
	}
	for _, l := range lines {
		l.out()
	}
	if name == Printer {
		b.printer.PowerOff()
	}
	return nil
}

// Plug brings it back under its old name.
func (b *Bench) Plug(name string) error {
	b.plug.Lock()
	defer b.plug.Unlock()
	lines, ok := b.lines[name]
	if !ok {
		return fmt.Errorf("cannot plug %q in: it is none of reader, printer, camera", name)
	}
	for _, l := range lines {
		if err := l.in(); err != nil {
			return fmt.Errorf("cannot plug %q in: %w", name, err)
		}
	}
	return nil
}

// ReaderSim, PrinterSim and CameraSim are the far ends themselves, for faults that have no word here.
func (b *Bench) ReaderSim() *sdtsim.Sim { return b.reader }

// PrinterSim is the printer.
func (b *Bench) PrinterSim() *escpossim.Sim { return b.printer }

// CameraSim is the camera.
func (b *Bench) CameraSim() *mjpegsim.Sim { return b.camera }
