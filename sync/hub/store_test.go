package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestSQLite(t *testing.T) {
	testStore(t, func(t *testing.T) (Store, func() Store) {
		path := filepath.Join(t.TempDir(), "hub.db")
		open := func() Store {
			s, err := OpenSQLite(path)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		return open(), open
	})
}

// testStore is what every Store must do. make gives an empty one and a way to open it again.
func testStore(t *testing.T, fresh func(*testing.T) (Store, func() Store)) {
	ctx := context.Background()
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	key := func(n int) string { return fmt.Sprintf("%032x", n) }
	aCase := func(n int) NewCase {
		return NewCase{Envelope: []byte("{}"), Persons: [][]byte{[]byte("tag")}, Case: Case{
			Key: key(n), BodyDigest: strings.Repeat("a", 64), Terminal: "360001", Epoch: 1, Sequence: n, Number: fmt.Sprintf("%015d", n),
			Item: "x", ItemVersion: 1, NameMasked: "张*", LookupHash: []byte{1}, SubmittedAt: at, TakenAt: at,
			Pages: []Page{{Digest: strings.Repeat("1", 64)}, {Digest: strings.Repeat("2", 64)}}}}
	}
	running := func(n int) string { return fmt.Sprint(n) }
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	t.Run("unique numbers", func(t *testing.T) {
		s, _ := fresh(t)
		defer func() { must(t, s.Close()) }()
		must(t, s.AddCase(ctx, aCase(1)))
		must(t, s.AddCase(ctx, aCase(1)))
		for name, change := range map[string]func(*NewCase){
			"same key, other body":     func(c *NewCase) { c.BodyDigest = strings.Repeat("b", 64) },
			"same key, all else other": func(c *NewCase) { c.BodyDigest, c.Number, c.Sequence = strings.Repeat("b", 64), "8", 8 },
			"other key, same sequence": func(c *NewCase) { c.Key, c.Number = key(7), "7" },
			"other key, same number":   func(c *NewCase) { c.Key, c.Sequence = key(7), 7 },
		} {
			c := aCase(1)
			change(&c)
			if err := s.AddCase(ctx, c); !errors.Is(err, ErrConflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if all, err := s.Cases(ctx, 10); err != nil || len(all) != 1 || len(all[0].Missing()) != 2 {
			t.Errorf("cases: %+v, %v", all, err)
		}
	})

	t.Run("receive once, also at the same time", func(t *testing.T) {
		s, _ := fresh(t)
		defer func() { must(t, s.Close()) }()
		const cases, callers = 5, 4
		for n := range cases {
			must(t, s.AddCase(ctx, aCase(n+1)))
		}
		var wg sync.WaitGroup
		for n := range cases {
			for range callers {
				wg.Go(func() {
					if err := s.Receive(ctx, key(n+1), at, running); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		numbers := map[string]bool{}
		for n := range cases {
			c, err := s.Case(ctx, key(n+1))
			must(t, err)
			numbers[c.PlatformNumber] = true
			events, err := s.Events(ctx, c.Key)
			if err != nil || len(events) != 2 || events[1].State != "received" {
				t.Errorf("history: %+v, %v", events, err)
			}
		}
		for n := range cases {
			if !numbers[running(n+1)] {
				t.Errorf("number %d is missing in %v", n+1, numbers)
			}
		}
		if err := s.Receive(ctx, key(99), at, running); !errors.Is(err, ErrNotFound) {
			t.Errorf("unknown case: %v", err)
		}
	})

	t.Run("uploads", func(t *testing.T) {
		s, reopen := fresh(t)
		must(t, s.AddCase(ctx, aCase(1)))
		u := Upload{ID: "u1", CaseKey: key(1), Digest: strings.Repeat("1", 64), Length: 100}
		_, err := s.AddUpload(ctx, u)
		must(t, err)
		must(t, s.SetOffset(ctx, "u1", 60, false))
		must(t, s.Close())
		s = reopen()
		defer func() { must(t, s.Close()) }()
		again := u
		again.ID = "u2"
		got, err := s.AddUpload(ctx, again)
		if err != nil || got.ID != "u1" || got.Offset != 60 {
			t.Errorf("the same page again: %+v, %v", got, err)
		}
		again.Length = 101
		if _, err := s.AddUpload(ctx, again); !errors.Is(err, ErrConflict) {
			t.Errorf("another length: %v", err)
		}
		must(t, s.SetOffset(ctx, "u1", 100, true))
		c, err := s.Case(ctx, key(1))
		if err != nil || len(c.Missing()) != 1 || c.Missing()[0] != strings.Repeat("2", 64) {
			t.Errorf("missing: %v, %v", c.Missing(), err)
		}
		must(t, s.DropUpload(ctx, "u1"))
		if _, err := s.Upload(ctx, "u1"); !errors.Is(err, ErrNotFound) {
			t.Errorf("dropped upload: %v", err)
		}
		if err := s.SetOffset(ctx, "u1", 1, false); !errors.Is(err, ErrNotFound) {
			t.Errorf("offset of a dropped upload: %v", err)
		}
		if _, err := s.AddUpload(ctx, Upload{ID: "u3", CaseKey: key(2), Digest: u.Digest, Length: 1}); err == nil {
			t.Error("an upload without case was stored")
		}
	})

	t.Run("enrolment", func(t *testing.T) {
		s, _ := fresh(t)
		defer func() { must(t, s.Close()) }()
		must(t, s.AddCode(ctx, Code{Hash: []byte("h"), Terminal: "360001", Expires: at.Add(time.Hour)}))
		issue := func(number string, epoch int) ([]byte, error) { return fmt.Appendf(nil, "%s/%d", number, epoch), nil }
		broken := errors.New("cannot issue")
		e := Enrolment{CodeHash: []byte("h"), PublicKey: []byte("key 1"), Serial: "SN", At: at}
		if _, err := s.Enrol(ctx, e, func(string, int) ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
			t.Errorf("issuing that fails: %v", err)
		}
		// The code is still good, one of many callers gets it.
		var mu sync.Mutex
		var won []Terminal
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				mine := e
				mine.PublicKey = fmt.Appendf(nil, "key %d", i)
				terminal, err := s.Enrol(ctx, mine, issue)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won = append(won, terminal)
				} else if !errors.Is(err, ErrNoCode) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(won) != 1 || won[0].Epoch != 1 || string(won[0].Cert) != "360001/1" {
			t.Fatalf("one code enrolled %+v", won)
		}
		if der, err := s.Certificate(ctx, "360001", 1); err != nil || !bytes.Equal(der, won[0].Cert) {
			t.Errorf("certificate: %q, %v", der, err)
		}
		if _, err := s.Certificate(ctx, "360001", 2); !errors.Is(err, ErrNotFound) {
			t.Errorf("certificate of an epoch to come: %v", err)
		}
	})

	t.Run("settings and packages", func(t *testing.T) {
		s, _ := fresh(t)
		defer func() { must(t, s.Close()) }()
		d := Settings{Terminal: "360001", Version: 3, SHA256: "a", JWS: []byte("x"), At: at}
		must(t, s.PutSettings(ctx, d))
		must(t, s.PutSettings(ctx, d))
		for _, version := range []int{3, 2} {
			old := d
			old.Version, old.SHA256 = version, "b"
			if err := s.PutSettings(ctx, old); !errors.Is(err, ErrConflict) {
				t.Errorf("version %d with other bytes after 3: %v", version, err)
			}
		}
		p := Package{Code: "x", Version: 9, SHA256: "a", NameZH: "甲", Zip: []byte("z")}
		must(t, s.PutPackage(ctx, p))
		must(t, s.PutPackage(ctx, p))
		p.Version, p.SHA256 = 10, "b"
		must(t, s.PutPackage(ctx, p))
		p.SHA256 = "c"
		if err := s.PutPackage(ctx, p); !errors.Is(err, ErrConflict) {
			t.Errorf("the same version with other bytes: %v", err)
		}
		if all, err := s.Packages(ctx); err != nil || len(all) != 1 || all[0].Version != 10 || all[0].SHA256 != "b" {
			t.Errorf("packages: %+v, %v", all, err)
		}
		if old, err := s.Package(ctx, "x", 9); err != nil || old.SHA256 != "a" {
			t.Errorf("an older version: %+v, %v", old, err)
		}
	})
}

// TestSQLiteIsDurable asks the database itself how it keeps.
func TestSQLiteIsDurable(t *testing.T) {
	s, err := OpenSQLite(filepath.Join(t.TempDir(), "a folder?x#y", "hub.db"))
	if err == nil {
		t.Fatal("a store in a folder that is not there was opened", s.Close())
	}
	if s, err = OpenSQLite(filepath.Join(t.TempDir(), "hub?x#y %20.db")); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		for name, db := range map[string]interface {
			scan(string) (string, error)
		}{"writer": pragmaOf{s, true}, "reader": pragmaOf{s, false}} {
			if got, err := db.scan(pragma); err != nil || got != want {
				t.Errorf("%s of the %s is %q, %v; want %q", pragma, name, got, err, want)
			}
		}
	}
	if _, err := s.write.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := s.prepare(); err == nil {
		t.Error("a store of a newer hub was opened")
	}
}

type pragmaOf struct {
	s     *SQLite
	write bool
}

func (p pragmaOf) scan(name string) (v string, err error) {
	db := p.s.read
	if p.write {
		db = p.s.write
	}
	err = db.QueryRow("PRAGMA " + name).Scan(&v)
	return v, err
}
