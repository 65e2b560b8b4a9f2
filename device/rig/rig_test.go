package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/device/settings"
)

// bench is a driver whose hardware a test plugs, unplugs and works.
type bench struct {
	mu     sync.Mutex
	there  bool
	opens  []time.Time // every attempt
	live   int         // opened and not closed
	wrong  error       // what Open returns instead
	status device.Status
	work   func(ctx context.Context) (device.Outcome, error)
	noted  []string
}

func (b *bench) driver(kind device.Kind) device.Driver {
	return device.Driver{
		Name: "bench", Kind: kind,
		Check: func(cfg json.RawMessage) error {
			if strings.Contains(string(cfg), "bad") {
				return errors.New("port is missing")
			}
			return nil
		},
		Open: func(context.Context, device.Env, json.RawMessage) (device.Peripheral, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.opens = append(b.opens, time.Now())
			if b.wrong != nil {
				return nil, b.wrong
			}
			if !b.there {
				return nil, fmt.Errorf("cannot open the port: %w", device.ErrGone)
			}
			b.live++
			return &thing{b}, nil
		},
	}
}

func (b *bench) set(f func()) { b.mu.Lock(); defer b.mu.Unlock(); f() }

func (b *bench) attempts() []time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]time.Time(nil), b.opens...)
}

// thing is reader, camera and printer at once.
type thing struct{ b *bench }

func (t *thing) Status() device.Status { t.b.mu.Lock(); defer t.b.mu.Unlock(); return t.b.status }
func (t *thing) Close() error          { t.b.set(func() { t.b.live-- }); return nil }
func (t *thing) Dots() int             { return 576 }
func (t *thing) Read(ctx context.Context) (identity.Card, error) {
	_, err := t.b.work(ctx)
	return identity.Card{Name: identity.SecretString("张三")}, err
}
func (t *thing) Print(ctx context.Context, slip device.Slip) (device.Outcome, error) {
	if slip.Image.Bounds().Dx() != 576 {
		return device.No, errors.New("wrong width")
	}
	return t.b.work(ctx)
}
func (t *thing) Stream(ctx context.Context, show func(device.Frame)) error {
	show(device.Frame{JPEG: []byte{0xFF, 0xD8, 0xFF, 0xD9}})
	_, err := t.b.work(ctx)
	return err
}

func lay(_ casefile.Receipt, dots int) (device.Slip, error) {
	return device.Slip{Image: image.NewGray(image.Rect(0, 0, dots, 8)), Cut: true}, nil
}

// started runs a rig of one device inside a synctest bubble and ends it with the test.
func started(t *testing.T, b *bench, kind device.Kind) *Rig {
	t.Helper()
	r, err := New([]settings.Device{{Kind: string(kind), Driver: "bench"}}, Parts{
		Drivers: []device.Driver{b.driver(kind)}, Lay: lay,
		Note: func(id string, fields ...string) {
			b.set(func() { b.noted = append(b.noted, id+" "+fields[len(fields)-1]) })
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("rig ended with %v", err)
		}
		if b.live != 0 {
			t.Errorf("%d peripherals were left open", b.live)
		}
	})
	synctest.Wait()
	return r
}

func TestWrongConfigurationSaysWhere(t *testing.T) {
	b := &bench{}
	drivers := []device.Driver{b.driver(device.KindCamera)}
	good := settings.Device{Kind: "camera", Driver: "bench"}
	for _, c := range []struct {
		name  string
		cfg   []settings.Device
		place string
	}{
		{"driver", []settings.Device{good, {Kind: "receipt-printer", Driver: "escp"}}, "/devices/1/driver"},
		{"kind", []settings.Device{{Kind: "scanner", Driver: "bench"}}, "/devices/0/kind"},
		{"other kind", []settings.Device{{Kind: "receipt-printer", Driver: "bench"}}, "/devices/0/driver"},
		{"twice", []settings.Device{good, good}, "/devices/1/kind"},
		{"config", []settings.Device{{Kind: "camera", Driver: "bench", Config: json.RawMessage(`"bad"`)}}, "/devices/0/config"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(c.cfg, Parts{Drivers: drivers})
			if !errors.Is(err, device.ErrConfig) || !strings.Contains(err.Error(), c.place) {
				t.Errorf("got %v, want ErrConfig at %s", err, c.place)
			}
		})
	}
	if len(b.attempts()) != 0 {
		t.Error("checking opened a device")
	}
}

func TestAbsentDeviceIsTriedWithBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{}
		r := started(t, b, device.KindIDCardReader)
		begun := b.attempts()[0]
		time.Sleep(60 * time.Second) // virtual
		var gaps []time.Duration
		at := b.attempts()
		for i := range at[1:] {
			gaps = append(gaps, at[i+1].Sub(at[i]))
		}
		want := []time.Duration{100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000, 10000}
		if len(gaps) != len(want) {
			t.Fatalf("gaps %v since %v, want %d of them", gaps, begun, len(want))
		}
		for i, w := range want {
			if gaps[i] != w*time.Millisecond {
				t.Errorf("gap %d is %v, want %v", i, gaps[i], w*time.Millisecond)
			}
		}
		if d := r.Devices()[0]; d.State != Absent || d.Why == "" || r.Status(device.KindIDCardReader).Usable() {
			t.Errorf("an absent reader is listed as %+v", d)
		}
		if r.Status(device.KindCamera).Usable() {
			t.Error("a camera that is not configured is usable")
		}

		// Somebody needs it and it is there again: no waiting for the back-off.
		changed := r.Changed()
		b.set(func() {
			b.there = true
			b.work = func(context.Context) (device.Outcome, error) { return device.Yes, nil }
		})
		if _, err := r.ReadCard(t.Context()); !errors.Is(err, device.ErrGone) {
			t.Errorf("reading without a reader gave %v", err)
		}
		synctest.Wait()
		<-changed
		card, err := r.ReadCard(t.Context())
		if err != nil || card.Name.Reveal() != "张三" {
			t.Errorf("reading after the reader came back gave %v", err)
		}
	})
}

func TestLostDeviceIsReopenedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{there: true, status: device.Status{Link: device.Good, Model: "M1"}}
		r := started(t, b, device.KindIDCardReader)
		time.Sleep(5 * time.Second)
		b.set(func() {
			b.work = func(context.Context) (device.Outcome, error) { return "", fmt.Errorf("port: %w", device.ErrGone) }
		})
		lost := time.Now()
		if _, err := r.ReadCard(t.Context()); !errors.Is(err, device.ErrGone) {
			t.Fatalf("got %v", err)
		}
		synctest.Wait()
		at := b.attempts()
		if len(at) != 2 || at[1] != lost {
			t.Errorf("opened at %v, lost at %v", at, lost)
		}
		if b.live != 1 {
			t.Errorf("%d are open", b.live)
		}
	})
}

func TestIdleDeviceThatSaysItIsOutIsReopened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{there: true, status: device.Status{Link: device.Good, Model: "M1"}}
		r := started(t, b, device.KindReceiptPrinter)
		time.Sleep(3 * time.Second)
		changed := r.Changed()
		b.set(func() { b.status.Supplies = device.Poor; b.status.Faults = []device.FaultID{device.FaultPaperLow} })
		<-changed // within a rescan
		if s := r.Status(device.KindReceiptPrinter); s.Supplies != device.Poor {
			t.Errorf("status is %+v", s)
		}
		changed = r.Changed()
		b.set(func() { b.status.Data = device.Poor })
		<-changed
		changed = r.Changed()
		b.set(func() { b.status.Link = device.Bad; b.there = false })
		<-changed
		if d := r.Devices()[0]; d.State != Absent || d.Status.Model != "M1" {
			t.Errorf("listed as %+v", d)
		}
		synctest.Wait()
		if b.live != 0 {
			t.Error("the lost printer was not closed")
		}
		want := []string{"device-opened receipt-printer", "device-fault paper-low", "device-garbled receipt-printer", "device-lost receipt-printer"}
		if !slices.Equal(b.noted, want) {
			t.Errorf("noted %q, want %q", b.noted, want)
		}
	})
}

func TestFlappingDeviceIsNotOpenedInALoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{there: true, work: func(context.Context) (device.Outcome, error) { return "", device.ErrGone }}
		r := started(t, b, device.KindIDCardReader)
		end := time.Now().Add(10 * time.Second)
		for time.Now().Before(end) {
			_, _ = r.ReadCard(t.Context())
			time.Sleep(time.Millisecond)
		}
		if n := len(b.attempts()); n > 101 {
			t.Errorf("%d attempts in ten seconds", n)
		}
	})
}

func TestOneUserAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{there: true}
		b.work = func(ctx context.Context) (device.Outcome, error) { <-ctx.Done(); return "", ctx.Err() }
		r := started(t, b, device.KindIDCardReader)
		first, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { _, err := r.ReadCard(first); ended <- err }()
		synctest.Wait()
		if _, err := r.ReadCard(t.Context()); !errors.Is(err, device.ErrBusy) {
			t.Errorf("the second user got %v", err)
		}
		// The next user waits for one who is letting go.
		b.set(func() { b.work = func(context.Context) (device.Outcome, error) { return device.Yes, nil } })
		next := make(chan error, 1)
		go func() { _, err := r.ReadCard(t.Context()); next <- err }()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the first user got %v", err)
		}
		if err := <-next; err != nil {
			t.Errorf("the next user got %v", err)
		}
	})
}

func TestPrintOutcomes(t *testing.T) {
	for _, c := range []struct {
		name  string
		there bool
		work  func(context.Context) (device.Outcome, error)
		want  device.Outcome
		err   error
	}{
		{"printed", true, func(context.Context) (device.Outcome, error) { return device.Yes, nil }, device.Yes, nil},
		{"no printer", false, nil, device.No, device.ErrGone},
		{"no paper", true, func(context.Context) (device.Outcome, error) { return device.No, device.ErrMedia }, device.No, device.ErrMedia},
		{"lost half way", true, func(context.Context) (device.Outcome, error) { return device.NotKnown, device.ErrGone }, device.NotKnown, device.ErrGone},
		{"driver panics", true, func(context.Context) (device.Outcome, error) { panic("boom") }, device.NotKnown, device.ErrGone},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				b := &bench{there: c.there}
				b.work = func(ctx context.Context) (device.Outcome, error) { calls++; return c.work(ctx) }
				r := started(t, b, device.KindReceiptPrinter)
				got, err := r.Print(t.Context(), casefile.Receipt{})
				if got != c.want || !errors.Is(err, c.err) {
					t.Errorf("got %s, %v, want %s, %v", got, err, c.want, c.err)
				}
				if calls > 1 {
					t.Errorf("printed %d times", calls)
				}
			})
		})
	}
}

func TestUnknownErrorIsTriedOnceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		b := &bench{there: true}
		b.work = func(context.Context) (device.Outcome, error) {
			if calls++; calls == 1 {
				return "", errors.New("checksum")
			}
			return device.Yes, nil
		}
		r := started(t, b, device.KindIDCardReader)
		if _, err := r.ReadCard(t.Context()); err != nil || calls != 2 {
			t.Errorf("got %v after %d calls", err, calls)
		}
		calls = 0
		b.set(func() {
			b.work = func(context.Context) (device.Outcome, error) { calls++; return "", device.ErrMedia }
		})
		if _, err := r.ReadCard(t.Context()); !errors.Is(err, device.ErrMedia) || calls != 1 {
			t.Errorf("a lifted card gave %v after %d calls", err, calls)
		}
	})
}

func TestWrongHardwareIsFailedAndRareTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{wrong: fmt.Errorf("another module: %w", device.ErrConfig)}
		r := started(t, b, device.KindCamera)
		time.Sleep(35 * time.Second)
		if n := len(b.attempts()); n != 4 {
			t.Errorf("%d attempts in 35 s", n)
		}
		if d := r.Devices()[0]; d.State != Failed || !strings.Contains(d.Why, "another module") {
			t.Errorf("listed as %+v", d)
		}
		if err := r.Look(t.Context(), func(device.Frame) {}); !errors.Is(err, device.ErrGone) {
			t.Errorf("looking gave %v", err)
		}
	})
}
