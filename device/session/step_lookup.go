package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/device/item"
	"kiosk/device/localapi"
)

// lookupWait bounds one question to the platform.
const lookupWait = 15 * time.Second

// Ways to find a case.
const (
	wayCard   = "card"
	wayCode   = "code"
	wayNumber = "number"
)

// numberMax is the length of the longest number a person may type: local 15, platform up to 18.
const numberMax = 18

func (v *Visit) waysView() (localapi.View, []string) {
	w := &localapi.Ways{}
	for _, id := range v.item.Steps[v.at.step].Ways {
		way := localapi.Way{ID: id, Available: true}
		switch id {
		case wayCard:
			way.Available, way.Why = v.usable(device.KindIDCardReader)
			if way.Available && !v.cfg.Link.Online() {
				way.Available, way.Why = false, localapi.Text{ZH: "现在没网，不能用身份证查", EN: "No network: a card cannot be used now"}
			}
		case wayCode:
			way.Available, way.Why = v.usable(device.KindCamera)
		}
		w.List = append(w.List, way)
	}
	return localapi.View{Kind: localapi.ViewWays, Ways: w}, []string{localapi.IntentBack, localapi.IntentCancel, localapi.IntentWay}
}

func (v *Visit) usable(kind device.Kind) (bool, localapi.Text) {
	s := v.cfg.Peripherals.Status(kind)
	if s.Usable() {
		return true, localapi.Text{}
	}
	fault, _ := faultText(s)
	return false, fault
}

func (v *Visit) lookupIntent(in localapi.Intent) *localapi.Problem {
	switch v.step.screen {
	case localapi.ViewWays:
		if in.Kind == localapi.IntentBack {
			v.previous()
			return nil
		}
		return v.chooseWay(in.Value)
	case localapi.ViewConsent:
		switch in.Kind {
		case localapi.IntentAgree, localapi.IntentNext:
			v.consented("")
			v.enterCard()
		default:
			v.enter(v.at)
		}
	case localapi.ViewCard, localapi.ViewCardFailed:
		return v.cardIntent(in)
	case localapi.ViewScanCode:
		switch in.Kind {
		case localapi.IntentBack:
			v.enter(v.at)
		case localapi.IntentWay:
			return v.chooseWay(in.Value)
		case localapi.IntentRetry:
			v.step.problem, v.step.code = "", ""
			v.look()
		}
	case localapi.ViewField:
		switch in.Kind {
		case localapi.IntentBack:
			v.enter(v.at)
		case localapi.IntentAnswer:
			v.numberTyped(in.Value)
		}
	case localapi.ViewNetwork:
		switch in.Kind {
		case localapi.IntentBack, localapi.IntentRetry:
			v.enter(v.at)
		}
	}
	return nil
}

// chooseWay starts one way of finding a case. Personal data is read only after its purposes were shown.
func (v *Visit) chooseWay(way string) *localapi.Problem {
	ways, _ := v.waysView()
	i := slices.IndexFunc(ways.Ways.List, func(w localapi.Way) bool { return w.ID == way })
	if i < 0 || !ways.Ways.List[i].Available {
		return bad("that way is not open now")
	}
	v.enter(v.at)
	v.step.way = way
	switch way {
	case wayCard:
		if len(v.purposes("")) > 0 {
			v.step.screen = localapi.ViewConsent
			return nil
		}
		v.enterCard()
	case wayCode:
		v.step.screen = localapi.ViewScanCode
		v.after(timerHint, v.times.CardHint.D())
		v.after(timerOther, v.times.CardOther.D())
		v.stopTimer(timerIdle)
		v.look()
	case wayNumber:
		v.step.screen = localapi.ViewField
	}
	return nil
}

func (v *Visit) scanView() (localapi.View, []string) {
	s := &localapi.Scan{Camera: CameraName, Problem: v.step.problem, Hint: v.step.hint}
	if v.step.lost {
		s.Problem = "lost"
	}
	if v.step.why == "wait" && s.Problem == "" {
		s.Problem = "wait"
	}
	return localapi.View{Kind: localapi.ViewScanCode, Scan: s},
		[]string{localapi.IntentBack, localapi.IntentCancel, localapi.IntentRetry, localapi.IntentWay}
}

// codeSeen takes the text of a code. A code that is not a receipt of ours is said to be so and never interpreted.
func (v *Visit) codeSeen(code string) {
	if v.step.screen != localapi.ViewScanCode || v.step.loading || code == v.step.code {
		return // a paper that was left there is nobody who is still here, and is not asked about again
	}
	v.step.code = code
	v.touchedByDevice()
	v.after(timerOther, v.times.CardOther.D())
	v.stopTimer(timerIdle)
	ticket, err := casefile.ParseTicket(code)
	if err != nil {
		v.step.problem = "other-code"
		return
	}
	v.ask(func(ctx context.Context) ([]casefile.Progress, error) { return v.cfg.Progress.ByTicket(ctx, ticket) })
}

