package queue

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kiosk/device/sealed"
)

// model is the queue as a plain map.
type model struct {
	kept   map[string]modelCase
	drafts map[string][]modelPage
	mark   []byte
	next   int
}

type modelCase struct {
	sequence int
	state    string
	attempts int
	due      time.Time
	envelope []byte
	pages    [][]byte
}

type modelPage struct {
	digest sealed.Digest
	plain  []byte
}

// TestQueueAgainstMap does random things to a queue and to a map, with ends and crashes between, and compares them after each.
func TestQueueAgainstMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		cfg := config(dir, 2)
		q, _, err := openQuick(cfg, disk{}) // nothing here cuts the power
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = q.Close() }()
		m := model{kept: map[string]modelCase{}, drafts: map[string][]modelPage{}, next: 1}
		pick := func(keys []string) string {
			if len(keys) == 0 {
				rt.Skip("none there")
			}
			return rapid.SampledFrom(keys).Draw(rt, "key")
		}
		drafts := func() []string { return slices.Sorted(maps.Keys(m.drafts)) }
		kept := func() []string { return slices.Sorted(maps.Keys(m.kept)) }
		ok := func(err error) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		reopen := func() {
			var r Report
			q, r, err = openQuick(cfg, disk{})
			ok(err)
			if len(r.Damaged)+len(r.Adopted)+len(r.Mended)+r.Lost > 0 || r.Rebuilt {
				rt.Fatalf("report %+v", r)
			}
			clear(m.drafts)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"begin": func(rt *rapid.T) {
				key := fmt.Sprintf("%032x", rapid.Uint64().Draw(rt, "key"))
				ok(q.Begin(key))
				if _, is := m.kept[key]; !is && m.drafts[key] == nil {
					m.drafts[key] = []modelPage{}
				}
			},
			"page": func(rt *rapid.T) {
				key := pick(drafts())
				plain := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(rt, "page")
				if rapid.IntRange(0, 9).Draw(rt, "large") == 0 {
					plain = bytes.Repeat(plain, sealed.ChunkSize/50)
				}
				digest, size, err := q.AddPage(key, bytes.NewReader(plain))
				ok(err)
				if size != int64(len(plain)) {
					rt.Fatalf("size %d, not %d", size, len(plain))
				}
				m.drafts[key] = append(m.drafts[key], modelPage{digest, plain})
			},
			"drop page": func(rt *rapid.T) {
				key := pick(drafts())
				pages := m.drafts[key]
				if len(pages) == 0 {
					rt.Skip("no pages")
				}
				digest := pages[rapid.IntRange(0, len(pages)-1).Draw(rt, "page")].digest
				ok(q.DropPage(key, digest))
				for i := len(pages) - 1; i >= 0; i-- {
					if pages[i].digest == digest {
						m.drafts[key] = slices.Delete(pages, i, i+1)
						break
					}
				}
			},
			"keep": func(rt *rapid.T) {
				key := pick(drafts())
				envelope := rapid.SliceOf(rapid.Byte()).Draw(rt, "envelope")
				e, err := q.Keep(key, envelope, nil)
				ok(err)
				c := modelCase{sequence: m.next, state: Kept, envelope: envelope}
				for _, p := range m.drafts[key] {
					c.pages = append(c.pages, p.plain)
				}
				if e.Sequence != c.sequence {
					rt.Fatalf("number %d, not %d", e.Sequence, c.sequence)
				}
				m.kept[key] = c
				m.next++
				delete(m.drafts, key)
			},
			"keep again": func(rt *rapid.T) {
				key := pick(kept())
				e, err := q.Keep(key, []byte("again"), nil)
				ok(err)
				if e.Sequence != m.kept[key].sequence {
					rt.Fatalf("number %d, not %d", e.Sequence, m.kept[key].sequence)
				}
			},
			"drop": func(rt *rapid.T) {
				key := pick(append(drafts(), kept()...))
				q.Drop(key)
				delete(m.drafts, key)
			},
			"update": func(rt *rapid.T) {
				key := pick(kept())
				c := m.kept[key]
				c.state = rapid.SampledFrom([]string{Kept, "received", "refused"}).Draw(rt, "state")
				c.attempts++
				c.due = testTime.Add(time.Duration(rapid.IntRange(-60, 60).Draw(rt, "due")) * time.Second)
				ok(q.Update(key, func(e *Entry) error {
					e.State, e.Attempts, e.Due = c.state, e.Attempts+1, c.due
					return nil
				}))
				m.kept[key] = c
			},
			"mark": func(rt *rapid.T) {
				m.mark = rapid.SliceOfN(rapid.Byte(), 1, 50).Draw(rt, "mark")
				ok(q.PutMark(m.mark))
			},
			"clear mark": func(*rapid.T) {
				m.mark = nil
				ok(q.ClearMark())
			},
			"stop": func(*rapid.T) {
				ok(q.Close())
				reopen()
			},
			"crash": func(*rapid.T) { // what is in memory is gone, nothing is tidied up
				ok(q.release())
				reopen()
			},
			"": func(rt *rapid.T) { m.compare(rt, q) },
		})
		ok(q.Close())
		reopen()
		for key, c := range m.kept {
			ok(checkCase(q, key, c.envelope, c.pages...))
		}
		left, err := filepath.Glob(filepath.Join(dir, "disk*", "*", "*"))
		ok(err)
		want := 0
		for _, c := range m.kept {
			want += 2 * (1 + len(c.pages))
		}
		if len(left) != want {
			rt.Fatalf("%d files, not %d: %v", len(left), want, left)
		}
	})
}

