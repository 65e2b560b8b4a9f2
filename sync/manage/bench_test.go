package manage

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"kiosk/device/audit"
	"kiosk/device/item"
	"kiosk/device/settings"
	"kiosk/device/trust"
	"kiosk/device/trust/sign"
	"kiosk/sync/hub"
	"kiosk/sync/platform"
)

const me = "360001"

// root is an offline root.
type root struct {
	testing.TB
	key   *sign.Key
	roots *trust.Roots
}

func newRoot(t testing.TB) *root {
	t.Helper()
	key, err := sign.Generate("root-1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := sign.Roots(key)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := trust.ParseRoots(b)
	if err != nil {
		t.Fatal(err)
	}
	return &root{t, key, roots}
}

func document(version int) settings.Document {
	return settings.Document{
		Format: settings.DocumentFormat, Terminal: me, Version: version, Times: settings.StandardTimes, Volume: 3,
		Hours: settings.Hours{From: "09:00", To: "18:00"}, Items: []string{"jdcx"},
	}
}

// settings signs a document, changed on the way.
func (r *root) settings(version int, change ...func(*settings.Document)) []byte {
	r.Helper()
	d := document(version)
	for _, f := range change {
		f(&d)
	}
	b, err := json.Marshal(d)
	if err != nil {
		r.Fatal(err)
	}
	return r.sign(b)
}

func (r *root) sign(payload []byte) []byte {
	r.Helper()
	signed, err := r.key.Document(trust.KindSettings, payload)
	if err != nil {
		r.Fatal(err)
	}
	return signed
}

// item packs and signs the shipped sample of that code in that version.
func (r *root) item(code string, version int) []byte {
	r.Helper()
	text, err := os.ReadFile(filepath.FromSlash("../../packaging/sample/items/" + code + "/item.json"))
	if err != nil {
		r.Fatal(err)
	}
	old := []byte(`"version": 1`)
	if !bytes.Contains(text, old) {
		r.Fatalf("sample %s has no version to change", code)
	}
	dir := r.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "item.json"), bytes.Replace(text, old, fmt.Appendf(nil, `"version": %d`, version), 1), 0o600); err != nil {
		r.Fatal(err)
	}
	out := filepath.Join(r.TempDir(), "item.zip")
	if _, err := item.Pack(dir, out); err != nil {
		r.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		r.Fatal(err)
	}
	if b, err = item.Sign(b, r.key.KID, r.key.Manifest); err != nil {
		r.Fatal(err)
	}
	return b
}

// box is what of a terminal management works with.
type box struct {
	testing.TB
	*root
	dir     string
	store   *settings.Store
	live    *settings.Live
	items   *item.Catalogue
	reach   *platform.Reach
	audit   *audit.Log
	agent   *Agent
	changed chan struct{} // has room for one
	stop    func()        // ends the agent's run; all events are written then
}

func newBox(t testing.TB, far Platform, every time.Duration) *box {
	t.Helper()
	b := &box{TB: t, root: newRoot(t), dir: t.TempDir(), reach: &platform.Reach{}, changed: make(chan struct{}, 1)}
	b.store, b.live = settings.NewStore(b.dir), settings.NewLive(settings.Standard, "")
	var err error
	if b.items, err = item.OpenCatalogue(b.roots, filepath.Join(b.dir, "shipped"), b.dir); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	if b.audit, err = audit.Open(filepath.Join(b.dir, "audit.log"), log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.audit.Close() })
	b.agent = New(Config{
		Platform: far, Reach: b.reach, Log: log, Audit: b.audit, Terminal: me, Roots: b.roots, Settings: b.store, Live: b.live, Items: b.items,
		Beat: func() platform.Heartbeat {
			return platform.Heartbeat{Version: "1.0", Boot: "boot", Queue: platform.Queue{Waiting: 2, Quarantined: 1},
				Devices: []platform.Device{{Kind: "camera", Driver: "uvc", State: "open", Link: "good"}}}
		},
		Changed: func() { poke(b.changed) }, Every: every,
	})
	return b
}

func (b *box) run() {
	b.TB.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.agent.Run(ctx) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			b.TB.Error(err)
		}
	})
	b.TB.Cleanup(b.stop)
}

// events are the fields of all events with that id.
func (b *box) events(id string) (fields []map[string]string) {
	b.TB.Helper()
	all, err := b.audit.Tail(audit.MaxTail)
	if err != nil {
		b.TB.Fatal(err)
	}
	for _, e := range all {
		if e.ID == "audit-refused" {
			b.TB.Errorf("event %v does not fit the catalogue", e.Fields)
		}
		if e.ID == id {
			fields = append(fields, e.Fields)
		}
	}
	return fields
}

// bench is a box that is enrolled at a real hub, and what the hub hears from it.
type bench struct {
	*box
	hub *hub.Server
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{}
	var err error
	if b.hub, err = hub.Start(context.Background(), t.TempDir(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.hub.Close(); err != nil {
			t.Error(err)
		}
	})
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	code, _, err := b.hub.Hub.NewCode(t.Context(), me, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := platform.New(platform.Options{URL: b.hub.URL, Roots: b.hub.Hub.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	chain, err := stranger.Enrol(t.Context(), "SN-1", code, key)
	if err != nil {
		t.Fatal(err)
	}
	client, err := platform.New(platform.Options{URL: b.hub.URL, Roots: b.hub.Hub.Roots(), Certificate: platform.Certificate(chain, key)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	b.box = newBox(t, client, 5*time.Millisecond)
	return b
}

// reported waits until the hub has heard what is asked for.
func (b *bench) reported(what string, so func(platform.Heartbeat) bool) platform.Heartbeat {
	b.TB.Helper()
	ctx, cancel := context.WithTimeout(b.TB.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		all, err := b.hub.Hub.Terminals(ctx)
		if err != nil {
			b.TB.Fatalf("%s was not reported: %v", what, err)
		}
		var beat platform.Heartbeat
		if len(all) == 1 && len(all[0].Beat) > 0 {
			if err := json.Unmarshal(all[0].Beat, &beat); err != nil {
				b.TB.Fatal(err)
			}
		}
		if so(beat) {
			return beat
		}
	}
}

// untilOnline waits until the platform counts as there, or as away.
func (b *box) untilOnline(want bool) {
	b.TB.Helper()
	ctx, cancel := context.WithTimeout(b.TB.Context(), 20*time.Second)
	defer cancel()
	for {
		changed := b.reach.Changed()
		if b.reach.Online() == want {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			b.TB.Fatalf("online is %t", !want)
		}
	}
}

// asked counts the requests whose path begins so, from now on.
func (b *bench) asked(prefix string) func() int {
	var mu sync.Mutex
	n := 0
	b.hub.Hub.SetFault(&hub.Fault{Match: func(r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if len(r.URL.Path) >= len(prefix) && r.URL.Path[:len(prefix)] == prefix {
			n++
		}
		return false
	}})
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return n
	}
}

func has(b platform.Heartbeat, code string, version int) bool {
	return slices.Contains(b.Items, platform.ItemVersion{Code: code, Version: version})
}
