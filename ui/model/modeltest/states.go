// Package modeltest holds one invented state for each screen and each of its variants, as the daemon would tell them. Tests
// of the model, of the drawing and of the app go through them. Nobody in it exists.
package modeltest

import (
	"time"

	"kiosk/device/localapi"
)

// Named is a state with the name of its variant; Screen is the id of the screen that it must give.
type Named struct {
	Name, Screen string
	State        localapi.State
}

// At is the time that all states play at, the zone of the place they play in.
var At = time.Date(2026, 11, 21, 9, 41, 0, 0, time.FixedZone("CST", 8*3600))

func text(zh, en string) localapi.Text { return localapi.Text{ZH: zh, EN: en} }

// Base is a terminal in working order with nobody before it.
func Base() localapi.State {
	return localapi.State{
		Seq: 1, Boot: "boot-1",
		Terminal: localapi.Terminal{
			Number: "990001", Site: text("示例市政务服务大厅", "Example City Service Hall"), Place: text("一楼大厅东侧", "Ground floor, east side"),
			Phone: "0990-1234567", Enrolled: true, Version: "1.0.0", Open: true, Hours: "00:00-24:00", Volume: 5,
		},
		Network: localapi.Network{Online: true, Since: At},
		Home: []localapi.Card{
			{Code: "parcel-remote", Everyday: text("异地代收代办", "Hand in for another place"), Official: text("跨省通办收受分离", "Cross-province intake"),
				Icon: "parcel", Tags: []localapi.Text{text("离线可办", "Works offline"), text("打印回执", "Receipt")}, Available: true},
			{Code: "progress", Everyday: text("办件进度", "Progress of a case"), Official: text("办件进度查询", "Case progress enquiry"),
				Icon: "progress", Tags: []localapi.Text{text("刷身份证", "ID card")}, Available: true},
			{Code: "house", Everyday: text("公积金", "Housing fund"), Official: text("住房公积金缴存查询", "Housing fund enquiry"),
				Icon: "house", Why: text("没有联网，暂时办不了", "Not possible offline")},
		},
		Visit: localapi.Visit{Phase: "idle", Step: "-1", Lang: "zh", View: localapi.View{Kind: localapi.ViewAttract},
			Intents: []string{localapi.IntentStart, localapi.IntentChoose, localapi.IntentLanguage}},
	}
}

// with is a state inside a visit.
func with(name, screen, phase string, view localapi.View, intents ...string) Named {
	st := Base()
	st.Visit = localapi.Visit{
		ID: "visit-1", Phase: phase, Step: "visit-1-" + name, Lang: "zh", View: view,
		Intents: append(intents, localapi.IntentLanguage),
	}
	if phase == "steps" {
		st.Visit.Intents = append(st.Visit.Intents, localapi.IntentHelp)
		st.Visit.Progress = &localapi.Progress{N: 2, Of: 5, Label: text("拍材料", "Pictures")}
	}
	if phase != "choosing" {
		st.Visit.Item = &localapi.ItemName{Code: "parcel-remote", Everyday: text("异地代收代办", "Hand in for another place"),
			Official: text("跨省通办收受分离", "Cross-province intake")}
	}
	return Named{Name: name, Screen: screen, State: st}
}

// change makes a variant of a state.
func change(n Named, name, screen string, f func(*localapi.State)) Named {
	st := n.State
	st.Visit.Intents = append([]string(nil), st.Visit.Intents...)
	f(&st)
	st.Visit.Step += "-" + name
	return Named{Name: name, Screen: screen, State: st}
}

const (
	back, cancel, next = localapi.IntentBack, localapi.IntentCancel, localapi.IntentNext
	number             = "990001010000427"
	ticket             = "K1.990001010000427.ABCDEFGHIJKLMNOP"
)

// States are all screens and their variants.
func States() []Named {
	var all []Named
	all = append(all, before()...)
	all = append(all, who()...)
	all = append(all, ask()...)
	all = append(all, papers()...)
	all = append(all, after()...)
	return append(all, trouble()...)
}

// Find returns the state of that name; it panics for an unknown one.
func Find(name string) localapi.State {
	for _, n := range States() {
		if n.Name == name {
			return n.State
		}
	}
	panic("modeltest: no state " + name)
}

