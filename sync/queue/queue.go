// Package queue keeps what citizens handed in until the platform has it, and remembers in which order to offer it.
//
// Sealed files (kiosk/device/sealed) are the truth: one per page and one per envelope, the same in each of the folders.
// A bbolt file is the queue over them: order, attempts, due times, answers. If it is lost it is built again from the files.
// The queue knows bytes, keys, order and attempts. It does not know what a case is, and it cannot read what it keeps.
//
//	FOLDER/drafts/KEY/001 …      pages of a draft, sealed from the first byte; their keys are in memory only
//	FOLDER/cases/KEY.001.page …  pages of a kept case
//	FOLDER/cases/KEY.envelope    its envelope; this file's presence is what makes the case kept
//	STATE/queue.db               bbolt; buckets.go says what is in it
//	STATE/queue.lock             locked while a process has the queue open
//
// Keep answers only when file, folder and bbolt have been fsynced. Killed or without power at any point before, the next Open
// finds the case whole or not at all. One process at a time.
//
// Keys are 32 hex digits. No method waits for anything but the disk, Await excepted. A Queue is safe for concurrent use.
package queue

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"

	"kiosk/device/sealed"
)

// Bounds.
const (
	MaxPage     = sealed.MaxPlain // bytes in clear
	MaxPages    = sealed.MaxPages // of one case
	MaxEnvelope = 4 << 20         // bytes in clear
	MaxNote     = sealed.MaxNote
	MaxResult   = 4 << 10
	MaxMark     = 4 << 10
	MaxSequence = 999999
)

// Errors that a caller acts on.
var (
	ErrNoDraft   = errors.New("no such draft")
	ErrNoEntry   = errors.New("no such entry")
	ErrTooLarge  = sealed.ErrTooLarge
	ErrNumbers   = errors.New("local numbers of this epoch are used up")
	ErrDamaged   = errors.New("kept file is missing or damaged")
	ErrLocked    = errors.New("another process has the queue")
	ErrClosed    = errors.New("queue is closed")
	ErrUncertain = errors.New("disk did not confirm what was written")
)

// Config says where the queue lives and who seals for whom.
type Config struct {
	State      string   // folder of the bbolt file
	Folders    []string // each holds all sealed files
	Terminal   string   // six digits
	Epoch      int      // 1..99
	Recipients []sealed.Recipient
	Signer     sealed.Signer
	Earlier    []crypto.PublicKey // keys of this terminal before Signer's; they verify, they never sign
	Now        func() time.Time   // nil: time.Now
}

// Queue is an open queue.
type Queue struct {
	cfg  Config
	disk disk
	db   *bolt.DB
	lock *os.File

	writing sync.Mutex // held over a Keep or any change of bbolt; taken before mu

	mu      sync.Mutex
	entries map[string]Entry
	numbers map[number]string // → key, of this terminal
	drafts  map[string]*draft
	next    int // sequence of the next case
	mark    []byte
	changed chan struct{} // closed and replaced at each change
	closed  bool
}

// number is a local number without its terminal.
type number struct{ epoch, sequence int }

// Open opens the queue, mends what a crash left, and says in the report what it found. It reads the head of every kept file.
// Damage to kept files is no error; wrong configuration, another process's lock and a folder that cannot be read are.
func Open(cfg Config) (*Queue, Report, error) { return open(cfg, disk{}) }

