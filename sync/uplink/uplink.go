// Package uplink carries what a visit hands in to the platform: envelope and pages go through the queue first, sealed
// and fsynced, and then up, as often as it takes, under a key that the platform takes once.
// Its Uplink is the outbox of a visit and answers its questions about cases.
package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
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
	wake chan struct{}
}

// New makes an uplink. Run starts it.
func New(cfg Config) *Uplink {
	if cfg.Backoff == 0 {
		cfg.Backoff = 2 * time.Second
	}
	if cfg.MaxBackoff == 0 {
		cfg.MaxBackoff = 5 * time.Minute
	}
	return &Uplink{cfg: cfg, wake: make(chan struct{}, 1)}
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
	d, err := parseDigest(digest)
	if err != nil {
		return err
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
	u.poke()
	return record(e)
}

// Drop forgets a draft.
func (u *Uplink) Drop(key casefile.Key) { u.cfg.Queue.Drop(string(key)) }

// Find returns what is known of a kept case.
func (u *Uplink) Find(key casefile.Key) (casefile.Record, bool) {
	e, ok := u.cfg.Queue.Find(string(key))
	if !ok {
		return casefile.Record{}, false
	}
	r, err := record(e)
	return r, err == nil
}

// Await blocks until the platform has answered for good, or ctx ends.
func (u *Uplink) Await(ctx context.Context, key casefile.Key) (casefile.Record, error) {
	e, err := u.cfg.Queue.Await(ctx, string(key), func(e queue.Entry) bool { return e.State != queue.Kept })
	if err != nil {
		return casefile.Record{}, err
	}
	return record(e)
}

// SetReceipt stores what is known of the receipt's paper.
func (u *Uplink) SetReceipt(key casefile.Key, outcome device.Outcome) error {
	return u.cfg.Queue.SetOutcome(string(key), string(outcome))
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
		r, err := record(e)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// result is what the queue stores of the platform's answer.
type result struct {
	PlatformNumber string    `json:"platform_number"`
	At             time.Time `json:"at"`
}

// record reads an entry as a case.
func record(e queue.Entry) (casefile.Record, error) {
	var about casefile.About
	var res result
	if err := json.Unmarshal(e.Note, &about); err != nil {
		return casefile.Record{}, fmt.Errorf("cannot read the note of case %d: %w", e.Sequence, err)
	}
	if len(e.Result) > 0 {
		if err := json.Unmarshal(e.Result, &res); err != nil {
			return casefile.Record{}, fmt.Errorf("cannot read the answer to case %d: %w", e.Sequence, err)
		}
	}
	n, err := casefile.NewNumber(casefile.NumberParts{Terminal: e.Terminal, Epoch: e.Epoch, Sequence: e.Sequence})
	if err != nil {
		return casefile.Record{}, err
	}
	return casefile.Record{
		Key: casefile.Key(e.Key), Number: n, Sequence: e.Sequence, Item: about.Item, State: casefile.State(e.State),
		PlatformNumber: res.PlatformNumber, Pages: len(e.Pages), KeptAt: e.KeptAt, ReceivedAt: res.At, Attempts: e.Attempts,
		LastError: e.LastError, Receipt: device.Outcome(e.Outcome),
	}, nil
}

func (u *Uplink) poke() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// Run offers cases to the platform until ctx ends.
func (u *Uplink) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		pause := time.Duration(-1)
		if e, ok := u.cfg.Queue.Next(time.Now()); ok {
			if u.offer(ctx, e) == nil {
				continue
			}
			pause = u.cfg.MaxBackoff // the outcome could not be stored: the disk needs care, not haste
		} else if t, ok := u.cfg.Queue.NextDue(); ok {
			pause = max(time.Until(t), 0)
		}
		u.rest(ctx, pause)
	}
	return nil
}

// rest waits for the next thing to do; a pause below zero has no end of its own.
func (u *Uplink) rest(ctx context.Context, pause time.Duration) {
	var due <-chan time.Time
	if pause >= 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-due:
	case <-u.wake:
	case <-u.cfg.Reach.Changed():
		if u.cfg.Reach.Online() {
			u.hurry()
		}
	}
}

// hurry makes all that waits due: the platform answers again.
func (u *Uplink) hurry() {
	for _, e := range u.cfg.Queue.Entries() {
		if e.State == queue.Kept && e.Due.After(time.Now()) {
			if err := u.cfg.Queue.Update(e.Key, func(e *queue.Entry) error { e.Due = time.Time{}; return nil }); err != nil {
				u.cfg.Log.Error("cannot make a case due", "err", err)
			}
		}
	}
}

