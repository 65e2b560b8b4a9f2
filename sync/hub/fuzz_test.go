package hub

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"kiosk/sync/platform"
)

// FuzzIntake throws bytes at the intake as the envelope of a case. Only the one good file may be taken; for everything else
// the answer is a last word or a conflict, never "try later", which would keep a terminal busy for ever.
func FuzzIntake(f *testing.F) {
	s := serve(f, f.TempDir())
	b := enrolled(f, s, "360001")
	h := b.handIn(sealing{}, noise(10))
	quick := &Hub{keys: s.Hub.keys, log: s.Hub.log, now: s.Hub.now, store: &fewThings{cert: b.cert.Leaf.Raw}}
	f.Add([]byte{}, 0, byte(0), 0)
	f.Add([]byte("KSEALED1\x00\x00\x00\x10e30.e30.e30"), 0, byte(0), 0)
	f.Add([]byte("KSEALED1"), 4200, byte(1), 100)
	// Keys are new in each run, so that what is tried is laid over this run's good file: a front, one byte, a cut.
	f.Fuzz(func(t *testing.T, front []byte, at int, flip byte, cut int) {
		file := bytes.Clone(h.file)
		copy(file, front)
		file[uint(at)%uint(len(file))] ^= flip
		file = file[:len(file)-int(uint(cut)%uint(len(file)+1))]
		err := quick.take(context.Background(), "360001", h.key, file)
		var p *problem
		switch {
		case err == nil && string(file) != string(h.file):
			t.Errorf("a file of %d bytes that nobody signed was taken", len(file))
		case err == nil:
		case !errors.As(err, &p):
			t.Errorf("no answer for a file of %d bytes: %v", len(file), err)
		case p.status == 422 && !platform.RefusalCode(p.code).Valid():
			t.Errorf("refused with the unknown code %q", p.code)
		}
	})
}

// fewThings is a Store of one certificate and one case, without a disk.
type fewThings struct {
	Store
	cert []byte
	mine NewCase
}

func (s *fewThings) Certificate(_ context.Context, _ string, epoch int) ([]byte, error) {
	if epoch != 1 {
		return nil, ErrNotFound
	}
	return s.cert, nil
}

func (s *fewThings) Case(context.Context, string) (Case, error) {
	if s.mine.Key == "" {
		return Case{}, ErrNotFound
	}
	return s.mine.Case, nil
}

func (s *fewThings) AddCase(_ context.Context, c NewCase) error {
	s.mine = c
	return nil
}

// FuzzSmallInputs goes through the hub's other readers of foreign text.
func FuzzSmallInputs(f *testing.F) {
	f.Add("case NQ==,digest NQ==")
	f.Add(string(settingsJWS("360001", 1)))
	f.Add(string(itemZip(f, "x", 1, "办")))
	f.Add("MIIB")
	f.Fuzz(func(t *testing.T, s string) {
		if key, digest, err := uploadMetadata(s); err == nil && (len(key) != 32 || len(digest) != 64) {
			t.Errorf("metadata %q gives %q, %q", s, key, digest)
		}
		if d, err := readSettings("360001", []byte(s)); err == nil && (d.Version < 1 || d.Terminal != "360001") {
			t.Errorf("settings %q give %+v", s, d)
		}
		if p, err := readPackage([]byte(s)); err == nil && (p.Version < 1 || p.NameZH == "") {
			t.Errorf("a package gives %+v", p)
		}
		if pub, err := csrKey([]byte(s)); err == nil && pub == nil {
			t.Errorf("request %q gives no key", s)
		}
		_ = newLimiter(1, time.Second, time.Now).wait(s)
	})
}
