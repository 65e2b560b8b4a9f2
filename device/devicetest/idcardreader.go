package devicetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"kiosk/device"
	"kiosk/device/identity"
)

// IDCardBench is a reader without a card, with its far end in the test's hands. All persons are invented.
type IDCardBench struct {
	Driver device.Driver
	Env    device.Env
	Config json.RawMessage // opens this reader
	Absent json.RawMessage // is right, but names hardware that is not there
	Wrong  json.RawMessage // can never work

	// Lay lays a card down and says what it tells; Evidence and Photo are not compared. Each call lays
	// another person's card than the call before. Lift takes it away.
	Lay  func() identity.Card
	Lift func()
	// Spoil makes the card that is laid down next unreadable until it is lifted.
	Spoil func()
	// Asked returns a channel that has a value once the reader has been asked for a card again.
	Asked func() <-chan struct{}
	// Unplug pulls the cable for good.
	Unplug func()
}

const (
	// readerHurry is how soon a Read must return after the end of its context, its reader or its card.
	readerHurry = time.Second
	// readerPatience bounds everything else; only a broken driver meets it.
	readerPatience = 30 * time.Second
)

// TestIDCardReader runs the suite. plug makes a fresh bench for each test and cleans up with t.
func TestIDCardReader(t *testing.T, plug func(t *testing.T) IDCardBench) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, b IDCardBench)
	}{
		{"ReadsCardsOneAfterAnother", readsCards},
		{"SaysItsState", saysState},
		{"EndsWithItsContext", endsWithContext},
		{"ContextThatHasEnded", contextHasEnded},
		{"OneReadAtATime", oneRead},
		{"UnreadableCard", unreadableCard},
		{"UnpluggedWhileReading", unpluggedWhileReading},
		{"UnpluggedWhileIdle", unpluggedWhileIdle},
		{"CloseEndsRead", closeEndsRead},
		{"AbsentIsGone", absentIsGone},
		{"WrongIsRefused", wrongIsRefused},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, plug(t)) })
	}
}

// open opens the bench's reader; it is closed with the test.
func (b IDCardBench) open(t *testing.T) device.IDCardReader {
	t.Helper()
	if b.Driver.Kind != device.KindIDCardReader {
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
	r, ok := p.(device.IDCardReader)
	if !ok {
		t.Fatalf("driver opened a %T", p)
	}
	return r
}

// read is one Read that a broken driver cannot hold for ever.
func read(t *testing.T, r device.IDCardReader) (identity.Card, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), readerPatience)
	defer cancel()
	card, err := r.Read(ctx)
	if err != nil && (card.Kind != "" || !card.Number.Empty() || !card.Name.Empty() || len(card.Photo) > 0) {
		t.Error("half a card came with an error")
	}
	return card, err
}

type ending struct {
	err error
	at  time.Time
}

// start begins a Read and waits until the reader has been asked for a card.
func (b IDCardBench) start(ctx context.Context, t *testing.T, r device.IDCardReader) <-chan ending {
	t.Helper()
	ended := make(chan ending, 1)
	asked := b.Asked()
	go func() {
		_, err := r.Read(ctx)
		ended <- ending{err, time.Now()}
	}()
	select {
	case <-asked:
		return ended
	case e := <-ended:
		t.Fatalf("Read returned without a card: %v", e.err)
	case <-time.After(readerPatience):
		t.Fatal("Read does not ask for a card")
	}
	return nil
}

// finish waits for a Read that was started, and holds it to the hurry.
func finish(t *testing.T, ended <-chan ending, since time.Time) error {
	t.Helper()
	select {
	case e := <-ended:
		if took := e.at.Sub(since); took > readerHurry {
			t.Errorf("Read returned after %v, want %v at most", took, readerHurry)
		}
		return e.err
	case <-time.After(readerPatience):
		t.Fatal("Read does not return")
		return nil
	}
}

func compare(t *testing.T, got, want identity.Card) {
	t.Helper()
	for _, f := range []struct {
		name string
		same bool
	}{
		{"kind", got.Kind == want.Kind},
		{"name", got.Name.Equal(want.Name)}, {"latin name", got.LatinName.Equal(want.LatinName)},
		{"sex", got.Sex == want.Sex}, {"nation", got.Nation == want.Nation}, {"country", got.Country == want.Country},
		{"birth", got.Birth.Equal(want.Birth)}, {"address", got.Address.Equal(want.Address)},
		{"number", got.Number.Equal(want.Number)}, {"pass", got.Pass.Equal(want.Pass)},
		{"issuer", got.Issuer == want.Issuer},
		{"validity", got.ValidFrom == want.ValidFrom && got.ValidTo == want.ValidTo},
	} {
		if !f.same {
			t.Errorf("%s is not the card's", f.name)
		}
	}
}

// silent reports whether text tells nothing of the person.
func silent(t *testing.T, text string, card identity.Card) {
	t.Helper()
	for _, s := range []identity.Secret{card.Name, card.LatinName, card.Birth, card.Address, card.Number, card.Pass} {
		if !s.Empty() && strings.Contains(text, s.Reveal()) {
			t.Errorf("an error tells of the person: %s", text)
		}
	}
}

