// Package uplink carries what a visit hands in to the platform: envelope and pages go through the queue first, sealed
// and fsynced, and then up, as often as it takes, under a key that the platform takes once.
// Its Uplink is the outbox of a visit and answers its questions about cases.
package uplink

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/sealed"
	"kiosk/sync/platform"
	"kiosk/sync/queue"
)

// Platform is what of the platform's API cases need; *platform.Client is one.
type Platform interface {
	PutCase(ctx context.Context, key string, file []byte) (platform.CaseAnswer, error)
	CommitCase(ctx context.Context, key string) (platform.CaseAnswer, error)
	Upload(ctx context.Context, key, digest string, file io.ReaderAt, size int64) error
	Progress(ctx context.Context, q platform.ProgressQuery) ([]platform.ProgressCase, error)
}

// Config is what an uplink works with.
type Config struct {
	Queue    *queue.Queue
	Platform Platform
	Reach    *platform.Reach
	Log      *slog.Logger
	// Audit takes events of the catalogue.
	Audit interface {
		Event(id string, fields ...string)
	}
	// ItemName names an item for cases that only this terminal knows.
	ItemName func(code string) casefile.ItemName
	// Backoff is the wait after the first failed attempt and the longest one; zero means 2 s and 5 min.
	Backoff, MaxBackoff time.Duration
}

// Uplink joins queue and platform.
type Uplink struct {
	cfg  Config
	kept chan struct{} // has room for one: a case was kept
}

// New makes an uplink. Run starts it.
func New(cfg Config) *Uplink {
	if cfg.Backoff == 0 {
		cfg.Backoff = 2 * time.Second
	}
	if cfg.MaxBackoff == 0 {
		cfg.MaxBackoff = 5 * time.Minute
	}
	return &Uplink{cfg: cfg, kept: make(chan struct{}, 1)}
}

// Begin opens room for a draft.
func (u *Uplink) Begin(key casefile.Key) error { return u.cfg.Queue.Begin(string(key)) }

// AddPage seals one page from its first byte on disk.
func (u *Uplink) AddPage(key casefile.Key, page io.Reader) (casefile.Digest, int64, error) {
	d, n, err := u.cfg.Queue.AddPage(string(key), page)
	return casefile.Digest(d.Hex()), n, err
}

// DropPage forgets a page of a draft.
func (u *Uplink) DropPage(key casefile.Key, digest casefile.Digest) error {
	d, err := sealed.ParseHex(string(digest))
	if err != nil {
		return fmt.Errorf("cannot drop a page: %w", err)
	}
	return u.cfg.Queue.DropPage(string(key), d)
}

// Keep makes the draft an immutable case; all of it has been fsynced when it returns. The same key again returns the
// same record.
func (u *Uplink) Keep(key casefile.Key, envelope []byte, about casefile.About) (casefile.Record, error) {
	note, err := json.Marshal(about)
	if err != nil {
		return casefile.Record{}, fmt.Errorf("cannot keep the case: %w", err)
	}
	e, err := u.cfg.Queue.Keep(string(key), envelope, note)
	if err != nil {
		return casefile.Record{}, err
	}
	select {
	case u.kept <- struct{}{}:
	default:
	}
	return u.record(e), nil
}

// Drop forgets a draft.
func (u *Uplink) Drop(key casefile.Key) { u.cfg.Queue.Drop(string(key)) }

// Find returns what is known of a kept case.
func (u *Uplink) Find(key casefile.Key) (casefile.Record, bool) {
	e, ok := u.cfg.Queue.Find(string(key))
	if !ok {
		return casefile.Record{}, false
	}
	return u.record(e), true
}

// Await blocks until the platform has answered for good, or ctx ends.
func (u *Uplink) Await(ctx context.Context, key casefile.Key) (casefile.Record, error) {
	e, err := u.cfg.Queue.Await(ctx, string(key), func(e queue.Entry) bool { return e.State != queue.Kept })
	if err != nil {
		return casefile.Record{}, err
	}
	return u.record(e), nil
}

// SetReceipt stores what is known of the receipt's paper.
func (u *Uplink) SetReceipt(key casefile.Key, outcome device.Outcome) error {
	return u.cfg.Queue.SetOutcome(string(key), string(outcome))
}

// SettleReceipts stores "not known" for each case of which nobody has said what became of its paper: its record was lost, or could not be
// written. It is called at start, before the first visit. The case of the visit that was cut off is left out, because that visit
// goes on and answers itself.
func (u *Uplink) SettleReceipts() error {
	mark, _ := u.LastMark()
	for _, e := range u.cfg.Queue.Entries() {
		if e.Outcome != "" || e.Key == string(mark.Key) {
			continue
		}
		if err := u.cfg.Queue.SetOutcome(e.Key, string(device.NotKnown)); err != nil {
			return fmt.Errorf("cannot settle the receipts: %w", err)
		}
	}
	return nil
}

// SetMark stores where the visit stands.
func (u *Uplink) SetMark(m casefile.Mark) error {
	b, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("cannot store the mark: %w", err)
	}
	return u.cfg.Queue.PutMark(b)
}

// ClearMark says that the visit has ended.
func (u *Uplink) ClearMark() error { return u.cfg.Queue.ClearMark() }

// LastMark is the mark of a visit that did not end.
func (u *Uplink) LastMark() (casefile.Mark, bool) {
	b, ok := u.cfg.Queue.Mark()
	if !ok {
		return casefile.Mark{}, false
	}
	var m casefile.Mark
	if err := json.Unmarshal(b, &m); err != nil {
		u.cfg.Log.Error("cannot read the mark of the last visit", "err", err)
		return casefile.Mark{}, false
	}
	return m, true
}

// List returns all cases on this terminal, oldest first.
func (u *Uplink) List() ([]casefile.Record, error) {
	var out []casefile.Record
	for _, e := range u.cfg.Queue.Entries() {
		out = append(out, u.record(e))
	}
	return out, nil
}

// result is what the queue stores of the platform's answer.
type result struct {
	PlatformNumber string    `json:"platform_number"`
	At             time.Time `json:"at"`
}

// record reads an entry as a case. A case whose note or answer cannot be read is a kept case all the same: it is sent, found
// and listed, and what cannot be read is left empty.
func (u *Uplink) record(e queue.Entry) casefile.Record {
	var about casefile.About
	if err := json.Unmarshal(e.Note, &about); err != nil {
		u.cfg.Log.Error("cannot read the note of a case", "epoch", e.Epoch, "sequence", e.Sequence, "err", err)
		about = casefile.About{}
	}
	var res result
	if len(e.Result) > 0 {
		if err := json.Unmarshal(e.Result, &res); err != nil {
			u.cfg.Log.Error("cannot read the answer to a case", "epoch", e.Epoch, "sequence", e.Sequence, "err", err)
			res = result{}
		}
	}
	n, err := casefile.NewNumber(casefile.NumberParts{Terminal: e.Terminal, Epoch: e.Epoch, Sequence: e.Sequence})
	if err != nil {
		u.cfg.Log.Error("cannot write the number of a case", "epoch", e.Epoch, "sequence", e.Sequence, "err", err)
	}
	return casefile.Record{
		Key: casefile.Key(e.Key), Number: n, Sequence: e.Sequence, Item: about.Item, State: casefile.State(e.State),
		PlatformNumber: res.PlatformNumber, Pages: len(e.Pages), KeptAt: e.KeptAt, ReceivedAt: res.At, Attempts: e.Attempts,
		LastError: e.LastError, Receipt: device.Outcome(e.Outcome),
	}
}
