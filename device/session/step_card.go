package session

import (
	"context"
	"errors"
	"time"

	"kiosk/device"
	"kiosk/device/identity"
	"kiosk/device/item"
	"kiosk/device/localapi"
)

// triesBeforeOther is how many failed readings it takes until other ways are offered beside "again".
const triesBeforeOther = 3

// readShown is how long "read, please take your card" stays before the visit goes on by itself.
const readShown = 4 * time.Second

func (v *Visit) enterCard() {
	v.step.screen = localapi.ViewCard
	v.after(timerHint, v.times.CardHint.D())
	v.after(timerOther, v.times.CardOther.D())
	v.readCard()
}

func (v *Visit) readCard() {
	v.start(taskCard, func(ctx context.Context) (any, error) {
		card, err := v.cfg.Peripherals.ReadCard(ctx)
		return card, err
	})
}

// cardRead takes a whole card, or the reason why there is none. The reader goes on reading behind every
// error screen, so laying the card down again is always enough.
func (v *Visit) cardRead(e event) {
	if e.err != nil {
		v.cardNotRead(e.err)
		return
	}
	v.touchedByDevice()
	card, _ := e.data.(identity.Card)
	v.personal = true
	v.step.why = ""
	v.cfg.Audit.Event("card-read", "kind", string(card.Kind))
	if v.kind() == item.StepLookup {
		v.lookupByCard(card)
		return
	}
	s := v.item.Steps[v.at.step]
	if v.draft.HasNumber(card.Number, s.Person) {
		card.Wipe()
		v.step.why = "same"
		v.step.screen = localapi.ViewCardFailed
		v.after(timerIdle, v.times.Idle.D())
		v.readCard()
		return
	}
	v.step.read = &localapi.ReadDone{Name: identity.MaskName(card.DisplayName())}
	v.step.screen = localapi.ViewCard
	v.draft.SetPerson(s.Person, card)
	for _, f := range v.item.Fields {
		person, attribute, ok := splitFrom(f.From)
		if !ok || person != s.Person {
			continue
		}
		if value, ok := item.Attribute(v.draft.Person(person), attribute); ok && !value.Empty() {
			v.draft.Answer(f.ID, value.Clone(), fromCard)
		}
	}
	v.after(timerAuto, readShown)
}

// cardNotRead shows why. A card that was left there, or a reader that stays away, fails again and again with nobody near: only the
// first failure of its kind counts as something that a person does.
func (v *Visit) cardNotRead(err error) {
	before := v.step.last
	switch {
	case errors.Is(err, device.ErrGone), !v.cfg.Peripherals.Status(device.KindIDCardReader).Usable():
		v.step.why = "gone"
		v.after(timerAgain, time.Second)
	case errors.Is(err, device.ErrKind):
		v.step.why = "kind"
		v.step.tries++
		v.readCard()
	default:
		v.step.why = "media"
		v.step.tries++
		v.readCard()
	}
	v.step.screen = localapi.ViewCardFailed
	v.step.last = v.step.why
	if v.step.why != before {
		v.touchedByDevice()
	}
	if v.step.why != before || v.step.why != "gone" {
		v.cfg.Audit.Event("card-failed", "code", v.step.why)
	}
}

// readerAgain tries a lost reader, and looks whether it is back. It then asks for the card anew: one that lay there meanwhile
// may have been read in vain, and a reader does not find such a card twice.
func (v *Visit) readerAgain() {
	if v.cfg.Peripherals.Status(device.KindIDCardReader).Usable() {
		v.step.screen, v.step.why = localapi.ViewCard, ""
	} else {
		v.after(timerAgain, time.Second)
	}
	if v.running[taskCard] == nil {
		v.readCard()
	}
}

// cardTaken goes on after the reading was shown.
func (v *Visit) cardTaken() { v.next() }

// touchedByDevice restarts the clocks: the person has done something, though not on the screen.
func (v *Visit) touchedByDevice() {
	v.stopTimer(timerHint)
	v.stopTimer(timerOther)
	v.step.hint = false
	v.touched()
}

func (v *Visit) cardView() (localapi.View, []string) {
	r := &localapi.ReadCard{Hint: v.step.hint, Tries: v.step.tries, Read: v.step.read, Why: v.step.why}
	view := localapi.View{Kind: v.step.screen, Card: r}
	intents := []string{localapi.IntentBack, localapi.IntentCancel}
	if v.kind() == item.StepCard {
		p, _ := v.item.Person(v.item.Steps[v.at.step].Person)
		r.Person = text(p.Label)
	} else {
		for _, way := range v.item.Steps[v.at.step].Ways {
			if way != "card" {
				r.Other = append(r.Other, way)
			}
		}
	}
	switch {
	case v.step.read != nil:
		intents = append(intents, localapi.IntentNext)
	case v.step.screen == localapi.ViewCardFailed:
		intents = append(intents, localapi.IntentRetry)
		if len(r.Other) > 0 {
			intents = append(intents, localapi.IntentWay)
		}
		if v.step.tries >= triesBeforeOther || v.step.why == "gone" || v.step.why == "wait" {
			r.Other = append(r.Other, "counter")
		}
	}
	return view, intents
}

func (v *Visit) cardIntent(in localapi.Intent) *localapi.Problem {
	switch in.Kind {
	case localapi.IntentBack:
		if v.kind() == item.StepLookup {
			v.enter(v.at)
			return nil
		}
		v.previous()
	case localapi.IntentNext:
		v.cardTaken()
	case localapi.IntentRetry:
		v.step.screen, v.step.why, v.step.hint = localapi.ViewCard, "", false
		v.stopTimer(timerIdle)
		v.after(timerHint, v.times.CardHint.D())
		v.after(timerOther, v.times.CardOther.D())
		v.readCard()
	case localapi.IntentWay:
		return v.chooseWay(in.Value)
	}
	return nil
}
