package queue

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tape records calls in order; a sync is recorded when the fsync itself is called, not when it is asked for.
type tape struct{ calls []call }

func (t *tape) disk() disk {
	return disk{
		before: func(c call) error {
			if c.op != "sync" && c.op != "syncdir" {
				t.calls = append(t.calls, c)
			}
			return nil
		},
		fsync: func(f *os.File) error {
			t.calls = append(t.calls, call{op: "fsync", path: f.Name()})
			return f.Sync()
		},
	}
}

// last is the place of the last call that fits, -1 without one.
func (t *tape) last(op, path string) int {
	for i := len(t.calls) - 1; i >= 0; i-- {
		if t.calls[i].op == op && t.calls[i].path == path {
			return i
		}
	}
	return -1
}

// TestKeepSyncsBeforeItReturns: data is fsynced after the last write and before the rename, folders after the renames, the
// envelope's name comes last in each folder, bbolt comes after all of it with its own fsync on, and Keep returns after that.
func TestKeepSyncsBeforeItReturns(t *testing.T) {
	var tp tape
	cfg := config(t.TempDir(), 2)
	q, _ := openTest(t, cfg, tp.disk())
	for _, folder := range cfg.Folders {
		for _, dir := range []string{filepath.Dir(folder), folder} {
			if made := tp.last("mkdir", filepath.Join(dir, casesDir)); tp.last("fsync", dir) < made || tp.last("fsync", dir) < 0 {
				t.Errorf("folder %s was not fsynced after the folder in it was made", dir)
			}
		}
	}
	key := newKey()
	begun := len(tp.calls)
	mustKeep(t, q, key, []byte("envelope"), []byte("one"), []byte("two"))

	commit := -1
	for i := begun; i < len(tp.calls); i++ {
		if tp.calls[i].op == "commit" {
			commit = i
		}
	}
	if commit < 0 || q.db.NoSync || q.db.NoGrowSync || q.db.NoFreelistSync {
		t.Fatalf("bbolt: commit is call %d, NoSync %v", commit, q.db.NoSync)
	}
	for _, c := range tp.calls[commit+1:] {
		if c.op != "remove" {
			t.Errorf("after the commit: %s %s", c.op, c.path)
		}
	}
	for _, folder := range cfg.Folders {
		cases := filepath.Join(folder, casesDir)
		synced := tp.last("fsync", cases)
		if synced > commit {
			t.Errorf("%s: fsync after the commit", cases)
		}
		renamed := 0
		for i := begun; i < len(tp.calls); i++ {
			c := tp.calls[i]
			if c.op != "rename" || filepath.Dir(c.to) != cases {
				continue
			}
			renamed++
			if i > synced {
				t.Errorf("%s got its name after the last fsync of its folder", c.to)
			}
			write, sync := tp.last("write", c.path), tp.last("fsync", c.path)
			if write < 0 || sync < write || sync > i {
				t.Errorf("%s: written at %d, fsynced at %d, renamed at %d", c.to, write, sync, i)
			}
			if c.to == filepath.Join(cases, envelopeName(key)) && renamed != 3 {
				t.Errorf("%s: the envelope got its name before its pages", cases)
			}
		}
		if renamed != 3 {
			t.Errorf("%s: %d files", cases, renamed)
		}
	}

	// The product's disk asks the kernel: fsync of a closed file is an error of the kernel's file.
	closed, err := os.Create(filepath.Join(t.TempDir(), "closed"))
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := (disk{}).syncFile(&file{f: closed}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the product's disk does not fsync: %v", err)
	}
}

// medium is what a disk still holds after the power has failed: of files what was fsynced, of folders the names that were
// fsynced. What was not may be there or not.
type medium struct {
	now, safe map[string]map[string]*inode // folder → name → file
	made      map[string]*inode            // by the path at creation, which os.File.Name tells
}

type inode struct{ now, safe []byte }

func newMedium() *medium {
	return &medium{now: map[string]map[string]*inode{}, safe: map[string]map[string]*inode{}, made: map[string]*inode{}}
}

func (m *medium) dir(path string) map[string]*inode {
	if m.now[path] == nil {
		m.now[path] = map[string]*inode{}
	}
	return m.now[path]
}

func (m *medium) call(c call) {
	dir, name := filepath.Split(c.path)
	dir = filepath.Clean(dir)
	switch c.op {
	case "create":
		ino := &inode{}
		m.dir(dir)[name], m.made[c.path] = ino, ino
	case "write":
		ino := m.made[c.path]
		if need := int(c.off) + len(c.data); need > len(ino.now) {
			ino.now = append(ino.now, make([]byte, need-len(ino.now))...)
		}
		copy(ino.now[c.off:], c.data)
	case "rename":
		if ino := m.dir(dir)[name]; ino != nil {
			delete(m.dir(dir), name)
			m.dir(filepath.Dir(c.to))[filepath.Base(c.to)] = ino
		}
	case "remove":
		delete(m.dir(dir), name)
	}
}

