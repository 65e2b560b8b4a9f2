package session

import (
	"time"

	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/device/item"
	"kiosk/device/localapi"
)

// revealFor is how long masked values stay readable after the person asked.
const revealFor = 10 * time.Second

// maxStrokes and maxPoints bound a signature.
const (
	maxStrokes   = 200
	maxPoints    = 8000
	minInkPoints = 4
)

func (v *Visit) checkView() (localapi.View, []string) {
	c := &localapi.Check{Revealed: v.step.revealed, Last: v.last()}
	if v.step.revealed {
		c.Seconds = int((time.Until(v.step.revealEnd) + time.Second - 1) / time.Second)
	}
	for _, f := range v.visibleFields() {
		value, source, ok := v.draft.Value(f.ID)
		row := localapi.Row{Label: text(f.Label), Source: string(source)}
		if f.From == "" {
			row.Field = f.ID
		} else {
			row.Person, _, _ = splitFrom(f.From)
		}
		switch {
		case !ok || value.Empty():
			row.Value, row.Source = localapi.Text{ZH: "（没有填）", EN: "(left empty)"}, ""
		case f.Type.Listed():
			row.Value = choiceLabel(f, value)
		case v.step.revealed:
			row.Value = localapi.Text{ZH: value.Reveal(), EN: value.Reveal()}
		default:
			masked := item.Mask(f.Type, value)
			row.Value = localapi.Text{ZH: masked, EN: masked}
		}
		c.Rows = append(c.Rows, row)
	}
	for _, p := range v.draft.Pages("") {
		m, _ := v.item.Material(p.Material)
		c.Pages = append(c.Pages, localapi.Page{Material: p.Material, Name: text(m.Name), Page: p.Page, Picture: thumbID(p.Digest)})
	}
	c.Problems = v.problems()
	intents := []string{localapi.IntentBack, localapi.IntentCancel, localapi.IntentEdit, localapi.IntentReveal, localapi.IntentDelete}
	if len(c.Problems) == 0 {
		if c.Last {
			intents = append(intents, localapi.IntentSubmit)
		} else {
			intents = append(intents, localapi.IntentNext)
		}
	}
	return localapi.View{Kind: localapi.ViewCheck, Check: c}, intents
}

func choiceLabel(f item.Field, value identity.Secret) localapi.Text {
	for _, c := range f.Choices {
		if c.Value == value.Reveal() {
			return text(c.Label)
		}
	}
	return localapi.Text{ZH: "？", EN: "?"}
}

// problems says in plain words what is missing or does not fit together.
func (v *Visit) problems() []localapi.Text {
	var out []localapi.Text
	say := func(zh, en string) { out = append(out, localapi.Text{ZH: zh, EN: en}) }
	env := v.env()
	for _, f := range v.visibleFields() {
		value, _, ok := v.draft.Value(f.ID)
		switch {
		case f.From != "":
		case !ok && !f.Optional:
			say("“"+f.Label.ZH+"”还没有填", f.Label.EN+" is not filled in")
		case ok && !value.Empty():
			if good, err := v.rules.Check(f.ID, value.Reveal(), env); err == nil && !good {
				out = append(out, text(f.Message))
			}
		}
	}
	for _, p := range v.positions() {
		switch s := v.item.Steps[p.step]; s.Kind {
		case item.StepCapture:
			if m, _ := v.item.Material(p.id); v.needsPage(m) {
				say("《"+m.Name.ZH+"》还没有拍", m.Name.EN+" has no picture")
			}
		case item.StepCard:
			if v.draft.Person(s.Person) == nil {
				person, _ := v.item.Person(s.Person)
				say(person.Label.ZH+"的身份证还没有读", "The card of "+person.Label.EN+" has not been read")
			}
		}
	}
	return out
}

// last reports whether submit follows the current screen.
func (v *Visit) last() bool {
	all := v.positions()
	return len(all) > 0 && all[len(all)-1] == v.at
}

func (v *Visit) checkIntent(in localapi.Intent) *localapi.Problem {
	switch in.Kind {
	case localapi.IntentBack:
		v.previous()
	case localapi.IntentNext, localapi.IntentSubmit:
		v.next()
	case localapi.IntentEdit:
		return v.edit(in)
	case localapi.IntentDelete:
		return v.deletePage(in.Material, in.Page)
	case localapi.IntentReveal:
		v.step.revealed = true
		v.step.revealEnd = time.Now().Add(revealFor)
		v.after(timerReveal, time.Second)
	}
	return nil
}

// signer is whose ink a sign step asks for: the named person, else the first one.
func (v *Visit) signer() string {
	if id := v.item.Steps[v.at.step].Person; id != "" {
		return id
	}
	if len(v.item.Persons) > 0 {
		return v.item.Persons[0].ID
	}
	return ""
}

func (v *Visit) signView() (localapi.View, []string) {
	pledge, _ := v.item.Pledge(v.item.Steps[v.at.step].Pledge)
	person, _ := v.item.Person(v.signer())
	s := &localapi.Sign{Person: text(person.Label), Title: text(pledge.Title), Text: text(pledge.Text), Last: v.last(), Error: v.step.err}
	if card := v.draft.Person(person.ID); card != nil {
		s.Name = identity.MaskName(card.DisplayName())
	}
	return localapi.View{Kind: localapi.ViewSign, Sign: s},
		[]string{localapi.IntentBack, localapi.IntentCancel, localapi.IntentSign}
}

func (v *Visit) signIntent(in localapi.Intent) *localapi.Problem {
	if in.Kind == localapi.IntentBack {
		v.previous()
		return nil
	}
	points := 0
	strokes := make([][]casefile.Point, 0, len(in.Strokes))
	for _, s := range in.Strokes {
		stroke := make([]casefile.Point, len(s))
		for i, p := range s {
			stroke[i] = casefile.Point(p)
		}
		strokes = append(strokes, stroke)
		points += len(s)
	}
	if len(strokes) > maxStrokes || points > maxPoints {
		v.step.err = localapi.Text{ZH: "笔画太多，请清除后重签", EN: "Too much ink. Please clear and sign again"}
		return nil
	}
	if points < minInkPoints {
		v.step.err = localapi.Text{ZH: "请先在框里签上您的名字", EN: "Please sign your name in the box first"}
		return nil
	}
	step := v.item.Steps[v.at.step]
	pledge, _ := v.item.Pledge(step.Pledge)
	v.draft.Sign(pledge.ID, v.signer(), casefile.DigestOf([]byte(shownText(pledge.Text, v.lang))), strokes, v.visibleFields())
	v.next()
	return nil
}

func shownText(t item.Text, lang string) string { return text(t).In(lang) }
