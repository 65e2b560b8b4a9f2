package screen

import (
	"time"

	"kiosk/device/localapi"
)

// sample is one state of the terminal with a name.
type sample struct {
	name  string
	state localapi.State
	typed string
	pick  string
	page  int
	sheet string
	ink   bool
}

func t(zh, en string) localapi.Text { return localapi.Text{ZH: zh, EN: en} }

var noon = time.Date(2026, 11, 21, 9, 41, 0, 0, time.FixedZone("CST", 8*3600))

// base is a terminal in order, with a visit in it.
func base(view localapi.View, intents ...string) localapi.State {
	return localapi.State{
		Seq: 7, Boot: "b1",
		Terminal: localapi.Terminal{Number: "360102", Site: t("青山区政务服务中心", "Qingshan Government Service Centre"),
			Place: t("一楼大厅 3 号机", "Hall 1, terminal 3"), Phone: "0999-8880000", Enrolled: true, Version: "1.0", Open: true, Hours: "00:00-24:00"},
		Network: localapi.Network{Online: true},
		Home:    homeCards(),
		Visit: localapi.Visit{ID: "v1", Phase: "in-steps", Step: "s1", Lang: "zh", View: view,
			Item:    &localapi.ItemName{Code: "agent", Everyday: t("异地代收代办", "Apply to another city"), Official: t("跨省通办收件", "Cross-province intake")},
			Intents: append(intents, localapi.IntentLanguage, localapi.IntentHelp, localapi.IntentCancel)},
	}
}

func step(st localapi.State, n, of int, zh, en string) localapi.State {
	st.Visit.Progress = &localapi.Progress{N: n, Of: of, Label: t(zh, en)}
	return st
}

func homeCards() []localapi.Card {
	return []localapi.Card{
		{Code: "agent", Everyday: t("异地代收代办", "Apply to another city"), Official: t("跨省通办事项收件", "Cross-province intake"), Icon: "parcel",
			Tags: []localapi.Text{t("材料拍照", "Photograph papers"), t("打印回执", "Receipt"), t("离线可办", "Works offline")}, Available: true},
		{Code: "progress", Everyday: t("办件进度查询", "Check your cases"), Official: t("政务服务办件查询", "Case status enquiry"), Icon: "progress",
			Tags: []localapi.Text{t("刷身份证", "ID card"), t("扫回执码", "Receipt code")}, Available: true},
	}
}

func homeMany() []localapi.Card {
	cards := homeCards()
	for i, c := range []localapi.Card{
		{Everyday: t("社保参保证明", "Social insurance proof"), Official: t("参保缴费凭证打印", "Proof of contributions"), Icon: "paper"},
		{Everyday: t("公积金", "Housing fund"), Official: t("住房公积金业务", "Housing provident fund"), Icon: "house"},
		{Everyday: t("老年优待证", "Senior card"), Official: t("老年人优待证申领", "Senior citizen card"), Icon: "heart", Available: false},
		{Everyday: t("新生儿出生一件事", "A child is born"), Official: t("新生儿出生“一件事”", "Birth in one go"), Icon: "people"},
		{Everyday: t("缴费", "Pay a fee"), Official: t("非税收入缴款", "Non-tax payments"), Icon: "money"},
	} {
		c.Code = string(rune('a' + i))
		c.Available = c.Icon != "heart"
		c.Why = t("身份证读卡器坏了", "The card reader is out of order")
		if c.Available {
			c.Tags = []localapi.Text{t("打印", "Prints"), t("免证", "No papers")}
		}
		cards = append(cards, c)
	}
	return cards
}

func places() []localapi.Choice {
	var c []localapi.Choice
	for _, p := range [][2]string{{"江西省 南昌市", "Nanchang, Jiangxi"}, {"海南省 海口市", "Haikou, Hainan"}, {"江苏省 南京市", "Nanjing, Jiangsu"}, {"山东省 菏泽市", "Heze, Shandong"},
		{"湖南省 长沙市", "Changsha, Hunan"}, {"湖北省 武汉市", "Wuhan, Hubei"}, {"浙江省 杭州市", "Hangzhou, Zhejiang"}, {"福建省 厦门市", "Xiamen, Fujian"}, {"广东省 深圳市", "Shenzhen, Guangdong"}, {"云南省 昆明市", "Kunming, Yunnan"}} {
		c = append(c, localapi.Choice{Value: p[1], Label: t(p[0], p[1])})
	}
	return c
}

