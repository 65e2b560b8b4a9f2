package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kiosk/cmd/stage"
	"kiosk/device/item"
	"kiosk/device/localapi"
	"kiosk/device/trust/sign"
	"kiosk/sync/hub"
)

// rootKey is the key of the stage's offline root.
func rootKey(t *testing.T, s *stage.Stage) *sign.Key {
	t.Helper()
	key, err := sign.Load(filepath.Join(s.Dir, "root", "root-1.key"), "root-1")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// forged is a sample item, changed, in a package that is signed with a key: what nobody's tool would make.
func forged(t *testing.T, code string, version int, key *sign.Key, change func(map[string]any)) []byte {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("../../packaging/sample/items", code, "item.json"))
	if err != nil {
		t.Fatal(err)
	}
	var it map[string]any
	if err := json.Unmarshal(source, &it); err != nil {
		t.Fatal(err)
	}
	it["version"] = version
	change(it)
	written := func(v any) []byte {
		b, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		return append(b, '\n')
	}
	text := written(it)
	sum := sha256.Sum256(text)
	manifest := written(item.Manifest{Format: item.ManifestFormat, Code: code, Version: version, Files: map[string]string{"item.json": hex.EncodeToString(sum[:])}})
	signature := written(item.Signature{KID: key.KID, Sig: base64.RawURLEncoding.EncodeToString(key.Manifest(manifest))})
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range []struct {
		name string
		b    []byte
	}{{"item.json", text}, {"manifest.json", manifest}, {"manifest.sig", signature}} {
		w, err := z.Create(f.name)
		if err == nil {
			_, err = w.Write(f.b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// renamed gives an item another everyday name, by which the home screen tells versions apart.
func renamed(name string) func(map[string]any) {
	return func(it map[string]any) { it["names"].(map[string]any)["everyday"].(map[string]any)["zh"] = name }
}

// onOffer is the everyday name of an item on the home screen, "" when it cannot be chosen.
func onOffer(t *testing.T, s *stage.Stage, code string) string {
	t.Helper()
	st, err := s.API.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range st.Home {
		if c.Code == code && c.Available {
			return c.Everyday.ZH
		}
	}
	return ""
}

// TestBadItemPackages: the hub can hand out anything; the terminal takes what the root has signed, what it understands and what is newer.
// What it refuses it notes, with the reason, and offers what it had.
func TestBadItemPackages(t *testing.T) {
	t.Parallel()
	s := set(t, false)
	root := rootKey(t, s)
	impostor, err := sign.Generate("root-1")
	if err != nil {
		t.Fatal(err)
	}
	before := map[string]string{"ydds": onOffer(t, s, "ydds"), "jdcx": onOffer(t, s, "jdcx")}
	put := func(zips ...[]byte) {
		t.Helper()
		for _, zip := range zips {
			if err := s.PutPackage(t.Context(), zip); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(
		forged(t, "ydds", 2, impostor, renamed("假的")),
		forged(t, "jdcx", 2, root, func(it map[string]any) {
			words := map[string]any{"zh": "看这里", "en": "look here"}
			it["fields"] = []any{map[string]any{"id": "eye", "type": "iris", "label": words, "ask": words}}
		}),
	)
	await(t, "both refusals", func() bool {
		got := events(t, s)
		return got["item-refused ydds bad-signature"] == 1 && got["item-refused jdcx malformed"] == 1
	})
	for code, name := range before {
		if got := onOffer(t, s, code); got != name {
			t.Errorf("after the refusal the home screen offers %q", got)
		}
	}
	put(
		forged(t, "jdcx", 3, root, func(it map[string]any) { it["format"] = "kiosk-item/9" }),
		forged(t, "ydds", 3, root, renamed("给外地办事三")),
	)
	await(t, "the good package behind the bad ones", func() bool {
		return onOffer(t, s, "ydds") == "给外地办事三" && events(t, s)["item-refused jdcx malformed"] == 2
	})

	// A platform that was set back offers an older version than the terminal has.
	if err := s.StopDaemon(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.Dir, "items", "newer.zip"), forged(t, "ydds", 9, root, renamed("给外地办事九")), 0o600); err != nil {
		t.Fatal(err)
	}
	put(forged(t, "ydds", 5, root, renamed("给外地办事五")), forged(t, "jdcx", 4, root, renamed("查进度四")))
	if err := s.StartDaemon(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, "the catalogue to be looked through", func() bool { return onOffer(t, s, "jdcx") == "查进度四" })
	if got := onOffer(t, s, "ydds"); got != "给外地办事九" {
		t.Errorf("an older package came into force: %q", got)
	}
	await(t, "the report of what the terminal has", func() bool {
		var terminals []hub.AdminTerminal
		if err := s.Ask(t.Context(), "/admin/terminals", &terminals); err != nil {
			t.Fatal(err)
		}
		for _, i := range terminals[0].Reported.Items {
			if i.Code == "ydds" {
				return i.Version == 9
			}
		}
		return false
	})
	// The items still serve.
	if v, err := resident(s).Serve(t.Context(), nil); err != nil || v.PlatformNumber == "" {
		t.Errorf("filed: %+v, %v", v, err)
	}
}

// sealedFiles are the sealed files of all cases, by name.
func sealedFiles(t *testing.T, s *stage.Stage) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.State(), "sealed", "cases", "*"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		if files[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestAlteredFilesAreQuarantined flips a byte in the sealed files of some cases while the platform is away. The platform refuses those
// for ever; the terminal keeps them, says so to staff, and the others arrive.
func TestAlteredFilesAreQuarantined(t *testing.T) {
	t.Parallel()
	s := set(t, false)
	if err := s.StopHub(); err != nil {
		t.Fatal(err)
	}
	filed := func() (number string, files []string) {
		before := sealedFiles(t, s)
		v, err := resident(s).Serve(t.Context(), nil)
		if err != nil || v.Number == "" || v.PlatformNumber != "" {
			t.Fatalf("offline: %+v, %v", v, err)
		}
		for path := range sealedFiles(t, s) {
			if before[path] == nil {
				files = append(files, path)
			}
		}
		return v.Number, files
	}
	want := map[string]string{} // number: code
	for _, c := range []struct {
		kind, code string
		at         func(size int) int
	}{
		{".page", "refused-page-altered", func(size int) int { return size - 100 }},
		{".envelope", "refused-bad-signature", func(size int) int { return size - 10 }},
	} {
		number, files := filed()
		want[number] = c.code
		i := slices.IndexFunc(files, func(path string) bool { return strings.HasSuffix(path, c.kind) })
		b, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		b[c.at(len(b))] ^= 1
		if err := os.WriteFile(files[i], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	whole, _ := filed()
	left := sealedFiles(t, s)
	if err := s.StartHub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		t.Helper()
		queue, err := s.API.Queue(t.Context())
		if err != nil || len(queue) != 3 {
			t.Fatalf("%s: the queue lists %+v (%v)", when, queue, err)
		}
		for _, e := range queue {
			switch code := want[e.Number]; {
			case code == "" && (e.Number != whole || e.State != "received" || e.PlatformNumber == ""):
				t.Errorf("%s: the whole case is %+v", when, e)
			case code != "" && (e.State != "refused" || e.LastError != code):
				t.Errorf("%s: want %s, the altered case is %+v", when, code, e)
			}
		}
		st, err := s.API.State(t.Context())
		if err != nil || st.Queue.Quarantined != 2 || st.Queue.Waiting != 0 {
			t.Errorf("%s: %+v (%v)", when, st.Queue, err)
		}
		if !slices.ContainsFunc(st.Warnings, func(w localapi.Warning) bool { return w.Code == "quarantined" && w.Who == "staff" && w.Text.ZH != "" }) {
			t.Errorf("%s: staff is not warned: %+v", when, st.Warnings)
		}
		for path, b := range left {
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, b) {
				t.Errorf("%s: %s is not what it was (%v)", when, filepath.Base(path), err)
			}
		}
	}
	check("at once")
	got := events(t, s)
	for _, code := range want {
		if got["case-refused "+code] != 1 {
			t.Errorf("no case-refused %s among %v", code, got)
		}
	}
	out, err := s.Ctl(t.Context(), "queue", "list")
	for number, code := range want {
		if err != nil || !strings.Contains(string(out), number) || !strings.Contains(string(out), code) {
			t.Errorf("kioskctl queue list (%v):\n%s", err, out)
		}
	}
	if cases, err := s.Cases(t.Context()); err != nil || slices.ContainsFunc(cases, func(c stage.Case) bool { return c.PlatformNumber != "" && c.Number != whole }) {
		t.Errorf("the hub has %+v (%v)", cases, err)
	}
	if err := s.StopDaemon(); err != nil {
		t.Fatal(err)
	}
	if err := s.StartDaemon(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("after a restart")
	if v, err := resident(s).Serve(t.Context(), nil); err != nil || v.PlatformNumber == "" {
		t.Errorf("the next person: %+v, %v", v, err)
	}
}

// TestWrongAnswersOfThePlatform puts something else in the platform's place, under its name and certificate: a portal's page, JSON without
// end, silence. Each case is kept, the person is told so, and it arrives when the platform is itself again.
func TestWrongAnswersOfThePlatform(t *testing.T) {
	t.Parallel()
	s := set(t, false)
	if err := s.StopHub(); err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile(filepath.Join(s.Dir, "platform.json"))
	if err != nil {
		t.Fatal(err)
	}
	var told struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(document, &told); err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(told.URL)
	if err != nil {
		t.Fatal(err)
	}
	odd, err := hub.Serve(t.Context(), hub.Config{Dir: s.HubDir()}, hub.Listen{Terminals: address.Host, Admin: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		fault hub.Fault
	}{
		{"not JSON", hub.Fault{Garbage: true}},
		{"without end", hub.Fault{Huge: true}},
		{"server error", hub.Fault{Status: 500}},
		{"not found", hub.Fault{Status: 404}},
		{"cut", hub.Fault{LoseAnswer: true}},
		{"silence", hub.Fault{Hang: true}}, // the last: a call waits for its whole time
	} {
		odd.Hub.SetFault(&c.fault)
		kept := false
		p := resident(s)
		p.Before = func(st localapi.State, _ string) { kept = kept || st.Visit.View.Kind == localapi.ViewKept }
		began := time.Now()
		v, err := p.Serve(t.Context(), nil)
		if err != nil || !kept || v.Number == "" || v.PlatformNumber != "" || v.Printed != "yes" {
			t.Errorf("%s: kept %v, went home with %+v (%v)", c.name, kept, v, err)
		}
		queue, err := s.API.Queue(t.Context())
		if err != nil || len(queue) == 0 {
			t.Fatalf("%s: %v, %v", c.name, queue, err)
		}
		last := queue[len(queue)-1]
		if last.Number != v.Number || last.State != "kept" || last.Attempts > 0 && last.LastError == "" {
			t.Errorf("%s: the queue says %+v", c.name, last)
		}
		t.Logf("%s: served in %v; queue: %s after %d tries, %q", c.name, time.Since(began).Round(time.Millisecond), last.State, last.Attempts, last.LastError)
	}
	st, err := s.API.State(t.Context())
	if err != nil || st.Queue.Waiting != 6 || st.Queue.Quarantined != 0 {
		t.Errorf("the queue says %+v (%v)", st.Queue, err)
	}
	if got := events(t, s); got["platform-trouble no-answer"] == 0 {
		t.Errorf("events are %v", got)
	}
	if err := odd.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.StartHub(t.Context()); err != nil {
		t.Fatal(err)
	}
	papers, cases := books(t, s)
	if papers != 6 || cases != 6 {
		t.Errorf("%d papers, %d cases", papers, cases)
	}
}
