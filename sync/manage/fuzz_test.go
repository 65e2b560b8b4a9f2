package manage

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"kiosk/sync/platform"
)

// FuzzTake gives foreign bytes as a settings document: none is taken, and what is reported keeps to the contract.
func FuzzTake(f *testing.F) {
	b := newBox(f, &far{}, 0)
	good := b.root.settings(6)
	f.Add([]byte("e30.e30.e30"), 0, byte(0))
	f.Add([]byte(`eyJhbGciOiJFZERTQSJ9.eyJ2ZXJzaW9uIjo5OTk5OTk5OTk5fQ.c2ln`), 0, byte(0))
	f.Add([]byte{}, 40, byte(1))
	// Keys are new in each run, so what is tried is laid over this run's good document: a front and one byte.
	f.Fuzz(func(t *testing.T, front []byte, at int, flip byte) {
		jws := bytes.Clone(good)
		copy(jws, front)
		if len(front) > len(jws) {
			jws = front
		}
		jws[uint(at)%uint(len(jws))] ^= flip
		if bytes.Equal(jws, good) {
			return
		}
		if !b.agent.take(bytes.TrimSpace(jws)) {
			t.Error("a strange document was nearly taken")
		}
		if _, hash := b.live.Newest(); hash != "" {
			t.Fatalf("taken: %q", jws)
		}
		if r := b.agent.report().Settings.Refused; r.Code == "" || r.Version < 0 || r.Version > maxVersion || len(r.Code) > 64 || len([]rune(r.Detail)) > 200 {
			t.Errorf("reported %+v", r)
		}
	})
}

// FuzzCatalogue gives foreign bytes as the catalogue; only what can be a package is fetched, and nothing of it is installed.
func FuzzCatalogue(f *testing.F) {
	f.Add([]byte(`[{"code":"ydds","version":1,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]`), []byte{})
	f.Add([]byte(`[{"code":"..","version":-1}]`), []byte("PK"))
	b := newBox(f, nil, 0)
	f.Fuzz(func(t *testing.T, list, zip []byte) {
		far := &far{}
		if json.Unmarshal(list, &far.catalogue) != nil {
			return
		}
		far.pack = func(code string, version int) ([]byte, error) {
			if !itemCode.MatchString(code) || version < 1 || version > maxVersion {
				t.Errorf("asked for version %d of %q", version, code)
			}
			return zip, nil
		}
		b.agent.cfg.Platform, b.agent.wanted = far, wanted{left: map[platform.CatalogueEntry]left{}}
		b.agent.fetch(context.Background())
		b.agent.fetch(context.Background())
		if len(far.packs) > len(far.catalogue) || len(b.items.List()) != 0 {
			t.Errorf("%d fetched of %d, %d installed", len(far.packs), len(far.catalogue), len(b.items.List()))
		}
	})
}