func before() []Named {
	attract := Named{"attract", "A01", Base()}
	home := with("home", "A02", "choosing", localapi.View{Kind: localapi.ViewHome}, localapi.IntentChoose, cancel, localapi.IntentHelp)
	closed := change(attract, "closed", "A06", func(s *localapi.State) {
		s.Visit.View.Kind, s.Visit.Intents, s.Terminal.Reason, s.Terminal.Hours = localapi.ViewClosed, nil, "closed", "08:00-18:00"
	})
	pairing := change(attract, "pairing", "M05", func(s *localapi.State) {
		s.Terminal.Number, s.Terminal.Enrolled, s.Terminal.Reason = "", false, "unenrolled"
		s.Visit.Intents = []string{localapi.IntentEnrol}
		s.Visit.View = localapi.View{Kind: localapi.ViewPairing, Pairing: &localapi.Pairing{Serial: "SN-990-0001", Hub: "https://hub.example"}}
	})
	guide := with("guide", "B01", "steps", localapi.View{Kind: localapi.ViewGuide, Guide: &localapi.Guide{
		Summary: text("把材料交给外地的窗口，不用跑一趟。", "Hand your papers to an office elsewhere without travelling."),
		Who:     text("本人办理", "You yourself"),
		Needs:   []localapi.Text{text("居民身份证原件", "Your resident ID card"), text("户口簿首页和本人页", "Household register, cover and your page")},
		Minutes: 8, Fee: text("不收费", "Free"), Result: text("受理地会联系您", "The receiving place will contact you"),
		Contact: text("0990-1234567", "0990-1234567"), Network: "O1", Identity: "L1",
	}}, next, back, cancel)
	purpose := func(id, basis string) localapi.Purpose {
		return localapi.Purpose{ID: id, Basis: basis, Title: text("核对您的身份", "Check who you are"),
			Text:      text("读取身份证上的姓名、号码和住址，用来填写申请并核对身份。", "Name, number and address are read from your card to fill in the form."),
			Recipient: text("示例市政务服务局", "Example City Service Office"), Keep: text("办结后两年", "Two years after the end"),
			Law: text("《示例条例》第十条", "Example Act, section 10")}
	}
	consent := with("consent", "B02", "steps", localapi.View{Kind: localapi.ViewConsent, Consent: &localapi.Consent{
		Purposes: []localapi.Purpose{purpose("identity", "consent"), purpose("papers", "consent"), purpose("transfer", "consent"), purpose("contact", "consent")}}},
		localapi.IntentAgree, localapi.IntentRefuse, back, cancel)
	return []Named{
		attract, home,
		change(home, "home-offline", "A02", func(s *localapi.State) { s.Network.Online = false }),
		change(home, "home-full", "A02", func(s *localapi.State) {
			for i := range 8 {
				c := s.Home[i%3]
				c.Code += string(rune('a' + i))
				s.Home = append(s.Home[:len(s.Home):len(s.Home)], c)
			}
		}),
		change(home, "home-empty", "A02", func(s *localapi.State) { s.Home = nil }),
		change(home, "home-idle", "A02", func(s *localapi.State) {
			s.Visit.Warning = &localapi.IdleWarning{Seconds: 21}
			s.Visit.Intents = []string{localapi.IntentContinue, cancel}
		}),
		closed,
		change(closed, "closed-broken", "A06", func(s *localapi.State) { s.Terminal.Reason = "broken" }),
		pairing,
		change(pairing, "pairing-busy", "M05", func(s *localapi.State) { s.Visit.View.Pairing = &localapi.Pairing{Busy: true, Serial: "SN-990-0001"} }),
		change(pairing, "pairing-problem", "M05", func(s *localapi.State) {
			s.Visit.View.Pairing = &localapi.Pairing{Serial: "SN-990-0001", Problem: text("没有登记上，请核对注册码后再试", "Not enrolled. Please check the code")}
		}),
		guide,
		change(guide, "guide-offline", "B01", func(s *localapi.State) {
			s.Network.Online = false
			g := *s.Visit.View.Guide
			g.NoReceipt = true
			s.Visit.View.Guide = &g
		}),
		consent,
		change(consent, "notice", "B02", func(s *localapi.State) {
			s.Visit.View.Consent = &localapi.Consent{Notice: true, Purposes: []localapi.Purpose{purpose("identity", "duty"), purpose("papers", "duty")}}
		}),
		change(guide, "help", "A04", func(s *localapi.State) {
			s.Visit.View = localapi.View{Kind: localapi.ViewHelp}
			s.Visit.Intents = []string{localapi.IntentClose, cancel, localapi.IntentLanguage}
		}),
	}
}

