package manage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/device/casefile"
	"kiosk/device/settings"
	"kiosk/sync/platform"
)

// far is a platform that answers as a test says.
type far struct {
	mu        sync.Mutex
	beat      func() (platform.HeartbeatAnswer, error)
	beats     []time.Time
	settings  func() ([]byte, string, error)
	looks     int
	catalogue []platform.CatalogueEntry
	listErr   error
	tags      []string
	pack      func(code string, version int) ([]byte, error)
	packs     []time.Time
}

func (f *far) Heartbeat(context.Context, platform.Heartbeat) (platform.HeartbeatAnswer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.beats = append(f.beats, time.Now())
	if f.beat == nil {
		return platform.HeartbeatAnswer{Next: 30}, nil
	}
	return f.beat()
}

func (f *far) Settings(_ context.Context, tag string) ([]byte, string, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks++
	if f.settings == nil {
		return nil, "", false, nil
	}
	b, newTag, err := f.settings()
	if err != nil || newTag != "" && newTag == tag {
		return nil, "", false, err
	}
	return b, newTag, true, nil
}

func (f *far) Catalogue(_ context.Context, tag string) ([]platform.CatalogueEntry, string, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tags = append(f.tags, tag)
	b, err := json.Marshal(f.catalogue)
	if err != nil {
		return nil, "", false, err
	}
	if newTag := settings.Hash(b); f.listErr == nil && newTag != tag {
		return f.catalogue, newTag, true, nil
	}
	return nil, "", false, f.listErr
}

func (f *far) Package(_ context.Context, code string, version int) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.packs = append(f.packs, time.Now())
	return f.pack(code, version)
}

func (f *far) offers(code string, version int, zip []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.catalogue = append(f.catalogue, platform.CatalogueEntry{Code: code, Version: version, Sha256: string(casefile.DigestOf(zip))})
	f.pack = func(string, int) ([]byte, error) { return zip, nil }
}

func TestRefusedSettings(t *testing.T) {
	f := &far{}
	b := newBox(t, f, 0)
	five := b.root.settings(5)
	if !b.agent.take(five) || !b.live.Swap() {
		t.Fatal("a good document was not taken")
	}
	six, seven := b.root.settings(6), b.root.settings(7)
	forged := append(bytes.Clone(six[:bytes.LastIndexByte(six, '.')]), seven[bytes.LastIndexByte(seven, '.'):]...)
	for _, c := range []struct {
		name    string
		jws     []byte
		code    settings.Code
		version int
	}{
		{"forged", forged, settings.BadSignature, 6},
		{"older", b.root.settings(4), settings.OlderVersion, 4},
		{"same version, other content", b.root.settings(5, func(d *settings.Document) { d.Volume = 1 }), settings.OlderVersion, 5},
		{"another terminal's", b.root.settings(6, func(d *settings.Document) { d.Terminal = "360002" }), settings.WrongTerminal, 6},
		{"out of range", b.root.settings(6, func(d *settings.Document) { d.Volume = -1 }), settings.OutOfRange, 6},
		{"no version", b.sign([]byte(`{"format":"kiosk-settings/1"}`)), settings.Malformed, 0},
		{"version of no document", b.sign([]byte(`{"version":-4}`)), settings.Malformed, 0},
		{"no document", []byte("<html>"), settings.Malformed, 0},
		{"nothing", nil, settings.Malformed, 0},
		{"too long", bytes.Repeat([]byte("a"), 1<<20), settings.Malformed, 0},
	} {
		before := len(b.events("settings-refused"))
		f.settings = func() ([]byte, string, error) { return c.jws, "", nil } // without a tag it comes each time
		for range 3 {
			b.agent.fetch(t.Context())
		}
		got := b.agent.report().Settings
		if got.Refused.Code != string(c.code) || got.Refused.Version != c.version || got.Refused.Detail == "" || len([]rune(got.Refused.Detail)) > 200 || got.Version != 5 {
			t.Errorf("%s: reported %+v", c.name, got)
		}
		events := b.events("settings-refused")
		if len(events) != before+1 || events[before]["code"] != string(c.code) || events[before]["version"] != fmt.Sprint(c.version) {
			t.Errorf("%s: events %v", c.name, events[before:])
		}
		if doc, hash := b.live.Newest(); doc.Version != 5 || hash != settings.Hash(five) {
			t.Errorf("%s: version %d waits or holds", c.name, doc.Version)
		}
		if doc, _, err := b.store.Load(settings.Standard, b.roots, me); err != nil || doc.Version != 5 {
			t.Errorf("%s: version %d on the disk, %v", c.name, doc.Version, err)
		}
	}
	if !b.agent.Refused() {
		t.Error("nothing counts as refused")
	}
	if f.settings = func() ([]byte, string, error) { return append(five, '\n'), "", nil }; b.agent.fetch(t.Context()) <= 0 || b.agent.Refused() || b.live.Swap() {
		t.Error("the document that holds did not end the refusal quietly")
	}
}

