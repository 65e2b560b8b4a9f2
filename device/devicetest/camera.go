package devicetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/jpeg"
	"testing"
	"time"

	"kiosk/device"
)

// CameraBench is a camera that sees something, with its far end in the test's hands.
type CameraBench struct {
	Driver device.Driver
	Env    device.Env
	Config json.RawMessage // opens this camera
	Absent json.RawMessage // is right, but names hardware that is not there
	Wrong  json.RawMessage // can never work

	// Streams is how many streams the far end has open now, Sent how many frames left it so far.
	Streams, Sent func() int
	// Cut makes every other frame end in the middle.
	Cut func()
	// Unplug pulls the cable for good.
	Unplug func()
}

const cameraPatience = 30 * time.Second

// TestCamera runs the suite. plug makes a fresh bench for each test and cleans up with t.
func TestCamera(t *testing.T, plug func(t *testing.T) CameraBench) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, b CameraBench)
	}{
		{"ShowsFrames", showsFrames},
		{"NothingOutsideStream", nothingOutsideStream},
		{"NewestWins", newestWins},
		{"CutFramesAreDropped", cutFrames},
		{"ContextThatHasEnded", streamContextHasEnded},
		{"OneStreamAtATime", oneStream},
		{"UnpluggedWhileLooking", cameraUnplugged},
		{"CloseEndsStream", closeEndsStream},
		{"AbsentIsGone", cameraAbsent},
		{"WrongIsRefused", func(t *testing.T, b CameraBench) { refuses(t, b.Driver, b.Env, b.Config, b.Wrong) }},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, plug(t)) })
	}
}

func (b CameraBench) open(t *testing.T) device.Camera {
	t.Helper()
	if b.Driver.Kind != device.KindCamera {
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
	c, ok := p.(device.Camera)
	if !ok {
		t.Fatalf("driver opened a %T", p)
	}
	return c
}

// eventually looks every millisecond whether something has become true, for as long as patience lasts.
func eventually(patience time.Duration, is func() bool) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !is(); <-tick.C {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// look streams until show says that it has seen enough. A broken driver cannot hold it for ever.
func look(t *testing.T, c device.Camera, show func(device.Frame) (enough bool)) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), cameraPatience)
	defer cancel()
	seen := false
	err := c.Stream(ctx, func(f device.Frame) {
		if seen {
			t.Error("a frame is shown after the end of the context")
		} else if show(f) {
			seen = true
			cancel()
		}
	})
	if err == nil && !seen {
		t.Fatal("the frames that were wanted did not come")
	}
	return err
}

// sound checks that a frame is a JPEG which the standard library can read.
func sound(t *testing.T, f device.Frame) {
	t.Helper()
	if !bytes.HasPrefix(f.JPEG, []byte{0xFF, 0xD8}) || !bytes.HasSuffix(f.JPEG, []byte{0xFF, 0xD9}) {
		t.Error("a frame does not begin and end as a JPEG")
	}
	if _, err := jpeg.Decode(bytes.NewReader(f.JPEG)); err != nil {
		t.Errorf("a frame cannot be read: %v", err)
	}
	if f.At.IsZero() {
		t.Error("a frame has no time")
	}
}

func showsFrames(t *testing.T, b CameraBench) {
	c := b.open(t)
	for range 2 {
		n := 0
		var last time.Time
		err := look(t, c, func(f device.Frame) bool {
			sound(t, f)
			if f.At.Before(last) {
				t.Error("frames come in the wrong order")
			}
			last = f.At
			n++
			return n == 5
		})
		if err != nil {
			t.Errorf("the end of the context is an error: %v", err)
		}
	}
	if s := c.Status(); !s.Usable() || s.Link != device.Good || s.Data != device.Good || len(s.Faults) != 0 {
		t.Errorf("status is %+v", s)
	}
}

