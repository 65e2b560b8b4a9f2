package session

import (
	"strings"

	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/device/item"
	"kiosk/device/localapi"
)

const fromCard, fromCitizen = casefile.FromCard, casefile.FromCitizen

// maxAnswer bounds what a person may type, in bytes, before the field's own bounds are asked.
const maxAnswer = 512

func splitFrom(from string) (person, attribute string, ok bool) { return strings.Cut(from, ".") }

func (v *Visit) fieldView() (localapi.View, []string) {
	f, _ := v.item.Field(v.at.id)
	in := item.InputOf(f)
	out := &localapi.Field{
		ID: f.ID, Type: string(f.Type), Input: in.Kind, Ask: text(f.Ask), Hint: text(f.Hint), Optional: f.Optional,
		Max: in.Max, AllowX: in.AllowX, AllowDot: in.AllowDot, Group: in.Group, Error: v.step.err,
	}
	for _, c := range f.Choices {
		out.Choices = append(out.Choices, localapi.Choice{Value: c.Value, Label: text(c.Label), Hint: text(c.Hint)})
	}
	if a, _, ok := v.draft.Value(f.ID); ok {
		if f.Type.Listed() {
			out.Chosen = a.Reveal()
		} else {
			out.Value = item.Mask(f.Type, a)
		}
	}
	intents := []string{localapi.IntentBack, localapi.IntentCancel, localapi.IntentAnswer}
	if f.Optional {
		intents = append(intents, localapi.IntentSkip)
	}
	if out.Value != "" || out.Chosen != "" {
		intents = append(intents, localapi.IntentNext) // keep what is there
	}
	return localapi.View{Kind: localapi.ViewField, Field: out}, intents
}

func (v *Visit) fieldIntent(in localapi.Intent) *localapi.Problem {
	f, _ := v.item.Field(v.at.id)
	switch in.Kind {
	case localapi.IntentBack:
		v.previous()
	case localapi.IntentNext:
		v.next()
	case localapi.IntentSkip:
		v.draft.Answer(f.ID, identity.Secret{}, fromCitizen)
		v.next()
	case localapi.IntentAnswer:
		if in.Field != f.ID {
			return bad("another field is asked")
		}
		v.answer(f, in.Value)
	}
	return nil
}

// answer takes a typed value. A wrong one stays on the screen's side; the words say what to mend.
func (v *Visit) answer(f item.Field, value string) {
	value = strings.TrimSpace(value)
	if len(value) > maxAnswer {
		value = value[:maxAnswer+1] // too long for every type; the check says so
	}
	value = item.Canon(f.Type, value)
	if problem := item.CheckValue(f, value); problem != nil {
		v.step.err = text(problem.Text)
		return
	}
	env := v.env()
	env.Field[f.ID] = value
	if ok, err := v.rules.Check(f.ID, value, env); err == nil && !ok {
		v.step.err = text(f.Message)
		return
	}
	v.step.err = localapi.Text{}
	if !f.Type.Listed() {
		v.personal = true
	}
	v.draft.Answer(f.ID, identity.SecretString(value), fromCitizen)
	v.next()
}
