package model_test

import (
	"strings"
	"testing"

	"kiosk/device/localapi"
	"kiosk/ui/model"
	"kiosk/ui/model/modeltest"
)

// press does what the button with that id means on the screen of st.
func press(t *testing.T, l model.Local, st localapi.State, id string) (model.Local, *localapi.Intent) {
	t.Helper()
	b := model.Of(st, l, modeltest.At).Button(id)
	if b == nil {
		t.Fatalf("no button %q", id)
	}
	if b.Disabled {
		t.Fatalf("button %q is disabled", id)
	}
	return model.Reduce(l, b.Action, st)
}

// typing presses one key after the other; keys that the screen lacks are typed as a keyboard would.
func typing(t *testing.T, st localapi.State, keys string) model.Local {
	t.Helper()
	var l model.Local
	for _, k := range strings.Split(keys, "") {
		l, _ = model.Reduce(l, model.Action{Kind: model.ActType, Text: k}, st)
	}
	return l
}

func TestTyping(t *testing.T) {
	tests := []struct{ state, keys, want, shown string }{
		{"phone", "19900001234", "19900001234", "199 0000 1234"},
		{"phone", "199000012345", "19900001234", "199 0000 1234"}, // no more than fit
		{"phone", "1X9.a-0", "190", "190"},                        // digits only
		{"id-number", "11010519491231002X", "11010519491231002X", "110105 19491231 002X"},
		{"id-number", "11010519491231002x", "11010519491231002X", "110105 19491231 002X"},
		{"id-number", "1101X05", "110105", "110105"}, // X only at the end
		{"money", "12.505", "12.50", "12.50"},        // two places
		{"money", ".1..5", "1.5", "1.5"},             // one dot, not first
		{"money", "007", "0", "0"},
		{"money", "0.07", "0.07", "0.07"},
		{"text", "ab-12 中", "AB-12", "AB-12"},
		{"text", strings.Repeat("A", 30), strings.Repeat("A", 20), strings.Repeat("A", 20)},
		{"pairing", "ab12-cd", "AB12-CD", "AB12-CD"},
		{"choice", "12", "", ""}, // takes no text
		{"guide", "12", "", ""},
	}
	for _, tt := range tests {
		st := modeltest.Find(tt.state)
		l := typing(t, st, tt.keys)
		if l.Typed != tt.want {
			t.Errorf("%s, %q: typed %q, want %q", tt.state, tt.keys, l.Typed, tt.want)
		}
		for _, block := range model.Of(st, l, modeltest.At).Body {
			if face, ok := block.(model.FieldFace); ok && face.Value != tt.shown {
				t.Errorf("%s, %q: shows %q, want %q", tt.state, tt.keys, face.Value, tt.shown)
			}
		}
	}
}

func TestDeleteAndClear(t *testing.T) {
	st := modeltest.Find("phone")
	l := typing(t, st, "1990")
	l, _ = press(t, l, st, "key:delete")
	if l.Typed != "199" {
		t.Errorf("typed %q after delete", l.Typed)
	}
	l, _ = press(t, l, st, "key:clear")
	l, _ = press(t, l, st, "key:delete")
	if l.Typed != "" {
		t.Errorf("typed %q after clear", l.Typed)
	}
}

func TestAnswer(t *testing.T) {
	st := modeltest.Find("phone")
	if b := model.Of(st, model.Local{}, modeltest.At).Button("next"); b == nil || !b.Disabled {
		t.Fatalf("next is %+v with nothing typed, want it disabled", b)
	}
	_, in := press(t, typing(t, st, "19900001234"), st, "next")
	if in == nil || in.Kind != localapi.IntentAnswer || in.Field != "phone" || in.Value != "19900001234" || in.Step != st.Visit.Step {
		t.Errorf("sent %+v", in)
	}
	// What is there already may stay; then nothing is typed and nothing is sent but "next".
	st = modeltest.Find("phone-there")
	if _, in = press(t, model.Local{}, st, "next"); in == nil || in.Kind != localapi.IntentNext || in.Value != "" {
		t.Errorf("sent %+v, want next without a value", in)
	}
	st = modeltest.Find("choice")
	l, in := press(t, model.Local{}, st, "choice:copy")
	if in != nil {
		t.Errorf("a choice is sent before next: %+v", in)
	}
	if _, in = press(t, l, st, "next"); in == nil || in.Value != "copy" || in.Field != "purpose" {
		t.Errorf("sent %+v, want the choice", in)
	}
	if _, in = press(t, model.Local{}, modeltest.Find("choice-chosen"), "next"); in == nil || in.Value != "change" {
		t.Errorf("sent %+v, want what was chosen before", in)
	}
	st = modeltest.Find("pairing")
	if _, in = press(t, typing(t, st, "AB12"), st, "enrol"); in == nil || in.Kind != localapi.IntentEnrol || in.Value != "AB12" {
		t.Errorf("sent %+v, want the code", in)
	}
}

