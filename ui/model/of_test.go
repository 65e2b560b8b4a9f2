package model_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"kiosk/device/localapi"
	"kiosk/ui/model"
	"kiosk/ui/model/modeltest"
)

// both calls f for every invented state in both languages.
func both(t *testing.T, f func(t *testing.T, n modeltest.Named, s model.Screen)) {
	for _, n := range modeltest.States() {
		for _, lang := range []string{"zh", "en"} {
			t.Run(n.Name+"/"+lang, func(t *testing.T) {
				n.State.Visit.Lang = lang
				f(t, n, model.Of(n.State, model.Local{}, modeltest.At))
			})
		}
	}
}

func TestEveryStateHasItsScreen(t *testing.T) {
	ids := map[string]bool{}
	both(t, func(t *testing.T, n modeltest.Named, s model.Screen) {
		ids[s.ID] = true
		if s.ID != n.Screen {
			t.Errorf("screen %q, want %q", s.ID, n.Screen)
		}
		if s.Title == "" && s.ID != "A01" {
			t.Error("no title")
		}
		if s.Header.Site == "" || s.Header.Clock != "09:41" {
			t.Errorf("header %+v", s.Header)
		}
		seen := map[string]bool{}
		for b := range s.Buttons() {
			if b.ID == "" || b.Label == "" || seen[b.ID] {
				t.Errorf("button %q has no id, no label, or its id twice", b.ID)
			}
			seen[b.ID] = true
			if !b.Disabled && b.Action.Kind == model.ActNone {
				t.Errorf("button %q does nothing", b.ID)
			}
		}
	})
	for _, id := range strings.Fields(`A01 A02 A04 A06 B01 B02 B03 B04 B05 C01 C02 C04 C06 C07 C08 C09 C10 C11 C12
		D01 D02 D03 D04 D05 D07 E01 E03 E05 E06 E09 E11 M05`) {
		if !ids[id] {
			t.Errorf("no state gives screen %s", id)
		}
	}
}

// passing are the screens on which the terminal works and the person waits; it goes on by itself.
var passing = map[string]bool{"submitting": true, "submitting-long": true, "printing": true, "review-saving": true, "card-reading": true, "pairing-busy": true}

func TestNoDeadEnd(t *testing.T) {
	both(t, func(t *testing.T, n modeltest.Named, s model.Screen) {
		if s.Overlay != nil {
			if len(s.Overlay.Buttons) == 0 {
				t.Error("a dialog without buttons")
			}
			return
		}
		help := s.Button("help")
		if s.ID != "A04" && (help == nil || help.Disabled) {
			t.Error("help cannot be reached")
		}
		// Where nothing can be done the way on is a person: telephone and place.
		if !s.WayOn() && !passing[n.Name] && s.ID != "A06" && n.Name != "home-empty" {
			t.Error("nothing leads on from here")
		}
		if n.State.Visit.ID != "" && slices.Contains(n.State.Visit.Intents, localapi.IntentCancel) && s.Button("leave") == nil {
			t.Error("the visit cannot be ended")
		}
	})
}

// valid reports what an enabled button would send, after every local step that it needs.
func valid(t *testing.T, st localapi.State, s model.Screen) {
	t.Helper()
	for b := range s.Buttons() {
		if b.Disabled || b.Action.Kind != model.ActIntent {
			continue
		}
		if !slices.Contains(st.Visit.Intents, b.Action.Intent.Kind) {
			t.Errorf("button %q would send %q, which is not valid now", b.ID, b.Action.Intent.Kind)
		}
		_, in := model.Reduce(model.Local{}, b.Action, st)
		if in == nil || in.Step != st.Visit.Step {
			t.Errorf("button %q: intent %+v, want one of step %q", b.ID, in, st.Visit.Step)
		}
	}
}

func TestEveryIntentIsValid(t *testing.T) {
	both(t, func(t *testing.T, n modeltest.Named, s model.Screen) {
		valid(t, n.State, s)
		// With any intent taken away, and with none at all, nothing enabled may send it.
		all := n.State.Visit.Intents
		for i := range len(all) + 1 {
			st := n.State
			st.Visit.Intents = nil
			if i < len(all) {
				st.Visit.Intents = slices.Delete(slices.Clone(all), i, i+1)
			}
			valid(t, st, model.Of(st, model.Local{}, modeltest.At))
		}
	})
}

