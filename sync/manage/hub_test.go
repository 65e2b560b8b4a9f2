package manage

import (
	"reflect"
	"testing"
	"time"

	"kiosk/device/settings"
	"kiosk/sync/hub"
	"kiosk/sync/platform"
)

// TestSettingsFromTheHub: a document comes into force with Swap and not before, and the hub hears of it; refused ones change
// nothing and are reported with their version.
func TestSettingsFromTheHub(t *testing.T) {
	b := newBench(t)
	put := func(version int, jws []byte) {
		t.Helper()
		if err := b.hub.Hub.PutSettings(t.Context(), me, jws); err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
	}
	b.run()
	beat := b.reported("the first beat", func(h platform.Heartbeat) bool { return h.Version == "1.0" })
	if len(beat.Devices) != 1 || beat.Queue.Waiting != 2 || beat.Queue.Quarantined != 1 || beat.Boot != "boot" || beat.SentAt.IsZero() ||
		beat.Settings.Version != 0 || beat.Settings.Sha256 != "" || beat.Settings.Refused.Code != "" {
		t.Errorf("first beat: %+v", beat)
	}

	signed := b.root.settings(7)
	put(7, signed)
	<-b.changed
	if doc, _ := b.live.Current(); doc.Version != 0 {
		t.Errorf("version %d holds before the visit has ended", doc.Version)
	}
	if doc, hash := b.live.Newest(); doc.Version != 7 || hash != settings.Hash(signed) {
		t.Errorf("version %d waits", doc.Version)
	}
	if !b.live.Swap() {
		t.Fatal("nothing to swap")
	}
	b.agent.Soon()
	b.reported("version 7", func(h platform.Heartbeat) bool {
		return h.Settings.Version == 7 && h.Settings.Sha256 == settings.Hash(signed)
	})
	if doc, _, err := b.store.Load(settings.Standard, b.roots, me); err != nil || !reflect.DeepEqual(doc, document(7)) {
		t.Errorf("on the disk: %+v, %v", doc, err)
	}

	for _, c := range []struct {
		version int
		jws     []byte
		code    settings.Code
	}{
		{8, newRoot(t).settings(8), settings.BadSignature},
		{9, b.root.settings(9, func(d *settings.Document) { d.Volume = 11 }), settings.OutOfRange},
		{10, b.sign([]byte(`{"format":"kiosk-settings/1","terminal":"360001","version":10,"wish":true}`)), settings.Malformed},
	} {
		put(c.version, c.jws)
		beat := b.reported(string(c.code), func(h platform.Heartbeat) bool { return h.Settings.Refused.Code == string(c.code) })
		if r := beat.Settings.Refused; r.Version != c.version || r.Detail == "" || beat.Settings.Version != 7 || !b.agent.Refused() {
			t.Errorf("%s: %+v", c.code, beat.Settings)
		}
	}
	put(11, b.root.settings(11))
	<-b.changed
	b.live.Swap()
	b.agent.Soon()
	b.reported("version 11", func(h platform.Heartbeat) bool { return h.Settings.Version == 11 && h.Settings.Refused.Code == "" })
	if b.agent.Refused() {
		t.Error("a good document did not end the refusal")
	}
	b.stop()
	var told []string
	for _, e := range b.events("settings-refused") {
		told = append(told, e["code"]+" "+e["version"])
	}
	if want := []string{"bad-signature 8", "out-of-range 9", "malformed 10"}; !reflect.DeepEqual(told, want) {
		t.Errorf("events %v, want %v", told, want)
	}
}

// TestItemsFromTheHub: a package is installed, offered and reported; a refused one is told and never fetched twice.
func TestItemsFromTheHub(t *testing.T) {
	b := newBench(t)
	put := func(zip []byte) {
		t.Helper()
		if _, err := b.hub.Hub.PutPackage(t.Context(), zip); err != nil {
			t.Fatal(err)
		}
	}
	fetched := b.asked("/v1/catalogue/")
	put(b.item("jdcx", 3))
	put(newRoot(t).item("ydds", 1))
	b.run()
	b.reported("jdcx", func(h platform.Heartbeat) bool { return has(h, "jdcx", 3) })
	put(b.item("jdcx", 4))
	b.reported("the next jdcx", func(h platform.Heartbeat) bool { return has(h, "jdcx", 4) })
	put(newRoot(t).item("jdcx", 5))
	put(b.item("ydds", 2))
	beat := b.reported("ydds", func(h platform.Heartbeat) bool { return has(h, "ydds", 2) })
	if !has(beat, "jdcx", 4) || len(beat.Items) != 2 {
		t.Errorf("items %v", beat.Items)
	}
	b.stop()
	if n := fetched(); n != 5 {
		t.Errorf("%d packages were fetched where five were new", n)
	}
	if got := b.events("item-installed"); len(got) != 3 || got[0]["version"] != "3" || got[2]["item"] != "ydds" {
		t.Errorf("installed: %v", got)
	}
	if got := b.events("item-refused"); len(got) != 2 || got[0]["code"] != "bad-signature" || got[0]["item"] != "ydds" || got[1]["item"] != "jdcx" {
		t.Errorf("refused: %v", got)
	}
}

// TestFaultsOfTheHub: whatever a broken hub answers, what holds goes on to hold, and a hub that is well again is believed.
func TestFaultsOfTheHub(t *testing.T) {
	b := newBench(t)
	b.run()
	b.reported("the first beat", func(h platform.Heartbeat) bool { return h.Version != "" })
	version := 0
	for _, f := range []hub.Fault{{Lose: true}, {LoseAnswer: true}, {Garbage: true}, {Huge: true}, {Status: 500}, {Status: 503}, {Status: 403}} {
		b.untilOnline(true)
		b.hub.Hub.SetFault(&f)
		b.agent.Soon()
		b.untilOnline(f.Status == 403) // a refusal is an answer
		version++
		if err := b.hub.Hub.PutSettings(t.Context(), me, b.root.settings(version)); err != nil {
			t.Fatal(err)
		}
		b.hub.Hub.SetFault(nil)
		<-b.changed
		if !b.live.Swap() {
			t.Fatal("nothing to swap")
		}
		b.agent.Soon()
		b.reported("the document after the fault", func(h platform.Heartbeat) bool { return h.Settings.Version == version })
	}
	b.stop()
	if lost, back := len(b.events("platform-trouble")), len(b.events("platform-online")); lost == 0 || back < lost || len(b.events("settings-refused")) != 0 {
		t.Errorf("%d times away, %d times back", lost, back)
	}
}

// TestStopWhileTheHubHangs: the agent ends while the hub hangs.
func TestStopWhileTheHubHangs(t *testing.T) {
	b := newBench(t)
	b.hub.Hub.SetFault(&hub.Fault{Hang: true})
	b.run()
	begun := time.Now()
	b.stop()
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %v to stop", took)
	}
	if !b.reach.Since().IsZero() {
		t.Error("a stop counts as silence")
	}
}
