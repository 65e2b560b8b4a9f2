package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"kiosk/cmd/kiosksim/bench"
	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/paper"
	"kiosk/drivers"
)

// hand works a panel over a real bench. What the panel wants done on the main goroutine is done by the test.
type hand struct {
	*panel
	t     *testing.T
	bench *bench.Bench
	main  chan func()
	ended chan struct{}
	once  sync.Once
}

func start(t *testing.T) *hand {
	t.Helper()
	test.NewTempApp(t)
	b, err := bench.Start(t.Context(), bench.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	h := &hand{t: t, bench: b, main: make(chan func(), 100), ended: make(chan struct{})}
	h.panel = newPanel(ctx, bench.Client{Socket: b.Endpoints().Control}, func(f func()) { h.main <- f })
	go func() { defer close(h.ended); h.run(20 * time.Millisecond) }()
	t.Cleanup(func() {
		cancel()
		h.until("the end", func() bool {
			select {
			case <-h.ended:
				return true
			default:
				return false
			}
		})
		h.close()
	})
	return h
}

// close ends the bench, once.
func (h *hand) close() {
	h.once.Do(func() {
		if err := h.bench.Close(); err != nil {
			h.t.Error(err)
		}
	})
}

// until does the panel's work on this goroutine until done.
func (h *hand) until(what string, done func() bool) {
	h.t.Helper()
	late := time.NewTimer(10 * time.Second)
	defer late.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case f := <-h.main:
			f()
		case <-tick.C:
		case <-late.C:
			h.t.Fatalf("%s: not within 10 s; the panel says %q, %q", what, h.line.Text, h.wrong.Text)
		}
	}
}

// tap presses the button with that label.
func (h *hand) tap(label string) {
	h.t.Helper()
	var find func(o fyne.CanvasObject) *widget.Button
	find = func(o fyne.CanvasObject) *widget.Button {
		switch v := o.(type) {
		case *widget.Button:
			if v.Text == label {
				return v
			}
		case *fyne.Container:
			for _, child := range v.Objects {
				if b := find(child); b != nil {
					return b
				}
			}
		}
		return nil
	}
	b := find(h.object)
	if b == nil {
		h.t.Fatalf("no button %q", label)
	}
	test.Tap(b)
}

func TestPanelWorksTheBench(t *testing.T) {
	h := start(t)
	h.until("the first look", func() bool { return h.plugs[bench.Reader].Checked })
	for _, step := range []struct {
		do   func()
		what string
		is   func(bench.State) bool
	}{
		{func() { h.tap("张三 · resident") }, "a card lies there", func(s bench.State) bool { return s.Reader.Card }},
		{func() { h.tap("take the card away") }, "no card", func(s bench.State) bool { return !s.Reader.Card }},
		{func() { h.tap("out") }, "paper out", func(s bench.State) bool { return s.Printer.Paper == "out" }},
		{func() { h.tap("jam") }, "jammed", func(s bench.State) bool { return s.Printer.Jam }},
		{func() { h.tap("cover") }, "open", func(s bench.State) bool { return s.Printer.Cover }},
		{func() { h.tap("ok") }, "well again", func(s bench.State) bool { return s.Printer.Paper == "ok" && !s.Printer.Cover && !s.Printer.Jam }},
		{func() { h.tap("household") }, "a page", func(s bench.State) bool { return s.Camera.Scene == "household" }},
		{func() { test.Tap(h.plugs[bench.Camera]) }, "camera away", func(s bench.State) bool { return !s.Camera.Plugged }},
		{func() { test.Tap(h.plugs[bench.Camera]) }, "camera back", func(s bench.State) bool { return s.Camera.Plugged }},
	} {
		step.do()
		h.until(step.what, func() bool { return step.is(h.bench.State()) })
	}
	// What happens behind its back is seen, and not answered.
	if err := h.bench.Unplug(bench.Printer); err != nil {
		t.Fatal(err)
	}
	h.until("the mark", func() bool { return !h.plugs[bench.Printer].Checked })
	if s := h.bench.State(); s.Printer.Plugged {
		t.Error("looking put the plug in")
	}
}

// A receipt that comes out is shown and can be laid under the camera.
func TestPanelShowsTheReceipt(t *testing.T) {
	h := start(t)
	h.until("the first look", func() bool { return h.plugs[bench.Printer].Checked })
	if !h.laid.Disabled() {
		t.Error("a receipt that is not there can be laid under the camera")
	}
	d, _ := drivers.Find("escpos")
	cfg, _ := json.Marshal(map[string]string{"tcp": h.bench.Endpoints().PrinterAddr})
	p, err := d.Open(t.Context(), device.Env{}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	setter, err := paper.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = setter.Close() }()
	number, err := casefile.NewNumber(casefile.NumberParts{Terminal: "360001", Epoch: 1, Sequence: 7})
	if err != nil {
		t.Fatal(err)
	}
	printer := p.(device.ReceiptPrinter)
	slip, err := setter.Lay(casefile.Receipt{Site: "示例", Title: "收存回执", Number: number, Ticket: casefile.Ticket{Number: number, Code: casefile.NewLookupCode()}}, printer.Dots())
	if err != nil {
		t.Fatal(err)
	}
	if out, err := printer.Print(t.Context(), slip); out != device.Yes || err != nil {
		t.Fatalf("Print: %s, %v", out, err)
	}
	h.until("the receipt", func() bool { return h.panel.paper.Image != nil })
	if b := h.panel.paper.Image.Bounds(); b.Dx() != printer.Dots() {
		t.Errorf("the picture is %v", b)
	}
	h.tap("last receipt")
	h.until("under the camera", func() bool { return filepath.Base(h.bench.State().Camera.Scene) == "receipt-1.png" })
}

func TestPanelSaysWhatWentWrong(t *testing.T) {
	h := start(t)
	h.until("the first look", func() bool { return strings.Contains(h.line.Text, "no card") })
	h.send(func(ctx context.Context) error { return h.panel.bench.Paper(ctx, "blue") })
	h.until("the error", func() bool { return strings.Contains(h.wrong.Text, "blue") })
	h.tap("ok")
	h.until("no error", func() bool { return h.wrong.Text == "" })
}

// A dock without a bench is of no use.
func TestPanelEndsWithTheBench(t *testing.T) {
	h := start(t)
	h.until("the first look", func() bool { return h.plugs[bench.Reader].Checked })
	h.close()
	h.until("the end", func() bool {
		select {
		case <-h.ended:
			return true
		default:
			return false
		}
	})
}

func TestPanelFitsItsWindow(t *testing.T) {
	h := start(t)
	w := test.NewTempWindow(t, container.NewStack(h.object))
	w.Resize(fyne.NewSize(width, height))
	if least := h.object.MinSize(); least.Width > width || least.Height > height-300 {
		t.Errorf("the panel needs %v, the window is %d by %d and the receipt wants room", least, width, height)
	}
}