// Whatever the daemon allows can be done: each intent has a button somewhere on the screen or its pages.
func TestEveryIntentHasAButton(t *testing.T) {
	// The screen sends these by other means, or the daemon offers them where they would not help.
	elsewhere := map[string][]string{
		localapi.IntentChoose: {"A01"}, localapi.IntentPrint: {"D02"}, localapi.IntentRefuse: {"B02"},
		localapi.IntentNext: {"C02", "C04"}, localapi.IntentDelete: {"C10"}, localapi.IntentReveal: {"C10"},
		localapi.IntentWay: {"E01"}, localapi.IntentEnrol: {"M05"},
	}
	both(t, func(t *testing.T, n modeltest.Named, s model.Screen) {
		if s.Overlay != nil || n.Name == "home-empty" {
			return
		}
		has := map[string]bool{localapi.IntentCancel: true}
		local := model.Local{}
		for range 20 {
			local, _ = model.Reduce(local, model.Action{}, n.State)
			s = model.Of(n.State, local, modeltest.At)
			for b := range s.Buttons() {
				has[b.Action.Intent.Kind] = true
				switch b.Action.Kind {
				case model.ActAnswer:
					has[localapi.IntentAnswer] = true
				case model.ActSign:
					has[localapi.IntentSign] = true
				}
			}
			next := s.Onward()
			if next == nil {
				break
			}
			local, _ = model.Reduce(local, next.Action, n.State)
		}
		for _, kind := range n.State.Visit.Intents {
			if !has[kind] && !slices.Contains(elsewhere[kind], s.ID) {
				t.Errorf("intent %q has no button on %s", kind, s.ID)
			}
		}
	})
}

func TestEnglishIsEnglish(t *testing.T) {
	for _, n := range modeltest.States() {
		n.State.Visit.Lang = "en"
		s := model.Of(n.State, model.Local{}, modeltest.At)
		for b := range s.Buttons() {
			if b.ID != "language" && strings.ContainsFunc(b.Label, func(r rune) bool { return unicode.Is(unicode.Han, r) }) &&
				!strings.HasPrefix(b.ID, "choice:") {
				t.Errorf("%s: button %q says %q", n.Name, b.ID, b.Label)
			}
		}
		if strings.ContainsFunc(s.Title, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: title %q", n.Name, s.Title)
		}
	}
}

// A faulty or newer daemon may send a view without its member, or one nobody knows. There is a screen all the same.
func TestStrangeViews(t *testing.T) {
	kinds := map[localapi.ViewKind]bool{"": true, "from-the-future": true}
	for _, n := range modeltest.States() {
		kinds[n.State.Visit.View.Kind] = true
	}
	for kind := range kinds {
		st := modeltest.Base()
		st.Visit = localapi.Visit{ID: "v", Step: "v-1", View: localapi.View{Kind: kind},
			Intents: []string{localapi.IntentRetry, localapi.IntentCancel, localapi.IntentHelp}}
		s := model.Of(st, model.Local{}, modeltest.At)
		if s.ID == "" || s.Button("leave") == nil {
			t.Errorf("%q: screen %q cannot be left", kind, s.ID)
		}
		valid(t, st, s)
	}
}

// The app holds no truth: one that is started anew in the middle of a visit shows the same step.
func TestSameStepAfterRestart(t *testing.T) {
	for _, n := range modeltest.States() {
		before := model.Of(n.State, model.Local{}, modeltest.At)
		wire, err := json.Marshal(n.State)
		if err != nil {
			t.Fatal(err)
		}
		var again localapi.State
		if err := json.Unmarshal(wire, &again); err != nil {
			t.Fatal(err)
		}
		if after := model.Of(again, model.Local{}, modeltest.At); !reflect.DeepEqual(before, after) {
			t.Errorf("%s: another screen after a restart:\n%+v\n%+v", n.Name, before, after)
		}
	}
}

func TestAwayShowsNothingPersonal(t *testing.T) {
	s := model.Away("zh", modeltest.At)
	if s.ID != "wait" || len(s.Pictures()) > 0 || s.Previewed() != "" || s.Header.Site != "" {
		t.Errorf("%+v", s)
	}
	for range s.Buttons() {
		t.Error("there is nobody who could answer a button")
	}
}

