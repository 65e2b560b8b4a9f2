package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"time"

	"kiosk/device/casefile"
	"kiosk/device/daemon"
	"kiosk/device/sealed"
	"kiosk/device/session"
	"kiosk/device/settings"
	"kiosk/sync/manage"
	"kiosk/sync/queue"
	"kiosk/sync/uplink"
)

var (
	_ session.Outbox   = (*uplink.Uplink)(nil)
	_ session.Progress = (*uplink.Uplink)(nil)
)

// lane is what an enrolled terminal has and a new one has not: a queue of its own number, the way up, management.
type lane struct {
	queue  *queue.Queue
	uplink *uplink.Uplink
	agent  *manage.Agent
	space  *space
}

// openLane builds the lane of an enrolment. Nothing of it runs yet.
func (t *terminal) openLane(e enrolment) (*lane, error) {
	kid, err := thumbprint(t.id)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	var to []sealed.Recipient
	for i, r := range t.platform.Recipients {
		if r.ValidAt(now) && len(to) < sealed.MaxRecipients {
			to = append(to, t.recipients[i])
		}
	}
	if len(to) == 0 {
		return nil, fmt.Errorf("cannot seal cases: the platform document names no key that is valid now")
	}
	q, report, err := queue.Open(queue.Config{
		State: t.cfg.State, Folders: t.cfg.Folders, Terminal: e.Number, Epoch: e.Epoch, Recipients: to,
		Signer: sealed.Signer{ID: kid, Key: t.id.key},
	})
	if err != nil {
		return nil, fmt.Errorf("queue.Open: %w", err)
	}
	t.tell(report)
	l := &lane{queue: q, space: &space{folders: t.cfg.Folders}}
	l.uplink = uplink.New(uplink.Config{
		Queue: q, Platform: t.client, Reach: t.reach, Log: t.log.With("part", "uplink"), Audit: t.audit, ItemName: t.itemName,
	})
	if err := l.uplink.SettleReceipts(); err != nil { // the disk; who serves is told by what else it refuses
		t.log.Error("receipts are not settled", "error", err)
		t.audit.Event("store-trouble", "code", "outcome")
	}
	store := settings.NewStore(t.cfg.State)
	if doc, hash, err := store.Load(t.cfg.Remote, t.roots, e.Number); err != nil {
		t.log.Warn("kept settings are not believed; defaults hold", "error", err)
		t.audit.Event("settings-refused", "code", string(settings.RefusalCode(err)))
	} else if hash != "" {
		t.live.Offer(doc, hash)
	}
	l.agent = manage.New(manage.Config{
		Platform: t.client, Reach: t.reach, Log: t.log.With("part", "manage"), Audit: t.audit, Terminal: e.Number, Roots: t.roots,
		Settings: store, Live: t.live, Items: t.items, Beat: t.beat, Changed: t.changed,
	})
	return l, nil
}

// tell says what opening the queue found.
func (t *terminal) tell(r queue.Report) {
	if r.Rebuilt || r.Lost > 0 || len(r.Adopted) > 0 || len(r.Mended) > 0 || r.Removed > 0 {
		t.log.Warn("queue was mended", "rebuilt", r.Rebuilt, "lost", r.Lost, "adopted", len(r.Adopted), "mended", len(r.Mended), "removed", r.Removed)
	}
	for _, p := range r.Damaged {
		t.log.Error("kept file is damaged", "file", p.File, "error", p.Err)
		t.audit.Event("store-trouble", "code", "damaged")
	}
}

// thumbprint names the terminal's key: SHA-256 of its public half.
func thumbprint(id *identity) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(id.key.Public())
	if err != nil {
		return "", fmt.Errorf("cannot name the terminal's key: %w", err)
	}
	sum := sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}

// open opens the lane and gives it to the visit. A lane that does not open leaves a terminal that serves nobody and says so.
func (t *terminal) open(e enrolment) {
	l, err := t.openLane(e)
	if err != nil {
		t.fail("queue", err)
		return
	}
	t.live.Swap() // nobody is being served yet
	t.visit.SetStore(l.uplink, l.uplink)
	t.lane.Store(l)
}

// shut closes the lane's queue after everything that uses it has ended.
func (t *terminal) shut() {
	if l := t.lane.Load(); l != nil {
		if err := l.queue.Close(); err != nil {
			t.log.Error("queue closed with an error", "error", err)
		}
	}
}

// runLane waits until the terminal is enrolled, and then runs what an enrolled terminal has.
func (t *terminal) runLane(ctx context.Context) error {
	if t.lane.Load() == nil && !t.broken.Load() {
		if !t.awaitEnrolment(ctx) {
			return nil
		}
		e, _ := t.id.now()
		t.open(e)
		t.server.Poke()
	}
	l := t.lane.Load()
	if l == nil {
		<-ctx.Done()
		return nil
	}
	return daemon.RunActors(ctx, t.log,
		daemon.Actor{Name: "uplink", Run: l.uplink.Run},
		daemon.Actor{Name: "manage", Run: l.agent.Run},
		daemon.Actor{Name: "watch", Run: func(ctx context.Context) error { return t.watchLane(ctx, l) }},
	)
}

// watchLane tells the screen when the queue or the platform's reach has changed.
func (t *terminal) watchLane(ctx context.Context, l *lane) error {
	for {
		cases, reach, devices := l.queue.Changed(), t.reach.Changed(), t.rig.Changed()
		t.server.Poke()
		select {
		case <-cases:
		case <-reach:
		case <-devices: // operations see a device come and go without waiting for the next beat
			l.agent.Soon()
		case <-ctx.Done():
			return nil
		}
	}
}

// awaitEnrolment blocks until the number is known. A terminal whose code was taken but whose number never came asks for
// it again and again.
func (t *terminal) awaitEnrolment(ctx context.Context) bool {
	const first, last = time.Second, time.Minute
	for wait := first; ; wait = min(2*wait, last) {
		if t.id.certified() {
			if err := t.id.settle(ctx, t.client); err == nil {
				t.enrolled(false)
			} else if ctx.Err() == nil {
				t.log.Warn("number is not known yet", "error", err)
			}
		}
		again := time.NewTimer(wait)
		select {
		case <-t.id.changed:
			again.Stop()
			return true
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return false
		}
	}
}

// cases is the queue as ops see it; nil until there is one.
func (t *terminal) cases() daemon.Cases {
	if l := t.lane.Load(); l != nil {
		return l
	}
	return nil
}

// progress finds cases; nil until there are any.
func (t *terminal) progress() session.Progress {
	if l := t.lane.Load(); l != nil {
		return l.uplink
	}
	return nil
}

// List is all cases on this terminal, oldest first.
func (l *lane) List() ([]casefile.Record, error) { return l.uplink.List() }

// Tally sums the queue up.
func (l *lane) Tally() daemon.Tally {
	t := daemon.Tally{Used: l.space.used(time.Now())}
	for _, e := range l.queue.Entries() {
		switch e.State {
		case queue.Kept:
			t.Waiting++
			if t.Oldest.IsZero() || e.KeptAt.Before(t.Oldest) {
				t.Oldest = e.KeptAt
			}
		case queue.Damaged:
			t.Damaged = true
		case string(casefile.Refused):
			t.Quarantined++
		}
	}
	return t
}
