package model

import (
	"slices"
	"strings"

	"kiosk/device/localapi"
)

// Local is what lives only on the screen and may be lost without harm. Its zero value is right for every screen.
type Local struct {
	Place   string // the question it belongs to; see placeOf
	Typed   string // typed but not sent
	Picked  string // choice selected but not sent
	Page    int    // of a paged body, from 0
	Sheet   string // "help", "offline", "leave" or ""
	Strokes [][]localapi.Point
}

// Bounds of what the screen holds.
const (
	maxTyped   = 64   // characters, where the field says nothing
	maxStrokes = 64   // of a signature
	maxPoints  = 4000 // of a signature, all strokes together
)

// placeOf names the question on the screen. Step would be too fine: it also changes when the idle dialog or the help sheet
// opens, and nobody should lose what was typed because of a dialog.
func placeOf(st localapi.State) string {
	v := st.Visit.View
	parts := []string{st.Boot, st.Visit.ID, string(v.Kind)}
	if v.Field != nil {
		parts = append(parts, v.Field.ID)
	}
	if v.Consent != nil {
		for _, p := range v.Consent.Purposes {
			parts = append(parts, p.ID)
		}
	}
	if v.Sign != nil {
		parts = append(parts, v.Sign.Person.ZH, v.Sign.Title.ZH)
	}
	if v.Capture != nil {
		parts = append(parts, v.Capture.Material, v.Capture.Shot)
	}
	return strings.Join(parts, "\x1f")
}

// For is the Local that holds for st: itself while the question stays, an empty one after. The daemon's help screen keeps it.
func (l Local) For(st localapi.State) Local {
	if st.Visit.View.Kind == localapi.ViewHelp && st.Visit.ID != "" && strings.Contains(l.Place, st.Visit.ID) {
		return l
	}
	if place := placeOf(st); l.Place != place {
		return Local{Place: place}
	}
	return l
}

// Reduce is what an action means on the screen that shows st: the next Local, and the intent to send if any. An action that
// is not possible now changes nothing. The intent carries Step; the client gives it its ID.
func Reduce(l Local, a Action, st localapi.State) (Local, *localapi.Intent) {
	l = l.For(st)
	switch a.Kind {
	case ActIntent:
		if a.Intent.Kind == localapi.IntentCancel {
			l.Sheet = ""
		}
		return l, send(st, a.Intent)
	case ActType:
		l.Typed = typed(l.Typed, a.Text, ruleOf(st.Visit.View))
	case ActDelete:
		if r := []rune(l.Typed); len(r) > 0 {
			l.Typed = string(r[:len(r)-1])
		}
	case ActClear:
		l.Typed, l.Strokes = "", nil
	case ActPick:
		l.Picked = a.Text
	case ActPage:
		l.Page = max(0, l.Page+a.N)
	case ActSheet:
		l.Sheet = a.Text
	case ActStroke:
		if st.Visit.View.Kind == localapi.ViewSign && len(a.Stroke) > 0 &&
			len(l.Strokes) < maxStrokes && points(l.Strokes)+len(a.Stroke) <= maxPoints {
			l.Strokes = append(slices.Clip(l.Strokes), slices.Clone(a.Stroke))
		}
	case ActUndo:
		if n := len(l.Strokes); n > 0 {
			l.Strokes = l.Strokes[: n-1 : n-1]
		}
	case ActSign:
		if len(l.Strokes) == 0 {
			break
		}
		return l, send(st, localapi.Intent{Kind: localapi.IntentSign, Strokes: l.Strokes})
	case ActAnswer:
		return l, answer(l, st)
	}
	return l, nil
}

// answer sends what was typed or picked.
func answer(l Local, st localapi.State) *localapi.Intent {
	v := st.Visit.View
	switch {
	case v.Kind == localapi.ViewPairing && l.Typed != "":
		return send(st, localapi.Intent{Kind: localapi.IntentEnrol, Value: l.Typed})
	case v.Field == nil:
		return nil
	case v.Field.Input == inputChoice:
		value := picked(l, *v.Field)
		if value == "" {
			return nil
		}
		return send(st, localapi.Intent{Kind: localapi.IntentAnswer, Field: v.Field.ID, Value: value})
	case l.Typed != "":
		return send(st, localapi.Intent{Kind: localapi.IntentAnswer, Field: v.Field.ID, Value: l.Typed})
	case v.Field.Value != "":
		return send(st, localapi.Intent{Kind: localapi.IntentNext}) // what is there stays
	}
	return nil
}

func send(st localapi.State, in localapi.Intent) *localapi.Intent {
	if !slices.Contains(st.Visit.Intents, in.Kind) {
		return nil
	}
	in.Step = st.Visit.Step
	return &in
}

func points(strokes [][]localapi.Point) int {
	n := 0
	for _, s := range strokes {
		n += len(s)
	}
	return n
}

// rule says which characters a field takes.
type rule struct {
	max     int
	letters bool // and hyphen; else digits only
	x       bool // X as the last character
	dot     bool // one dot and two places after it
}

// Inputs of localapi.Field.
const (
	inputText   = "text"
	inputChoice = "choice"
	inputPad    = "pad"
)

func ruleOf(v localapi.View) rule {
	if v.Kind == localapi.ViewPairing {
		return rule{max: maxTyped, letters: true}
	}
	if v.Field == nil || v.Field.Input == inputChoice {
		return rule{}
	}
	r := rule{max: v.Field.Max, letters: v.Field.Input == inputText, x: v.Field.AllowX, dot: v.Field.AllowDot}
	if r.max <= 0 || r.max > maxTyped {
		r.max = maxTyped
	}
	return r
}

// typed is text with one more character, or text itself where the rule does not allow it.
func typed(text, char string, r rule) string {
	char = strings.ToUpper(char)
	if len(char) != 1 || len(text) >= r.max {
		return text
	}
	c := char[0]
	whole, places, dotted := strings.Cut(text, ".")
	switch {
	case c >= '0' && c <= '9':
		if strings.HasSuffix(text, "X") && !r.letters || dotted && len(places) == 2 || r.dot && !dotted && whole == "0" {
			return text
		}
	case r.letters && (c >= 'A' && c <= 'Z' || c == '-'):
	case r.x && c == 'X':
		if len(text) != r.max-1 {
			return text
		}
	case r.dot && c == '.':
		if dotted || text == "" {
			return text
		}
	default:
		return text
	}
	return text + char
}

// picked is the choice that is selected: the one just picked, else the one chosen before.
func picked(l Local, f localapi.Field) string {
	if l.Picked != "" {
		return l.Picked
	}
	return f.Chosen
}