// Typed text outlives dialogs, help and other languages, but not its question.
func TestWhatIsKept(t *testing.T) {
	st := modeltest.Find("phone")
	l := typing(t, st, "199")
	still := func(name string, st localapi.State) {
		t.Helper()
		if got := l.For(st); got.Typed != "199" {
			t.Errorf("%s: typed %q, want it kept", name, got.Typed)
		}
	}
	gone := func(name string, st localapi.State) {
		t.Helper()
		if got := l.For(st); got.Typed != "" {
			t.Errorf("%s: typed %q is still there", name, got.Typed)
		}
	}
	warned := st
	warned.Visit.Warning, warned.Visit.Step = &localapi.IdleWarning{Seconds: 9}, "other"
	still("idle dialog", warned)
	english := st
	english.Visit.Lang = "en"
	still("language", english)
	helped := st
	helped.Visit.View = localapi.View{Kind: localapi.ViewHelp}
	still("help", helped)
	l = l.For(helped)
	still("after help", st)
	wrong := st
	field := *st.Visit.View.Field
	field.Error = localapi.Text{ZH: "号码不对"}
	wrong.Visit.View.Field = &field
	still("a wrong value stays", wrong)

	gone("next question", modeltest.Find("id-number"))
	gone("another screen", modeltest.Find("check"))
	gone("nobody there", modeltest.Base())
	next := st
	next.Visit.ID = "visit-2"
	gone("next visit", next)
	next.Visit.View = localapi.View{Kind: localapi.ViewHelp}
	gone("help in the next visit", next)
	boot := st
	boot.Boot = "boot-2"
	gone("daemon's restart", boot)
}

func TestSigning(t *testing.T) {
	st := modeltest.Find("sign")
	if b := model.Of(st, model.Local{}, modeltest.At).Button("sign"); b == nil || !b.Disabled {
		t.Fatalf("an empty signature can be sent: %+v", b)
	}
	stroke := model.Action{Kind: model.ActStroke, Stroke: []localapi.Point{{X: 1, Y: 2}, {X: 3, Y: 4, T: 20}}}
	l, _ := model.Reduce(model.Local{}, stroke, st)
	l, _ = model.Reduce(l, stroke, st)
	two := l
	l, _ = press(t, l, st, "sign:undo")
	if len(l.Strokes) != 1 || len(two.Strokes) != 2 {
		t.Errorf("undo leaves %d strokes and %d before", len(l.Strokes), len(two.Strokes))
	}
	_, in := press(t, l, st, "sign")
	if in == nil || in.Kind != localapi.IntentSign || len(in.Strokes) != 1 || in.Strokes[0][1].T != 20 {
		t.Errorf("sent %+v", in)
	}
	l, _ = press(t, l, st, "sign:clear")
	if len(l.Strokes) != 0 {
		t.Error("ink is still there after clear")
	}
	// Bounds: a pad that takes no more says so.
	for range 100 {
		l, _ = model.Reduce(l, model.Action{Kind: model.ActStroke, Stroke: make([]localapi.Point, 100)}, st)
	}
	n := 0
	for _, s := range l.Strokes {
		n += len(s)
	}
	if n > 4000 || len(l.Strokes) > 64 {
		t.Errorf("%d strokes with %d points are kept", len(l.Strokes), n)
	}
	l, _ = model.Reduce(model.Local{}, stroke, modeltest.Find("check"))
	if len(l.Strokes) != 0 {
		t.Error("ink on a screen without a pad")
	}
}

func TestReduceRefusesWhatIsNotValid(t *testing.T) {
	st := modeltest.Find("guide")
	for _, kind := range []string{localapi.IntentSubmit, localapi.IntentPrint, "", "from-the-future"} {
		if _, in := model.Reduce(model.Local{}, model.Action{Kind: model.ActIntent, Intent: localapi.Intent{Kind: kind}}, st); in != nil {
			t.Errorf("%q was sent", kind)
		}
	}
	l, in := model.Reduce(model.Local{}, model.Action{Kind: model.ActAnswer}, st)
	if in != nil {
		t.Errorf("an answer was sent on a screen without question: %+v", in)
	}
	if l, _ = model.Reduce(l, model.Action{Kind: model.ActPage, N: -3}, st); l.Page != 0 {
		t.Errorf("page %d", l.Page)
	}
}

func FuzzTyping(f *testing.F) {
	f.Add("12.3X", 8, true, true, false)
	f.Add("AB-1\x00中", 0, false, false, true)
	f.Fuzz(func(t *testing.T, keys string, most int, x, dot, letters bool) {
		st := modeltest.Find("phone")
		field := localapi.Field{ID: "f", Input: "pad", Max: most, AllowX: x, AllowDot: dot, Group: []int{most, 3}}
		if letters {
			field.Input = "text"
		}
		st.Visit.View.Field = &field
		l := typing(t, st, keys)
		if len(l.Typed) > 64 || most > 0 && len(l.Typed) > most {
			t.Errorf("%d characters, at most %d", len(l.Typed), most)
		}
		if strings.Count(l.Typed, ".") > 1 || strings.Trim(l.Typed, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-.") != "" {
			t.Errorf("typed %q", l.Typed)
		}
		model.Of(st, l, modeltest.At)
	})
}