func open(cfg Config, d disk) (*Queue, Report, error) {
	if err := cfg.check(); err != nil {
		return nil, Report{}, fmt.Errorf("cannot open the queue: %w", err)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	q := &Queue{cfg: cfg, disk: d, entries: map[string]Entry{}, numbers: map[number]string{}, drafts: map[string]*draft{},
		changed: make(chan struct{})}
	report, err := q.recover()
	if err != nil {
		_ = q.release()
		return nil, report, fmt.Errorf("cannot open the queue: %w", err)
	}
	return q, report, nil
}

func (c Config) check() error {
	switch {
	case c.State == "" || len(c.Folders) == 0 || slices.Contains(c.Folders, ""):
		return errors.New("folders are not named")
	case len(c.Terminal) != 6:
		return fmt.Errorf("terminal %q is not six digits", c.Terminal)
	case c.Epoch < 1 || c.Epoch > 99:
		return fmt.Errorf("epoch %d is not within 1 to 99", c.Epoch)
	case len(c.Recipients) < 1 || len(c.Recipients) > sealed.MaxRecipients:
		return fmt.Errorf("%d recipients are not within 1 to %d", len(c.Recipients), sealed.MaxRecipients)
	case c.Signer.Key == nil:
		return errors.New("no key to sign with")
	}
	seen := map[string]bool{}
	for _, f := range c.Folders {
		if seen[filepath.Clean(f)] {
			return fmt.Errorf("folder %q is named twice", f)
		}
		seen[filepath.Clean(f)] = true
	}
	return nil
}

// Close waits for calls under way, drops all drafts and closes the bbolt file.
func (q *Queue) Close() error {
	q.writing.Lock()
	defer q.writing.Unlock()
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return nil
	}
	var drafts []*draft
	for _, d := range q.drafts {
		drafts = append(drafts, d)
	}
	clear(q.drafts)
	q.mu.Unlock()
	for _, d := range drafts {
		q.discard(d)
	}
	q.mu.Lock()
	q.closed = true
	q.signal()
	q.mu.Unlock()
	if err := q.release(); err != nil {
		return fmt.Errorf("cannot close the queue: %w", err)
	}
	return nil
}

// release closes bbolt and gives the lock back.
func (q *Queue) release() error {
	var errs []error
	if q.db != nil {
		errs = append(errs, q.db.Close())
	}
	if q.lock != nil {
		// Said aloud, because a child being started just now may hold the same open file for a moment.
		errs = append(errs, syscall.Flock(int(q.lock.Fd()), syscall.LOCK_UN), q.lock.Close())
	}
	return errors.Join(errs...)
}

// Find returns the entry of a key.
func (q *Queue) Find(key string) (Entry, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e, ok := q.entries[key]
	return e.clone(), ok
}

// BySequence returns the entry of a local number of this terminal.
func (q *Queue) BySequence(epoch, sequence int) (Entry, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e, ok := q.entries[q.numbers[number{epoch, sequence}]]
	return e.clone(), ok
}

// Entries returns all entries in the order in which they were kept.
func (q *Queue) Entries() []Entry {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := make([]Entry, 0, len(q.entries))
	for _, e := range q.entries {
		all = append(all, e.clone())
	}
	slices.SortFunc(all, Entry.compare)
	return all
}

// Next returns the entry to offer now: of those that are Kept and due, the one that has been due longest; among equals, the
// one kept first.
func (q *Queue) Next(now time.Time) (Entry, bool) {
	e, ok := q.first()
	if !ok || e.Due.After(now) {
		return Entry{}, false
	}
	return e, true
}

// NextDue is when Next will have an entry; false while nothing waits. The zero time means at once.
func (q *Queue) NextDue() (time.Time, bool) {
	e, ok := q.first()
	return e.Due, ok
}

func (q *Queue) first() (Entry, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var best Entry
	found := false
	for _, e := range q.entries {
		if e.State != Kept {
			continue
		}
		if !found || e.Due.Before(best.Due) || e.Due.Equal(best.Due) && e.compare(best) < 0 {
			best, found = e, true
		}
	}
	return best.clone(), found
}