func (m *medium) fsync(f *os.File) error {
	if ino := m.made[f.Name()]; ino != nil {
		ino.safe = bytes.Clone(ino.now)
	} else {
		m.safe[f.Name()] = maps.Clone(m.dir(f.Name()))
	}
	return nil
}

// after lays out below dir what the medium may hold. With rng nil nothing is there that was not fsynced; otherwise chance decides
// for each name and each file's bytes.
func (m *medium) after(t *testing.T, cfg Config, to Config, rng *rand.Rand) {
	t.Helper()
	chance := func() bool { return rng != nil && rng.IntN(2) == 0 }
	for i, folder := range cfg.Folders {
		cases := filepath.Join(folder, casesDir)
		names := maps.Clone(m.safe[cases])
		if names == nil {
			names = map[string]*inode{}
		}
		for name, ino := range m.now[cases] {
			if names[name] != ino && chance() {
				names[name] = ino
			}
		}
		for name := range maps.Clone(names) {
			if m.now[cases][name] == nil && chance() {
				delete(names, name)
			}
		}
		if err := os.MkdirAll(filepath.Join(to.Folders[i], casesDir), 0o700); err != nil {
			t.Fatal(err)
		}
		for name, ino := range names {
			data := ino.safe
			if chance() {
				data = ino.now
			}
			if err := os.WriteFile(filepath.Join(to.Folders[i], casesDir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	// bbolt does its own fsyncs; between transactions its file is what they made it.
	db, err := os.ReadFile(filepath.Join(cfg.State, dbName))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if err == nil {
		if err := os.MkdirAll(to.State, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to.State, dbName), db, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPowerMayFailAtAnyCall lays out, ahead of every call of two Keeps and after them, what the disk may hold if the power fails
// there, and opens that.
func TestPowerMayFailAtAnyCall(t *testing.T) {
	t.Parallel()
	m := newMedium()
	cfg := config(t.TempDir(), 2)
	keys := []string{newKey(), newKey()}
	content := func(key string) (envelope []byte, pages [][]byte) {
		return []byte("envelope " + key), [][]byte{[]byte("page one of " + key), []byte("page two of " + key)}
	}
	acknowledged := map[string]int{}
	states := 0
	look := func(rng *rand.Rand) {
		states++
		to := config(t.TempDir(), 2)
		m.after(t, cfg, to, rng)
		q, _, err := openQuick(to, disk{})
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		for _, key := range keys {
			e, found := q.Find(key)
			seq, acked := acknowledged[key]
			if acked && (!found || e.Sequence != seq) {
				t.Fatalf("case %d was acknowledged and is gone: %+v", seq, e)
			}
			if !found {
				continue
			}
			envelope, pages := content(key)
			if err := checkCase(q, key, envelope, pages...); err != nil {
				t.Fatalf("acknowledged %v: %v", acked, err)
			}
		}
		next := mustKeep(t, q, newKey(), []byte("later"))
		for key, seq := range acknowledged {
			if next.Sequence == seq {
				t.Fatalf("number %d of %s was given again", seq, key)
			}
		}
	}
	all := func() {
		look(nil)
		for seed := range uint64(4) {
			look(rand.New(rand.NewPCG(seed, 1)))
		}
	}
	armed := false
	d := disk{
		before: func(c call) error {
			if armed && !strings.HasPrefix(c.op, "write") && c.op != "create" { // those change nothing that is safe
				all()
			}
			m.call(c)
			return nil
		},
		fsync: m.fsync,
	}
	q, _ := openTest(t, cfg, d)
	armed = true
	for _, key := range keys {
		envelope, pages := content(key)
		acknowledged[key] = mustKeep(t, q, key, envelope, pages...).Sequence
		all()
	}
	armed = false
	t.Logf("%d states of the disk", states)
}

var errInjected = errors.New("injected")

// TestEveryCallMayFail lets each call of a case's way in turn fail, and then ends the process without a goodbye, tries again, or
// drops. The case is there whole or not at all, and a number that was given stands.
func TestEveryCallMayFail(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"crash", "again", "drop"} {
		t.Run(end, func(t *testing.T) {
			kinds := map[string]int{}
			for n := 1; ; n++ {
				if reached := failAt(t, n, end, kinds); !reached {
					t.Logf("%d calls: %v", n-1, kinds)
					break
				}
			}
			for _, op := range []string{"mkdir", "create", "write", "sync", "rename", "syncdir", "commit"} {
				if kinds[op] == 0 {
					t.Errorf("no %s was made to fail", op)
				}
			}
		})
	}
}

func failAt(t *testing.T, n int, end string, kinds map[string]int) (reached bool) {
	t.Helper()
	count, armed, failed := 0, false, ""
	d := disk{
		before: func(c call) error {
			if !armed {
				return nil
			}
			if count++; count != n {
				return nil
			}
			failed = c.op
			kinds[c.op]++
			return errInjected
		},
	}
	cfg := config(t.TempDir(), 2)
	q, _, err := openQuick(cfg, d)
	if err != nil {
		t.Fatal(err)
	}
	before := mustKeep(t, q, newKey(), []byte("before"))
	key, envelope, page := newKey(), []byte("envelope"), []byte("page")
	armed = true
	e, err := keep(q, key, envelope, page)
	armed = false
	if failed == "" && err != nil {
		t.Fatalf("nothing failed, and yet: %v", err)
	}
	if err != nil {
		if !errors.Is(err, errInjected) {
			t.Fatalf("call %d, %s: the error hides its cause: %v", n, failed, err)
		}
		if _, ok := q.Find(key); ok {
			t.Fatalf("call %d, %s: Keep failed and the case is there", n, failed)
		}
	}
	mayBeThere := err == nil
	switch end {
	case "crash":
		mayBeThere = true
	case "again":
		if err != nil {
			again, err2 := q.Keep(key, envelope, []byte("note of "+key[:4]))
			uncertain := errors.Is(err, ErrUncertain)
			if uncertain != errors.Is(err2, ErrUncertain) {
				t.Fatalf("call %d, %s: first %v, then %v", n, failed, err, err2)
			}
			if err2 == nil {
				e, err, mayBeThere = again, nil, true
				if len(again.Pages) == 0 { // adding the page was what failed
					page = nil
				}
			}
			mayBeThere = mayBeThere || uncertain
		}
	case "drop":
		q.Drop(key)
	}
	after := mustKeep(t, q, newKey(), []byte("after"))
	if end == "crash" || err != nil && mayBeThere {
		if err := q.release(); err != nil { // only the lock: nothing is tidied up
			t.Fatal(err)
		}
	} else if err := q.Close(); err != nil {
		t.Fatal(err)
	}

	q, r, openErr := openQuick(cfg, disk{})
	if openErr != nil {
		t.Fatal(openErr)
	}
	defer q.Close()
	if len(r.Damaged) > 0 || r.Rebuilt || r.Lost > 0 {
		t.Fatalf("call %d, %s: report %+v", n, failed, r)
	}
	got, found := q.Find(key)
	switch {
	case err == nil && (!found || got.Sequence != e.Sequence):
		t.Fatalf("call %d, %s: number %d was given and does not stand: %+v", n, failed, e.Sequence, got)
	case found && !mayBeThere:
		t.Fatalf("call %d, %s: a case that was dropped is there", n, failed)
	case found:
		pages := [][]byte{page}
		if page == nil {
			pages = nil
		}
		if err := checkCase(q, key, envelope, pages...); err != nil {
			t.Fatalf("call %d, %s: %v", n, failed, err)
		}
	default:
		for _, name := range files(t, filepath.Dir(cfg.State)) {
			if strings.Contains(name, key) {
				t.Fatalf("call %d, %s: %s is left of nothing", n, failed, name)
			}
		}
	}
	numbers := []int{before.Sequence, after.Sequence}
	if found {
		numbers = append(numbers, got.Sequence)
	}
	slices.Sort(numbers)
	if len(slices.Compact(slices.Clone(numbers))) != len(numbers) {
		t.Fatalf("call %d, %s: numbers %v", n, failed, numbers)
	}
	return failed != ""
}

// TestRecoveryMayFailAtEveryCall: a start that fails half-way does no harm to what the next start finds.
func TestRecoveryMayFailAtEveryCall(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		cfg := config(t.TempDir(), 2)
		key := newKey()
		// The process ends when one folder has the whole case and the other one its page only.
		q, _, err := openQuick(cfg, disk{before: func(c call) error {
			if c.op == "rename" && c.to == filepath.Join(cfg.Folders[1], casesDir, envelopeName(key)) {
				return errInjected
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keep(q, key, []byte("envelope"), []byte("page")); !errors.Is(err, errInjected) {
			t.Fatal(err)
		}
		if err := q.release(); err != nil {
			t.Fatal(err)
		}
		count, failed := 0, ""
		half, r, err := openQuick(cfg, disk{before: func(c call) error {
			if count++; count == n {
				failed = fmt.Sprint(c.op, " ", c.path)
				return errInjected
			}
			return nil
		}})
		if err == nil {
			if failed == "" && (len(r.Adopted) != 1 || len(r.Mended) != 1 || r.Removed != 2) {
				t.Errorf("report %+v", r)
			}
			if err := half.release(); err != nil {
				t.Fatal(err)
			}
		}
		whole, _, err := openQuick(cfg, disk{})
		if err != nil {
			t.Fatal(err)
		}
		if err := checkCase(whole, key, []byte("envelope"), []byte("page")); err != nil {
			t.Fatalf("after %s: %v", failed, err)
		}
		if err := whole.Close(); err != nil {
			t.Fatal(err)
		}
		if failed == "" {
			t.Logf("%d calls", n-1)
			return
		}
	}
}
