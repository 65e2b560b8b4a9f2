package escpos

import (
	"errors"
	"slices"
	"testing"
	"time"

	"kiosk/device"
	"kiosk/drivers/escpos/escpossim"
)

// Every state of the printer, seen by an idle printer's poll and by a Print that must not begin.
func TestFaultsBeforePrint(t *testing.T) {
	tm := brisk
	tm.poll = 20 * time.Millisecond
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			f := line(t, escpossim.Options{})
			p := f.connect(t, tm)
			for _, c := range []struct {
				fault device.FaultID
				on    func(bool)
				media bool
			}{
				{device.FaultPaperOut, paperIs(f, escpossim.PaperOut), true},
				{device.FaultCoverOpen, f.SetCover, true},
				{device.FaultPaperJam, f.SetJam, true},
				{device.FaultCutter, f.SetCutter, false},
				{device.FaultHot, f.SetHot, false},
			} {
				was := f.Stats().PictureBytes
				c.on(true)
				eventually(t, p, func(s device.Status) bool { return slices.Contains(s.Faults, c.fault) && !s.Usable() })
				out, err := p.Print(within(t, 10*time.Second), noise(1, 576, 50))
				if fe := (*faultError)(nil); out != device.No || !errors.As(err, &fe) || fe.id != c.fault || errors.Is(err, device.ErrMedia) != c.media {
					t.Errorf("%s: %s, %v", c.fault, out, err)
				}
				if n := f.Stats().PictureBytes; n != was {
					t.Errorf("%s: %d bytes of dots were sent", c.fault, n-was)
				}
				c.on(false)
				eventually(t, p, func(s device.Status) bool { return s.Usable() && len(s.Faults) == 0 })
			}
			f.SetPaper(escpossim.PaperLow)
			eventually(t, p, func(s device.Status) bool {
				return s.Usable() && s.Supplies == device.Poor && slices.Contains(s.Faults, device.FaultPaperLow)
			})
			slip := noise(9, 576, 50)
			if out, err := p.Print(within(t, 10*time.Second), slip); out != device.Yes || !f.holds(slip, 576) {
				t.Errorf("paper low: %s, %v", out, err)
			}
		})
	}
}

func paperIs(f *far, bad escpossim.Paper) func(bool) {
	return func(on bool) {
		if on {
			f.SetPaper(bad)
		} else {
			f.SetPaper(escpossim.PaperOK)
		}
	}
}

func eventually(t *testing.T, p *Printer, is func(device.Status) bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); !is(p.Status()); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("status stays %+v", p.Status())
		}
	}
}

// The cover opens, the paper jams, … while a slip is printed: never Yes, never No, and the state says why.
func TestFaultsWhilePrinting(t *testing.T) {
	for name, c := range map[string]struct {
		on    func(f *far, on bool)
		fault device.FaultID
	}{
		"cover":  {func(f *far, on bool) { f.SetCover(on) }, device.FaultCoverOpen},
		"jam":    {func(f *far, on bool) { f.SetJam(on) }, device.FaultPaperJam},
		"cutter": {func(f *far, on bool) { f.SetCutter(on) }, device.FaultCutter},
		"hot":    {func(f *far, on bool) { f.SetHot(on) }, device.FaultHot},
	} {
		t.Run(name, func(t *testing.T) {
			f := overTCP(t, escpossim.Options{Paced: true})
			p := f.connect(t, brisk)
			ctx := within(t, 20*time.Second)
			go func() {
				if f.AwaitDots(ctx, 72*200) == nil {
					c.on(f, true)
				}
			}()
			out, err := p.Print(ctx, noise(3, 576, 600))
			if fe := (*faultError)(nil); out != device.NotKnown || !errors.As(err, &fe) || fe.id != c.fault {
				t.Errorf("%s, %v", out, err)
			}
			if s := p.Status(); s.Usable() || !slices.Contains(s.Faults, c.fault) {
				t.Errorf("status %+v", s)
			}
			c.on(f, false)
			next := noise(4, 576, 40)
			if out, err := p.Print(ctx, next); out != device.Yes || !f.holds(next, 576) {
				t.Errorf("the next slip: %s, %v", out, err)
			}
		})
	}
}

// What is left of a slip after paper was put in again is cut off without anybody printing.
func TestRestIsCutOff(t *testing.T) {
	tm := brisk
	tm.poll = 20 * time.Millisecond
	f := overTCP(t, escpossim.Options{Paced: true})
	p := f.connect(t, tm)
	f.OutAfterRows(150)
	if out, err := p.Print(within(t, 20*time.Second), noise(5, 576, 700)); out != device.NotKnown {
		t.Fatalf("%s, %v", out, err)
	}
	f.SetPaper(escpossim.PaperOK)
	if paper, err := f.Await(within(t, 20*time.Second), 1); err != nil || !paper.Complete {
		t.Errorf("the rest was not cut off: %v", err)
	}
}