func who() []Named {
	card := with("card", "B04", "steps", localapi.View{Kind: localapi.ViewCard, Card: &localapi.ReadCard{Person: text("申请人", "Applicant")}}, back, cancel)
	fail := with("card-failed", "E01", "steps", localapi.View{Kind: localapi.ViewCardFailed, Card: &localapi.ReadCard{
		Person: text("申请人", "Applicant"), Tries: 3, Why: "media", Other: []string{"code", "number", "counter"}}},
		back, cancel, localapi.IntentRetry, localapi.IntentWay)
	scan := with("scan", "B05", "steps", localapi.View{Kind: localapi.ViewScanCode, Scan: &localapi.Scan{Camera: "document"}},
		back, cancel, localapi.IntentRetry, localapi.IntentWay)
	problem := func(p string) Named {
		return change(scan, "scan-"+p, "E03", func(s *localapi.State) {
			s.Visit.View.Scan = &localapi.Scan{Camera: "document", Problem: p, Hint: true}
		})
	}
	why := func(w string) Named {
		return change(fail, "card-"+w, "E01", func(s *localapi.State) {
			s.Visit.View.Card = &localapi.ReadCard{Person: text("代办人", "Agent"), Tries: 1, Why: w}
		})
	}
	return []Named{
		with("ways", "B03", "steps", localapi.View{Kind: localapi.ViewWays, Ways: &localapi.Ways{List: []localapi.Way{
			{ID: "card", Why: text("现在没网，不能用身份证查", "No network: a card cannot be used now")},
			{ID: "code", Available: true}, {ID: "number", Available: true}}}}, back, cancel, localapi.IntentWay),
		card,
		change(card, "card-hint", "B04", func(s *localapi.State) {
			s.Visit.View.Card = &localapi.ReadCard{Person: text("申请人", "Applicant"), Hint: true}
		}),
		change(card, "card-reading", "B04", func(s *localapi.State) { s.Visit.View.Card = &localapi.ReadCard{Reading: true} }),
		change(card, "card-read", "B04", func(s *localapi.State) {
			s.Visit.View.Card = &localapi.ReadCard{Person: text("申请人", "Applicant"), Read: &localapi.ReadDone{Name: "张*"}}
			s.Visit.Intents = append(s.Visit.Intents, next)
			s.Visit.Personal = true
		}),
		fail, why("kind"), why("same"), why("gone"), why("wait"),
		scan, problem("other-code"), problem("not-found"), problem("lost"), problem("wait"),
	}
}

func ask() []Named {
	field := func(name, screen string, f localapi.Field, intents ...string) Named {
		return with(name, screen, "steps", localapi.View{Kind: localapi.ViewField, Field: &f}, append(intents, back, cancel, localapi.IntentAnswer)...)
	}
	phone := localapi.Field{ID: "phone", Type: "phone", Input: "pad", Ask: text("您的手机号是多少？", "What is your phone number?"),
		Hint: text("受理地有事会打这个电话", "The office will call this number"), Max: 11, Group: []int{3, 4, 4}}
	wrong := phone
	wrong.Error = text("手机号是 11 位数字", "A phone number has 11 digits")
	there := phone
	there.Value = "199****1234"
	var places []localapi.Choice
	for i := range 19 {
		places = append(places, localapi.Choice{Value: "99" + string(rune('a'+i)), Label: text("示例区第"+string(rune('一'))+string(rune('a'+i))+"街道", "District "+string(rune('A'+i)))})
	}
	choice := localapi.Field{ID: "purpose", Type: "choice", Input: "choice", Ask: text("要办什么？", "What is it for?"), Choices: []localapi.Choice{
		{Value: "new", Label: text("新申请", "New application"), Hint: text("第一次办", "The first time")},
		{Value: "change", Label: text("变更", "Change"), Hint: text("以前办过，有变化", "Something has changed")},
		{Value: "copy", Label: text("补办", "Copy")}}}
	chosen := choice
	chosen.Chosen = "change"
	return []Named{
		field("phone", "C04", phone), field("phone-wrong", "C04", wrong), field("phone-there", "C04", there, next),
		field("id-number", "C04", localapi.Field{ID: "child", Type: "id-number", Input: "pad", Ask: text("孩子的身份证号是多少？", "What is the child's ID number?"),
			Max: 18, AllowX: true, Group: []int{6, 8, 4}}),
		field("money", "C04", localapi.Field{ID: "amount", Type: "money", Input: "pad", Ask: text("金额是多少元？", "How much, in yuan?"), Max: 12, AllowDot: true}),
		field("text", "C01", localapi.Field{ID: "plate", Type: "text", Input: "text", Ask: text("证书编号是什么？", "What is the certificate's number?"),
			Max: 20, Optional: true}, localapi.IntentSkip),
		field("choice", "C02", choice), field("choice-chosen", "C02", chosen, next),
		field("places", "C06", localapi.Field{ID: "place", Type: "place", Input: "choice", Ask: text("要交到哪里？", "Which place is it for?"), Choices: places}),
	}
}

