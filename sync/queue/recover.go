package queue

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	bolt "go.etcd.io/bbolt"

	"kiosk/device/sealed"
)

// Report says what Open found and did. All zero after a clean stop.
type Report struct {
	Rebuilt bool      // the bbolt file was damaged, put aside and built again: answers and attempts are lost
	Lost    int       // records in bbolt whose checksum was wrong; cases among them are in Adopted
	Adopted []string  // keys of cases that were whole on disk and not in bbolt; they wait to be offered again
	Mended  []string  // files that were copied from one folder to another
	Damaged []Problem // kept files that no folder has whole, and envelopes that belong to nothing. They are left as they are.
	Removed int       // drafts, and pages without an envelope
}

// Problem is one damaged file.
type Problem struct {
	Key  string
	File string
	Err  error
}

// recover opens bbolt and compares it with the files. Nobody else knows q yet.
func (q *Queue) recover() (Report, error) {
	var r Report
	if err := q.disk.folder(q.cfg.State); err != nil {
		return r, err
	}
	if err := q.takeLock(); err != nil {
		return r, err
	}
	for _, folder := range q.cfg.Folders {
		for _, path := range []string{folder, filepath.Join(folder, casesDir), filepath.Join(folder, draftsDir)} {
			if err := q.disk.folder(path); err != nil {
				return r, err
			}
		}
	}
	rec, err := q.openRecords(&r)
	if err != nil {
		return r, err
	}
	names, err := q.list()
	if err != nil {
		return r, err
	}
	if err := q.removeDrafts(&r); err != nil {
		return r, err
	}

	q.mark, q.next = rec.mark, max(1, rec.next)
	var changed []Entry
	for _, key := range slices.Sorted(maps.Keys(rec.entries)) {
		e := rec.entries[key]
		switch whole := q.checkFiles(e, &r); {
		case !whole && e.State == Kept:
			e.State = Damaged
			changed = append(changed, e)
		case whole && e.State == Damaged:
			e.State = Kept // a folder is back; offering twice does no harm
			changed = append(changed, e)
		}
		q.remember(e)
		q.skip(e.Terminal, e.Epoch, e.Sequence)
	}
	for _, key := range slices.Sorted(maps.Keys(names)) {
		if _, ok := q.entries[key]; ok {
			continue
		}
		if hasEnvelope := names[key]; !hasEnvelope {
			q.removePages(key, &r)
			continue
		}
		if e, ok := q.adopt(key, &r); ok {
			changed = append(changed, e)
			q.remember(e)
			r.Adopted = append(r.Adopted, key)
		}
	}
	if len(changed) == 0 && len(rec.bad) == 0 && q.next == rec.next {
		return r, nil
	}
	return r, q.commit(func(tx *bolt.Tx) error {
		for _, p := range rec.bad {
			if err := remove(tx, p); err != nil {
				return err
			}
		}
		for _, e := range changed {
			if err := putEntry(tx, e); err != nil {
				return err
			}
		}
		return putNext(tx, q.cfg.Epoch, q.next)
	})
}

// takeLock makes this process the only one. The kernel gives the lock back when the process ends, however it ends.
func (q *Queue) takeLock() error {
	f, err := os.OpenFile(filepath.Join(q.cfg.State, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return fmt.Errorf("%w: %w", ErrLocked, err)
	}
	q.lock = f
	return nil
}

// openRecords opens bbolt, in place of a damaged file a new one.
func (q *Queue) openRecords(r *Report) (records, error) {
	path := filepath.Join(q.cfg.State, dbName)
	db, rec, err := openDB(path, q.cfg.Epoch)
	if errors.Is(err, errDatabase) {
		r.Rebuilt = true
		if err := q.disk.aside(q.cfg.State); err != nil {
			return rec, err
		}
		db, rec, err = openDB(path, q.cfg.Epoch)
	}
	if err != nil {
		return rec, err
	}
	q.db = db
	r.Lost = len(rec.bad)
	return rec, q.disk.syncDir(q.cfg.State)
}

// skip makes sure that a sequence seen anywhere is not given again.
func (q *Queue) skip(terminal string, epoch, sequence int) {
	if terminal == q.cfg.Terminal && epoch == q.cfg.Epoch {
		q.next = max(q.next, sequence+1)
	}
}

// list names the keys in the folders of cases and says whether some folder has the key's envelope. Half-made copies are
// removed, strange names left alone.
func (q *Queue) list() (map[string]bool, error) {
	all := map[string]bool{}
	for _, folder := range q.cfg.Folders {
		dir := filepath.Join(folder, casesDir)
		files, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			name := f.Name()
			if whole, ok := strings.CutSuffix(name, mending); ok && fileName(whole) {
				if err := q.disk.remove(filepath.Join(dir, name)); err != nil {
					return nil, err
				}
				continue
			}
			if !fileName(name) {
				continue
			}
			key, _, _ := strings.Cut(name, ".")
			all[key] = all[key] || name == envelopeName(key)
		}
	}
	return all, nil
}

