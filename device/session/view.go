package session

import (
	"fmt"
	"slices"
	"strings"

	"kiosk/device/item"
	"kiosk/device/localapi"
)

// publish shows the state to everybody who watches. Step changes only when what may be pressed changes.
func (v *Visit) publish() {
	view, intents := v.screen()
	if v.phase == InSteps || v.phase == Choosing {
		intents = append(intents, localapi.IntentHelp)
	}
	if v.help {
		view, intents = localapi.View{Kind: localapi.ViewHelp}, []string{localapi.IntentClose, localapi.IntentCancel}
	}
	if v.phase != Closed && v.phase != Ending {
		intents = append(intents, localapi.IntentLanguage)
	}
	if v.warned {
		intents = []string{localapi.IntentContinue, localapi.IntentCancel}
	}
	slices.Sort(intents)
	intents = slices.Compact(intents)
	out := &localapi.Visit{
		ID: v.id, Phase: string(v.phase), Lang: v.lang, View: view, Intents: intents, Warning: v.warning(), Personal: v.personal,
	}
	if v.item != nil {
		out.Item = &localapi.ItemName{Code: v.item.Code, Everyday: text(v.item.Names.Everyday), Official: text(v.item.Names.Official)}
		out.Progress = v.progress()
	}
	key := fmt.Sprint(v.id, v.phase, view.Kind, v.at, v.step.shotID, strings.Join(intents, ","))
	if key != v.stepKey {
		v.stepKey = key
		v.stepN++
	}
	out.Step = fmt.Sprintf("%s-%d", v.id, v.stepN)
	v.mu.Lock()
	v.shown.Store(out)
	close(v.changed)
	v.changed = make(chan struct{})
	v.mu.Unlock()
}

// screen is the current screen and what may be pressed on it.
func (v *Visit) screen() (localapi.View, []string) {
	switch v.phase {
	case Closed:
		if v.cfg.Gate() == "unenrolled" {
			p := v.pairing
			return localapi.View{Kind: localapi.ViewPairing, Pairing: &p}, []string{localapi.IntentEnrol}
		}
		return localapi.View{Kind: localapi.ViewClosed}, nil
	case Idle:
		return localapi.View{Kind: localapi.ViewAttract}, []string{localapi.IntentStart, localapi.IntentChoose}
	case Choosing:
		return localapi.View{Kind: localapi.ViewHome}, []string{localapi.IntentChoose, localapi.IntentCancel}
	case InSteps:
		return v.stepScreen()
	case Submitting:
		return v.submitView()
	case Result:
		return v.resultView()
	case Printing:
		return v.doneView(localapi.ViewPrinting), nil
	case Trouble:
		return v.troubleView()
	case Taking:
		view := v.doneView(localapi.ViewTake)
		intents := []string{localapi.IntentFinish}
		if v.printer() {
			intents = append(intents, localapi.IntentPrint)
		}
		return view, intents
	case Ending:
		return v.endingView(), []string{localapi.IntentStart}
	case Interrupted:
		return v.restartedView()
	}
	return localapi.View{Kind: localapi.ViewClosed}, nil
}

func (v *Visit) stepScreen() (localapi.View, []string) {
	if v.trouble != nil {
		t := *v.trouble
		return localapi.View{Kind: localapi.ViewDevice, Trouble: &t},
			[]string{localapi.IntentRetry, localapi.IntentBack, localapi.IntentCancel}
	}
	if v.step.loading && (v.step.screen == localapi.ViewField || v.step.screen == localapi.ViewScanCode) {
		return localapi.View{Kind: localapi.ViewCases, Cases: &localapi.Cases{Open: -1, Loading: true}},
			[]string{localapi.IntentBack, localapi.IntentCancel}
	}
	switch v.step.screen {
	case localapi.ViewGuide:
		return v.guideView()
	case localapi.ViewConsent:
		return v.consentView()
	case localapi.ViewCard, localapi.ViewCardFailed:
		if v.step.loading {
			view, _ := v.cardView()
			return view, []string{localapi.IntentCancel}
		}
		if v.step.why == "gone" {
			return v.readerGoneView()
		}
		return v.cardView()
	case localapi.ViewCapture, localapi.ViewReview:
		return v.captureView()
	case localapi.ViewCheck:
		return v.checkView()
	case localapi.ViewSign:
		return v.signView()
	case localapi.ViewWays:
		return v.waysView()
	case localapi.ViewScanCode:
		return v.scanView()
	case localapi.ViewNetwork:
		return localapi.View{Kind: localapi.ViewNetwork, Trouble: &localapi.Trouble{
				Fault: localapi.Text{ZH: "现在查不到，网络没连上", EN: "No answer, the network is away"},
				Do:    localapi.Text{ZH: "可以换个方式，或过一会儿再来", EN: "Try another way, or come back later"},
			}},
			[]string{localapi.IntentRetry, localapi.IntentBack, localapi.IntentCancel}
	case localapi.ViewCases, localapi.ViewCase:
		return v.casesView()
	case localapi.ViewField:
		if v.kind() == item.StepLookup {
			return v.numberView()
		}
		return v.fieldView()
	}
	return localapi.View{Kind: localapi.ViewClosed}, []string{localapi.IntentCancel}
}

func (v *Visit) guideView() (localapi.View, []string) {
	g := v.item.Guide
	out := &localapi.Guide{
		Summary: text(g.Summary), Who: text(g.Who), Minutes: g.Minutes, Fee: text(g.Fee), Result: text(g.Result), Contact: text(g.Contact),
		Network: string(v.item.Network), Identity: v.item.Identity, NoReceipt: v.item.Kind == item.Application && !v.printer(),
	}
	for _, n := range g.Needs {
		out.Needs = append(out.Needs, text(n))
	}
	return localapi.View{Kind: localapi.ViewGuide, Guide: out},
		[]string{localapi.IntentNext, localapi.IntentBack, localapi.IntentCancel}
}

// progress is "step 2 of 5", counted in screens that ask something of the person.
func (v *Visit) progress() *localapi.Progress {
	if v.phase != InSteps {
		return nil
	}
	labels := map[item.StepKind]localapi.Text{
		item.StepGuide: {ZH: "看说明", EN: "About"}, item.StepConsent: {ZH: "看告知", EN: "Notice"},
		item.StepCard: {ZH: "读身份证", EN: "ID card"}, item.StepForm: {ZH: "填信息", EN: "Questions"},
		item.StepCapture: {ZH: "拍材料", EN: "Pictures"}, item.StepCheck: {ZH: "核对", EN: "Check"},
		item.StepSign: {ZH: "签名", EN: "Signature"}, item.StepLookup: {ZH: "找办件", EN: "Find"}, item.StepCases: {ZH: "看进度", EN: "Progress"},
	}
	out := &localapi.Progress{Label: labels[v.kind()]}
	var last item.StepKind
	for _, p := range v.positions() {
		kind := v.item.Steps[p.step].Kind
		if kind != last {
			out.Of++
			last = kind
		}
		if p == v.at {
			out.N = out.Of
		}
	}
	return out
}