const (
	localNumber = "360102010000017"
	platNumber  = "202611210000042"
	ticketText  = "KIOSK1:360102010000017:Q7M2K9X4"
)

func cases() localapi.Cases {
	at := noon.Add(-50 * time.Hour)
	events := func(states ...string) (out []localapi.CaseStep) {
		for i, s := range states {
			out = append(out, localapi.CaseStep{State: s, At: at.Add(time.Duration(i) * 5 * time.Hour)})
		}
		return out
	}
	return localapi.Cases{AsOf: noon, List: []localapi.Case{
		{Number: localNumber, PlatformNumber: platNumber, Name: t("异地代收代办", "Apply to another city"), State: "accepted", Events: events("kept", "received", "accepted"), Contact: "0999-8881234"},
		{Number: "360102010000016", Name: t("异地代收代办", "Apply to another city"), State: "kept", Local: true, Events: events("kept")},
		{Number: "360102010000009", PlatformNumber: "202611020000007", Name: t("社保参保证明", "Social insurance proof"), State: "supplement", Events: events("kept", "received", "supplement")},
		{Number: "360102010000004", PlatformNumber: "202610110000003", Name: t("公积金异地转入", "Move your housing fund"), State: "done", Events: events("kept", "received", "accepted", "done")},
	}}
}

