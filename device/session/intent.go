package session

import (
	"context"
	"slices"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/item"
	"kiosk/device/localapi"
)

// seenMax is how many intents are remembered, so that a repeat is harmless.
const seenMax = 64

// intent takes one tap: repeated ones are harmless, stale ones are refused, those that are not valid here too.
func (v *Visit) intent(in localapi.Intent) *localapi.Problem {
	if in.ID != "" && slices.Contains(v.seen, in.ID) {
		return nil
	}
	if in.Kind == localapi.IntentTouch { // extends the clock, wherever it was made
		if !v.warned {
			v.restartIdle()
		}
		return nil
	}
	shown := v.View()
	if in.Step != shown.Step {
		return &localapi.Problem{Title: "that screen is over", Status: 409, Code: localapi.CodeStale}
	}
	if !slices.Contains(shown.Intents, in.Kind) {
		return bad("that is not possible on this step")
	}
	v.remember(in.ID)
	switch in.Kind {
	case localapi.IntentContinue:
		v.touched()
		return nil
	case localapi.IntentLanguage:
		if in.Value != "zh" && in.Value != "en" {
			return bad("no such language")
		}
		v.lang = in.Value
		v.touched()
		return nil
	case localapi.IntentHelp:
		v.warned, v.help = false, true
		v.stopTimer(timerIdle)
		v.stopTimer(timerWarn)
		v.after(timerHelp, v.times.Help.D())
		v.cfg.Audit.Event("help-called", "phase", string(v.phase))
		return nil
	case localapi.IntentClose:
		v.help = false
		v.stopTimer(timerHelp)
		v.touched()
		return nil
	case localapi.IntentCancel:
		v.help = false
		v.move(EvCancel, event{})
		return nil
	case localapi.IntentEnrol:
		v.enrol(in.Value)
		return nil
	}
	if v.phase == InSteps {
		v.touched()
		return v.stepIntent(in)
	}
	switch in.Kind {
	case localapi.IntentStart:
		v.move(EvStart, event{})
	case localapi.IntentChoose:
		return v.choose(in.Item)
	case localapi.IntentPrint:
		if !v.printer() {
			v.touched() // the screen says why; nothing moves
			return nil
		}
		v.move(EvPrint, event{})
	case localapi.IntentNoPrint:
		v.move(EvNoPrint, event{})
	case localapi.IntentFinish:
		v.move(EvFinish, event{})
	default:
		return bad("that is not possible on this step")
	}
	return nil
}

func (v *Visit) remember(id string) {
	if id == "" {
		return
	}
	if len(v.seen) >= seenMax {
		v.seen = v.seen[1:]
	}
	v.seen = append(v.seen, id)
}

// stepIntent gives a tap to the screen it was made on.
func (v *Visit) stepIntent(in localapi.Intent) *localapi.Problem {
	if v.trouble != nil {
		v.trouble = nil
		switch retry := in.Kind == localapi.IntentRetry; {
		case v.roomless && retry:
			v.makeRoom()
		case v.roomless:
			v.previous()
		case retry:
			v.next()
		}
		return nil
	}
	switch v.kind() {
	case item.StepGuide:
		if in.Kind == localapi.IntentBack {
			v.previous()
			return nil
		}
		v.next()
	case item.StepConsent:
		v.consentIntent(in)
	case item.StepCard:
		return v.cardIntent(in)
	case item.StepForm:
		return v.fieldIntent(in)
	case item.StepCapture:
		return v.captureIntent(in)
	case item.StepCheck:
		return v.checkIntent(in)
	case item.StepSign:
		return v.signIntent(in)
	case item.StepLookup:
		return v.lookupIntent(in)
	case item.StepCases:
		return v.casesIntent(in)
	}
	return nil
}

// choose begins an item that can be done now.
func (v *Visit) choose(code string) *localapi.Problem {
	for _, o := range v.cfg.Items.List() {
		if o.Item.Code != code {
			continue
		}
		if ok, _ := Available(o.Item, v.cfg.Peripherals, v.cfg.Link.Online()); !ok || v.cfg.Outbox == nil {
			return bad("that matter is not open now")
		}
		if v.cfg.Closes != nil && v.cfg.Closes(o.Item) != (localapi.Text{}) {
			return bad("the store takes no case of that matter now")
		}
		v.move(EvChoose, event{data: o})
		return nil
	}
	return bad("there is no such matter")
}

