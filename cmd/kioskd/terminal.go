package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"kiosk/device/audit"
	"kiosk/device/daemon"
	"kiosk/device/item"
	"kiosk/device/localapi"
	"kiosk/device/session"
	"kiosk/device/settings"
	"kiosk/sync/platform"
)

// errAnew ends a terminal that has got another number or epoch; the next life begins with it.
var errAnew = errors.New("terminal was enrolled anew")

// terminal is one life of a terminal, from its parts being put together to their end.
type terminal struct {
	*planned
	log    *slog.Logger
	boot   string
	server *daemon.Server

	id     *identity
	client *platform.Client
	reach  *platform.Reach
	live   *settings.Live
	items  *item.Catalogue
	visit  *session.Visit
	lane   atomic.Pointer[lane] // nil until the terminal is enrolled
	broken atomic.Bool          // some part did not start
	anew   chan struct{}        // has room for one
	idle   chan struct{}        // has room for one: settings may wait for the visit to end
}

// serve runs a planned terminal until ctx ends. The socket listens first, so that whoever asks hears "starting".
func serve(ctx context.Context, p *planned, log *slog.Logger) error {
	server, err := daemon.New(daemon.Config{
		Socket: p.cfg.Socket, Access: p.cfg.Access, Site: p.cfg.Site, Place: p.cfg.Place, Phone: p.cfg.Phone,
		Version: version, Log: log,
	})
	if err != nil {
		return fmt.Errorf("daemon.New: %w", err)
	}
	t := &terminal{
		planned: p, log: log, boot: rand.Text(), server: server, reach: &platform.Reach{},
		anew: make(chan struct{}, 1), idle: make(chan struct{}, 1),
	}
	return daemon.RunActors(ctx, log,
		daemon.Actor{Name: "api", Run: server.Run},
		daemon.Actor{Name: "terminal", Run: t.run},
	)
}

// run puts the parts together, in the order in which they need each other, and runs them until ctx ends.
func (t *terminal) run(ctx context.Context) (err error) {
	if err := os.MkdirAll(t.cfg.State, 0o700); err != nil {
		return fmt.Errorf("cannot make the state folder: %w", err)
	}
	if t.audit, err = audit.Open(filepath.Join(t.cfg.State, "audit.log"), t.log); err != nil {
		return fmt.Errorf("audit.Open: %w", err)
	}
	defer func() {
		reason := "signal"
		if err != nil && !errors.Is(err, errAnew) {
			reason = "failed"
		}
		t.audit.Event("stopped", "reason", reason)
		err = errors.Join(err, t.audit.Close())
	}()
	t.audit.Event("started", "version", version)
	if t.id, err = openIdentity(t.cfg.State); err != nil {
		return fmt.Errorf("openIdentity: %w", err)
	}
	if t.items, err = item.OpenCatalogue(t.roots, t.cfg.Items, t.cfg.State); err != nil {
		return fmt.Errorf("item.OpenCatalogue: %w", err)
	}
	for _, s := range t.items.Skipped() {
		t.log.Warn("item package skipped", "file", s.File, "code", s.Code, "error", s.Err)
		t.audit.Event("item-skipped", "code", string(s.Code))
	}
	if t.client, err = platform.New(platform.Options{
		URL: t.platform.URL, Roots: t.authority, Certificate: t.id.certificate,
	}); err != nil {
		return fmt.Errorf("platform.New: %w", err)
	}
	defer t.client.Close()
	t.live = settings.NewLive(t.cfg.Remote, "")
	t.visit = session.New(session.Config{
		Peripherals: t.rig, Items: offers{t}, Link: t.reach, Audit: t.audit, Log: t.log, Software: version,
		Site: localapi.Text(t.cfg.Site), Place: localapi.Text(t.cfg.Place), Phone: t.cfg.Phone,
		Times: func() settings.Times { doc, _ := t.live.Current(); return doc.Times },
		Gate:  func() string { return daemon.Reason(t.standing(), time.Now()) },
		Closes: func(it *item.Item) localapi.Text {
			if c := t.cases(); c != nil {
				return daemon.NoRoom(it, c.Tally())
			}
			return localapi.Text{}
		},
		Enrol:   t.enrol,
		Pairing: localapi.Pairing{Serial: t.cfg.Serial, Hub: t.platform.URL},
	})
	if e, ok := t.id.now(); ok {
		t.open(e)
	}
	// Whatever the end, kept cases are closed last.
	defer t.shut()
	t.server.Ready(daemon.Parts{
		Visit: t.visit, Peripherals: t.rig, Items: offers{t}, Standing: t.standing, Cases: t.cases, Progress: t.progress,
		Audit: t.audit, Enrol: t.enrol,
	})
	return daemon.RunActors(ctx, t.log,
		daemon.Actor{Name: "rig", Run: t.rig.Run},
		daemon.Actor{Name: "lane", Run: t.runLane},
		daemon.Actor{Name: "visit", Run: t.visit.Run},
		daemon.Actor{Name: "settings", Run: t.swapSettings},
		daemon.Actor{Name: "enrolment", Run: t.watchEnrolment},
	)
}

