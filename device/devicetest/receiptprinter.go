package devicetest

import (
	"context"
	"encoding/json"
	"errors"
	"image"
	"testing"
	"time"

	"kiosk/device"
)

// PrinterBench is a receipt printer with paper in it, with its far end in the test's hands.
type PrinterBench struct {
	Driver device.Driver
	Env    device.Env
	Config json.RawMessage // opens this printer
	Absent json.RawMessage // is right, but names hardware that is not there
	Wrong  json.RawMessage // can never work

	// Papers counts the finished papers that came out. Dots reports whether any dot of a slip reached the printer.
	Papers func() int
	Dots   func() bool
	// PaperOut takes the paper away, PaperBack brings it back.
	PaperOut, PaperBack func()
	// PaperOutSoon takes it away while the next slip is printed.
	PaperOutSoon func()
	// Block makes the printer stop taking bytes, for good.
	Block func()
	// Unplug pulls the cable for good.
	Unplug func()
}

// printerPatience bounds every call; only a broken driver meets it.
const printerPatience = 60 * time.Second

// TestReceiptPrinter runs the suite. plug makes a fresh bench for each test and cleans up with t.
func TestReceiptPrinter(t *testing.T, plug func(t *testing.T) PrinterBench) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, b PrinterBench)
	}{
		{"PrintsSlipsOneAfterAnother", printsSlips},
		{"ContextThatHasEnded", printContextHasEnded},
		{"OnePrintAtATime", onePrint},
		{"WrongSlips", wrongSlips},
		{"NoPaper", noPaper},
		{"PaperOutWhilePrinting", paperOutWhilePrinting},
		{"TakesNoBytes", takesNoBytes},
		{"UnpluggedWhileIdle", printerUnplugged},
		{"CloseEndsPrint", closeEndsPrint},
		{"AbsentIsGone", printerAbsent},
		{"WrongIsRefused", printerWrong},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, plug(t)) })
	}
}

// open opens the bench's printer; it is closed with the test.
func (b PrinterBench) open(t *testing.T) device.ReceiptPrinter {
	t.Helper()
	if b.Driver.Kind != device.KindReceiptPrinter {
		t.Fatalf("driver is of kind %q", b.Driver.Kind)
	}
	p, err := b.Driver.Open(t.Context(), b.Env, b.Config)
	if err != nil {
		t.Fatalf("cannot open: %v", err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("cannot close: %v", err)
		}
	})
	r, ok := p.(device.ReceiptPrinter)
	if !ok {
		t.Fatalf("driver opened a %T", p)
	}
	return r
}

// slip is a chequered paper as wide as the printer.
func slip(p device.ReceiptPrinter, rows int) device.Slip {
	img := image.NewGray(image.Rect(0, 0, p.Dots(), rows))
	for i := range img.Pix {
		if x, y := i%p.Dots()/16, i/p.Dots()/16; (x+y)%2 == 0 {
			img.Pix[i] = 255
		}
	}
	return device.Slip{Image: img, Cut: true}
}

// print is one Print that a broken driver cannot hold for ever. Whatever it says must agree with itself.
func print(t *testing.T, p device.ReceiptPrinter, s device.Slip) (device.Outcome, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), printerPatience)
	defer cancel()
	out, err := p.Print(ctx, s)
	if ctx.Err() != nil {
		t.Fatal("Print did not return")
	}
	agree(t, out, err)
	return out, err
}

func agree(t *testing.T, out device.Outcome, err error) {
	t.Helper()
	switch {
	case out == device.Yes && err == nil:
	case (out == device.No || out == device.NotKnown) && err != nil:
	default:
		t.Errorf("outcome %q came with error %v", out, err)
	}
}

func printsSlips(t *testing.T, b PrinterBench) {
	p := b.open(t)
	if p.Dots() < 256 {
		t.Errorf("Dots is %d", p.Dots())
	}
	for i := range 3 {
		if out, err := print(t, p, slip(p, 200+i)); out != device.Yes {
			t.Fatalf("slip %d: %s, %v", i+1, out, err)
		}
		if n := b.Papers(); n != i+1 {
			t.Fatalf("%d papers came out after slip %d", n, i+1)
		}
	}
	if s := p.Status(); !s.Usable() || s.Link != device.Good || s.Supplies != device.Good || len(s.Faults) != 0 || s.At.IsZero() {
		t.Errorf("status after printing is %+v", s)
	}
}

func printContextHasEnded(t *testing.T, b PrinterBench) {
	p := b.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out, err := p.Print(ctx, slip(p, 100))
	if out != device.No || !errors.Is(err, context.Canceled) {
		t.Errorf("got %s, %v", out, err)
	}
	if b.Dots() {
		t.Error("dots were sent")
	}
	if out, err := print(t, p, slip(p, 100)); out != device.Yes {
		t.Errorf("the next slip: %s, %v", out, err)
	}
}

func onePrint(t *testing.T, b PrinterBench) {
	p := b.open(t)
	type result struct {
		out device.Outcome
		err error
	}
	results := make(chan result, 8)
	for range cap(results) {
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), printerPatience)
			defer cancel()
			out, err := p.Print(ctx, slip(p, 600))
			results <- result{out, err}
		}()
	}
	yes := 0
	for range cap(results) {
		switch r := <-results; {
		case r.out == device.Yes:
			yes++
		case r.out != device.No || !errors.Is(r.err, device.ErrBusy):
			t.Errorf("got %s, %v; want ErrBusy", r.out, r.err)
		}
	}
	if n := b.Papers(); yes == 0 || yes != n {
		t.Errorf("%d slips were said to be printed, %d papers came out", yes, n)
	}
}

