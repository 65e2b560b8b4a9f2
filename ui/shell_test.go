package ui_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"kiosk/device/localapi"
	"kiosk/ui"
	"kiosk/ui/model"
	"kiosk/ui/model/modeltest"
)

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(context.WithoutCancel(t.Context()))
}

func TestTapBecomesIntent(t *testing.T) {
	d := newDaemon(t, modeltest.Base())
	a := start(t, d, nil)
	a.shows("A01")
	if !a.Screen().Press("start") {
		t.Fatal("the attract screen takes no tap")
	}
	if in := a.tapped(d, localapi.IntentStart); in.Step != modeltest.Base().Visit.Step || in.ID == "" {
		t.Errorf("sent %+v", in)
	}
	d.tell(modeltest.Find("home"))
	a.shows("A02")
	a.Screen().Press("card:progress")
	if in := a.tapped(d, localapi.IntentChoose); in.Item != "progress" {
		t.Errorf("sent %+v", in)
	}
	a.until("usable", func() bool { return a.usable > 0 })
	if a.usable != 1 || a.replaced != 0 {
		t.Errorf("usable %d times, replaced %d", a.usable, a.replaced)
	}
}

// A stale tap needs nothing: the state that made it stale is on its way.
func TestStaleTap(t *testing.T) {
	d := newDaemon(t, modeltest.Find("guide"))
	d.refuse = http.StatusConflict
	a := start(t, d, nil)
	a.shows("B01")
	a.Screen().Press("next")
	a.tapped(d, localapi.IntentNext)
	d.tell(modeltest.Find("consent"))
	a.shows("B02")
}

func TestHastyTapIsIgnored(t *testing.T) {
	d := newDaemon(t, modeltest.Find("guide"))
	a := start(t, d, nil)
	a.until("guide", func() bool { return a.Screen().Shown().ID == "B01" })
	a.now = a.now.Add(-time.Second) // until has let the guard run out: back into it
	if a.Screen().Press("next") {
		t.Error("a tap right after the change of screen was taken")
	}
	a.now = a.now.Add(time.Second)
	if !a.Screen().Press("next") {
		t.Error("a tap later was not taken")
	}
}

func TestKeys(t *testing.T) {
	d := newDaemon(t, modeltest.Find("phone"))
	a := start(t, d, nil)
	a.shows("C04")
	keys := func(names ...fyne.KeyName) {
		for _, k := range names {
			a.Key(k, false)
			a.now = a.now.Add(time.Second)
		}
	}
	keys("1", "9", "9", "A", "8", fyne.KeyBackspace, "0")
	face, _ := a.Screen().Shown().Body[0].(model.FieldFace)
	if face.Value != "199 0" {
		t.Fatalf("typed %q, want 199 0", face.Value)
	}
	keys(fyne.KeyReturn) // nothing has the ring: the primary button
	if in := a.tapped(d, localapi.IntentAnswer); in.Value != "1990" {
		t.Errorf("sent %+v", in)
	}
	d.tell(modeltest.Find("choice"))
	a.shows("C02")
	keys("2", fyne.KeyReturn)
	if in := a.tapped(d, localapi.IntentAnswer); in.Value != "change" {
		t.Errorf("sent %+v, want the second choice", in)
	}
	keys(fyne.KeyEscape)
	a.tapped(d, localapi.IntentBack)
	keys(fyne.KeyF1)
	a.tapped(d, localapi.IntentHelp)
	// The ring goes round through everything that can be pressed and comes back.
	first := ""
	for i := range 100 {
		keys(fyne.KeyTab)
		at := a.Screen().Surface().Focused()
		if i == 0 {
			first = at
		} else if at == first {
			if i < 5 {
				t.Errorf("the ring has only %d places", i)
			}
			break
		}
		if i == 99 || at == "" {
			t.Fatalf("the ring does not come round, at %q", at)
		}
	}
	keys(fyne.KeyUp)
	last := a.Screen().Surface().Focused()
	if last == first || last == "" {
		t.Errorf("backwards from %q leads to %q", first, last)
	}
	keys(fyne.KeyDown, fyne.KeySpace)
}

// In the idle dialog the safe button has the ring.
func TestDialogHasTheRing(t *testing.T) {
	d := newDaemon(t, modeltest.Find("home-idle"))
	a := start(t, d, nil)
	a.shows("A02")
	if at := a.Screen().Surface().Focused(); at != "continue" {
		t.Errorf("the ring is on %q", at)
	}
	a.Key(fyne.KeyReturn, false)
	a.tapped(d, localapi.IntentContinue)
}

// drawn is all text on the panel.
func drawn(a *app) string {
	var all []string
	for _, t := range a.Screen().Surface().Texts() {
		all = append(all, t.Text)
	}
	return strings.Join(all, "\n")
}