func TestIdleDialog(t *testing.T) {
	st := modeltest.Find("phone")
	calm := model.Of(st, model.Local{}, modeltest.At)
	st.Visit.Warning = &localapi.IdleWarning{Seconds: 12}
	st.Visit.Intents = []string{localapi.IntentContinue, localapi.IntentCancel}
	s := model.Of(st, model.Local{}, modeltest.At)
	if s.Overlay == nil || s.Overlay.ID != "A05" || s.Overlay.Big != "12 秒" || s.Overlay.Buttons[0].ID != "continue" {
		t.Fatalf("overlay %+v", s.Overlay)
	}
	if s.Key == calm.Key {
		t.Error("the dialog does not make another screen: a tap meant for a key could end the visit")
	}
	later := st
	later.Visit.Warning = &localapi.IdleWarning{Seconds: 11}
	if model.Of(later, model.Local{}, modeltest.At).Key != s.Key {
		t.Error("each second makes another screen")
	}
	if !reflect.DeepEqual(s.Body, calm.Body) {
		t.Error("the screen under the dialog looks different")
	}
}

func TestSheets(t *testing.T) {
	st := modeltest.Find("guide-offline")
	for _, id := range []string{"offline", "leave"} {
		s := model.Of(st, model.Local{}, modeltest.At)
		l, in := model.Reduce(model.Local{}, s.Button(id).Action, st)
		if in != nil {
			t.Fatalf("%s sends %+v before anybody was asked", id, in)
		}
		s = model.Of(st, l, modeltest.At)
		if s.Overlay == nil || s.Overlay.ID != id {
			t.Fatalf("no sheet %q: %+v", id, s.Overlay)
		}
		l, _ = model.Reduce(l, s.Overlay.Buttons[0].Action, st)
		if model.Of(st, l, modeltest.At).Overlay != nil {
			t.Errorf("sheet %q does not close", id)
		}
	}
	l, _ := model.Reduce(model.Local{}, model.Action{Kind: model.ActSheet, Text: "leave"}, st)
	s := model.Of(st, l, modeltest.At)
	if _, in := model.Reduce(l, s.Button("cancel").Action, st); in == nil || in.Kind != localapi.IntentCancel {
		t.Errorf("leaving sends %+v, want cancel", in)
	}
	// Where the daemon does not take a call for help, the screen shows telephone and place itself.
	st = modeltest.Find("closed")
	l, in := model.Reduce(model.Local{}, model.Of(st, l, modeltest.At).Button("help").Action, st)
	s = model.Of(st, l, modeltest.At)
	if in != nil || s.Overlay == nil || s.Overlay.Big != st.Terminal.Phone {
		t.Errorf("help: intent %+v, overlay %+v", in, s.Overlay)
	}
}

func TestBanner(t *testing.T) {
	st := modeltest.Find("home")
	if s := model.Of(st, model.Local{}, modeltest.At); s.Banner != nil || s.Button("offline") != nil {
		t.Errorf("banner %+v on a healthy terminal", s.Banner)
	}
	st.Warnings = []localapi.Warning{{Who: "staff", Text: localapi.Text{ZH: "队列积压"}}, {Who: "citizen", Text: localapi.Text{ZH: "打印机没有纸了"}}}
	if s := model.Of(st, model.Local{}, modeltest.At); s.Banner == nil || s.Banner.Text != "打印机没有纸了" {
		t.Errorf("banner %+v, want the citizen's warning only", s.Banner)
	}
	st.Network.Online = false
	s := model.Of(st, model.Local{}, modeltest.At)
	if s.Banner == nil || s.Header.Link != "网络中断" || s.Button("offline") == nil {
		t.Errorf("offline: banner %+v, header %+v", s.Banner, s.Header)
	}
}

func TestClockIsOnlyInTheHeader(t *testing.T) {
	for _, n := range modeltest.States() {
		a := model.Of(n.State, model.Local{}, modeltest.At)
		b := model.Of(n.State, model.Local{}, modeltest.At.Add(time.Minute))
		b.Header.Clock = a.Header.Clock
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: more than the clock changes with time", n.Name)
		}
	}
}