func nothingOutsideStream(t *testing.T, b CameraBench) {
	c := b.open(t)
	if b.Streams() != 0 || b.Sent() != 0 {
		t.Error("the camera is on before anybody looks")
	}
	if err := look(t, c, func(device.Frame) bool { return true }); err != nil {
		t.Error(err)
	}
	if !eventually(cameraPatience, func() bool { return b.Streams() == 0 }) {
		t.Fatal("the camera stays on when nobody looks any more")
	}
}

// newestWins keeps the first frame for as long as the far end needs to send some more: these must not queue up.
func newestWins(t *testing.T, b CameraBench) {
	c := b.open(t)
	n := 0
	var held time.Time
	err := look(t, c, func(f device.Frame) bool {
		n++
		switch n {
		case 1:
			from := b.Sent()
			if !eventually(cameraPatience, func() bool { return b.Sent() >= from+8 }) {
				t.Error("the camera stops when frames are not taken")
			}
			held = time.Now()
			return false
		case 2:
			return false // may have been put down before the last one was sent
		}
		if behind := held.Sub(f.At); behind > 0 {
			t.Errorf("the %dth frame is %v older than the moment at which it could be shown", n, behind)
		}
		return true
	})
	if err != nil {
		t.Error(err)
	}
}

func cutFrames(t *testing.T, b CameraBench) {
	c := b.open(t)
	b.Cut()
	n := 0
	if err := look(t, c, func(f device.Frame) bool {
		sound(t, f)
		n++
		return n == 4
	}); err != nil {
		t.Error(err)
	}
}

func streamContextHasEnded(t *testing.T, b CameraBench) {
	c := b.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Stream(ctx, func(device.Frame) { t.Error("a frame is shown") }); err != nil {
		t.Errorf("got %v", err)
	}
}

func oneStream(t *testing.T, b CameraBench) {
	c := b.open(t)
	if err := look(t, c, func(device.Frame) bool {
		if err := c.Stream(t.Context(), func(device.Frame) {}); !errors.Is(err, device.ErrBusy) {
			t.Errorf("a second Stream gave %v, want ErrBusy", err)
		}
		return true
	}); err != nil {
		t.Error(err)
	}
}

func cameraUnplugged(t *testing.T, b CameraBench) {
	c := b.open(t)
	ctx, cancel := context.WithTimeout(t.Context(), cameraPatience)
	defer cancel()
	first := true
	err := c.Stream(ctx, func(device.Frame) {
		if first {
			b.Unplug()
		}
		first = false
	})
	if !errors.Is(err, device.ErrGone) || ctx.Err() != nil {
		t.Errorf("got %v, want ErrGone", err)
	}
	if s := c.Status(); s.Usable() || s.Link != device.Bad || len(s.Faults) == 0 {
		t.Errorf("status of a camera that is gone is %+v", s)
	}
	if err := c.Stream(ctx, func(device.Frame) {}); !errors.Is(err, device.ErrGone) {
		t.Errorf("another Stream gave %v, want ErrGone", err)
	}
}

func closeEndsStream(t *testing.T, b CameraBench) {
	c := b.open(t)
	ctx, cancel := context.WithTimeout(t.Context(), cameraPatience)
	defer cancel()
	closed := make(chan error, 1)
	first := true
	err := c.Stream(ctx, func(device.Frame) {
		if first {
			go func() { closed <- c.Close() }()
		}
		first = false
	})
	if !errors.Is(err, device.ErrGone) || ctx.Err() != nil {
		t.Errorf("got %v, want ErrGone", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("cannot close: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func cameraAbsent(t *testing.T, b CameraBench) {
	if err := b.Driver.Check(b.Absent); err != nil {
		t.Errorf("Check looks for hardware: %v", err)
	}
	if _, err := b.Driver.Open(t.Context(), b.Env, b.Absent); !errors.Is(err, device.ErrGone) || errors.Is(err, device.ErrConfig) {
		t.Errorf("got %v, want ErrGone", err)
	}
}