func readsCards(t *testing.T, b IDCardBench) {
	r := b.open(t)
	var before identity.Card
	for i := range 4 {
		want := b.Lay()
		card, err := read(t, r)
		if err != nil {
			t.Fatalf("card %d: %v", i+1, err)
		}
		compare(t, card, want)
		if card.Number.Equal(before.Number) {
			t.Error("the card before was given again")
		}
		if card.Evidence.Port == "" || card.Evidence.SAM != r.Status().Serial {
			t.Errorf("evidence %+v does not name the reader", card.Evidence)
		}
		if card.Evidence.Verified {
			t.Error("a chip that no platform has seen is called verified")
		}
		if before.Wipe(); !card.Number.Equal(want.Number) {
			t.Error("wiping a card has hurt the next one")
		}
		before = card
		b.Lift()
	}
}

func saysState(t *testing.T, b IDCardBench) {
	r := b.open(t)
	s := r.Status()
	if !s.Usable() || s.Link != device.Good || len(s.Faults) != 0 || s.At.IsZero() {
		t.Errorf("status of a reader that was just opened is %+v", s)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := b.start(ctx, t, r)
	began := time.Now()
	for range 1000 {
		if !r.Status().Usable() {
			t.Fatalf("status of a reader that waits is %+v", r.Status())
		}
	}
	if took := time.Since(began); took > readerHurry {
		t.Errorf("1000 calls of Status took %v: it waits for hardware", took)
	}
	cancel()
	if err := finish(t, ended, time.Now()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func endsWithContext(t *testing.T, b IDCardBench) {
	r := b.open(t)
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		ended := b.start(ctx, t, r)
		since := time.Now()
		cancel()
		err := finish(t, ended, since)
		if !errors.Is(err, context.Canceled) || errors.Is(err, device.ErrGone) || errors.Is(err, device.ErrMedia) {
			t.Errorf("got %v, want the context's error alone", err)
		}
	}
	want := b.Lay()
	card, err := read(t, r)
	if err != nil {
		t.Fatalf("after Reads that were given up: %v", err)
	}
	compare(t, card, want)
}

func contextHasEnded(t *testing.T, b IDCardBench) {
	r := b.open(t)
	b.Lay()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func oneRead(t *testing.T, b IDCardBench) {
	r := b.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := b.start(ctx, t, r)
	if _, err := read(t, r); !errors.Is(err, device.ErrBusy) {
		t.Errorf("a second Read gave %v, want ErrBusy", err)
	}
	b.Lay()
	select {
	case e := <-ended:
		if e.err != nil {
			t.Errorf("the first Read gave %v", e.err)
		}
	case <-time.After(readerPatience):
		t.Error("the first Read does not return")
	}
}

func unreadableCard(t *testing.T, b IDCardBench) {
	r := b.open(t)
	b.Spoil()
	laid := b.Lay()
	_, err := read(t, r)
	if !errors.Is(err, device.ErrMedia) || errors.Is(err, device.ErrGone) {
		t.Fatalf("got %v, want ErrMedia", err)
	}
	silent(t, fmt.Sprintf("%v %+v", err, err), laid)
	if !r.Status().Usable() {
		t.Errorf("a bad card makes the reader unusable: %+v", r.Status())
	}
	b.Lift()
	want := b.Lay()
	card, err := read(t, r)
	if err != nil {
		t.Fatalf("after it was lifted: %v", err)
	}
	compare(t, card, want)
}

func unpluggedWhileReading(t *testing.T, b IDCardBench) {
	r := b.open(t)
	ended := b.start(t.Context(), t, r)
	since := time.Now()
	b.Unplug()
	if err := finish(t, ended, since); !errors.Is(err, device.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
	if s := r.Status(); s.Usable() || s.Link != device.Bad || len(s.Faults) == 0 {
		t.Errorf("status of a reader that is gone is %+v", s)
	}
	if _, err := read(t, r); !errors.Is(err, device.ErrGone) {
		t.Errorf("another Read gave %v, want ErrGone", err)
	}
}

func unpluggedWhileIdle(t *testing.T, b IDCardBench) {
	r := b.open(t)
	b.Unplug()
	if _, err := read(t, r); !errors.Is(err, device.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
}

func closeEndsRead(t *testing.T, b IDCardBench) {
	r := b.open(t)
	ended := b.start(t.Context(), t, r)
	since := time.Now()
	if err := r.Close(); err != nil {
		t.Errorf("cannot close: %v", err)
	}
	if err := finish(t, ended, since); !errors.Is(err, device.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	again := b.open(t) // Close has freed the port
	want := b.Lay()
	card, err := read(t, again)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, card, want)
}

func absentIsGone(t *testing.T, b IDCardBench) {
	if err := b.Driver.Check(b.Absent); err != nil {
		t.Errorf("Check looks for hardware: %v", err)
	}
	if _, err := b.Driver.Open(t.Context(), b.Env, b.Absent); !errors.Is(err, device.ErrGone) || errors.Is(err, device.ErrConfig) {
		t.Errorf("got %v, want ErrGone", err)
	}
}

func wrongIsRefused(t *testing.T, b IDCardBench) {
	for _, raw := range []json.RawMessage{b.Wrong, json.RawMessage(`{"no-such-member":1}`), json.RawMessage(`[]`), nil} {
		if err := b.Driver.Check(raw); !errors.Is(err, device.ErrConfig) {
			t.Errorf("Check of %s gave %v, want ErrConfig", raw, err)
		}
		if _, err := b.Driver.Open(t.Context(), b.Env, raw); !errors.Is(err, device.ErrConfig) {
			t.Errorf("Open of %s gave %v, want ErrConfig", raw, err)
		}
	}
	if err := b.Driver.Check(b.Config); err != nil {
		t.Errorf("Check of what opens gave %v", err)
	}
}