func samples() []sample {
	i := func(s ...string) []string { return s }
	next, back := localapi.IntentNext, localapi.IntentBack
	att := base(localapi.View{Kind: localapi.ViewAttract}, localapi.IntentStart)
	att.Visit.ID, att.Visit.Item, att.Visit.Intents = "", nil, i(localapi.IntentStart, localapi.IntentLanguage)
	home := base(localapi.View{Kind: localapi.ViewHome}, localapi.IntentChoose)
	home.Visit.Item = nil
	many := home
	many.Home = homeMany()
	offlineHome := home
	offlineHome.Network.Online = false
	offlineHome.Home = homeCards()
	offlineHome.Home[1].Available = false
	offlineHome.Home[1].Why = t("联网后才能查", "Needs the network")
	closed := base(localapi.View{Kind: localapi.ViewClosed})
	closed.Visit.ID, closed.Visit.Item, closed.Visit.Intents = "", nil, i(localapi.IntentLanguage)
	closed.Terminal.Reason, closed.Terminal.Hours = "closed", "08:30-20:00"
	pair := base(localapi.View{Kind: localapi.ViewPairing, Pairing: &localapi.Pairing{Serial: "KS-0001-A7", Hub: "https://hub.example.gov.cn"}}, localapi.IntentEnrol)
	pair.Visit.ID, pair.Visit.Item, pair.Terminal.Enrolled, pair.Terminal.Number = "", nil, false, ""
	pair.Visit.Intents = i(localapi.IntentEnrol, localapi.IntentLanguage)
	pair.Terminal.Site, pair.Terminal.Place, pair.Terminal.Phone = t("政务服务自助终端", "Government service terminal"), t("", ""), ""

	guide := step(base(localapi.View{Kind: localapi.ViewGuide, Guide: &localapi.Guide{
		Summary: t("在这里交材料，办外地的事，不用跑回去。", "Hand in papers here for an office in another city."),
		Who:     t("本人，或带着委托书的代办人", "You, or somebody with your written authority"),
		Needs:   []localapi.Text{t("身份证原件", "Your ID card itself"), t("申请表（签好名）", "The signed application form"), t("与事项有关的证明材料", "Papers that prove your case")},
		Minutes: 8, Fee: t("免费", "Free of charge"), Result: t("5 个工作日内短信告知结果", "By text message within 5 working days"),
		Contact: t("0999-8881234，工作日 9:00–17:00", "0999-8881234, weekdays 9:00–17:00"), Network: "O1", Identity: "L1"}}, next, back), 1, 8, "办理前请看", "Before you begin")
	guideOff := guide
	guideOff.Network.Online = false
	g := *guide.Visit.View.Guide
	g.NoReceipt = true
	guideOff.Visit.View.Guide = &g

	purposes := []localapi.Purpose{
		{ID: "identify", Basis: "duty", Title: t("核对您的身份", "Check who you are"), Text: t("读取身份证上的姓名、号码、住址和照片，用来填写申请表。", "Reads name, number, address and photo from your card to fill in the form."),
			Recipient: t("青山区政务服务中心", "Qingshan Government Service Centre"), Keep: t("办结后保存 10 年", "10 years after the decision"), Law: t("《个人信息保护法》第十三条第一款第三项", "PIPL Art. 13 (1) 3")},
		{ID: "forward", Basis: "consent", Title: t("把材料发给外地部门", "Send your papers to the other city"), Text: t("您拍的材料会发给您选的受理地，由那里的部门审核。", "What you photograph goes to the office you choose, which decides on it."),
			Recipient: t("您选择的受理地政务服务部门", "The office you choose"), Keep: t("办结后保存 10 年", "10 years after the decision"), Law: t("《个人信息保护法》第十三条第一款第一项", "PIPL Art. 13 (1) 1")},
	}
	consent := step(base(localapi.View{Kind: localapi.ViewConsent, Consent: &localapi.Consent{Purposes: purposes}}, localapi.IntentAgree, localapi.IntentRefuse, back), 2, 8, "告知与同意", "Notice and consent")
	notice := step(base(localapi.View{Kind: localapi.ViewConsent, Consent: &localapi.Consent{Notice: true, Purposes: purposes[:1]}}, next, back), 2, 8, "告知与同意", "Notice and consent")

	ways := base(localapi.View{Kind: localapi.ViewWays, Ways: &localapi.Ways{List: []localapi.Way{{ID: "card", Available: true}, {ID: "code", Available: true}, {ID: "number", Available: true}}}}, localapi.IntentWay, back)
	waysOff := base(localapi.View{Kind: localapi.ViewWays, Ways: &localapi.Ways{List: []localapi.Way{{ID: "card", Why: t("没有网络，不能按身份证查", "Not without the network")}, {ID: "code", Available: true}, {ID: "number", Available: true}}}}, localapi.IntentWay, back)
	waysOff.Network.Online = false

	card := func(v localapi.ReadCard, kind localapi.ViewKind, in ...string) localapi.State {
		v.Person = t("申请人", "the applicant")
		return step(base(localapi.View{Kind: kind, Card: &v}, in...), 3, 8, "刷身份证", "Read your card")
	}
	field := func(f localapi.Field, in ...string) localapi.State {
		return step(base(localapi.View{Kind: localapi.ViewField, Field: &f}, append(in, localapi.IntentAnswer, back)...), 4, 8, "填写信息", "Fill in the form")
	}
	phone := localapi.Field{ID: "phone", Type: "phone", Input: "pad", Ask: t("请输入您的手机号", "Please type your mobile number"), Hint: t("办理结果会发到这个号码", "The answer comes to this number"), Max: 11, Group: []int{3, 4, 4}}
	idNumber := localapi.Field{ID: "other", Type: "id-number", Input: "pad", Ask: t("请输入委托人的身份证号", "Type the other person's ID number"), Max: 18, AllowX: true, Group: []int{6, 8, 4}, Error: t("最后一位对不上，请再核对一遍。", "The last digit does not match. Please check.")}
	money := localapi.Field{ID: "sum", Type: "money", Input: "pad", Ask: t("请输入金额（元）", "How much, in yuan?"), Max: 9, AllowDot: true, Optional: true}
	text := localapi.Field{ID: "doc", Type: "text", Input: "text", Ask: t("请输入原件的证书编号", "Type the number of the certificate"), Hint: t("在证书右下角，由字母和数字组成", "At the lower right of the certificate: letters and digits"), Max: 20, Optional: true}
	relation := localapi.Field{ID: "who", Type: "choice", Input: "choice", Ask: t("您替谁来办？", "For whom do you apply?"), Choices: []localapi.Choice{
		{Value: "self", Label: t("我自己", "For myself")}, {Value: "parent", Label: t("父母", "A parent"), Hint: t("要带父母的身份证", "Bring their ID card")},
		{Value: "child", Label: t("未成年子女", "A child of mine"), Hint: t("要带户口簿或出生医学证明", "Bring the household register or birth certificate")}, {Value: "other", Label: t("其他人", "Somebody else"), Hint: t("要带委托书", "Bring their written authority")}}}
	place := localapi.Field{ID: "place", Type: "place", Input: "choice", Ask: t("您要办哪里的事？", "Where is the office you need?"), Hint: t("选择受理地", "Choose the city that decides"), Choices: places()}

	capture := localapi.Capture{Camera: "top", Material: "form", Name: t("申请表", "the application form"), Hint: t("把材料放平，四个角都露出来。", "Lay it flat, all four corners in view."), N: 1, Of: 3, Page: 2, MaxPages: 4, Taken: 1, Looking: true,
		Review: []localapi.Text{t("字看得清楚", "The writing can be read"), t("四个角都在", "All four corners are there"), t("没有反光和手指", "No glare, no fingers")}}
	lost := capture
	lost.Lost, lost.Looking = true, false
	review := capture
	review.Shot = "p-shot"
	cap := func(c localapi.Capture, k localapi.ViewKind, in ...string) localapi.State {
		return step(base(localapi.View{Kind: k, Capture: &c}, append(in, back)...), 5, 8, "拍材料", "Photograph papers")
	}

	sign := step(base(localapi.View{Kind: localapi.ViewSign, Sign: &localapi.Sign{Person: t("申请人", "Applicant"), Name: "张*", Last: true, Title: t("请看承诺，然后签名", "Please read, then sign"),
		Text: t("我承诺：所填内容和所交材料真实、完整。我知道材料由受理地部门审核，需要原件时我会补交。如有不实，我愿意承担相应责任。", "I declare that what I have filled in and handed in is true and complete. I know that the office decides on it, and that I may have to show the originals. I accept the consequences if any of it is false.")}},
		localapi.IntentSign, back, localapi.IntentSkip), 7, 8, "签名承诺", "Sign")

	check := step(base(localapi.View{Kind: localapi.ViewCheck, Check: &localapi.Check{Rows: []localapi.Row{
		{Person: "applicant", Label: t("姓名", "Name"), Value: t("张*", "张*"), Source: "card"},
		{Person: "applicant", Label: t("身份证号", "ID number"), Value: t("110105 ******** 002X", "110105 ******** 002X"), Source: "card"},
		{Person: "applicant", Label: t("住址", "Address"), Value: t("北京市朝阳区********************", "北京市朝阳区********************"), Source: "card"},
		{Field: "place", Label: t("受理地", "Office"), Value: t("江西省 南昌市", "Nanchang, Jiangxi"), Source: "citizen"},
		{Field: "phone", Label: t("手机号", "Mobile"), Value: t("199 **** 1234", "199 **** 1234"), Source: "citizen"},
		{Field: "who", Label: t("替谁办", "For whom"), Value: t("我自己", "Myself"), Source: "citizen"},
	}, Pages: []localapi.Page{{Material: "form", Name: t("申请表", "Application form"), Page: 1, Picture: "p1"}, {Material: "form", Name: t("申请表", "Application form"), Page: 2, Picture: "p2"}, {Material: "proof", Name: t("证明材料", "Proof"), Page: 1, Picture: "p3"}}}},
		localapi.IntentSubmit, localapi.IntentEdit, localapi.IntentDelete, localapi.IntentReveal, back), 6, 8, "核对信息", "Check your answers")

	steps := func(n int) *localapi.Submit {
		s := &localapi.Submit{Long: n > 1}
		for i, id := range []string{"seal", "keep", "send", "number"} {
			s.Steps = append(s.Steps, localapi.SubmitStep{ID: id, Done: i < n})
		}
		return s
	}
	submit := step(base(localapi.View{Kind: localapi.ViewSubmitting, Submit: steps(2)}), 8, 8, "提交", "Submit")
	submit.Visit.Intents = i(localapi.IntentLanguage)
	done := localapi.Done{Number: localNumber, PlatformNumber: platNumber, Ticket: ticketText, Printer: true, Contact: t("0999-8881234", "0999-8881234"),
		Lines: []localapi.Text{t("5 个工作日内会发短信告诉您结果。", "You get a text message within 5 working days.")}}
	kept := done
	kept.PlatformNumber, kept.Printer, kept.TakeBy = "", false, "2026-12-06"
	fin, pr, np := localapi.IntentFinish, localapi.IntentPrint, localapi.IntentNoPrint
	d := func(v localapi.Done, k localapi.ViewKind, in ...string) localapi.State {
		return step(base(localapi.View{Kind: k, Done: &v}, in...), 8, 8, "提交", "Submit")
	}
	printed := done
	printed.Printed, printed.Seconds = "yes", 27
	keptOff := d(kept, localapi.ViewKept, fin)
	keptOff.Network.Online = false

	cs := cases()
	cs1 := cs
	cs1.Open = 0
	local := cs
	local.Local, local.Masked = true, true
	local.List = cs.List[1:2]
	list := base(localapi.View{Kind: localapi.ViewCases, Cases: &cs}, localapi.IntentOpen, fin, back)
	listOff := base(localapi.View{Kind: localapi.ViewCases, Cases: &local}, localapi.IntentOpen, fin, back)
	listOff.Network.Online = false
	detail := base(localapi.View{Kind: localapi.ViewCase, Cases: &cs1}, fin, back)
	for _, s := range []*localapi.State{&list, &listOff, &detail, &ways, &waysOff} {
		s.Visit.Item = &localapi.ItemName{Code: "progress", Everyday: t("办件进度查询", "Check your cases")}
	}
	scan := base(localapi.View{Kind: localapi.ViewScanCode, Scan: &localapi.Scan{Camera: "top"}}, localapi.IntentWay, back)
	scanBad := base(localapi.View{Kind: localapi.ViewScanCode, Scan: &localapi.Scan{Camera: "top", Problem: "foreign"}}, localapi.IntentWay, localapi.IntentRetry, back)

	trouble := func(k localapi.ViewKind, v localapi.Trouble, in ...string) localapi.State {
		return base(localapi.View{Kind: k, Trouble: &v}, in...)
	}
	warn := list
	warn.Visit.Warning = &localapi.IdleWarning{Seconds: 24}
	warn.Visit.Intents = append(i(localapi.IntentContinue), warn.Visit.Intents...)
	helpState := base(localapi.View{Kind: localapi.ViewHelp}, localapi.IntentClose)

	return []sample{
		{name: "A01-attract", state: att},
		{name: "A02-home", state: home},
		{name: "A02-home-many", state: many},
		{name: "A02-home-offline", state: offlineHome},
		{name: "A04-help", state: helpState},
		{name: "A04-help-sheet", state: list, sheet: "help"},
		{name: "A05-timeout", state: warn},
		{name: "A06-closed", state: closed},
		{name: "A07-offline-sheet", state: offlineHome, sheet: "offline"},
		{name: "A08-leave", state: guide, sheet: "leave"},
		{name: "B01-guide", state: guide},
		{name: "B01-guide-offline", state: guideOff},
		{name: "B02-consent", state: consent},
		{name: "B02-notice", state: notice},
		{name: "B03-ways", state: ways},
		{name: "B03-ways-offline", state: waysOff},
		{name: "B04-card", state: card(localapi.ReadCard{}, localapi.ViewCard, back)},
		{name: "B04-card-hint", state: card(localapi.ReadCard{Hint: true, Tries: 1, Other: i("code", "number", "counter")}, localapi.ViewCard, back, localapi.IntentWay)},
		{name: "B04-card-reading", state: card(localapi.ReadCard{Reading: true}, localapi.ViewCard, back)},
		{name: "B04-card-read", state: card(localapi.ReadCard{Read: &localapi.ReadDone{Name: "张*"}}, localapi.ViewCard, next)},
		{name: "B05-scan", state: scan},
		{name: "B05-scan-foreign", state: scanBad},
		{name: "C01-letters", state: field(text, localapi.IntentSkip), typed: "CNT-2026A"},
		{name: "C02-choice", state: field(relation), pick: "parent"},
		{name: "C04-phone", state: field(phone), typed: "1990000"},
		{name: "C04-id-error", state: field(idNumber), typed: "99010219850101002"},
		{name: "C04-money-empty", state: field(money, localapi.IntentSkip)},
		{name: "C06-place", state: field(place), pick: "Nanchang, Jiangxi"},
		{name: "C07-capture", state: cap(capture, localapi.ViewCapture, localapi.IntentShoot, next)},
		{name: "C07-capture-lost", state: cap(lost, localapi.ViewCapture, localapi.IntentShoot, localapi.IntentRetry)},
		{name: "C08-review", state: cap(review, localapi.ViewReview, localapi.IntentKeepPage, localapi.IntentRetake)},
		{name: "C08-kept", state: cap(review, localapi.ViewReview, next, localapi.IntentMore, localapi.IntentDelete)},
		{name: "C09-sign", state: sign},
		{name: "C09-signed", state: sign, ink: true},
		{name: "C10-check", state: check},
		{name: "C10-check-2", state: check, page: 1},
		{name: "C11-cases", state: list},
		{name: "C11-cases-offline", state: listOff},
		{name: "C12-case", state: detail},
		{name: "D01-submitting", state: submit},
		{name: "D02-received", state: d(done, localapi.ViewReceived, pr, np)},
		{name: "D02-printed", state: d(printed, localapi.ViewReceived, fin, pr)},
		{name: "D03-kept", state: keptOff},
		{name: "D04-printing", state: d(done, localapi.ViewPrinting)},
		{name: "D05-take", state: d(done, localapi.ViewTake, next, pr)},
		{name: "D07-goodbye", state: base(localapi.View{Kind: localapi.ViewGoodbye, Goodbye: &localapi.Goodbye{Wiped: true, Why: "done"}}, localapi.IntentStart)},
		{name: "E01-card-media", state: card(localapi.ReadCard{Why: "media", Tries: 2, Other: i("number", "counter")}, localapi.ViewCardFailed, localapi.IntentRetry, localapi.IntentWay, back)},
		{name: "E05-printer", state: trouble(localapi.ViewPrinter, localapi.Trouble{Device: "receipt-printer", Fault: t("打印机没有纸了", "The printer is out of paper"), Do: t("已通知工作人员来装纸", "Staff are told to load paper"), Printed: "no", Number: localNumber, Ticket: ticketText, Kept: true}, localapi.IntentRetry, np, pr)},
		{name: "E05-printer-unknown", state: trouble(localapi.ViewPrinter, localapi.Trouble{Device: "receipt-printer", Fault: t("打印时断开了", "The printer was lost while printing"), Printed: "not-known", Number: localNumber, Ticket: ticketText, Kept: true}, np, pr)},
		{name: "E06-network", state: trouble(localapi.ViewNetwork, localapi.Trouble{Fault: t("连不上平台", "The platform cannot be reached")}, localapi.IntentRetry, fin)},
		{name: "E09-device", state: trouble(localapi.ViewDevice, localapi.Trouble{Device: "id-card-reader", Fault: t("读卡器没有连上", "The card reader is not connected"), Do: t("请工作人员检查电源和数据线", "Staff: check power and cable")}, localapi.IntentRetry, fin, back)},
		{name: "E11-restarted", state: base(localapi.View{Kind: localapi.ViewRestarted, Restarted: &localapi.Restarted{Kept: true, Number: localNumber, Ticket: ticketText, Printed: "no", CanPrint: true}}, pr, fin)},
		{name: "E11-restarted-lost", state: base(localapi.View{Kind: localapi.ViewRestarted, Restarted: &localapi.Restarted{}}, fin)},
		{name: "M05-pairing", state: pair, typed: "A7K2"},
	}
}