// A printer that tells nothing from the start is used on TCP, and nothing is ever Yes. On a serial line it is not there.
func TestMuteFromTheStart(t *testing.T) {
	tm := brisk
	tm.answer, tm.sync = 50*time.Millisecond, 50*time.Millisecond
	f := overTCP(t, escpossim.Options{})
	f.SetFaults(escpossim.Faults{Mute: true})
	p := f.connect(t, tm)
	if s := p.Status(); !s.Usable() || s.Device != device.Poor || !slices.Contains(s.Faults, device.FaultNotAnswered) {
		t.Errorf("tcp: status %+v", s)
	}
	slip := noise(6, 576, 100)
	if out, err := p.Print(within(t, 20*time.Second), slip); out != device.NotKnown || !errors.Is(err, errSilent) {
		t.Errorf("tcp: %s, %v", out, err)
	}
	settle(t, f)
	if !f.holds(slip, 576) {
		t.Error("tcp: the slip was not printed")
	}

	f = overPTY(t, escpossim.Options{})
	f.SetFaults(escpossim.Faults{Mute: true})
	p = f.connect(t, tm)
	if s := p.Status(); s.Usable() || !slices.Contains(s.Faults, device.FaultSilent) {
		t.Errorf("serial: status %+v", s)
	}
	if out, err := p.Print(within(t, 20*time.Second), slip); out != device.No || !errors.Is(err, errSilent) {
		t.Errorf("serial: %s, %v", out, err)
	}
	if f.Stats().PictureBytes != 0 {
		t.Error("serial: dots were sent")
	}
}

// A printer that falls silent: No before a slip, NotKnown inside one, and after some polls its link is given up.
func TestFallsSilent(t *testing.T) {
	tm := brisk
	tm.answer = 100 * time.Millisecond
	tm.settle = 300 * time.Millisecond
	f := overTCP(t, escpossim.Options{Paced: true})
	p := f.connect(t, tm)
	ctx := within(t, 30*time.Second)
	go func() {
		if f.AwaitDots(ctx, 72*200) == nil {
			f.SetFaults(escpossim.Faults{Mute: true})
		}
	}()
	if out, err := p.Print(ctx, noise(7, 576, 600)); out != device.NotKnown || !errors.Is(err, errSilent) {
		t.Errorf("in the picture: %s, %v", out, err)
	}
	if out, err := p.Print(ctx, noise(7, 576, 60)); out != device.No || !errors.Is(err, errSilent) {
		t.Errorf("before the picture: %s, %v", out, err)
	}
	tm.poll = 10 * time.Millisecond
	f = overTCP(t, escpossim.Options{})
	p = f.connect(t, tm)
	f.SetFaults(escpossim.Faults{Mute: true})
	eventually(t, p, func(s device.Status) bool {
		return s.Link == device.Bad && slices.Contains(s.Faults, device.FaultSilent)
	})
	if out, err := p.Print(ctx, noise(7, 576, 60)); out != device.No || !errors.Is(err, device.ErrGone) {
		t.Errorf("after it was given up: %s, %v", out, err)
	}
}

// Bytes that nobody asked for, and answers that come one question late, never make a Yes that is not one.
func TestStaleAnswers(t *testing.T) {
	f := overTCP(t, escpossim.Options{})
	p := f.connect(t, brisk)
	for i, stray := range [][]byte{{0x72}, {0x12, 0x12, 0x00}, {0x10, 0x00}, {0x5F, 'x'}, {0xFF, 0x80}, {0x00, 0x00, 0x00}} {
		f.Stray(stray...)
		slip := noise(uint64(i), 576, 60)
		if out, err := p.Print(within(t, 20*time.Second), slip); out != device.Yes || !f.holds(slip, 576) {
			t.Errorf("after % x: %s, %v", stray, out, err)
		}
	}

	tm := brisk
	tm.answer, tm.sync, tm.settle = 50*time.Millisecond, 50*time.Millisecond, time.Second
	for i := range 5 {
		f := overTCP(t, escpossim.Options{})
		p := f.connect(t, tm)
		f.SetFaults(escpossim.Faults{Behind: true})
		slip := noise(uint64(100+i), 576, 200)
		out, err := p.Print(within(t, 20*time.Second), slip)
		settle(t, f)
		if out == device.Yes && !f.holds(slip, 576) || out == device.No && f.Stats().PictureBytes != 0 {
			t.Errorf("one behind: %s, %v", out, err)
		}
	}
}

// The printer is opened while it is off-line; when it is ready it needs no opening again.
func TestOpenedOffline(t *testing.T) {
	f := overTCP(t, escpossim.Options{})
	f.SetPaper(escpossim.PaperOut)
	p := f.connect(t, brisk)
	if s := p.Status(); s.Usable() || s.Supplies != device.Bad {
		t.Errorf("status %+v", s)
	}
	f.SetPaper(escpossim.PaperOK)
	slip := noise(8, 576, 60)
	if out, err := p.Print(within(t, 20*time.Second), slip); out != device.Yes || !f.holds(slip, 576) {
		t.Errorf("%s, %v", out, err)
	}
	if s := p.Status(); !s.Usable() || s.Model == "" {
		t.Errorf("status %+v", s)
	}
}

func TestUnplugIsSeenWhileIdle(t *testing.T) {
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			f := line(t, escpossim.Options{})
			p := f.connect(t, brisk)
			f.unplug()
			eventually(t, p, func(s device.Status) bool {
				return s.Link == device.Bad && slices.Contains(s.Faults, device.FaultUnplugged)
			})
		})
	}
}

func TestNarrowAndPartial(t *testing.T) {
	f := overTCP(t, escpossim.Options{Dots: 384})
	f.config += `,"profile":{"dots":384,"cut":"partial"}`
	p := f.connect(t, brisk)
	slip := noise(2, 384, 300)
	if out, err := p.Print(within(t, 20*time.Second), slip); out != device.Yes || !f.holds(slip, 384) {
		t.Errorf("%s, %v", out, err)
	}
	if out, _ := p.Print(within(t, 20*time.Second), noise(2, 576, 300)); out != device.No {
		t.Errorf("a slip that is too wide: %s", out)
	}
}
