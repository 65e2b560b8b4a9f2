package queue

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kiosk/device/sealed"
)

// keys of one terminal and one platform, made once: making them is no part of any test.
var (
	terminal = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	platform = must(sealed.GenerateKey())
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var testTime = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// config of a terminal below dir with n folders.
func config(dir string, n int) Config {
	c := Config{
		State: filepath.Join(dir, "state"), Terminal: "360001", Epoch: 1,
		Recipients: []sealed.Recipient{{ID: "platform-1", Key: platform.PublicKey()}},
		Signer:     sealed.Signer{ID: "360001", Key: terminal},
		Now:        func() time.Time { return testTime },
	}
	for i := range n {
		c.Folders = append(c.Folders, filepath.Join(dir, fmt.Sprintf("disk%d", i)))
	}
	return c
}

// quick is a disk that does not wait for the medium, for tests that neither cut the power nor look at fsyncs.
var quick = disk{fsync: func(*os.File) error { return nil }}

// inTurn lets a disk's hooks run one at a time.
func inTurn(d disk) disk {
	var mu sync.Mutex
	before, fsync := d.before, d.fsync
	if before != nil {
		d.before = func(c call) error {
			mu.Lock()
			defer mu.Unlock()
			return before(c)
		}
	}
	if fsync != nil {
		d.fsync = func(f *os.File) error {
			mu.Lock()
			defer mu.Unlock()
			return fsync(f)
		}
	}
	return d
}

// openQuick opens on such a disk, bbolt too.
func openQuick(cfg Config, d disk) (*Queue, Report, error) {
	d.fsync = quick.fsync
	q, r, err := open(cfg, inTurn(d))
	if err == nil {
		q.db.NoSync = true
	}
	return q, r, err
}

func openTest(t testing.TB, cfg Config, d disk) (*Queue, Report) {
	t.Helper()
	q, r, err := open(cfg, inTurn(d))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q, r
}

func newKey() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// keep takes a case through all of its calls.
func keep(q *Queue, key string, envelope []byte, pages ...[]byte) (Entry, error) {
	if err := q.Begin(key); err != nil {
		return Entry{}, err
	}
	for _, p := range pages {
		if _, _, err := q.AddPage(key, bytes.NewReader(p)); err != nil {
			return Entry{}, err
		}
	}
	return q.Keep(key, envelope, []byte("note of "+key[:4]))
}

func mustKeep(t testing.TB, q *Queue, key string, envelope []byte, pages ...[]byte) Entry {
	t.Helper()
	e, err := keep(q, key, envelope, pages...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// read opens a kept file as the platform would.
func read(q *Queue, ref FileRef, priv hpke.PrivateKey) ([]byte, sealed.Header, error) {
	f, size, err := q.OpenFile(ref)
	if err != nil {
		return nil, sealed.Header{}, err
	}
	defer f.Close()
	head, err := sealed.ReadHead(f)
	if err != nil {
		return nil, sealed.Header{}, err
	}
	h, err := head.Verify(&terminal.PublicKey)
	if err != nil {
		return nil, sealed.Header{}, err
	}
	if size != sealed.HeadSize+h.Size {
		return nil, h, fmt.Errorf("OpenFile says %d bytes, the head %d", size, sealed.HeadSize+h.Size)
	}
	r, err := sealed.Open(h, f, priv, "platform-1")
	if err != nil {
		return nil, h, err
	}
	b, err := io.ReadAll(r)
	return b, h, err
}

// checkCase compares what was kept with what was given.
func checkCase(q *Queue, key string, envelope []byte, pages ...[]byte) error {
	e, ok := q.Find(key)
	if !ok {
		return fmt.Errorf("case %s is gone", key)
	}
	if err := q.Check(key); err != nil {
		return err
	}
	got, env, err := read(q, e.Envelope, platform)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, envelope) || env.Sequence != e.Sequence || !bytes.Equal(env.Note, e.Note) {
		return fmt.Errorf("envelope of %s is another one", key)
	}
	if len(e.Pages) != len(pages) {
		return fmt.Errorf("case %s has %d pages, not %d", key, len(e.Pages), len(pages))
	}
	for i, p := range e.Pages {
		got, h, err := read(q, p, platform)
		if err != nil {
			return err
		}
		if err := env.CheckPage(i, h); err != nil {
			return err
		}
		if !bytes.Equal(got, pages[i]) {
			return fmt.Errorf("page %d of %s is another one", i, key)
		}
	}
	return nil
}

func TestKeepAndReopen(t *testing.T) {
	cfg := config(t.TempDir(), 2)
	q, r := openTest(t, cfg, disk{})
	if fmt.Sprint(r) != fmt.Sprint(Report{}) {
		t.Errorf("first start reports %+v", r)
	}
	a, b := newKey(), newKey()
	first := mustKeep(t, q, a, []byte("envelope a"), []byte("page 1"), bytes.Repeat([]byte("x"), 200_000))
	second := mustKeep(t, q, b, []byte("envelope b"))
	if first.Sequence != 1 || second.Sequence != 2 || first.State != Kept || !first.KeptAt.Equal(testTime) {
		t.Errorf("kept %+v, %+v", first, second)
	}
	again, err := q.Keep(a, []byte("something else"), nil)
	if err != nil || fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("keeping again gave %+v, %v", again, err)
	}
	if err := q.Begin(a); err != nil {
		t.Error(err)
	}
	q.Drop(a) // does nothing: it is kept
	if err := q.Update(b, func(e *Entry) error {
		e.State, e.Result, e.Key, e.Sequence, e.Attempts = "received", []byte("R1"), a, 77, 3
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := q.SetOutcome(a, "yes"); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}

	q, r = openTest(t, cfg, disk{})
	if fmt.Sprint(r) != fmt.Sprint(Report{}) {
		t.Errorf("clean restart reports %+v", r)
	}
	if err := checkCase(q, a, []byte("envelope a"), []byte("page 1"), bytes.Repeat([]byte("x"), 200_000)); err != nil {
		t.Error(err)
	}
	if err := checkCase(q, b, []byte("envelope b")); err != nil {
		t.Error(err)
	}
	if e, ok := q.BySequence(1, 1); !ok || e.Key != a || e.Outcome != "yes" {
		t.Errorf("by number: %+v, %v", e, ok)
	}
	if e, _ := q.Find(b); e.State != "received" || string(e.Result) != "R1" || e.Sequence != 2 || e.Attempts != 3 {
		t.Errorf("update is lost: %+v", e)
	}
	if all := q.Entries(); len(all) != 2 || all[0].Key != a || all[1].Key != b {
		t.Errorf("entries %+v", all)
	}
	if e, ok := q.Next(testTime); !ok || e.Key != a {
		t.Errorf("next is %+v, %v", e, ok)
	}
	if mustKeep(t, q, newKey(), []byte("c")).Sequence != 3 {
		t.Error("a number was given twice or left out")
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(cfg.State), "disk*", draftsDir, "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("drafts are left: %v, %v", left, err)
	}
}

func TestOrderOfNext(t *testing.T) {
	q, _ := openTest(t, config(t.TempDir(), 1), disk{})
	if _, ok := q.Next(testTime); ok {
		t.Error("an empty queue has a next entry")
	}
	var keys []string
	for range 3 {
		keys = append(keys, mustKeep(t, q, newKey(), []byte("e")).Key)
	}
	due := func(key string, at time.Time) {
		if err := q.Update(key, func(e *Entry) error { e.Due = at; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	due(keys[0], testTime.Add(time.Hour))
	due(keys[1], testTime.Add(time.Minute))
	due(keys[2], testTime.Add(2*time.Minute))
	if e, ok := q.Next(testTime); ok {
		t.Errorf("not due, but next: %+v", e)
	}
	if at, ok := q.NextDue(); !ok || !at.Equal(testTime.Add(time.Minute)) {
		t.Errorf("next is due at %v, %v", at, ok)
	}
	for _, want := range []string{keys[1], keys[2], keys[0]} {
		e, ok := q.Next(testTime.Add(24 * time.Hour))
		if !ok || e.Key != want {
			t.Fatalf("next is %s, not %s", e.Key, want)
		}
		if err := q.Update(e.Key, func(e *Entry) error { e.State = "received"; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := q.NextDue(); ok {
		t.Error("something still waits")
	}
	refused := errors.New("no")
	if err := q.Update(keys[0], func(e *Entry) error { e.State = "x"; return refused }); !errors.Is(err, refused) {
		t.Errorf("update gave %v", err)
	}
	if e, _ := q.Find(keys[0]); e.State != "received" {
		t.Errorf("a refused update changed the state to %q", e.State)
	}
	if err := q.Update(newKey(), func(*Entry) error { return nil }); !errors.Is(err, ErrNoEntry) {
		t.Errorf("updating nothing gave %v", err)
	}
}

func TestDraftsLeaveNothing(t *testing.T) {
	cfg := config(t.TempDir(), 2)
	q, _ := openTest(t, cfg, disk{})
	key := newKey()
	secret := []byte("张三 11010519491231002X")
	if _, _, err := q.AddPage(key, bytes.NewReader(secret)); !errors.Is(err, ErrNoDraft) {
		t.Errorf("page without a draft: %v", err)
	}
	if err := q.Begin(key); err != nil {
		t.Fatal(err)
	}
	one, size, err := q.AddPage(key, bytes.NewReader(secret))
	if err != nil || size != int64(len(secret)) {
		t.Fatal(size, err)
	}
	two, _, err := q.AddPage(key, bytes.NewReader([]byte("the second")))
	if err != nil {
		t.Fatal(err)
	}
	if err := q.DropPage(key, one); err != nil {
		t.Fatal(err)
	}
	if err := q.DropPage(key, one); err == nil {
		t.Error("a page was dropped twice")
	}
	if _, _, err := q.AddPage(key, bytes.NewReader(nil)); err == nil {
		t.Error("an empty page was taken")
	}
	if _, _, err := q.AddPage(key, io.MultiReader(bytes.NewReader(secret), failing{})); err == nil {
		t.Error("half a page was taken")
	}
	if _, _, err := q.AddPage(key, io.LimitReader(zeros{}, MaxPage+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a page too large: %v", err)
	}
	if _, err := q.Keep(key, make([]byte, MaxEnvelope+1), nil); !errors.Is(err, ErrTooLarge) {
		t.Errorf("an envelope too large: %v", err)
	}
	if _, err := q.Keep(key, []byte("env"), make([]byte, MaxNote+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a note too large: %v", err)
	}
	_ = two
	if _, err := q.Keep(key, []byte("env"), nil); err != nil {
		t.Fatal(err)
	}
	if err := checkCase(q, key, []byte("env"), []byte("the second")); err != nil {
		t.Error(err)
	}

	gone := newKey()
	if err := q.Begin(gone); err != nil {
		t.Fatal(err)
	}
	if _, _, err := q.AddPage(gone, bytes.NewReader(secret)); err != nil {
		t.Fatal(err)
	}
	q.Drop(gone)
	q.Drop(gone)
	if _, err := q.Keep(gone, []byte("env"), nil); !errors.Is(err, ErrNoDraft) {
		t.Errorf("keeping a dropped draft: %v", err)
	}
	if err := q.Begin("../../etc"); err == nil {
		t.Error("a path passed as a key")
	}
	for _, name := range files(t, filepath.Dir(cfg.State)) {
		if filepath.Base(filepath.Dir(name)) == gone {
			t.Errorf("%s is left of a dropped draft", name)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("camera is gone") }

// files lists all files below dir.
func files(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestMarkStays(t *testing.T) {
	cfg := config(t.TempDir(), 1)
	q, _ := openTest(t, cfg, disk{})
	if _, ok := q.Mark(); ok {
		t.Error("a mark from nowhere")
	}
	if err := q.PutMark([]byte("submitting")); err != nil {
		t.Fatal(err)
	}
	if err := q.PutMark(make([]byte, MaxMark+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a mark too large: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q, _ = openTest(t, cfg, disk{})
	if m, ok := q.Mark(); !ok || string(m) != "submitting" {
		t.Errorf("mark is %q, %v", m, ok)
	}
	if err := q.ClearMark(); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q, _ = openTest(t, cfg, disk{})
	if _, ok := q.Mark(); ok {
		t.Error("the mark came back")
	}
}

func TestAwait(t *testing.T) {
	q, _ := openTest(t, config(t.TempDir(), 1), disk{})
	key := newKey()
	type answer struct {
		e   Entry
		err error
	}
	await := func(ctx context.Context, key string) <-chan answer {
		c := make(chan answer, 1)
		go func() {
			e, err := q.Await(ctx, key, func(e Entry) bool { return e.State != Kept })
			c <- answer{e, err}
		}()
		return c
	}
	received := await(t.Context(), key)
	ctx, cancel := context.WithCancel(t.Context())
	cancelled := await(ctx, key)
	closed := await(t.Context(), newKey())
	mustKeep(t, q, key, []byte("e"))
	cancel()
	if a := <-cancelled; !errors.Is(a.err, context.Canceled) {
		t.Errorf("cancelled: %+v", a)
	}
	if err := q.Update(key, func(e *Entry) error { e.State = "received"; return nil }); err != nil {
		t.Fatal(err)
	}
	if a := <-received; a.err != nil || a.e.State != "received" {
		t.Errorf("received: %+v", a)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if a := <-closed; !errors.Is(a.err, ErrClosed) {
		t.Errorf("closed: %+v", a)
	}
	if err := q.Begin(newKey()); !errors.Is(err, ErrClosed) {
		t.Errorf("beginning after Close: %v", err)
	}
	if err := q.PutMark([]byte("x")); !errors.Is(err, ErrClosed) {
		t.Errorf("marking after Close: %v", err)
	}
}

func TestNumbersEnd(t *testing.T) {
	q, _ := openTest(t, config(t.TempDir(), 1), disk{})
	q.next = MaxSequence
	if e := mustKeep(t, q, newKey(), []byte("last")); e.Sequence != MaxSequence {
		t.Errorf("the last number is %d", e.Sequence)
	}
	if _, err := keep(q, newKey(), []byte("one too many")); !errors.Is(err, ErrNumbers) {
		t.Errorf("got %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	q, _, err := openQuick(config(t.TempDir(), 2), disk{})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	shared := newKey()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 5 {
				key := newKey()
				e, err := keep(q, key, []byte("e "+key), []byte("p "+key))
				if err != nil {
					t.Error(err)
					return
				}
				if err := q.Update(key, func(e *Entry) error { e.Attempts = i; return nil }); err != nil {
					t.Error(err)
				}
				if found, ok := q.BySequence(1, e.Sequence); !ok || found.Key != key {
					t.Errorf("number %d is not of %s", e.Sequence, key)
				}
				q.Entries()
				q.Next(testTime)
			}
			if _, err := keep(q, shared, []byte("shared")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := len(q.Entries()); n != 41 {
		t.Errorf("%d entries, not 41", n)
	}
	for _, e := range q.Entries() {
		if e.Key != shared {
			if err := checkCase(q, e.Key, []byte("e "+e.Key), []byte("p "+e.Key)); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestOneAtATime(t *testing.T) {
	cfg := config(t.TempDir(), 1)
	q, _ := openTest(t, cfg, disk{})
	if _, _, err := Open(cfg); !errors.Is(err, ErrLocked) {
		t.Errorf("opened twice: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	openTest(t, cfg, disk{})
}

func TestOpenRefusesWhatIsWrong(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"no folders":    func(c *Config) { c.Folders = nil },
		"folder twice":  func(c *Config) { c.Folders = append(c.Folders, c.Folders[0]+"/") },
		"terminal":      func(c *Config) { c.Terminal = "1" },
		"epoch":         func(c *Config) { c.Epoch = 0 },
		"no recipients": func(c *Config) { c.Recipients = nil },
		"no signer":     func(c *Config) { c.Signer = sealed.Signer{} },
	} {
		cfg := config(t.TempDir(), 1)
		change(&cfg)
		if _, _, err := Open(cfg); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}