func papers() []Named {
	capture := localapi.Capture{
		Camera: "document", Material: "register", Name: text("户口簿", "Household register"), Hint: text("翻到本人页", "Open it at your page"),
		Review: []localapi.Text{text("四个角都在", "All four corners are in it"), text("字看得清", "The writing is clear"), text("没有反光", "There is no glare")},
		N:      1, Of: 2, Page: 1, MaxPages: 4, Looking: true,
	}
	shot := func(name string, f func(*localapi.Capture), intents ...string) Named {
		c := capture
		f(&c)
		return with(name, "C07", "steps", localapi.View{Kind: localapi.ViewCapture, Capture: &c}, append(intents, back, cancel)...)
	}
	review := func(name string, f func(*localapi.Capture), intents ...string) Named {
		c := capture
		c.Shot, c.Looking, c.CanMore = "shot-7", false, true
		f(&c)
		n := with(name, "C08", "steps", localapi.View{Kind: localapi.ViewReview, Capture: &c}, intents...)
		n.State.Visit.Personal = true
		return n
	}
	sign := func(name, body string) Named {
		n := with(name, "C09", "steps", localapi.View{Kind: localapi.ViewSign, Sign: &localapi.Sign{
			Person: text("申请人", "Applicant"), Title: text("我承诺材料真实", "I vouch for my papers"), Text: text(body, body), Last: true, Name: "张*"}},
			back, cancel, localapi.IntentSign)
		n.State.Visit.Personal = true
		return n
	}
	long := ""
	for range 40 {
		long += "我提交的材料真实有效，我知道作假要承担的责任，也同意受理地核对。"
	}
	rows := []localapi.Row{
		{Person: "applicant", Label: text("姓名", "Name"), Value: text("张*", "张*"), Source: "card"},
		{Person: "applicant", Label: text("身份证号", "ID number"), Value: text("110***********002X", "110***********002X"), Source: "card"},
		{Field: "phone", Label: text("手机号", "Phone"), Value: text("199****1234", "199****1234"), Source: "citizen"},
		{Field: "purpose", Label: text("办什么", "Purpose"), Value: text("变更", "Change"), Source: "citizen"},
	}
	pages := []localapi.Page{
		{Material: "register", Name: text("户口簿", "Household register"), Page: 1, Picture: "thumb-1"},
		{Material: "register", Name: text("户口簿", "Household register"), Page: 2, Picture: "thumb-2"},
	}
	check := func(name string, c localapi.Check, intents ...string) Named {
		n := with(name, "C10", "steps", localapi.View{Kind: localapi.ViewCheck, Check: &c},
			append(intents, back, cancel, localapi.IntentEdit, localapi.IntentReveal, localapi.IntentDelete)...)
		n.State.Visit.Personal = true
		return n
	}
	many, stack := rows, pages
	for i := range 9 {
		many = append(many, localapi.Row{Field: "f" + string(rune('a'+i)), Label: text("第几项", "Item"), Value: text("示例", "Sample"), Source: "citizen"})
		stack = append(stack, localapi.Page{Material: "extra", Name: text("其他材料", "Other papers"), Page: i + 1, Picture: "thumb-x" + string(rune('a'+i))})
	}
	return []Named{
		shot("capture", func(*localapi.Capture) {}, localapi.IntentShoot),
		shot("capture-dark", func(c *localapi.Capture) { c.Looking = false }),
		shot("capture-more", func(c *localapi.Capture) { c.Taken, c.Page = 1, 2 }, localapi.IntentShoot, localapi.IntentDelete, next),
		shot("capture-full", func(c *localapi.Capture) { c.Taken, c.Page = 4, 5 }, localapi.IntentDelete, next),
		shot("capture-optional", func(c *localapi.Capture) { c.Optional, c.MaxPages = true, 1 }, localapi.IntentShoot, localapi.IntentSkip),
		shot("capture-lost", func(c *localapi.Capture) { c.Lost, c.Looking, c.Taken = true, false, 1 }, localapi.IntentDelete, next, localapi.IntentRetry),
		review("review", func(*localapi.Capture) {}, back, cancel, localapi.IntentRetake, localapi.IntentKeepPage, localapi.IntentMore),
		review("review-saving", func(c *localapi.Capture) { c.Saving = true }),
		review("review-error", func(c *localapi.Capture) { c.SaveError = true }, back, cancel, localapi.IntentRetake, localapi.IntentKeepPage),
		sign("sign", "我提交的材料真实有效。如有虚假，我愿意承担责任。"), sign("sign-long", long),
		check("check", localapi.Check{Rows: rows, Pages: pages, Last: true}, localapi.IntentSubmit),
		check("check-next", localapi.Check{Rows: rows, Pages: pages}, next),
		check("check-long", localapi.Check{Rows: many, Pages: stack, Last: true}, localapi.IntentSubmit),
		check("check-revealed", localapi.Check{Rows: rows, Pages: pages, Last: true, Revealed: true, Seconds: 7}, localapi.IntentSubmit),
		check("check-problem", localapi.Check{Rows: rows, Last: true, Problems: []localapi.Text{text("《户口簿》还没有拍", "The register has no picture")}}),
	}
}
