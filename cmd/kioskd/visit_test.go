package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kiosk/cmd/stage"
	"kiosk/device/casefile"
	"kiosk/device/localapi"
	"kiosk/device/settings"
	"kiosk/device/trust"
	"kiosk/device/trust/sign"
)

// TestFileOfflineThenFind: with the platform away the person gets a local number on paper; when the platform is back the case
// arrives once, and is found by its local number, by the platform's, by the receipt's code and by card.
func TestFileOfflineThenFind(t *testing.T) {
	s := set(t, false)
	if err := s.StopHub(); err != nil {
		t.Fatal(err)
	}
	c := resident(s)
	var shown []localapi.ViewKind
	c.Before = func(st localapi.State, _ string) { shown = append(shown, st.Visit.View.Kind) }
	v, err := c.Serve(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.Number == "" || v.PlatformNumber != "" || v.Printed != "yes" {
		t.Fatalf("offline the person goes home with %+v", v)
	}
	found := false
	for _, k := range shown {
		found = found || k == localapi.ViewKept
	}
	if !found {
		t.Fatalf("the screen \"kept here\" was not among %v", shown)
	}
	// Offline it is found by number only, from this terminal's queue.
	if got := query(t, s, "number", v.Number); len(got) != 1 || got[0].State != "kept" || !got[0].Local {
		t.Fatalf("offline by number: %+v", got)
	}
	if err := s.StartHub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	cases, err := s.Cases(t.Context())
	if err != nil || len(cases) != 1 || cases[0].Number != v.Number || cases[0].Missing != 0 {
		t.Fatalf("the hub has %+v (%v)", cases, err)
	}
	for way, number := range map[string]string{"number": v.Number, "number ": cases[0].PlatformNumber} {
		if got := query(t, s, strings.TrimSpace(way), number); len(got) != 1 || got[0].Number != v.Number || got[0].State != "received" {
			t.Errorf("by %q: %+v", number, got)
		}
	}
	if got := query(t, s, "card", ""); len(got) != 1 || got[0].Number != v.Number {
		t.Errorf("by card: %+v", got)
	}
	if err := s.Sim.Scene(t.Context(), filepath.Join(s.Printed(), "receipt-1.png")); err != nil {
		t.Fatal(err)
	}
	if got := query(t, s, "code", ""); len(got) != 1 || got[0].Number != v.Number {
		t.Errorf("by the receipt's code: %+v", got)
	}
	books(t, s)
}

// query looks a case up as a person does.
func query(t *testing.T, s *stage.Stage, way, number string) []localapi.Case {
	t.Helper()
	c := &stage.Citizen{API: s.API, Sim: s.Sim, Item: "jdcx", Way: way, Number: number, Person: stage.AnyPerson}
	v, err := c.Serve(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return v.Cases
}

// TestThirdItemNeedsNoGo files a case of the handbook's example: other order of steps, a condition, two persons. It was written
// from the handbook alone.
func TestThirdItemNeedsNoGo(t *testing.T) {
	s := set(t, false)
	zip, err := s.Package(t.Context(), "../../docs/handbook/example-item")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(zip)
	if err != nil {
		t.Fatal(err)
	}
	var source struct {
		Code string `json:"code"`
	}
	text, err := os.ReadFile("../../docs/handbook/example-item/item.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &source); err != nil {
		t.Fatal(err)
	}
	if err := s.PutPackage(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	await(t, "the item on the home screen", func() bool {
		st, err := s.API.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range st.Home {
			if c.Code == source.Code && c.Available {
				return true
			}
		}
		return false
	})
	c := resident(s)
	c.Item, c.Persons = source.Code, []string{"minority"}
	c.Answers["who"], c.Answers["copies"] = "family", "2"
	v, err := c.Serve(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.Number == "" || v.PlatformNumber == "" || v.Printed != "yes" {
		t.Fatalf("the person goes home with %+v", v)
	}
	books(t, s)
}

// TestSettingsFromFarAway: a signed document comes into force between visits and is reported; a forged and an impossible one are
// refused with the reason, and the console shows it. That a terminal refuses an older one is shown in sync/manage.
func TestSettingsFromFarAway(t *testing.T) {
	s := set(t, false)
	put := func(version int, idle float64, spoil func([]byte) []byte) error {
		times := *quick()
		times.Idle = settings.Seconds(time.Duration(idle * float64(time.Second)))
		d := settings.Document{
			Format: "kiosk-settings/1", Terminal: s.Terminal, Version: version, Times: times, Volume: 3,
			Hours: settings.Hours{From: "00:00", To: "00:00"}, Items: []string{"jdcx", "ydds"},
		}
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(s.Dir, fmt.Sprintf("settings-%d.json", version))
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		signed, err := s.Sign(t.Context(), "settings", file)
		if err != nil {
			return err
		}
		jws, err := os.ReadFile(signed)
		if err != nil {
			t.Fatal(err)
		}
		if spoil != nil {
			jws = spoil(jws)
		}
		return s.PutSettings(t.Context(), jws)
	}
	if err := put(3, 90, nil); err != nil {
		t.Fatal(err)
	}
	await(t, "version 3 in force", func() bool {
		st, err := s.API.State(t.Context())
		return err == nil && st.Terminal.Settings == 3 && st.Terminal.Volume == 3 && len(st.Home) == 2 && st.Home[0].Code == "jdcx"
	})
	await(t, "version 3 in the console", func() bool { return strings.Contains(strings.Join(strings.Fields(console(t, s)), " "), "3 / 3") })
	// The hub cannot sign, but it can be made to hand out anything.
	forge := func(b []byte) []byte { // a newer document under an older one's signature
		old, err := os.ReadFile(filepath.Join(s.Dir, "settings-3.jws"))
		if err != nil {
			t.Fatal(err)
		}
		return append(b[:bytes.LastIndexByte(b, '.')], old[bytes.LastIndexByte(old, '.'):]...)
	}
	if err := put(4, 90, forge); err != nil {
		t.Fatal(err)
	}
	await(t, "the refusal in the console", func() bool { return strings.Contains(console(t, s), "bad-signature") })
	// What the root itself has signed is looked at just as closely.
	root, err := sign.Load(filepath.Join(s.Dir, "root", "root-1.key"), "root-1")
	if err != nil {
		t.Fatal(err)
	}
	signed := func(version int, idle float64) []byte {
		doc, err := os.ReadFile(filepath.Join(s.Dir, "settings-3.json"))
		if err != nil {
			t.Fatal(err)
		}
		var d map[string]any
		if err := json.Unmarshal(doc, &d); err != nil {
			t.Fatal(err)
		}
		d["version"] = version
		d["times"].(map[string]any)["idle"] = idle
		if doc, err = json.Marshal(d); err != nil {
			t.Fatal(err)
		}
		jws, err := root.Document(trust.KindSettings, doc)
		if err != nil {
			t.Fatal(err)
		}
		return jws
	}
	if err := s.PutSettings(t.Context(), signed(5, 1e6)); err != nil {
		t.Fatal(err)
	}
	await(t, "the second refusal in the console", func() bool { return strings.Contains(console(t, s), "out-of-range") })
	if err := s.PutSettings(t.Context(), signed(2, 90)); err == nil {
		t.Error("the hub takes an older version back; only a hub restored from a backup may hand one out")
	}
	st, err := s.API.State(t.Context())
	if err != nil || st.Terminal.Settings != 3 {
		t.Fatalf("after two bad documents version %d holds (%v)", st.Terminal.Settings, err)
	}
}

func console(t *testing.T, s *stage.Stage) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Admin+"/console/", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// await asks until it is so, for at most 40 s.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	end := time.NewTimer(40 * time.Second)
	defer end.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-end.C:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

// TestPrinterUnpluggedInTheMiddle: the screen says that it is not known whether paper came, and the second one is marked as a copy.
func TestPrinterUnpluggedInTheMiddle(t *testing.T) {
	s := set(t, true) // printing at the speed of paper leaves time to pull the plug
	ctx := t.Context()
	c := resident(s)
	pulled := make(chan error, 1)
	c.Before = func(_ localapi.State, kind string) {
		if kind == localapi.IntentPrint {
			time.AfterFunc(300*time.Millisecond, func() { pulled <- s.Sim.Unplug(ctx, "printer") })
		}
	}
	v, err := c.Serve(ctx, func(st localapi.State) bool { return st.Visit.View.Kind == localapi.ViewPrinter })
	if err != nil {
		t.Fatal(err)
	}
	if err := <-pulled; err != nil {
		t.Fatal(err)
	}
	if v.Printed != "not-known" || v.Number == "" {
		t.Fatalf("with the plug pulled the screen says %+v", v)
	}
	if err := s.Sim.Plug(ctx, "printer"); err != nil {
		t.Fatal(err)
	}
	await(t, "the printer to be back", func() bool { return s.Ready(ctx) == nil })
	c.Before, c.Again = nil, true
	if v, err = c.Serve(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if v.Printed != "yes" {
		t.Fatalf("after the plug is back the person goes home with %+v", v)
	}
	books(t, s)
	q, err := s.API.Queue(ctx)
	if err != nil || len(q) != 1 || q[0].Receipt != "yes" {
		t.Fatalf("queue %+v (%v)", q, err)
	}
}

// TestPrinterOutOfPaper: it is said before anybody begins, and the case is kept all the same.
func TestPrinterOutOfPaper(t *testing.T) {
	s := set(t, false)
	ctx := t.Context()
	if err := s.Sim.Paper(ctx, "out"); err != nil {
		t.Fatal(err)
	}
	await(t, "paper out to be known", func() bool {
		d, err := s.API.Devices(ctx)
		return err == nil && d[2].Supplies == "bad"
	})
	// Without paper the case is kept all the same, and the person is told before.
	c := resident(s)
	told := false
	c.Before = func(st localapi.State, _ string) {
		told = told || st.Visit.View.Guide != nil && st.Visit.View.Guide.NoReceipt
	}
	c.Paper = false
	v, err := c.Serve(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !told || v.PlatformNumber == "" {
		t.Fatalf("told before: %v, went home with %+v", told, v)
	}
	q, err := s.API.Queue(ctx)
	if err != nil || len(q) != 1 || q[0].Receipt != "no" {
		t.Fatalf("queue %+v (%v)", q, err)
	}
	if _, _, err := casefile.ParseNumber(v.Number); err != nil {
		t.Fatal(err)
	}
}
