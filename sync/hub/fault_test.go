package hub

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"kiosk/sync/platform"
)

// TestFaults plants each fault and looks at what a terminal makes of it: nothing but trying again, and nothing taken twice.
func TestFaults(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h := b.handIn(sealing{})
	put := func(ctx context.Context) error {
		_, err := b.client.PutCase(ctx, h.key, h.file)
		return err
	}
	transport := func(err error) bool { var x *platform.Transport; return errors.As(err, &x) }
	later := func(status int, after time.Duration) func(error) bool {
		return func(err error) bool {
			var x *platform.TryLater
			return errors.As(err, &x) && x.Status == status && x.After == after
		}
	}
	for _, c := range []struct {
		name  string
		fault Fault
		want  func(error) bool
	}{
		{"cut before", Fault{Lose: true}, transport},
		{"500", Fault{Status: 500}, later(500, 0)},
		{"503 with a time", Fault{Status: 503, After: 7}, later(503, 7*time.Second)},
		{"captive portal", Fault{Garbage: true}, transport},
		{"endless answer", Fault{Huge: true}, transport},
		{"422 of a stranger", Fault{Status: 422}, func(err error) bool { var x *platform.Problem; return errors.As(err, &x) && x.Status == 422 }},
		{"body cut", Fault{CutBody: 100}, transport},
	} {
		c.fault.Times = 1
		s.Hub.SetFault(&c.fault)
		if err := put(t.Context()); !c.want(err) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	nothingTaken(t, s)

	hanging := make(chan struct{})
	s.Hub.SetFault(&Fault{Hang: true, Match: func(*http.Request) bool { close(hanging); return true }})
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- put(ctx) }()
	<-hanging
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("hang: %v", err)
	}
	s.Hub.SetFault(nil)
	if err := put(t.Context()); err != nil {
		t.Errorf("without fault: %v", err)
	}
	s.Hub.SetFault(&Fault{Delay: time.Millisecond})
	if err := put(t.Context()); err != nil {
		t.Errorf("delayed: %v", err)
	}
}

// TestStoreThatCannotAnswer closes the store under a running hub: the terminal is asked to try later, not refused.
func TestStoreThatCannotAnswer(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h := b.handIn(sealing{})
	if err := s.Hub.store.Close(); err != nil {
		t.Fatal(err)
	}
	var later *platform.TryLater
	if _, err := b.client.PutCase(t.Context(), h.key, h.file); !errors.As(err, &later) || later.Status != 503 || later.After != 5*time.Second {
		t.Errorf("got %v", err)
	}
}
