package uplink

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/sync/hub"
	"kiosk/sync/platform"
	"kiosk/sync/queue"
)

// found expects one case.
func found(t *testing.T, how string, list []casefile.Progress, err error, number casefile.Number, state string, local bool) casefile.Progress {
	t.Helper()
	if err != nil || len(list) != 1 || list[0].Number != number || list[0].State != state || list[0].Local != local || list[0].AsOf.IsZero() || len(list[0].Events) == 0 {
		t.Fatalf("%s: %+v, %v; want %s, %s", how, list, err, number, state)
	}
	return list[0]
}

func TestProgress(t *testing.T) {
	b := newBench(t, 20*time.Second)
	ctx := t.Context()
	h := b.keep(t, noise(10))
	b.run(t)
	r := b.await(t, h)
	if err := b.hub.Hub.SetCaseState(ctx, string(h.record.Number), platform.ProgressAccepted); err != nil {
		t.Fatal(err)
	}
	person := func(number, name string) ([]casefile.Progress, error) {
		return b.up.ByPerson(ctx, identity.SecretString(number), identity.SecretString(name))
	}

	list, err := person(testNumber, testName)
	p := found(t, "person", list, err, h.record.Number, "accepted", false)
	// This platform has no package of the item: the terminal's own name stands in for the code.
	if p.PlatformNumber != r.PlatformNumber || p.Item != testItem || len(p.Events) != 3 || p.ItemName.ZH != "给外地办事" {
		t.Errorf("person: %+v", p)
	}
	list, err = b.up.ByTicket(ctx, h.ticket())
	found(t, "ticket", list, err, h.record.Number, "accepted", false)
	for _, number := range []string{string(h.record.Number), h.record.Number.Spaced(), r.PlatformNumber, r.PlatformNumber[:4] + "-" + r.PlatformNumber[4:]} {
		list, err = b.up.ByNumber(ctx, number)
		found(t, "number", list, err, h.record.Number, "accepted", false)
	}
	none := func(how string, err error) {
		t.Helper()
		if !errors.Is(err, casefile.ErrNotFound) || errors.Is(err, casefile.ErrOffline) {
			t.Errorf("%s: %v, want not found", how, err)
		}
	}
	_, err = person("932682198501010017", testName)
	none("another person", err)
	_, err = person(testNumber, "李四")
	none("another name", err)
	for _, number := range []string{"", " - ", "36000101000001", "123456789012", "999999019999990", "收存号", strings.Repeat("1", 40), "'; --"} {
		_, err = b.up.ByNumber(ctx, number)
		none("number "+number, err)
	}
	if !b.reach.Online() {
		t.Error("asking for what is not there has made the platform away")
	}

	// A case that the platform does not know yet is answered from here.
	b.stop()
	waiting := b.keep(t)
	list, err = b.up.ByTicket(ctx, waiting.ticket())
	if p := found(t, "kept only", list, err, waiting.record.Number, "kept", true); p.ItemName.ZH != "给外地办事" {
		t.Errorf("kept only: %+v", p)
	}

	// Nobody answers: what this terminal knows is told, and about persons it knows nothing.
	for name, f := range map[string]hub.Fault{"silence": {Lose: true}, "garbage": {Garbage: true}, "503": {Status: 503}} {
		b.hub.Hub.SetFault(&f)
		list, err = b.up.ByNumber(ctx, r.PlatformNumber)
		if p := found(t, name, list, err, h.record.Number, "received", true); !p.AsOf.Equal(r.ReceivedAt) || len(p.Events) != 2 {
			t.Errorf("%s: %+v", name, p)
		}
		list, err = b.up.ByTicket(ctx, waiting.ticket())
		found(t, name, list, err, waiting.record.Number, "kept", true)
		if _, err = person(testNumber, testName); !errors.Is(err, casefile.ErrOffline) || errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("%s, person: %v, want offline", name, err)
		}
		if _, err = b.up.ByNumber(ctx, "999999019999990"); !errors.Is(err, casefile.ErrOffline) {
			t.Errorf("%s, unknown number: %v, want offline", name, err)
		}
		if b.reach.Online() {
			t.Errorf("%s: the platform counts as there", name)
		}
		b.hub.Hub.SetFault(nil)
	}
	b.logs.silentOn(t, testNumber, testName)
}

// FuzzProgress gives foreign bytes as the platform's answer; what is shown keeps to the contract.
func FuzzProgress(f *testing.F) {
	f.Add([]byte(`{"cases":[{"number":"360001010000016","item":"ydds","item_name":{"zh":"办","en":"x"},"state":"kept","events":[{"state":"kept","at":"2026-11-21T00:00:00Z"}],"as_of":"2026-11-21T00:00:00Z"}]}`))
	f.Add([]byte(`{"cases":[{"number":"1","state":"eaten"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v platform.ProgressAnswer
		if json.Unmarshal(b, &v) != nil {
			return
		}
		list := progress(v.Cases)
		if len(list) > maxCases || len(list) > len(v.Cases) {
			t.Errorf("%d cases of %d", len(list), len(v.Cases))
		}
		for _, p := range list {
			if _, _, err := casefile.ParseNumber(string(p.Number)); err != nil || !platform.ProgressState(p.State).Valid() || len(p.Events) > maxEvents ||
				len([]rune(p.Contact)) > maxText || len([]rune(p.ItemName.ZH)) > maxText || p.Local {
				t.Errorf("%+v", p)
			}
		}
	})
}

// FuzzRecord: whatever lies in the queue, a kept case is found under its key and number.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"item":"ydds"}`), []byte(`{"platform_number":"360000000014"}`), "360001", 1, 1)
	f.Add([]byte(`{"item":7}`), []byte(`{`), "", 0, -1)
	f.Fuzz(func(t *testing.T, note, answer []byte, terminal string, epoch, sequence int) {
		u := New(Config{Log: quietLog()})
		r := u.record(queue.Entry{Key: "k", Terminal: terminal, Epoch: epoch, Sequence: sequence, State: queue.Kept, Note: note, Result: answer})
		if r.Key != "k" || r.State != casefile.Kept || r.Sequence != sequence {
			t.Errorf("%+v", r)
		}
	})
}