// Available says whether an item can be done now, and if not, why, in plain words. The home screen shows it before
// anybody begins.
func Available(it *item.Item, p Peripherals, online bool) (bool, localapi.Text) {
	names := map[device.Kind]localapi.Text{
		device.KindIDCardReader: {ZH: "读卡器", EN: "card reader"}, device.KindCamera: {ZH: "高拍仪", EN: "document camera"},
		device.KindReceiptPrinter: {ZH: "打印机", EN: "printer"},
	}
	for _, kind := range it.Devices {
		s := p.Status(device.Kind(kind))
		if s.Usable() {
			continue
		}
		fault, _ := faultText(s)
		name := names[device.Kind(kind)]
		return false, localapi.Text{ZH: name.ZH + fault.ZH + "，暂时办不了", EN: "The " + name.EN + " is out: " + fault.EN}
	}
	if it.Network == item.O3 && it.Kind == item.Application && !online {
		return false, localapi.Text{ZH: "现在没网，办不了", EN: "Not without the network"}
	}
	return true, localapi.Text{}
}

// enrol joins the platform with a one-time code. The screen says when it did not work.
func (v *Visit) enrol(code string) {
	if v.pairing.Busy {
		return
	}
	v.pairing.Busy, v.pairing.Problem = true, localapi.Text{}
	v.start(taskEnrol, func(ctx context.Context) (any, error) { return nil, v.cfg.Enrol(ctx, code) })
}

func (v *Visit) enrolled(e event) {
	v.pairing.Busy = false
	if e.err != nil {
		v.cfg.Log.Warn("enrolment did not succeed", "err", e.err)
		v.pairing.Problem = localapi.Text{ZH: "没有登记上，请核对注册码后再试", EN: "Not enrolled. Please check the code and try again"}
		return
	}
	v.gate()
}

// purposes are those shown together on one screen: all that are not separate, or the separate one with that id. A
// lookup step shows the purposes of the whole item.
func (v *Visit) purposes(separate string) []item.Purpose {
	ids := v.item.Steps[v.at.step].Purposes
	if v.kind() == item.StepLookup && len(ids) == 0 {
		return v.item.Purposes
	}
	var out []item.Purpose
	for _, id := range ids {
		p, _ := v.item.Purpose(id)
		if separate == "" && p.Basis != item.Separate || id == separate {
			out = append(out, p)
		}
	}
	return out
}

func (v *Visit) consentView() (localapi.View, []string) {
	c := &localapi.Consent{Notice: true}
	for _, p := range v.purposes(v.at.id) {
		c.Notice = c.Notice && p.Basis == item.Duty
		c.Purposes = append(c.Purposes, localapi.Purpose{
			ID: p.ID, Basis: string(p.Basis), Title: text(p.Title), Text: text(p.Text), Recipient: text(p.Recipient),
			Keep: text(p.Keep), Law: text(p.Law),
		})
	}
	return localapi.View{Kind: localapi.ViewConsent, Consent: c},
		[]string{localapi.IntentAgree, localapi.IntentRefuse, localapi.IntentBack, localapi.IntentCancel}
}

func (v *Visit) consentIntent(in localapi.Intent) {
	switch in.Kind {
	case localapi.IntentAgree:
		v.consented(v.at.id)
		v.next()
	case localapi.IntentRefuse:
		// Nothing was read, nothing is kept: back to the home screen, where help and the counter are.
		v.cfg.Audit.Event("consent-refused", "item", v.item.Code)
		v.move(EvLeave, event{})
	case localapi.IntentBack:
		v.previous()
	}
}

// consented records what was shown and agreed to, by the hash of the words in the language they were read in.
func (v *Visit) consented(separate string) {
	for _, p := range v.purposes(separate) {
		words := shownText(p.Title, v.lang) + "\n" + shownText(p.Text, v.lang) + "\n" + shownText(p.Recipient, v.lang) + "\n" +
			shownText(p.Keep, v.lang) + "\n" + shownText(p.Law, v.lang)
		v.draft.Consent(casefile.ConsentRecord{
			Purpose: p.ID, Basis: p.Basis, TextHash: casefile.DigestOf([]byte(words)), Agreed: true, At: now(),
		})
	}
}

// readerGoneView: the reader was lost while its screen was up. It is tried again all the time; when it is back the
// visit goes on by itself.
func (v *Visit) readerGoneView() (localapi.View, []string) {
	view, intents := v.cardView()
	fault, do := faultText(v.cfg.Peripherals.Status(device.KindIDCardReader))
	return localapi.View{Kind: localapi.ViewDevice, Card: view.Card, Trouble: &localapi.Trouble{
		Device: string(device.KindIDCardReader), Fault: fault, Do: do,
	}}, intents
}