// removeDrafts removes what drafts left. Their keys are gone; nobody can read them.
func (q *Queue) removeDrafts(r *Report) error {
	for _, folder := range q.cfg.Folders {
		dir := filepath.Join(folder, draftsDir)
		drafts, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, d := range drafts {
			if !sealed.ValidCase(d.Name()) {
				continue
			}
			parts, err := os.ReadDir(filepath.Join(dir, d.Name()))
			if err != nil {
				return err
			}
			for _, p := range parts {
				if err := q.disk.remove(filepath.Join(dir, d.Name(), p.Name())); err != nil {
					return err
				}
			}
			if err := q.disk.remove(filepath.Join(dir, d.Name())); err != nil {
				return err
			}
			r.Removed++
		}
	}
	return nil
}

// removePages removes the pages of a case that never got its envelope: Keep did not return for it.
func (q *Queue) removePages(key string, r *Report) {
	for _, folder := range q.cfg.Folders {
		for i := range MaxPages {
			if q.disk.remove(filepath.Join(folder, casesDir, pageName(key, i))) == nil {
				r.Removed++
			}
		}
	}
}

// checkFiles looks at head and size of each file of an entry in each folder, mends what it can, and reports whether some
// folder has each file.
func (q *Queue) checkFiles(e Entry, r *Report) bool {
	whole := true
	for _, ref := range e.Files() { // the envelope last, so that a mended folder has its commit point last, too
		var good, bad []string
		var reasons []error
		for _, folder := range q.cfg.Folders {
			path := filepath.Join(folder, casesDir, ref.Name)
			if _, err := q.readHead(path, e.Key, ref); err != nil {
				bad, reasons = append(bad, path), append(reasons, err)
			} else {
				good = append(good, path)
			}
		}
		if len(good) == 0 {
			whole = false
			r.Damaged = append(r.Damaged, Problem{e.Key, ref.Name, errors.Join(reasons...)})
			continue
		}
		for _, path := range bad {
			if err := q.mend(good, path, e.Key); err != nil {
				r.Damaged = append(r.Damaged, Problem{e.Key, path, err})
				continue
			}
			r.Mended = append(r.Mended, path)
		}
	}
	return whole
}

// readHead reads and verifies the head of a file, and that it is the one that ref names. A ref with size 0 is not compared.
func (q *Queue) readHead(path, key string, ref FileRef) (sealed.Header, error) {
	f, err := os.Open(path)
	if err != nil {
		return sealed.Header{}, err
	}
	defer f.Close()
	return q.verify(f, key, ref)
}

func (q *Queue) verify(f *os.File, key string, ref FileRef) (sealed.Header, error) {
	info, err := f.Stat()
	if err != nil {
		return sealed.Header{}, err
	}
	head, err := sealed.ReadHead(f)
	if err != nil {
		return sealed.Header{}, err
	}
	h, err := head.Verify(q.cfg.Signer.Key.Public())
	for _, earlier := range q.cfg.Earlier {
		if err != nil {
			h, err = head.Verify(earlier)
		}
	}
	switch {
	case err != nil:
		return sealed.Header{}, err
	case h.Case != key:
		return sealed.Header{}, fmt.Errorf("%w: it belongs to another case", ErrDamaged)
	case info.Size() != sealed.HeadSize+h.Size:
		return sealed.Header{}, fmt.Errorf("%w: %d bytes, %d expected", ErrDamaged, info.Size(), sealed.HeadSize+h.Size)
	case ref.Size != 0 && (ref.Size != info.Size() || ref.Body != h.Body):
		return sealed.Header{}, fmt.Errorf("%w: it is not the file that was kept", ErrDamaged)
	}
	return h, nil
}

