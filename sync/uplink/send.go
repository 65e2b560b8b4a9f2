package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"time"

	"kiosk/device/casefile"
	"kiosk/sync/platform"
	"kiosk/sync/queue"
)

// Codes of failed attempts beside those of platform.Code, as Record.LastError shows them.
const (
	codeDamaged = "damaged"       // a kept file is missing or has another size; it may come back
	codeDisk    = "disk"          // a kept file cannot be read
	codeMissing = "pages-missing" // all pages are up, and the platform still misses one
	codeOther   = "other"
)

// longestWait bounds how far in the future a case may fall due. One that is due later was set by a clock that has been put back
// since, and does not wait for it.
const longestWait = 25 * time.Hour

// Run offers cases to the platform, one after another, until ctx ends. A case that fails waits by itself and lets the others
// pass; when nobody answers at all, all wait.
func (u *Uplink) Run(ctx context.Context) error {
	var q quiet
	online := false
	for ctx.Err() == nil {
		reach := u.cfg.Reach.Changed() // asked for before looking
		if now := u.cfg.Reach.Online(); now != online {
			if online = now; online {
				q.end()
				u.hurry()
			}
		}
		wait := time.Duration(-1)
		if e, at, ok := u.next(); ok {
			if wait = max(time.Until(at), time.Until(q.until)); wait <= 0 {
				u.attempt(ctx, e, &q)
				continue
			}
		}
		u.rest(ctx, wait, reach, &q)
	}
	return nil
}

// quiet is the time in which nobody is called.
type quiet struct {
	until  time.Time
	asked  bool // by the platform's Retry-After; then only time ends it
	silent int  // attempts in a row that found the platform away
}

// end ends it, unless the platform asked for it.
func (q *quiet) end() {
	if !q.asked {
		*q = quiet{}
	}
}

// next returns the case to offer and when it may be.
func (u *Uplink) next() (queue.Entry, time.Time, bool) {
	due, ok := u.cfg.Queue.NextDue()
	if !ok {
		return queue.Entry{}, due, false
	}
	e, ok := u.cfg.Queue.Next(due)
	if time.Until(e.Due) > longestWait {
		return e, time.Time{}, ok
	}
	return e, e.Due, ok
}

// rest waits for the next thing to do; a wait below zero has no end of its own.
func (u *Uplink) rest(ctx context.Context, wait time.Duration, reach <-chan struct{}, q *quiet) {
	var due <-chan time.Time
	if wait >= 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-due:
	case <-reach:
	case <-u.kept: // somebody stands here and waits for the answer
		q.end()
	}
}

// hurry brings forward what met with silence: the platform answers again. What it asked to wait, waits.
func (u *Uplink) hurry() {
	for _, e := range u.cfg.Queue.Entries() {
		if e.State != queue.Kept || e.LastError != platform.NoAnswer || time.Until(e.Due) <= u.cfg.Backoff {
			continue
		}
		err := u.cfg.Queue.Update(e.Key, func(e *queue.Entry) error { e.Due = time.Now().Add(u.wait(1, nil)); return nil })
		if err != nil {
			u.cfg.Log.Error("cannot bring a case forward", "err", err)
			return
		}
	}
}

// attempt offers one case once, stores what came of it, and says how long to be quiet.
func (u *Uplink) attempt(ctx context.Context, e queue.Entry, q *quiet) {
	answer, err := u.send(ctx, e)
	if err != nil && ctx.Err() != nil {
		return // a stop is not an attempt
	}
	if stored := u.settle(e, answer, err); stored != nil {
		// The case is still due. The disk needs care, not haste.
		u.cfg.Log.Error("cannot store the outcome of an attempt", "err", stored)
		u.cfg.Audit.Event("store-trouble", "code", "outcome")
		q.until, q.asked = time.Now().Add(u.cfg.MaxBackoff), false
		return
	}
	switch asked := platform.RetryAfter(err); {
	case asked > 0:
		q.until, q.asked = time.Now().Add(u.wait(1, err)), true
	case err != nil && !u.cfg.Reach.Online():
		q.silent++
		q.until, q.asked = time.Now().Add(u.wait(q.silent, nil)), false
	default:
		*q = quiet{}
	}
}

