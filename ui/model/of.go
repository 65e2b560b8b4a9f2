package model

import (
	"slices"
	"time"

	"kiosk/device/localapi"
	"kiosk/ui/words"
)

// Of describes the screen for a state. It is a function of its arguments only. now gives the clock and its time zone.
func Of(st localapi.State, l Local, now time.Time) Screen {
	b := &build{st: st, local: l.For(st), zone: now.Location()}
	b.Lang = "zh"
	if st.Visit.Lang == "en" {
		b.Lang = "en"
	}
	b.header(now)
	b.view()
	b.frame()
	b.net()
	b.overlay()
	b.key()
	return b.Screen
}

// Away is the screen while the daemon cannot be reached. It shows nothing of what was shown before.
func Away(lang string, now time.Time) Screen {
	b := &build{zone: now.Location()}
	b.Lang = lang
	b.ID, b.Key, b.Title = "wait", "wait", b.say(words.Wait)
	b.Header.Clock = now.Format("15:04")
	b.add(Prompt{Device: "clock", Stage: StageWork, Text: b.say(words.WaitWhy)},
		Paragraph{Text: b.say(words.WaitLong), Style: Muted, Centre: true})
	return b.Screen
}

// build is a screen being made.
type build struct {
	Screen
	st      localapi.State
	local   Local
	zone    *time.Location
	pageNow int
}

// view fills in what depends on the view. Each kind has its function beside others of its family.
func (b *build) view() {
	v := b.st.Visit.View
	switch v.Kind {
	case localapi.ViewAttract:
		b.attract()
	case localapi.ViewHome:
		b.home()
	case localapi.ViewClosed:
		b.closed()
	case localapi.ViewPairing:
		b.pairing(orZero(v.Pairing))
	case localapi.ViewGuide:
		b.guide(orZero(v.Guide))
	case localapi.ViewConsent:
		b.consent(orZero(v.Consent))
	case localapi.ViewWays:
		b.choose(orZero(v.Ways))
	case localapi.ViewCard:
		b.card(orZero(v.Card))
	case localapi.ViewCardFailed:
		b.cardFailed(orZero(v.Card))
	case localapi.ViewScanCode:
		b.scan(orZero(v.Scan))
	case localapi.ViewField:
		b.field(orZero(v.Field))
	case localapi.ViewCapture:
		b.capture(orZero(v.Capture))
	case localapi.ViewReview:
		b.review(orZero(v.Capture))
	case localapi.ViewSign:
		b.sign(orZero(v.Sign))
	case localapi.ViewCheck:
		b.check(orZero(v.Check))
	case localapi.ViewCases:
		b.cases(orZero(v.Cases))
	case localapi.ViewCase:
		b.oneCase(orZero(v.Cases))
	case localapi.ViewSubmitting:
		b.submitting(orZero(v.Submit))
	case localapi.ViewReceived:
		b.done("D02", orZero(v.Done))
	case localapi.ViewKept:
		b.done("D03", orZero(v.Done))
	case localapi.ViewPrinting:
		b.printing(orZero(v.Done))
	case localapi.ViewTake:
		b.take(orZero(v.Done))
	case localapi.ViewGoodbye:
		b.goodbye(orZero(v.Goodbye))
	case localapi.ViewPrinter:
		b.printer(orZero(v.Trouble))
	case localapi.ViewNetwork:
		b.network(orZero(v.Trouble))
	case localapi.ViewDevice:
		b.device(orZero(v.Trouble))
	case localapi.ViewRestarted:
		b.restarted(orZero(v.Restarted))
	case localapi.ViewHelp:
		b.helpScreen()
	default:
		// A newer daemon may know more screens; its intents still lead on.
		b.ID, b.Title = "unknown", b.say(words.Wait)
		b.add(Paragraph{Text: b.say(words.UnknownView)})
	}
}

