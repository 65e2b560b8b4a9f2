package queue

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"kiosk/device/sealed"
)

// draft is a case before it is kept.
type draft struct {
	mu    sync.Mutex // held over each call on the draft
	key   string
	made  int // parts ever made, for their names
	pages []*part
	gone  bool

	// How far Keep has come; it may be called again after an error.
	sequence int
	at       time.Time
	given    sealed.Digest // of what Keep was given
	envelope *part         // once all parts are finished and synced
	broken   error         // a sync failed: what the disk holds is not known, only Drop is left
}

// part is one sealed file of a draft in all folders.
type part struct {
	files  copies
	paths  []string // where each copy lies now
	placed []bool   // has its final name
	w      *sealed.Writer
	body   sealed.Body
	plain  sealed.Digest
	size   int64 // of the plaintext
}

// Begin opens room for a draft. Beginning again what is begun or kept does nothing.
func (q *Queue) Begin(key string) error {
	if !sealed.ValidCase(key) {
		return fmt.Errorf("cannot begin a draft: bad key")
	}
	q.writing.Lock()
	defer q.writing.Unlock()
	q.mu.Lock()
	_, kept := q.entries[key]
	_, begun := q.drafts[key]
	closed := q.closed
	q.mu.Unlock()
	if closed {
		return fmt.Errorf("cannot begin a draft: %w", ErrClosed)
	}
	if kept || begun {
		return nil
	}
	for _, folder := range q.cfg.Folders {
		if err := q.disk.mkdir(filepath.Join(folder, draftsDir, key)); err != nil && !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("cannot begin a draft: %w", err)
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drafts[key] = &draft{key: key}
	return nil
}

// AddPage seals one page from its first byte on, and returns digest and size of its bytes in clear. The page is not durable before
// Keep. It must not be empty; beyond MaxPage or MaxPages the error wraps ErrTooLarge. After an error the page is not there.
func (q *Queue) AddPage(key string, page io.Reader) (sealed.Digest, int64, error) {
	d, err := q.draft(key)
	if err != nil {
		return sealed.Digest{}, 0, fmt.Errorf("cannot add a page: %w", err)
	}
	defer d.mu.Unlock()
	switch {
	case d.sequence > 0:
		return sealed.Digest{}, 0, errors.New("cannot add a page: keeping has begun")
	case len(d.pages) == MaxPages:
		return sealed.Digest{}, 0, fmt.Errorf("cannot add a page: %w: %d pages", ErrTooLarge, MaxPages)
	}
	p, err := q.seal(d, page)
	if err != nil {
		return sealed.Digest{}, 0, fmt.Errorf("cannot add a page: %w", err)
	}
	if p.size == 0 {
		err = errors.New("it is empty")
	} else {
		// Not for durability: Keep syncs again, after the head. But it has then little left to wait for, and a disk that
		// cannot hold the page says so while the person can still be helped.
		err = syncFiles(p.files)
	}
	if err != nil {
		q.scrap(p)
		return sealed.Digest{}, 0, fmt.Errorf("cannot add a page: %w", err)
	}
	d.pages = append(d.pages, p)
	return p.plain, p.size, nil
}

// DropPage forgets a page by the digest that AddPage returned: its key first, then its file. Of equal pages the last one goes.
func (q *Queue) DropPage(key string, digest sealed.Digest) error {
	d, err := q.draft(key)
	if err != nil {
		return fmt.Errorf("cannot drop a page: %w", err)
	}
	defer d.mu.Unlock()
	if d.sequence > 0 {
		return errors.New("cannot drop a page: keeping has begun")
	}
	for i := len(d.pages) - 1; i >= 0; i-- {
		if d.pages[i].plain == digest {
			q.scrap(d.pages[i])
			d.pages = append(d.pages[:i], d.pages[i+1:]...)
			return nil
		}
	}
	return errors.New("cannot drop a page: no such page")
}

// Drop forgets a draft, keys first, then files; also one that Keep failed on. Dropping what was kept or never begun does nothing.
func (q *Queue) Drop(key string) {
	q.writing.Lock() // a Keep under way decides first
	defer q.writing.Unlock()
	q.mu.Lock()
	d := q.drafts[key]
	delete(q.drafts, key)
	q.mu.Unlock()
	if d != nil {
		q.discard(d)
	}
}

// draft returns a draft, locked.
func (q *Queue) draft(key string) (*draft, error) {
	q.mu.Lock()
	d := q.drafts[key]
	q.mu.Unlock()
	if d == nil {
		return nil, ErrNoDraft
	}
	d.mu.Lock()
	if d.gone {
		d.mu.Unlock()
		return nil, ErrNoDraft
	}
	return d, nil
}

// discard takes a draft apart. The envelope goes first and for good, so that no crash makes a case of what was dropped.
// Errors are not told: what stays is noise, and the next Open removes it.
func (q *Queue) discard(d *draft) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone = true
	for _, p := range d.pages {
		p.w.Drop()
	}
	if d.envelope != nil {
		// A commit that failed may have reached the disk all the same.
		_ = q.commit(func(tx *bolt.Tx) error { return deleteEntry(tx, d.key) })
		q.scrap(d.envelope)
		for _, folder := range q.cfg.Folders {
			_ = q.disk.syncDir(filepath.Join(folder, casesDir))
		}
	}
	for _, p := range d.pages {
		q.scrap(p)
	}
	q.removeRoom(d.key)
}

// removeRoom removes a draft's folders, which are empty by now.
func (q *Queue) removeRoom(key string) {
	for _, folder := range q.cfg.Folders {
		_ = q.disk.remove(filepath.Join(folder, draftsDir, key))
	}
}

// seal writes one part of a draft, all but its head.
func (q *Queue) seal(d *draft, plain io.Reader) (*part, error) {
	d.made++
	p := &part{placed: make([]bool, len(q.cfg.Folders))}
	for _, folder := range q.cfg.Folders {
		path := filepath.Join(folder, draftsDir, d.key, fmt.Sprintf("%03d", d.made))
		f, err := q.disk.create(path)
		if err != nil {
			q.scrap(p)
			return nil, err
		}
		p.files, p.paths = append(p.files, f), append(p.paths, path)
	}
	var err error
	if p.w, err = sealed.Create(p.files); err != nil {
		q.scrap(p)
		return nil, err
	}
	buf := make([]byte, sealed.ChunkSize)
	defer clear(buf) // plaintext
	if _, err := io.CopyBuffer(p.w, io.LimitReader(plain, MaxPage+1), buf); err != nil {
		q.scrap(p)
		return nil, err
	}
	if p.body, err = p.w.Close(); err != nil {
		q.scrap(p)
		return nil, err
	}
	p.plain, p.size = p.w.Plain()
	return p, nil
}

// scrap forgets a part: key first, then files.
func (q *Queue) scrap(p *part) {
	if p.w != nil {
		p.w.Drop()
	}
	p.files.close()
	for _, path := range p.paths {
		_ = q.disk.remove(path)
	}
}