func wrongSlips(t *testing.T, b PrinterBench) {
	p := b.open(t)
	for name, s := range map[string]device.Slip{
		"no picture": {Cut: true},
		"empty":      {Image: image.NewGray(image.Rect(0, 0, p.Dots(), 0))},
		"too wide":   {Image: image.NewGray(image.Rect(0, 0, p.Dots()+8, 8))},
		"too long":   {Image: image.NewGray(image.Rect(0, 0, 8, 1<<20))},
	} {
		if out, _ := print(t, p, s); out != device.No {
			t.Errorf("%s: got %s", name, out)
		}
	}
	if b.Dots() {
		t.Error("dots were sent")
	}
}

func noPaper(t *testing.T, b PrinterBench) {
	p := b.open(t)
	b.PaperOut()
	out, err := print(t, p, slip(p, 100))
	if out != device.No || !errors.Is(err, device.ErrMedia) || errors.Is(err, device.ErrGone) {
		t.Errorf("without paper: %s, %v", out, err)
	}
	if b.Dots() {
		t.Error("dots were sent")
	}
	if s := p.Status(); s.Usable() || s.Supplies != device.Bad || s.Link != device.Good || len(s.Faults) == 0 {
		t.Errorf("status without paper is %+v", s)
	}
	b.PaperBack()
	if out, err := print(t, p, slip(p, 100)); out != device.Yes {
		t.Errorf("with paper again: %s, %v", out, err)
	}
	if s := p.Status(); !s.Usable() {
		t.Errorf("status with paper again is %+v", s)
	}
}

func paperOutWhilePrinting(t *testing.T, b PrinterBench) {
	p := b.open(t)
	b.PaperOutSoon()
	out, err := print(t, p, slip(p, 800))
	if out != device.NotKnown || !errors.Is(err, device.ErrMedia) {
		t.Errorf("got %s, %v; want not-known and ErrMedia", out, err)
	}
	b.PaperBack()
	if out, err := print(t, p, slip(p, 100)); out != device.Yes {
		t.Errorf("the next slip: %s, %v", out, err)
	}
}

func takesNoBytes(t *testing.T, b PrinterBench) {
	p := b.open(t)
	b.Block()
	if out, err := print(t, p, slip(p, 4000)); out == device.Yes {
		t.Errorf("got %s, %v", out, err)
	}
}

func printerUnplugged(t *testing.T, b PrinterBench) {
	p := b.open(t)
	b.Unplug()
	if out, err := print(t, p, slip(p, 100)); out != device.No && b.Papers() == 0 && !b.Dots() && !errors.Is(err, device.ErrGone) {
		t.Errorf("got %s, %v", out, err)
	}
	out, err := print(t, p, slip(p, 100))
	if out != device.No || !errors.Is(err, device.ErrGone) {
		t.Errorf("another Print gave %s, %v; want ErrGone", out, err)
	}
	if s := p.Status(); s.Usable() || s.Link != device.Bad || len(s.Faults) == 0 {
		t.Errorf("status of a printer that is gone is %+v", s)
	}
}

func closeEndsPrint(t *testing.T, b PrinterBench) {
	p := b.open(t)
	b.Block()
	type result struct {
		out device.Outcome
		err error
	}
	ended := make(chan result, 1)
	go func() {
		out, err := p.Print(t.Context(), slip(p, 4000))
		ended <- result{out, err}
	}()
	if err := p.Close(); err != nil {
		t.Errorf("cannot close: %v", err)
	}
	select {
	case r := <-ended:
		if agree(t, r.out, r.err); r.out == device.Yes || !errors.Is(r.err, device.ErrGone) {
			t.Errorf("got %s, %v", r.out, r.err)
		}
	case <-time.After(printerPatience):
		t.Fatal("Print does not return")
	}
	if err := p.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func printerAbsent(t *testing.T, b PrinterBench) {
	if err := b.Driver.Check(b.Absent); err != nil {
		t.Errorf("Check looks for hardware: %v", err)
	}
	if _, err := b.Driver.Open(t.Context(), b.Env, b.Absent); !errors.Is(err, device.ErrGone) || errors.Is(err, device.ErrConfig) {
		t.Errorf("got %v, want ErrGone", err)
	}
}

func printerWrong(t *testing.T, b PrinterBench) {
	refuses(t, b.Driver, b.Env, b.Config, b.Wrong)
}

// refuses is the part of every suite about configuration.
func refuses(t *testing.T, d device.Driver, env device.Env, right, wrong json.RawMessage) {
	t.Helper()
	for _, raw := range []json.RawMessage{wrong, json.RawMessage(`{"no-such-member":1}`), json.RawMessage(`[]`), nil} {
		if err := d.Check(raw); !errors.Is(err, device.ErrConfig) {
			t.Errorf("Check of %s gave %v, want ErrConfig", raw, err)
		}
		if _, err := d.Open(t.Context(), env, raw); !errors.Is(err, device.ErrConfig) {
			t.Errorf("Open of %s gave %v, want ErrConfig", raw, err)
		}
	}
	if err := d.Check(right); err != nil {
		t.Errorf("Check of what opens gave %v", err)
	}
}