// fail notes a part that did not start. The terminal goes on without it, serves nobody, and says so.
func (t *terminal) fail(part string, err error) {
	t.log.Error("part did not start", "part", part, "error", err)
	t.audit.Event("start-failed", "part", part)
	t.broken.Store(true)
	t.server.Poke()
}

// standing is who the terminal is and how it stands with the platform.
func (t *terminal) standing() daemon.Standing {
	e, ok := t.id.now()
	doc, _ := t.live.Current()
	st := daemon.Standing{
		Number: e.Number, Enrolled: ok, Broken: t.broken.Load(), Settings: doc, Online: t.reach.Online(), Since: t.reach.Since(),
		CertificateEnds: t.id.ends(),
	}
	if l := t.lane.Load(); l != nil {
		st.SettingsRefused = l.agent.Refused()
	}
	return st
}

// enrol trades a one-time code for a certificate and a number. It blocks until the platform has answered.
func (t *terminal) enrol(ctx context.Context, code string) error {
	_, before := t.id.now()
	if phase := session.Phase(t.visit.View().Phase); before && phase != session.Idle && phase != session.Closed {
		return &localapi.Problem{Code: localapi.CodeBusy, Detail: "somebody is being served; try again when the terminal is free"}
	}
	err := t.id.enrol(ctx, t.client, t.cfg.Serial, code)
	if err != nil {
		var p *localapi.Problem
		if errors.As(err, &p) {
			t.audit.Event("enrol-refused", "code", p.Code)
		}
		t.log.Warn("enrolment did not succeed", "error", err)
		return err
	}
	t.enrolled(before)
	return nil
}

// enrolled notes the new number and, when there was one before, ends this life: queue and visit belong to a number.
func (t *terminal) enrolled(before bool) {
	e, _ := t.id.now()
	t.audit.Event("enrolled", "terminal", e.Number, "epoch", fmt.Sprint(e.Epoch))
	t.log.Info("terminal is enrolled", "terminal", e.Number, "epoch", e.Epoch)
	if before {
		select {
		case t.anew <- struct{}{}:
		default:
		}
	}
	t.server.Poke()
}

// watchEnrolment ends the terminal when it has got another number.
func (t *terminal) watchEnrolment(ctx context.Context) error {
	select {
	case <-t.anew:
		return errAnew
	case <-ctx.Done():
		return nil
	}
}

// changed is called when settings or items may look different.
func (t *terminal) changed() {
	select {
	case t.idle <- struct{}{}:
	default:
	}
	t.server.Poke()
}

// swapSettings puts accepted settings into force between visits, never during one.
func (t *terminal) swapSettings(ctx context.Context) error {
	for {
		visit := t.visit.Changed()
		switch session.Phase(t.visit.View().Phase) {
		case session.Idle, session.Closed:
			if t.live.Swap() {
				doc, _ := t.live.Current()
				t.audit.Event("settings-applied", "version", fmt.Sprint(doc.Version))
				t.log.Info("new settings hold", "version", doc.Version)
				if l := t.lane.Load(); l != nil {
					l.agent.Soon()
				}
				t.server.Poke()
			}
		}
		select {
		case <-visit:
		case <-t.idle:
		case <-ctx.Done():
			return nil
		}
	}
}