func (m model) compare(rt *rapid.T, q *Queue) {
	all := q.Entries()
	if len(all) != len(m.kept) {
		rt.Fatalf("%d entries, not %d", len(all), len(m.kept))
	}
	var first string
	for i, e := range all {
		c, is := m.kept[e.Key]
		if !is || e.Sequence != c.sequence || e.State != c.state || e.Attempts != c.attempts || !e.Due.Equal(c.due) || len(e.Pages) != len(c.pages) {
			rt.Fatalf("entry %+v, not %+v", e, c)
		}
		if i > 0 && all[i-1].Sequence >= e.Sequence {
			rt.Fatal("entries are out of order")
		}
		if found, is := q.BySequence(1, c.sequence); !is || found.Key != e.Key {
			rt.Fatalf("number %d finds %+v", c.sequence, found)
		}
		if c.state == Kept && !c.due.After(testTime) && (first == "" || c.due.Before(m.kept[first].due)) {
			first = e.Key
		}
	}
	if e, is := q.Next(testTime); is != (first != "") || e.Key != first {
		rt.Fatalf("next is %q, not %q", e.Key, first)
	}
	if mark, is := q.Mark(); is != (m.mark != nil) || !bytes.Equal(mark, m.mark) {
		rt.Fatalf("mark is %q, not %q", mark, m.mark)
	}
}

// FuzzPages changes a bbolt file: what passes the look at its pages, bbolt reads to the end.
func FuzzPages(f *testing.F) {
	var good [][]byte
	for _, n := range []int{0, 3, 60} { // small buckets within a page; branches
		cfg := config(f.TempDir(), 1)
		q, _, err := openQuick(cfg, disk{})
		if err != nil {
			f.Fatal(err)
		}
		for range n {
			mustKeep(f, q, newKey(), []byte("e"))
		}
		if err := q.Close(); err != nil {
			f.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(cfg.State, dbName))
		if err != nil {
			f.Fatal(err)
		}
		if err := checkPages(b); err != nil {
			f.Fatalf("%d entries: %v", n, err)
		}
		good = append(good, b)
	}
	path := filepath.Join(f.TempDir(), "fuzz.db")
	f.Add(uint8(0), uint32(0), uint64(0), false)
	f.Add(uint8(1), uint32(4096*2+12), uint64(1), false)
	f.Add(uint8(2), uint32(4096*3+10), uint64(0xffff), false)
	f.Add(uint8(2), uint32(4096*5), uint64(0), true)
	f.Fuzz(func(t *testing.T, which uint8, at uint32, value uint64, cut bool) {
		b := bytes.Clone(good[int(which)%len(good)])
		at %= uint32(len(b) - 8)
		if cut {
			b = b[:at]
		} else {
			binary.NativeEndian.PutUint64(b[at:], binary.NativeEndian.Uint64(b[at:])^value)
		}
		if checkPages(b) != nil || len(b) == 0 {
			return
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		db, _, err := openDB(path, 1)
		if err != nil {
			t.Fatalf("passed the look, and yet: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