// orZero reads a member that a faulty daemon may have left out.
func orZero[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func (b *build) say(w words.Word, args ...any) string { return w.In(b.Lang, args...) }
func (b *build) in(t localapi.Text) string            { return t.In(b.Lang) }
func (b *build) add(blocks ...Block)                  { b.Body = append(b.Body, blocks...) }

// can reports whether an intent is valid now. Under the idle dialog, where only its own two are, the screen goes on
// looking as it did; nothing on it can be pressed then.
func (b *build) can(kind string) bool {
	now := b.st.Visit.Intents
	if b.warned() && kind == localapi.IntentBack {
		return b.st.Visit.View.Kind != localapi.ViewHome
	}
	return slices.Contains(now, kind) || b.warned() && slices.Contains(usual, kind)
}

// warned reports whether the idle dialog is up and can be answered.
func (b *build) warned() bool {
	now := b.st.Visit.Intents
	return b.st.Visit.Warning != nil && (slices.Contains(now, localapi.IntentContinue) || slices.Contains(now, localapi.IntentCancel))
}

var usual = []string{localapi.IntentNext, localapi.IntentChoose, localapi.IntentWay, localapi.IntentAnswer,
	localapi.IntentShoot, localapi.IntentKeepPage, localapi.IntentRetake, localapi.IntentAgree, localapi.IntentSubmit, localapi.IntentSign,
	localapi.IntentEdit, localapi.IntentOpen, localapi.IntentLanguage, localapi.IntentHelp}

// intent makes a button that sends an intent without parameters, or nil when the intent is not valid now.
func (b *build) intent(id string, w words.Word, tone Tone, kind string) *Button {
	return b.intentWith(id, w, tone, localapi.Intent{Kind: kind})
}

func (b *build) intentWith(id string, w words.Word, tone Tone, in localapi.Intent) *Button {
	if !b.can(in.Kind) {
		return nil
	}
	return &Button{ID: id, Label: b.say(w), Tone: tone, Action: Action{Kind: ActIntent, Intent: in}}
}

// way is one way on: the label on the bar and the label of a wide button.
type way struct {
	id        string
	bar, wide words.Word
	icon      string
	in        localapi.Intent
}

// offer makes the first valid way the primary button, if there is none yet, and the others wide buttons in the body.
func (b *build) offer(ways ...way) {
	var rest []Button
	for _, w := range ways {
		if !b.can(w.in.Kind) || b.has(w.id) || slices.ContainsFunc(rest, func(x Button) bool { return x.ID == w.id }) {
			continue
		}
		if b.Primary == nil {
			b.Primary = b.intentWith(w.id, w.bar, Primary, w.in)
			b.Primary.Icon = w.icon
			continue
		}
		wide := b.intentWith(w.id, w.wide, Plain, w.in)
		wide.Icon = w.icon
		rest = append(rest, *wide)
	}
	if len(rest) > 0 {
		b.add(Actions{Buttons: rest})
	}
}

// The ways on that several screens offer.
var (
	wayRetry   = way{"retry", words.Retry, words.WayRetry, "again", localapi.Intent{Kind: localapi.IntentRetry}}
	wayNext    = way{"next", words.Next, words.WayNext, "", localapi.Intent{Kind: localapi.IntentNext}}
	waySkip    = way{"skip", words.Skip, words.WaySkip, "", localapi.Intent{Kind: localapi.IntentSkip}}
	wayBack    = way{"back", words.Back, words.WayBack, "back", localapi.Intent{Kind: localapi.IntentBack}}
	wayPrint   = way{"print", words.Print, words.WayPrint, "printer", localapi.Intent{Kind: localapi.IntentPrint}}
	wayCopy    = way{"print", words.Print, words.WayCopy, "printer", localapi.Intent{Kind: localapi.IntentPrint}}
	wayNoPrint = way{"no-print", words.NoPrint, words.WayNoPrint, "", localapi.Intent{Kind: localapi.IntentNoPrint}}
	wayGot     = way{"no-print", words.Taken, words.WayGot, "", localapi.Intent{Kind: localapi.IntentNoPrint}}
	wayFinish  = way{"finish", words.Finish, words.WayFinish, "", localapi.Intent{Kind: localapi.IntentFinish}}
	wayHome    = way{"start", words.GoHome, words.GoHome, "", localapi.Intent{Kind: localapi.IntentStart}}
	wayClose   = way{"close", words.CloseHelp, words.CloseHelp, "", localapi.Intent{Kind: localapi.IntentClose}}
	waySubmit  = way{"submit", words.Submit, words.Submit, "", localapi.Intent{Kind: localapi.IntentSubmit}}
)

// has reports whether the screen has a button with that id already.
func (b *build) has(id string) bool {
	for x := range b.Screen.Buttons() {
		if x.ID == id {
			return true
		}
	}
	return false
}

// net catches what a view's function left without a way on although the daemon allows one.
func (b *build) net() {
	if b.WayOn() {
		return
	}
	b.offer(wayClose, wayRetry, wayNext, waySkip, waySubmit, wayPrint, wayNoPrint, wayHome, wayFinish, wayBack)
}

// key tells screens apart for the input guard: what a person would call another screen, another page, another dialog.
func (b *build) key() {
	b.Key = b.ID + "/" + b.st.Visit.Step + "/" + placeOf(b.st) + "/" + string(rune('0'+b.pageNow))
	if b.Overlay != nil {
		b.Key += "/" + b.Overlay.ID
	}
}
