package main_test

import (
	"context"
	"image"
	"testing"
	"time"

	"kiosk/device/localapi"
	"kiosk/ui/model"
	"kiosk/ui/robot"
)

// Key symbols, see X11/keysymdef.h.
const (
	keyTab    = 0xff09
	keyReturn = 0xff0d
	keyEsc    = 0xff1b
	keyUp     = 0xff52
	keyDown   = 0xff54
)

// Input is ignored for 400 ms after a screen has come, and the same key counts once within 300 ms.
const rest = 450 * time.Millisecond

// keypad presses keys at the real window.
type keypad struct {
	theatre
	t     testing.TB
	local model.Local // what the app must hold
}

// state waits until the daemon shows that view and the app has drawn it.
func (k *keypad) state(view localapi.ViewKind, also func(localapi.State) bool) localapi.State {
	k.t.Helper()
	var st localapi.State
	every(k.t, k.t.Context(), look, string(view), func() bool {
		var err error
		if st, err = k.API.State(k.t.Context()); err != nil {
			k.t.Fatal(err)
		}
		return st.Visit.View.Kind == view && (also == nil || also(st))
	})
	k.still()
	k.local = k.local.For(st)
	return st
}

// still waits until nothing has changed for a while.
func (k *keypad) still() {
	k.t.Helper()
	old, since := k.picture(k.t), time.Now()
	every(k.t, k.t.Context(), 2*look, "a screen that stands", func() bool {
		img := k.picture(k.t)
		if differs(old, img, nil) > alike {
			old, since = img, time.Now()
		}
		return time.Since(since) > rest
	})
}

// press presses a key and waits until its effect stands.
func (k *keypad) press(symbol uint32) {
	k.t.Helper()
	code, err := k.screen.KeyOf(symbol)
	if err != nil {
		k.t.Fatal(err)
	}
	if err := k.screen.Key(code); err != nil {
		k.t.Fatal(err)
	}
	k.still()
}

// ring counts the pixels of the focus ring's colour round a target.
func ring(img *image.RGBA, r robot.Rect) (n int) {
	const room = 12
	for y := max(0, r.Y-room); y < min(height, r.Y+r.H+room); y++ {
		for x := max(0, r.X-room); x < min(width, r.X+r.W+room); x++ {
			inside := x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H
			if c := img.RGBAAt(x, y); !inside && c.R == 0xFF && c.G == 0xB0 && c.B == 0x00 {
				n++
			}
		}
	}
	return n
}

// to moves the ring with a key until it is seen round a target, where it was not before.
func (k *keypad) to(st localapi.State, id string, key uint32) {
	k.t.Helper()
	targets, err := robot.Targets(st, k.local)
	if err != nil {
		k.t.Fatal(err)
	}
	target, ok := robot.Find(targets, id)
	if !ok || !target.Enabled {
		k.t.Fatalf("%q is not among %v", id, targets)
	}
	if n := ring(k.picture(k.t), target.Rect); n > 0 {
		k.t.Errorf("%d pixels of the ring's colour round %q before a key was pressed", n, id)
	}
	for range len(targets) + 1 {
		k.press(key)
		// It is 6 wide; less than half of it would be the edge of somebody else's.
		if ring(k.picture(k.t), target.Rect) > 6*(target.Rect.W+target.Rect.H) {
			return
		}
	}
	k.t.Fatalf("the ring never came to %q", id)
}

// TestKeysServe: with arrows, Tab, Enter and Esc alone a person comes from the attract screen through notice, consent and card to
// the questions, answers one and goes back to it; the ring says where they are.
func TestKeysServe(t *testing.T) {
	k := &keypad{theatre: set(t, true), t: t}
	ctx := t.Context()
	k.state(localapi.ViewAttract, nil)
	k.press(keyReturn)
	home := k.state(localapi.ViewHome, nil)
	k.to(home, "card:ydds", keyDown)
	k.press(keyReturn)

	k.state(localapi.ViewGuide, nil)
	k.press(keyEsc) // back, and there again
	home = k.state(localapi.ViewHome, nil)
	k.to(home, "card:ydds", keyTab)
	k.press(keyReturn)
	k.state(localapi.ViewGuide, nil)
	k.press(keyReturn) // the primary button needs no ring
	st := k.state(localapi.ViewConsent, nil)
	for range 8 {
		if st.Visit.View.Kind != localapi.ViewConsent {
			break
		}
		k.press(keyReturn)
		st = k.now(ctx)
	}
	k.state(localapi.ViewCard, nil)
	if err := k.Sim.InsertSample(ctx, "resident"); err != nil {
		t.Fatal(err)
	}
	k.state(localapi.ViewCard, func(st localapi.State) bool { return st.Visit.View.Card.Read != nil })
	if err := k.Sim.RemoveCard(ctx); err != nil {
		t.Fatal(err)
	}
	k.press(keyReturn)

	st = k.state(localapi.ViewField, nil)
	first := *st.Visit.View.Field
	if first.Input != "choice" || len(first.Choices) < 3 {
		t.Fatalf("the first question is %+v", first)
	}
	want := first.Choices[1].Value
	k.to(st, "choice:"+want, keyDown)
	k.press(keyReturn)
	k.local, _ = model.Reduce(k.local, model.Action{Kind: model.ActPick, Text: want}, st)
	k.to(st, "next", keyUp)
	k.press(keyReturn)
	k.state(localapi.ViewField, func(st localapi.State) bool { return st.Visit.View.Field.ID != first.ID })
	k.press(keyEsc)
	st = k.state(localapi.ViewField, func(st localapi.State) bool { return st.Visit.View.Field.ID == first.ID })
	if got := st.Visit.View.Field.Chosen; got != want {
		t.Errorf("by keys %q was answered, want %q", got, want)
	}
}

func (k *keypad) now(ctx context.Context) localapi.State {
	k.t.Helper()
	st, err := k.API.State(ctx)
	if err != nil {
		k.t.Fatal(err)
	}
	return st
}