func (v *Visit) numberView() (localapi.View, []string) {
	return localapi.View{Kind: localapi.ViewField, Field: &localapi.Field{
			ID: "case-number", Type: string(item.TypeNumber), Input: "pad", Max: numberMax, Error: v.step.err,
			Ask:   localapi.Text{ZH: "请输入回执上的号码", EN: "Please enter the number on your receipt"},
			Hint:  localapi.Text{ZH: "收存号是 15 位数字，平台编号也可以", EN: "The 15-digit number, or the platform's number"},
			Group: []int{6, 2, 6, 4},
		}},
		[]string{localapi.IntentBack, localapi.IntentCancel, localapi.IntentAnswer}
}

func (v *Visit) numberTyped(number string) {
	if len(number) == 15 {
		if _, _, err := casefile.ParseNumber(number); err != nil {
			v.step.err = localapi.Text{ZH: "号码不对，请对照回执再输一次", EN: "That number is not right. Please compare it with your receipt"}
			return
		}
	}
	if len(number) < 8 || len(number) > numberMax {
		v.step.err = localapi.Text{ZH: "号码没有输完", EN: "The number is not complete"}
		return
	}
	v.ask(func(ctx context.Context) ([]casefile.Progress, error) { return v.cfg.Progress.ByNumber(ctx, number) })
}

func (v *Visit) lookupByCard(card identity.Card) {
	v.step.read = &localapi.ReadDone{Name: identity.MaskName(card.DisplayName())}
	v.step.screen = localapi.ViewCard
	v.ask(func(ctx context.Context) ([]casefile.Progress, error) {
		defer card.Wipe()
		return v.cfg.Progress.ByPerson(ctx, card.Number, card.DisplayName())
	})
}

func (v *Visit) ask(question func(ctx context.Context) ([]casefile.Progress, error)) {
	v.step.loading = true
	v.start(taskLookup, func(ctx context.Context) (any, error) {
		ctx, cancel := context.WithTimeout(ctx, lookupWait)
		defer cancel()
		return question(ctx)
	})
}

// found takes the answer: cases, none, or nobody to ask. Each has a way on.
func (v *Visit) found(e event) {
	v.step.loading = false
	cases, _ := e.data.([]casefile.Progress)
	switch {
	case errors.Is(e.err, casefile.ErrNotFound) || e.err == nil && len(cases) == 0:
		v.cfg.Audit.Event("lookup", "way", v.step.way, "result", "none")
		switch v.step.way {
		case wayNumber:
			v.step.err = localapi.Text{ZH: "没有找到这个号码，请对照回执再输一次", EN: "No case has that number. Please compare it with your receipt"}
			v.touched()
		case wayCode:
			v.step.problem = "not-found"
		default:
			v.openCases(nil)
		}
	case e.err != nil:
		v.cfg.Audit.Event("lookup", "way", v.step.way, "result", "offline")
		way := v.step.way
		v.enter(v.at)
		v.step.way = way
		v.step.screen = localapi.ViewNetwork
	default:
		v.cfg.Audit.Event("lookup", "way", v.step.way, "result", "found")
		v.openCases(cases)
	}
}

// openCases goes on to the item's list.
func (v *Visit) openCases(cases []casefile.Progress) {
	way := v.step.way
	v.step.passed[v.at] = true
	all := v.positions()
	i := slices.Index(all, v.at)
	v.enter(all[i+1])
	v.step.way, v.step.cases, v.step.open, v.step.asOf = way, cases, -1, time.Now()
	if len(cases) == 1 && way != wayCard {
		v.step.open = 0
		v.step.screen = localapi.ViewCase
	}
}

func (v *Visit) casesView() (localapi.View, []string) {
	c := &localapi.Cases{Open: v.step.open, AsOf: v.step.asOf, Masked: v.step.way == wayNumber}
	for _, p := range v.step.cases {
		one := localapi.Case{
			Number: string(p.Number), PlatformNumber: p.PlatformNumber, Name: localapi.Text{ZH: p.ItemName.ZH, EN: p.ItemName.EN},
			State: p.State, Local: p.Local, AsOf: p.AsOf, Contact: p.Contact,
		}
		for _, s := range p.Events {
			one.Events = append(one.Events, localapi.CaseStep(s))
		}
		c.Local = c.Local || p.Local
		c.List = append(c.List, one)
	}
	intents := []string{localapi.IntentBack, localapi.IntentCancel, localapi.IntentFinish}
	if v.step.screen == localapi.ViewCases && len(c.List) > 0 {
		intents = append(intents, localapi.IntentOpen)
	}
	return localapi.View{Kind: v.step.screen, Cases: c}, intents
}

func (v *Visit) casesIntent(in localapi.Intent) *localapi.Problem {
	switch in.Kind {
	case localapi.IntentOpen:
		if in.Index < 0 || in.Index >= len(v.step.cases) {
			return bad("there is no such case in the list")
		}
		v.step.open, v.step.screen = in.Index, localapi.ViewCase
	case localapi.IntentBack:
		if v.step.screen == localapi.ViewCase && len(v.step.cases) > 1 {
			v.step.open, v.step.screen = -1, localapi.ViewCases
			return nil
		}
		v.previous()
	case localapi.IntentFinish:
		v.move(EvQueryDone, event{})
	}
	return nil
}