// adopt makes an entry of files that bbolt does not know: every head verifies, every body is the one its head names. What is not
// whole is reported and left, because an envelope may have been acknowledged.
func (q *Queue) adopt(key string, r *Report) (Entry, bool) {
	fail := func(name string, err error) (Entry, bool) {
		r.Damaged = append(r.Damaged, Problem{key, name, err})
		return Entry{}, false
	}
	env, envRef, err := q.readWhole(key, envelopeName(key))
	if err != nil {
		return fail(envelopeName(key), err)
	}
	q.skip(env.Terminal, env.Epoch, env.Sequence)
	if other, taken := q.numbers[number{env.Epoch, env.Sequence}]; taken && env.Terminal == q.cfg.Terminal {
		return fail(envRef.Name, fmt.Errorf("its number belongs to %s", other))
	}
	if env.Kind != sealed.Envelope {
		return fail(envRef.Name, fmt.Errorf("%w: it is not an envelope", ErrDamaged))
	}
	e := Entry{Key: key, Terminal: env.Terminal, Epoch: env.Epoch, Sequence: env.Sequence, KeptAt: env.At,
		Note: env.Note, State: Kept, Envelope: envRef}
	for i := range env.Pages {
		page, ref, err := q.readWhole(key, pageName(key, i))
		if err == nil {
			err = env.CheckPage(i, page)
		}
		if err != nil {
			return fail(pageName(key, i), err)
		}
		e.Pages = append(e.Pages, ref)
	}
	if !q.checkFiles(e, r) {
		return Entry{}, false
	}
	// The process may have ended between rename and sync: no record may stand on names that can still vanish.
	for _, folder := range q.cfg.Folders {
		if err := q.disk.syncDir(filepath.Join(folder, casesDir)); err != nil {
			return fail(envRef.Name, err)
		}
	}
	return e, true
}

// readWhole verifies head and body of a file in the first folder where both are right.
func (q *Queue) readWhole(key, name string) (sealed.Header, FileRef, error) {
	var reasons []error
	for _, folder := range q.cfg.Folders {
		h, err := q.readBody(filepath.Join(folder, casesDir, name), key)
		if err == nil {
			return h, FileRef{Name: name, Size: sealed.HeadSize + h.Size, Body: h.Body}, nil
		}
		reasons = append(reasons, err)
	}
	return sealed.Header{}, FileRef{}, errors.Join(reasons...)
}

func (q *Queue) readBody(path, key string) (sealed.Header, error) {
	f, err := os.Open(path)
	if err != nil {
		return sealed.Header{}, err
	}
	defer f.Close()
	h, err := q.verify(f, key, FileRef{})
	if err != nil {
		return sealed.Header{}, err
	}
	return h, sealed.CheckBody(h, f)
}

// Check reads all files of an entry, in each folder, and says whether all are what was kept. Its errors wrap ErrDamaged.
func (q *Queue) Check(key string) error {
	e, ok := q.Find(key)
	if !ok {
		return fmt.Errorf("cannot check %q: %w", key, ErrNoEntry)
	}
	for _, ref := range e.Files() {
		for _, folder := range q.cfg.Folders {
			path := filepath.Join(folder, casesDir, ref.Name)
			h, err := q.readBody(path, key)
			if err == nil && h.Body != ref.Body {
				err = errors.New("it is not the file that was kept")
			}
			if err != nil {
				return fmt.Errorf("cannot vouch for %q: %w: %w", path, ErrDamaged, err)
			}
		}
	}
	return nil
}

// mend puts a whole copy of a file, one of from, in place of a missing or damaged one: under another name, synced, renamed,
// folder synced.
func (q *Queue) mend(from []string, to, key string) error {
	var src *os.File
	var reasons []error
	for _, path := range from {
		_, err := q.readBody(path, key)
		if err == nil {
			src, err = os.Open(path)
		}
		if err == nil {
			break
		}
		reasons = append(reasons, err)
	}
	if src == nil {
		return errors.Join(reasons...)
	}
	defer src.Close()
	dst, err := q.disk.create(to + mending)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	if err == nil {
		err = q.disk.syncFile(dst)
	}
	if closeErr := dst.f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = q.disk.rename(to+mending, to)
	}
	if err != nil {
		_ = q.disk.remove(to + mending)
		return err
	}
	return q.disk.syncDir(filepath.Dir(to))
}

// folder makes a folder if it is missing, and its name durable. The name is synced also when the folder is there: an earlier
// start may have ended in between.
func (d disk) folder(path string) error {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		if parent := filepath.Dir(path); parent != path {
			if _, err := os.Stat(parent); errors.Is(err, os.ErrNotExist) {
				if err := d.folder(parent); err != nil {
					return err
				}
			}
		}
		if err := d.mkdir(path); err != nil {
			return err
		}
	}
	return d.syncDir(filepath.Dir(path))
}