// Update changes what may change of an entry: State, Attempts, Due, LastError, Result, Outcome. It is on disk when Update
// returns. If change returns an error nothing is changed and Update returns it.
func (q *Queue) Update(key string, change func(*Entry) error) error {
	q.writing.Lock()
	defer q.writing.Unlock()
	old, ok := q.Find(key)
	if !ok {
		return fmt.Errorf("cannot update %q: %w", key, ErrNoEntry)
	}
	asked := old.clone()
	if err := change(&asked); err != nil {
		return err
	}
	e := old
	e.State, e.Attempts, e.Due, e.LastError = asked.State, asked.Attempts, asked.Due, asked.LastError
	e.Result, e.Outcome = asked.Result, asked.Outcome
	if err := e.check(); err != nil {
		return fmt.Errorf("cannot update %q: %w", key, err)
	}
	if err := q.commit(func(tx *bolt.Tx) error { return putEntry(tx, e) }); err != nil {
		return fmt.Errorf("cannot update %q: %w", key, err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.entries[key] = e.clone()
	q.signal()
	return nil
}

// SetOutcome stores what is known of the paper that tells the citizen the number.
func (q *Queue) SetOutcome(key, outcome string) error {
	return q.Update(key, func(e *Entry) error { e.Outcome = outcome; return nil })
}

// Changed returns a channel that is closed at the next change of any entry, and when the queue closes. Ask for it before
// looking, then nothing is missed.
func (q *Queue) Changed() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.changed
}

// Await blocks until the entry of key exists and done says so, or ctx ends, or the queue closes (ErrClosed).
func (q *Queue) Await(ctx context.Context, key string, done func(Entry) bool) (Entry, error) {
	for {
		changed := q.Changed()
		if e, ok := q.Find(key); ok && done(e) {
			return e, nil
		}
		if q.isClosed() {
			return Entry{}, fmt.Errorf("cannot await %q: %w", key, ErrClosed)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Entry{}, ctx.Err()
		}
	}
}

// signal wakes all who wait. mu is held.
func (q *Queue) signal() {
	close(q.changed)
	q.changed = make(chan struct{})
}

func (q *Queue) isClosed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}

// OpenFile opens a kept file, head and body as they lie, and says how many bytes that is. The first folder whose copy has the
// right size serves. The error wraps ErrDamaged if none has. The caller closes it.
func (q *Queue) OpenFile(ref FileRef) (*os.File, int64, error) {
	if !fileName(ref.Name) {
		return nil, 0, fmt.Errorf("cannot open a kept file: bad name %q", ref.Name)
	}
	var reasons []error
	for _, folder := range q.cfg.Folders {
		f, err := os.Open(filepath.Join(folder, casesDir, ref.Name))
		if err != nil {
			reasons = append(reasons, err)
			continue
		}
		if info, err := f.Stat(); err != nil || info.Size() != ref.Size {
			_ = f.Close()
			reasons = append(reasons, fmt.Errorf("size is not %d", ref.Size))
			continue
		}
		return f, ref.Size, nil
	}
	return nil, 0, fmt.Errorf("cannot open %q: %w: %w", ref.Name, ErrDamaged, errors.Join(reasons...))
}

// PutMark stores one small record that is nobody's entry. It is on disk when PutMark returns.
func (q *Queue) PutMark(mark []byte) error {
	if len(mark) > MaxMark {
		return fmt.Errorf("cannot store the mark: %w", ErrTooLarge)
	}
	return q.setMark(slices.Clone(mark))
}

// ClearMark removes the mark.
func (q *Queue) ClearMark() error { return q.setMark(nil) }

// Mark returns the mark, if there is one.
func (q *Queue) Mark() ([]byte, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.mark), q.mark != nil
}

func (q *Queue) setMark(mark []byte) error {
	q.writing.Lock()
	defer q.writing.Unlock()
	if err := q.commit(func(tx *bolt.Tx) error { return putMark(tx, mark) }); err != nil {
		return fmt.Errorf("cannot store the mark: %w", err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.mark = mark
	return nil
}

// commit runs one bbolt transaction, which is on disk when commit returns. writing is held.
func (q *Queue) commit(change func(*bolt.Tx) error) error {
	if q.isClosed() {
		return ErrClosed
	}
	return q.disk.commit(q.db, change)
}
