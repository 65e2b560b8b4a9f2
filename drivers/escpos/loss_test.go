package escpos

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"kiosk/device"
	"kiosk/drivers/escpos/escpossim"
)

// The link is lost after each byte in turn. Whatever the driver says then must be right by what the far end has:
// Yes means a finished paper with this picture, No means that not a dot came.
func TestLinkLostAtEachByte(t *testing.T) {
	small := `,"profile":{"dots":256}}`
	for name, c := range map[string]struct {
		line  func(testing.TB, escpossim.Options) *far
		power bool // is lost, too
		step  int
	}{
		"power off":     {overTCP, true, 3},
		"power stays":   {overTCP, false, 11},
		"pty power off": {overPTY, true, 5},
	} {
		t.Run(name, func(t *testing.T) {
			total, stuck := 1, 0
			outcomes := map[device.Outcome]int{}
			f := c.line(t, escpossim.Options{Dots: 256})
			for k := 0; k <= total; k += c.step {
				if name == "pty power off" {
					f = c.line(t, escpossim.Options{Dots: 256}) // a pseudo-terminal that is gone does not return
				}
				f.CutLinkAfter(k) // 0: never, to learn how many there are
				was, papers := f.Stats(), len(f.Printed())
				slip := noise(uint64(k), 8, 150) // a byte a row, two bands
				out, err := printOnce(t, f, small, slip)
				f.CutLinkAfter(0)
				if c.power {
					f.PowerOff()
				}
				settle(t, f)
				if k == 0 {
					total = f.Stats().Received - was.Received
				}
				outcomes[out]++
				switch {
				case out == device.Yes && !f.holds(slip, 256):
					t.Errorf("byte %d: Yes, but no such paper came out", k)
				case out == device.No && f.Stats().PictureBytes != was.PictureBytes:
					t.Errorf("byte %d: No, but %d bytes of dots came", k, f.Stats().PictureBytes-was.PictureBytes)
				case out != device.Yes && err == nil:
					t.Errorf("byte %d: %s without a reason", k, out)
				case out != device.Yes && !errors.Is(err, device.ErrGone):
					t.Errorf("byte %d: %s, %v; want ErrGone", k, out, err)
				case c.power && len(f.Printed()) > papers+1:
					t.Errorf("byte %d: %d papers came out", k, len(f.Printed())-papers)
				}
				if c.power {
					continue
				}
				// The printer may be in the middle of a picture, or of a picture's header: then only its switch
				// helps. The next slip is whole or not printed at all, and after the switch it is whole.
				next := noise(uint64(k)+1e6, 256, 20)
				switch out, err := printOnce(t, f, small, next); {
				case out == device.Yes && !f.holds(next, 256):
					t.Errorf("byte %d: Yes for the next slip, but no such paper came out", k)
				case out == device.Yes:
				case out == device.No && errors.Is(err, errSilent):
					stuck++
				default:
					t.Errorf("byte %d: the next slip: %s, %v", k, out, err)
				}
				f.PowerOff()
				if out, err := printOnce(t, f, small, next); out != device.Yes || !f.holds(next, 256) {
					t.Errorf("byte %d: after the switch: %s, %v", k, out, err)
				}
			}
			if outcomes[device.Yes] == 0 || outcomes[device.No] == 0 || outcomes[device.NotKnown] == 0 {
				t.Errorf("outcomes %v: not all came", outcomes)
			}
			if stuck > 5 {
				t.Errorf("the printer had to be switched off %d times", stuck)
			}
			t.Logf("%d bytes, outcomes %v, stuck %d", total, outcomes, stuck)
		})
	}
}

// printOnce opens the printer, prints and closes it. A printer that cannot be opened prints nothing.
func printOnce(t *testing.T, f *far, profile string, slip device.Slip) (device.Outcome, error) {
	t.Helper()
	tm := brisk
	tm.sync = 150 * time.Millisecond
	p, err := open(t.Context(), device.Env{}, json.RawMessage(f.config+profile), tm)
	if err != nil {
		return device.No, err
	}
	defer func() { _ = p.Close() }()
	return p.Print(within(t, 20*time.Second), slip)
}

func settle(t *testing.T, f *far) {
	t.Helper()
	if err := f.Settle(within(t, 10*time.Second)); err != nil {
		t.Fatal(err)
	}
}

// Nobody waits any more after each band: the picture is ended with zeros, cut off, and not known.
func TestContextEndsInPicture(t *testing.T) {
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			f := line(t, escpossim.Options{})
			p := f.connect(t, brisk)
			for _, rows := range []int{1, 100, 128, 129, 300} {
				f.SetFaults(escpossim.Faults{})
				slip := noise(uint64(rows), 576, 3000)
				ctx, cancel := context.WithCancel(within(t, 20*time.Second))
				before := f.Stats().PictureBytes
				go func() {
					_ = f.AwaitDots(ctx, before+rows*72)
					cancel()
				}()
				out, err := p.Print(ctx, slip)
				if out != device.NotKnown || !errors.Is(err, context.Canceled) {
					t.Fatalf("after %d rows: %s, %v", rows, out, err)
				}
				next := noise(1, 576, 50)
				if out, err := p.Print(within(t, 20*time.Second), next); out != device.Yes || !f.holds(next, 576) {
					t.Errorf("after %d rows, the next slip: %s, %v", rows, out, err)
				}
				if n := f.Stats().Unknown; n != 0 {
					t.Errorf("after %d rows: the far end got out of step %d times", rows, n)
				}
			}
		})
	}
}

// The paper runs out after each of some rows, and comes back.
func TestPaperOutInPicture(t *testing.T) {
	f := overTCP(t, escpossim.Options{})
	p := f.connect(t, brisk)
	for rows := 1; rows < 700; rows += 97 {
		f.OutAfterRows(rows)
		slip := noise(uint64(rows), 576, 600)
		out, err := p.Print(within(t, 20*time.Second), slip)
		switch {
		case out == device.Yes && rows <= 600:
			t.Errorf("after %d rows: Yes", rows)
		case out == device.No:
			t.Errorf("after %d rows: No, %v", rows, err)
		case out == device.NotKnown && !errors.Is(err, device.ErrMedia):
			t.Errorf("after %d rows: %v", rows, err)
		}
		if s := p.Status(); out == device.NotKnown && (s.Usable() || s.Supplies != device.Bad || s.Faults[0] != device.FaultPaperOut) {
			t.Errorf("after %d rows: status %+v", rows, s)
		}
		f.OutAfterRows(0)
		f.SetPaper(escpossim.PaperOK)
		next := noise(uint64(rows)+1e6, 576, 50)
		if out, err := p.Print(within(t, 20*time.Second), next); out != device.Yes || !f.holds(next, 576) {
			t.Errorf("after %d rows, the next slip: %s, %v", rows, out, err)
		}
	}
}
