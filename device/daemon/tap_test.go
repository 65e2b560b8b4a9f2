package daemon

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"kiosk/device/casefile"
	"kiosk/device/localapi"
	"kiosk/device/session"
	"kiosk/device/settings"
)

// linked says that the platform answers.
type linked struct{}

func (linked) Online() bool { return true }

// emptyStore is a store of which this test needs no more than that it is there.
type emptyStore struct{ session.Outbox }

func (emptyStore) LastMark() (casefile.Mark, bool) { return casefile.Mark{}, false }
func (emptyStore) ClearMark() error                { return nil }

// Taps reach a real visit: a stale one is refused, a repeated one is harmless, an impossible one is told apart.
func TestTapsReachTheVisit(t *testing.T) {
	v := newStub()
	visit := session.New(session.Config{
		Outbox: emptyStore{}, Peripherals: peripherals{stub: v}, Items: offers{}, Link: linked{}, Audit: v, Log: slog.New(slog.DiscardHandler),
		Times: func() settings.Times { return settings.StandardTimes }, Gate: func() string { return "" },
		Enrol: func(context.Context, string) error { return nil },
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- visit.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	parts := v.parts()
	parts.Visit = visit
	_, client := started(t, everyone(), &parts)
	at := func(kind localapi.ViewKind) localapi.State {
		t.Helper()
		watch, enough := context.WithCancel(t.Context())
		defer enough()
		var last localapi.State
		_ = client.Watch(watch, func(st localapi.State) {
			if last = st; st.Visit.View.Kind == kind {
				enough()
			}
		}, nil)
		return last
	}
	first := at(localapi.ViewAttract)
	start := localapi.Intent{ID: "tap-1", Step: first.Visit.Step, Kind: localapi.IntentStart}
	if err := client.Intent(t.Context(), start); err != nil {
		t.Fatal(err)
	}
	home := at(localapi.ViewHome)
	if home.Visit.Step == first.Visit.Step {
		t.Error("the step did not change with what can be pressed")
	}
	if err := client.Intent(t.Context(), start); err != nil {
		t.Errorf("the same tap again gave %v", err)
	}
	stale := start
	stale.ID = "tap-2"
	if err := client.Intent(t.Context(), stale); !errors.Is(err, localapi.ErrStale) {
		t.Errorf("a stale tap gave %v", err)
	}
	var p *localapi.Problem
	wrong := localapi.Intent{ID: "tap-3", Step: home.Visit.Step, Kind: localapi.IntentSubmit}
	if err := client.Intent(t.Context(), wrong); !errors.As(err, &p) || p.Code != localapi.CodeIntent || p.Status != 422 {
		t.Errorf("an impossible tap gave %v", err)
	}
	if now := at(localapi.ViewHome); now.Visit.Step != home.Visit.Step || now.Visit.ID != home.Visit.ID {
		t.Error("a refused tap moved the visit")
	}
}