// TestSettingsThatCannotBeKept: the disk is not the document's fault; it is asked for again and nothing is reported.
func TestSettingsThatCannotBeKept(t *testing.T) {
	f := &far{}
	b := newBox(t, f, 0)
	signed := b.root.settings(1)
	f.settings = func() ([]byte, string, error) { return signed, "tag", nil }
	b.agent.cfg.Settings = settings.NewStore(filepath.Join(b.dir, "gone"))
	b.agent.fetch(t.Context())
	if _, hash := b.live.Newest(); hash != "" || b.agent.Refused() || len(b.events("settings-refused")) != 0 {
		t.Error("a document that was not kept was taken or refused")
	}
	b.agent.cfg.Settings = b.store
	b.agent.fetch(t.Context())
	if doc, _ := b.live.Newest(); doc.Version != 1 {
		t.Error("it was not asked for again")
	}
	f.settings = func() ([]byte, string, error) {
		return nil, "", &platform.Transport{Err: errors.New("cut")}
	}
	b.agent.fetch(t.Context())
	if b.agent.wanted.settingsTag != "tag" {
		t.Error("an error made the terminal forget what it has")
	}
}

// TestRefusedItems: each is fetched once, told once, and fetched again only when the catalogue names other bytes.
func TestRefusedItems(t *testing.T) {
	for _, c := range []struct {
		name  string
		zip   func(b *box) []byte
		entry func(*platform.CatalogueEntry)
		code  string
	}{
		{name: "forged", zip: func(b *box) []byte { return newRoot(b.TB).item("jdcx", 2) }, code: "bad-signature"},
		{name: "cut", zip: func(b *box) []byte { return b.item("jdcx", 2)[:200] }, code: "malformed"},
		{name: "no zip", zip: func(*box) []byte { return []byte("<html>") }, code: "malformed"},
		{name: "older than named", zip: func(b *box) []byte { return b.item("jdcx", 1) }, code: codeOther},
		{name: "another item", zip: func(b *box) []byte { return b.item("ydds", 2) }, code: codeOther},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &far{}
			b := newBox(t, f, 0)
			if _, err := b.items.Install(b.item("jdcx", 1)); err != nil {
				t.Fatal(err)
			}
			f.offers("jdcx", 2, c.zip(b))
			for range 3 {
				b.agent.fetch(t.Context())
			}
			f.catalogue = append(f.catalogue, platform.CatalogueEntry{Code: "jdcx", Version: 1, Sha256: f.catalogue[0].Sha256})
			b.agent.fetch(t.Context()) // another catalogue, the same package
			if p, ok := b.items.Find("jdcx"); !ok || p.Item.Version != 1 || len(b.items.List()) != 1 {
				t.Errorf("version %d holds", p.Item.Version)
			}
			if events := b.events("item-refused"); len(f.packs) != 1 || len(events) != 1 || events[0]["code"] != c.code || events[0]["item"] != "jdcx" {
				t.Errorf("fetched %d times, events %v; want %q", len(f.packs), events, c.code)
			}
			f.catalogue = nil
			f.offers("jdcx", 3, b.item("jdcx", 3))
			b.agent.fetch(t.Context())
			if p, _ := b.items.Find("jdcx"); p.Item.Version != 3 || len(b.agent.wanted.left) != 0 {
				t.Errorf("after another catalogue version %d holds", p.Item.Version)
			}
		})
	}
}

func TestCatalogueOfNonsense(t *testing.T) {
	f := &far{pack: func(string, int) ([]byte, error) { panic("nothing is to be fetched") }}
	b := newBox(t, f, 0)
	good := string(casefile.DigestOf(nil))
	f.catalogue = []platform.CatalogueEntry{
		{Code: "../../etc", Version: 1, Sha256: good}, {Code: "", Version: 1, Sha256: good}, {Code: "jdcx", Version: 0, Sha256: good},
		{Code: "jdcx", Version: 1 << 30, Sha256: good}, {Code: "jdcx", Version: 1, Sha256: "x"}, {Code: "张三", Version: 1, Sha256: good},
	}
	b.agent.fetch(t.Context())
	b.agent.fetch(t.Context())
	for i := range 3 * maxEntries {
		f.catalogue = append(f.catalogue, platform.CatalogueEntry{Code: fmt.Sprint("-", i), Version: 1, Sha256: good})
	}
	b.agent.fetch(t.Context())
	if n := len(b.agent.wanted.catalogue); n != maxEntries || len(b.agent.wanted.left) > maxEntries {
		t.Errorf("%d entries are remembered", n)
	}
}