// settle stores what came of an attempt and tells it. Its error says that it could not be stored.
func (u *Uplink) settle(e queue.Entry, answer platform.CaseAnswer, tried error) error {
	before := e.LastError
	err := u.cfg.Queue.Update(e.Key, func(now *queue.Entry) (err error) {
		now.Attempts++
		now.LastError = code(tried)
		switch {
		case tried == nil:
			now.State, now.Due = string(casefile.Received), time.Time{}
			now.Result, err = json.Marshal(result{answer.PlatformNumber, time.Now().UTC().Truncate(time.Second)})
		case final(tried):
			now.State, now.Due = string(casefile.Refused), time.Time{}
		default:
			now.Due = time.Now().Add(u.wait(now.Attempts, tried))
		}
		e = *now
		return err
	})
	if err != nil {
		return err
	}
	r := u.record(e)
	switch r.State {
	case casefile.Received:
		u.cfg.Audit.Event("case-received", "number", string(r.Number), "attempts", fmt.Sprint(r.Attempts))
	case casefile.Refused:
		u.cfg.Audit.Event("case-refused", "number", string(r.Number), "code", r.LastError)
		u.cfg.Log.Error("platform refuses a case for ever", "number", r.Number, "code", r.LastError)
	default:
		u.cfg.Log.Info("case waits", "number", r.Number, "attempts", r.Attempts, "code", r.LastError, "err", tried)
		if (r.LastError == codeDamaged || r.LastError == codeDisk) && before != r.LastError {
			u.cfg.Audit.Event("store-trouble", "code", r.LastError)
		}
	}
	return nil
}

// final reports whether the platform will never take the case.
func final(err error) bool {
	var conflict *platform.Conflict
	return errors.As(err, new(*platform.Refused)) || errors.As(err, &conflict) && conflict.Code == platform.CodeKeyConflict
}

var errMissing = errors.New("platform still misses pages")

// code is a stable code for the queue's list; no text from outside. Of a page that could not be read the client only knows that
// its request broke off, so the disk is asked about first.
func code(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, queue.ErrDamaged):
		return codeDamaged
	case errors.As(err, new(*fs.PathError)):
		return codeDisk
	case errors.Is(err, errMissing):
		return codeMissing
	}
	if c := platform.Code(err); c != "" {
		return c
	}
	return codeOther
}

// send carries envelope, missing pages and commit. Every part may be repeated without harm.
func (u *Uplink) send(ctx context.Context, e queue.Entry) (platform.CaseAnswer, error) {
	envelope, err := u.read(e.Envelope)
	if err != nil {
		return platform.CaseAnswer{}, err
	}
	answer, err := u.cfg.Platform.PutCase(ctx, e.Key, envelope)
	if ctx.Err() == nil {
		u.cfg.Reach.Note(err) // here only: a long upload that is cut says little about who is there
	}
	if err != nil || answer.State == platform.CaseReceived {
		return answer, err
	}
	for _, p := range e.Pages {
		if !slices.Contains(answer.Missing, p.Body.Hex()) {
			continue
		}
		if err := u.upload(ctx, e.Key, p); err != nil {
			return answer, err
		}
	}
	answer, err = u.cfg.Platform.CommitCase(ctx, e.Key)
	if err == nil && answer.State != platform.CaseReceived {
		err = errMissing // the next attempt asks which
	}
	return answer, err
}

func (u *Uplink) upload(ctx context.Context, key string, page queue.FileRef) error {
	f, size, err := u.cfg.Queue.OpenFile(page)
	if err != nil {
		return fmt.Errorf("cannot send a page: %w", err)
	}
	defer f.Close()
	return u.cfg.Platform.Upload(ctx, key, page.Body.Hex(), f, size)
}

func (u *Uplink) read(ref queue.FileRef) ([]byte, error) {
	f, size, err := u.cfg.Queue.OpenFile(ref)
	if err != nil {
		return nil, fmt.Errorf("cannot send an envelope: %w", err)
	}
	defer f.Close()
	b := make([]byte, size)
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, fmt.Errorf("cannot read a kept envelope: %w", err)
	}
	return b, nil
}

// wait is the pause after so many attempts: exponential with full jitter. What the platform asks for comes first, and then as
// much jitter as after a first attempt, so that not all terminals are back at once.
func (u *Uplink) wait(attempts int, err error) time.Duration {
	asked := platform.RetryAfter(err)
	top := u.cfg.Backoff
	for range attempts - 1 {
		if asked > 0 || top >= u.cfg.MaxBackoff {
			break
		}
		top *= 2
	}
	return asked + time.Millisecond + rand.N(min(top, u.cfg.MaxBackoff))
}
