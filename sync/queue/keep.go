package queue

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"kiosk/device/sealed"
)

// Keep makes a draft a kept case. note is signed and stays with the files, in clear; it must not be personal. When Keep returns without error, files, folders and bbolt have been fsynced in all folders, and the entry's number
// stands for ever. The same key again returns the same entry.
//
// After an error the case is not kept. Keep may be called again with the same envelope and note, or Drop. If the process ends
// instead, the next Open decides by what the disk holds; Find tells. An error that wraps ErrUncertain leaves only Drop.
func (q *Queue) Keep(key string, envelope, note []byte) (Entry, error) {
	e, err := q.keep(key, envelope, note)
	if err != nil {
		return Entry{}, fmt.Errorf("cannot keep a case: %w", err)
	}
	return e, nil
}

func (q *Queue) keep(key string, envelope, note []byte) (Entry, error) {
	q.writing.Lock()
	defer q.writing.Unlock()
	if e, ok := q.Find(key); ok {
		return e, nil
	}
	if len(envelope) > MaxEnvelope || len(note) > MaxNote {
		return Entry{}, fmt.Errorf("envelope or note: %w", ErrTooLarge)
	}
	d, err := q.draft(key)
	if err != nil {
		return Entry{}, err
	}
	defer d.mu.Unlock()
	if d.broken != nil {
		return Entry{}, d.broken
	}
	if err := q.prepare(d, envelope, note); err != nil {
		return Entry{}, err
	}
	if err := q.place(d); err != nil {
		return Entry{}, err
	}
	e := q.entry(d, note)
	if err := q.commit(func(tx *bolt.Tx) error {
		if err := putEntry(tx, e); err != nil {
			return err
		}
		return putNext(tx, e.Epoch, e.Sequence+1)
	}); err != nil {
		return Entry{}, err
	}

	d.gone = true
	for _, p := range append(d.pages, d.envelope) {
		p.w.Drop()
		p.files.close()
	}
	q.removeRoom(key)
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.drafts, key)
	q.remember(e)
	q.signal()
	return e.clone(), nil
}

// prepare finishes all parts with their heads, the pages first, and syncs them, still under their draft names.
func (q *Queue) prepare(d *draft, envelope, note []byte) error {
	given := digest(envelope, note)
	if d.envelope != nil {
		if given != d.given {
			return fmt.Errorf("it was begun with another envelope or note")
		}
		return nil
	}
	if d.sequence == 0 {
		if err := q.takeNumber(d); err != nil {
			return err
		}
	}
	head := sealed.Header{Terminal: q.cfg.Terminal, Epoch: q.cfg.Epoch, Sequence: d.sequence, Case: d.key, Kind: sealed.Page, At: d.at}
	var bodies []sealed.Digest
	for _, p := range d.pages {
		if err := p.w.Finish(head, q.cfg.Recipients, q.cfg.Signer); err != nil {
			return err
		}
		bodies = append(bodies, p.body.Digest)
	}
	env, err := q.seal(d, bytes.NewReader(envelope))
	if err != nil {
		return err
	}
	head.Kind, head.Pages, head.Note = sealed.Envelope, bodies, note
	if err := env.w.Finish(head, q.cfg.Recipients, q.cfg.Signer); err != nil {
		q.scrap(env)
		return err
	}
	files := slices.Clone(env.files)
	for _, p := range d.pages {
		files = append(files, p.files...)
	}
	if err := syncFiles(files); err != nil {
		q.scrap(env)
		d.broken = fmt.Errorf("%w: %w", ErrUncertain, err) // asked again, the kernel may say yes though the bytes are lost
		return d.broken
	}
	d.envelope, d.given = env, given
	return nil
}

// place gives the parts their final names, in each folder the envelope last, and syncs the folders.
func (q *Queue) place(d *draft) error {
	for i, folder := range q.cfg.Folders {
		for n, p := range d.pages {
			if err := q.rename(p, i, filepath.Join(folder, casesDir, pageName(d.key, n))); err != nil {
				return err
			}
		}
		if err := q.rename(d.envelope, i, filepath.Join(folder, casesDir, envelopeName(d.key))); err != nil {
			return err
		}
	}
	for _, folder := range q.cfg.Folders {
		if err := q.disk.syncDir(filepath.Join(folder, casesDir)); err != nil {
			d.broken = fmt.Errorf("%w: %w", ErrUncertain, err)
			return d.broken
		}
	}
	return nil
}

func (q *Queue) rename(p *part, i int, to string) error {
	if p.placed[i] {
		return nil
	}
	if err := q.disk.rename(p.paths[i], to); err != nil {
		return err
	}
	p.paths[i], p.placed[i] = to, true
	return nil
}

// takeNumber gives the draft its sequence. A number once given is not given again while the process lives, kept or not.
func (q *Queue) takeNumber(d *draft) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.next > MaxSequence {
		return ErrNumbers
	}
	d.sequence, d.at = q.next, q.cfg.Now().UTC().Truncate(time.Second)
	q.next++
	return nil
}

func (q *Queue) entry(d *draft, note []byte) Entry {
	e := Entry{Key: d.key, Terminal: q.cfg.Terminal, Epoch: q.cfg.Epoch, Sequence: d.sequence, KeptAt: d.at,
		Note: slices.Clone(note), State: Kept,
		Envelope: d.envelope.ref(envelopeName(d.key))}
	for i, p := range d.pages {
		e.Pages = append(e.Pages, p.ref(pageName(d.key, i)))
	}
	return e
}

func (p *part) ref(name string) FileRef {
	return FileRef{Name: name, Size: sealed.HeadSize + p.body.Size, Body: p.body.Digest}
}

// remember takes an entry into memory. mu is held, or nobody else knows q yet.
func (q *Queue) remember(e Entry) {
	q.entries[e.Key] = e
	if e.Terminal == q.cfg.Terminal {
		q.numbers[number{e.Epoch, e.Sequence}] = e.Key
	}
}

// digest is over the parts and their lengths. It stays in memory.
func digest(parts ...[]byte) sealed.Digest {
	h := sha256.New()
	for _, p := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(p))))
		h.Write(p)
	}
	return sealed.Digest(h.Sum(nil))
}