// offer makes one attempt with one case and stores what came of it. Its error says that it could not be stored.
func (u *Uplink) offer(ctx context.Context, e queue.Entry) error {
	answer, err := u.send(ctx, e)
	if ctx.Err() != nil {
		return nil // a stop is not an attempt
	}
	u.cfg.Reach.Note(err)
	r, rerr := record(e)
	if rerr != nil {
		u.cfg.Log.Error("cannot read a kept case", "err", rerr)
	}
	tried := err
	err = u.cfg.Queue.Update(e.Key, func(e *queue.Entry) error {
		e.Attempts++
		var refused *platform.Refused
		var conflict *platform.Conflict
		switch err := tried; {
		case err == nil:
			e.State, e.LastError, e.Due = string(casefile.Received), "", time.Time{}
			e.Result, err = json.Marshal(result{answer.PlatformNumber, time.Now().UTC().Round(time.Second)})
			return err
		case errors.As(err, &refused):
			e.State, e.LastError = string(casefile.Refused), "refused-"+string(refused.Code)
		case errors.As(err, &conflict) && conflict.Code == platform.CodeKeyConflict:
			e.State, e.LastError = string(casefile.Refused), conflict.Code
		default:
			e.LastError = errorCode(err)
			e.Due = time.Now().Add(u.wait(e.Attempts, err))
		}
		return nil
	})
	if err != nil {
		u.cfg.Log.Error("cannot store the outcome of an attempt", "err", err)
		return err
	}
	switch now, _ := u.Find(casefile.Key(e.Key)); now.State {
	case casefile.Received:
		u.cfg.Audit.Event("case-received", "number", string(r.Number))
	case casefile.Refused:
		u.cfg.Audit.Event("case-refused", "number", string(r.Number), "code", now.LastError)
		u.cfg.Log.Error("platform refuses a case for ever", "number", r.Number, "code", now.LastError)
	default:
		u.cfg.Log.Info("case waits", "number", r.Number, "attempts", now.Attempts, "code", now.LastError)
	}
	return nil
}

// send carries envelope, missing pages and commit. Every part may be repeated without harm.
func (u *Uplink) send(ctx context.Context, e queue.Entry) (platform.CaseAnswer, error) {
	envelope, err := u.read(e.Envelope)
	if err != nil {
		return platform.CaseAnswer{}, err
	}
	answer, err := u.cfg.Platform.PutCase(ctx, e.Key, envelope)
	if err != nil || answer.State == platform.CaseReceived {
		return answer, err
	}
	for _, missing := range answer.Missing {
		if err := u.upload(ctx, e, missing); err != nil {
			return answer, err
		}
	}
	answer, err = u.cfg.Platform.CommitCase(ctx, e.Key)
	if err == nil && answer.State != platform.CaseReceived {
		err = &platform.TryLater{} // a page was lost on the way; the next attempt asks which
	}
	return answer, err
}

func (u *Uplink) upload(ctx context.Context, e queue.Entry, digest string) error {
	for _, p := range e.Pages {
		if p.Body.Hex() != digest {
			continue
		}
		f, size, err := u.cfg.Queue.OpenFile(p)
		if err != nil {
			return fmt.Errorf("cannot open a kept page: %w", err)
		}
		defer f.Close()
		return u.cfg.Platform.Upload(ctx, e.Key, digest, f, size)
	}
	return fmt.Errorf("cannot send a page that this case does not have")
}

func (u *Uplink) read(ref queue.FileRef) ([]byte, error) {
	f, _, err := u.cfg.Queue.OpenFile(ref)
	if err != nil {
		return nil, fmt.Errorf("cannot open a kept envelope: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("cannot read a kept envelope: %w", err)
	}
	return b, nil
}

// wait is exponential with full jitter; what the platform asks for comes first.
func (u *Uplink) wait(attempts int, err error) time.Duration {
	var later *platform.TryLater
	if errors.As(err, &later) && later.After > 0 {
		return later.After
	}
	top := u.cfg.MaxBackoff
	if attempts < 16 {
		top = min(top, u.cfg.Backoff<<(attempts-1))
	}
	return rand.N(top) + time.Millisecond
}

// errorCode is a stable code for the queue's list; no text from outside.
func errorCode(err error) string {
	var later *platform.TryLater
	var transport *platform.Transport
	var problem *platform.Problem
	switch {
	case errors.As(err, &later):
		return "try-later"
	case errors.As(err, &transport):
		return "no-answer"
	case errors.As(err, &problem):
		return "problem-" + problem.Code
	}
	return "local-fault"
}