// TestItemThatDoesNotCome: a package that cannot be fetched or kept is tried again, more and more seldom, and the list is not
// fetched again for it. Beats go on.
func TestItemThatDoesNotCome(t *testing.T) {
	for name, spoil := range map[string]func(*far, *box){
		"cut": func(f *far, _ *box) {
			f.pack = func(string, int) ([]byte, error) { return nil, &platform.Transport{Err: errors.New("cut")} }
		},
		"other bytes": func(f *far, _ *box) { f.pack = func(string, int) ([]byte, error) { return []byte("other"), nil } },
		"disk": func(_ *far, b *box) {
			if err := os.RemoveAll(filepath.Join(b.dir, "items")); err != nil {
				b.TB.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &far{}
				b := newBox(t, f, 0)
				zip := b.item("jdcx", 1)
				f.offers("jdcx", 1, zip)
				spoil(f, b)
				b.run()
				<-time.After(2 * time.Hour)
				b.stop()
				if n := len(f.packs); n < 12 || n > 24 {
					t.Errorf("%d attempts in two hours", n)
				}
				if f.tags[0] != "" || f.tags[1] == "" || f.tags[len(f.tags)-1] == "" {
					t.Error("the list was fetched again")
				}
				if n := len(f.beats); n < 240 || !b.reach.Online() {
					t.Errorf("%d beats in two hours", n)
				}
				if err := os.MkdirAll(filepath.Join(b.dir, "items"), 0o700); err != nil {
					t.Fatal(err)
				}
				f.pack = func(string, int) ([]byte, error) { return zip, nil }
				b.run()
				<-time.After(11 * time.Minute)
				b.stop()
				if _, ok := b.items.Find("jdcx"); !ok || len(b.events("item-refused")) != 0 {
					t.Error("it was not installed when it came")
				}
			})
		})
	}
}

// TestBeats: as often as the platform wants, after a failure as often as looked, later if it asks for quiet, now if woken.
func TestBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer, answerErr := platform.HeartbeatAnswer{Next: 100}, error(nil)
		f := &far{}
		f.beat = func() (platform.HeartbeatAnswer, error) { return answer, answerErr }
		b := newBox(t, f, 0)
		says := func(a platform.HeartbeatAnswer, err error) {
			f.mu.Lock()
			defer f.mu.Unlock()
			answer, answerErr, f.beats, f.looks = a, err, nil, 0
		}
		heard := func(after time.Duration, low, high int) {
			t.Helper()
			<-time.After(after)
			synctest.Wait()
			f.mu.Lock()
			defer f.mu.Unlock()
			if n := len(f.beats); n < low || n > high {
				t.Errorf("%d beats in %v, want %d to %d", n, after, low, high)
			}
		}
		b.run()
		heard(1000*time.Second, 10, 12)
		says(platform.HeartbeatAnswer{Next: 100}, nil)
		for range 3 {
			b.agent.Soon()
			synctest.Wait()
		}
		heard(time.Second, 3, 4)
		says(platform.HeartbeatAnswer{}, &platform.Transport{Err: errors.New("away")})
		b.agent.Soon()
		heard(150*time.Second, 10, 13)
		says(platform.HeartbeatAnswer{}, &platform.TryLater{Status: 503, After: 10 * time.Minute})
		b.agent.Soon()
		heard(10*time.Minute-time.Second, 1, 2)
		// A hint makes the terminal look at once, and hints for ever do not make it look all the time.
		says(platform.HeartbeatAnswer{Next: 100, Hints: []platform.Hint{platform.HintSettings}}, nil)
		b.agent.Soon()
		synctest.Wait()
		f.mu.Lock()
		looks := f.looks
		f.mu.Unlock()
		if looks != 1 {
			t.Errorf("%d looks at a hint", looks)
		}
		heard(1000*time.Second, 10, 12)
		if f.looks < 60 || f.looks > 100 {
			t.Errorf("%d looks", f.looks)
		}
		b.stop()
		if lost, back := b.events("platform-trouble"), b.events("platform-online"); len(lost) != 1 || lost[0]["code"] != platform.NoAnswer || len(back) != 2 {
			t.Errorf("away %v, back %v", lost, back)
		}
	})
}

// TestBeatsDoNotWaitForADownload: a package on a thin line takes its time.
func TestBeatsDoNotWaitForADownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &slow{far: &far{}}
		b := newBox(t, f, 0)
		f.offers("jdcx", 1, b.item("jdcx", 1))
		b.run()
		<-time.After(10 * time.Minute)
		b.stop()
		if n := len(f.beats); n < 20 {
			t.Errorf("%d beats in ten minutes of downloading", n)
		}
		if len(b.events("item-installed")) != 0 {
			t.Error("a stop installed a package")
		}
	})
}

// slow is a platform whose packages do not end.
type slow struct{ *far }

func (*slow) Package(ctx context.Context, _ string, _ int) ([]byte, error) {
	<-ctx.Done()
	return nil, &platform.Transport{Err: ctx.Err()}
}