func TestDaemonAway(t *testing.T) {
	st := modeltest.Find("check")
	d := newDaemon(t, st)
	a := start(t, d, nil)
	a.shows("C10")
	before := a.Screen().Shown()
	if !strings.Contains(drawn(a), "110***********002X") {
		t.Fatal("the check screen shows no number: this test would prove nothing")
	}
	d.stop()
	a.shows("wait")
	if text := drawn(a); strings.Contains(text, "002X") || strings.Contains(text, "张") {
		t.Errorf("personal data stands on the screen while the daemon is away:\n%s", text)
	}
	if a.Screen().Surface().Live("thumb-1") != nil {
		t.Error("a picture stands on the screen while the daemon is away")
	}
	if a.Screen().Press("submit") {
		t.Error("a tap is taken while nobody listens")
	}
	d.start()
	a.shows("C10")
	if after := a.Screen().Shown(); after.Key != before.Key {
		t.Errorf("another step after the daemon's return: %q, %q", before.Key, after.Key)
	}
}

// An app that was killed and started again shows the same step of the same visit.
func TestRestartShowsTheSameStep(t *testing.T) {
	d := newDaemon(t, modeltest.Find("sign"))
	var keys []string
	for range 2 {
		t.Run("app", func(t *testing.T) {
			a := start(t, d, nil)
			a.shows("C09")
			keys = append(keys, a.Screen().Shown().Key)
		})
	}
	if keys[0] != keys[1] {
		t.Errorf("steps %q and %q", keys[0], keys[1])
	}
}

func TestFreshAppAfterPersonalVisit(t *testing.T) {
	for name, tt := range map[string]struct {
		states []string
		keep   bool
		want   int
	}{
		"personal":   {[]string{"guide", "check", "goodbye-done", "attract"}, false, 1},
		"next visit": {[]string{"check", "attract", "guide", "attract"}, false, 1},
		"nothing":    {[]string{"home", "guide", "attract"}, false, 0},
		"kept":       {[]string{"check", "attract"}, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDaemon(t, modeltest.Base())
			a := start(t, d, func(o *ui.Options) { o.Keep = tt.keep })
			a.shows("A01")
			for _, s := range tt.states {
				if a.replaced > 0 && s != "attract" && s != "guide" {
					t.Errorf("replaced before %q", s)
				}
				st := modeltest.Find(s)
				d.tell(st)
				a.shows(model.Of(st, model.Local{}, a.now).ID)
			}
			if a.replaced != tt.want {
				t.Errorf("a fresh app was wanted %d times, want %d", a.replaced, tt.want)
			}
			if strings.Contains(drawn(a), "张") {
				t.Errorf("personal data after the visit:\n%s", drawn(a))
			}
		})
	}
}

func TestPreview(t *testing.T) {
	d := newDaemon(t, modeltest.Find("capture"))
	a := start(t, d, nil)
	a.shows("C07")
	a.until("a frame", func() bool {
		l := a.Screen().Surface().Live("document")
		return l != nil && !l.Empty()
	})
	if !<-d.looking {
		t.Error("no preview was opened")
	}
	d.tell(modeltest.Find("check"))
	a.shows("C10")
	a.until("the camera is left alone", func() bool {
		select {
		case open := <-d.looking:
			return !open
		default:
			return false
		}
	})
	a.until("pictures", func() bool {
		l := a.Screen().Surface().Live("thumb-2")
		return l != nil && !l.Empty()
	})
}

// Touches are told, but not more often than the daemon needs.
func TestTouch(t *testing.T) {
	d := newDaemon(t, modeltest.Find("guide"))
	a := start(t, d, nil)
	a.shows("B01")
	for range 12 { // one a second
		a.Key(fyne.KeyTab, false)
		a.now = a.now.Add(time.Second)
	}
	a.Key(fyne.KeyEscape, false)
	touches := 0
	a.until("back", func() bool {
		select {
		case in := <-d.taps:
			if in.Kind == localapi.IntentTouch {
				touches++
			}
			return in.Kind == localapi.IntentBack
		default:
			return false
		}
	})
	if touches != 3 {
		t.Errorf("%d touches were told in 12 seconds, want 3", touches)
	}
}

func TestLanguage(t *testing.T) {
	st := modeltest.Base()
	d := newDaemon(t, st)
	a := start(t, d, func(o *ui.Options) { o.Lang = "en" })
	a.shows("A01")
	if !a.Screen().Press("language") {
		t.Fatal("no language button")
	}
	if in := a.tapped(d, localapi.IntentLanguage); in.Value != "en" {
		t.Errorf("sent %+v", in)
	}
	st.Visit.Lang = "en"
	d.tell(st)
	a.until("English", func() bool { return a.Screen().Shown().Lang == "en" })
}
