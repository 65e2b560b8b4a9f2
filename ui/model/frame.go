package model

import (
	"strconv"
	"strings"
	"time"

	"kiosk/device/localapi"
	"kiosk/ui/words"
)

// header fills the line on top.
func (b *build) header(now time.Time) {
	t, v := b.st.Terminal, b.st.Visit
	b.Header = Header{
		Site: b.in(t.Site), Place: b.in(t.Place), Number: t.Number,
		Online: b.st.Network.Online, Link: b.say(words.Online), Clock: now.Format("15:04"),
	}
	if !b.Header.Online {
		b.Header.Link = b.say(words.NoNetwork)
	}
	if v.Item != nil {
		b.Header.Item = b.in(v.Item.Everyday)
	}
	if p := v.Progress; p != nil && p.Of > 0 && p.N > 0 {
		b.Header.Step = &Step{N: p.N, Of: p.Of, Label: b.say(words.StepOf, p.N, p.Of, b.in(p.Label))}
	}
}

// frame adds what most screens share: the way back, the footer, one banner.
func (b *build) frame() {
	if b.Back == nil && !b.has("back") {
		b.Back = b.intent("back", words.Back, Plain, localapi.IntentBack)
		if b.Back != nil {
			b.Back.Icon = "back"
		}
	}
	other := "en"
	if b.Lang == "en" {
		other = "zh"
	}
	if x := b.intentWith("language", words.Language, Plain, localapi.Intent{Kind: localapi.IntentLanguage, Value: other}); x != nil {
		x.Icon = "language"
		b.Footer = append(b.Footer, *x)
	}
	if !b.Header.Online && b.st.Terminal.Enrolled {
		b.Footer = append(b.Footer, Button{ID: "offline", Label: b.say(words.Offline), Icon: "offline", Action: Action{Kind: ActSheet, Text: "offline"}})
	}
	if b.st.Visit.ID != "" && b.can(localapi.IntentCancel) {
		b.Footer = append(b.Footer, b.leave())
	}
	if b.st.Visit.View.Kind != localapi.ViewHelp {
		b.Footer = append(b.Footer, b.help("help", words.Help))
	}
	b.banner()
}

// leave ends the visit. Where there is something to lose it asks first.
func (b *build) leave() Button {
	x := Button{ID: "leave", Label: b.say(words.Leave), Icon: "exit", Action: Action{Kind: ActSheet, Text: "leave"}}
	if b.st.Visit.View.Kind == localapi.ViewHome {
		x.Action = Action{Kind: ActIntent, Intent: localapi.Intent{Kind: localapi.IntentCancel}}
	}
	return x
}

// help asks the daemon, which holds the clock; where it cannot, the screen shows the same sheet itself.
func (b *build) help(id string, w words.Word) Button {
	x := Button{ID: id, Label: b.say(w), Icon: "help", Tone: Primary, Action: Action{Kind: ActSheet, Text: "help"}}
	if b.can(localapi.IntentHelp) {
		x.Action = Action{Kind: ActIntent, Intent: localapi.Intent{Kind: localapi.IntentHelp}}
	}
	return x
}

func (b *build) banner() {
	switch b.st.Visit.View.Kind {
	case localapi.ViewClosed, localapi.ViewPairing, localapi.ViewGoodbye:
		return
	}
	if !b.Header.Online {
		b.Banner = &Notice{Tone: Warn, Text: b.say(words.BannerOff)}
		return
	}
	for _, w := range b.st.Warnings {
		if w.Who == "citizen" {
			b.Banner = &Notice{Tone: Warn, Text: b.in(w.Text)}
			return
		}
	}
}

// overlay puts the idle dialog or a local sheet over the screen. The dialog wins.
func (b *build) overlay() {
	if b.warned() {
		w := b.st.Visit.Warning
		o := &Overlay{ID: "A05", Title: b.say(words.IdleTitle), Big: b.say(words.Seconds, w.Seconds),
			Body: []Block{Paragraph{Text: b.say(words.IdleText), Centre: true}}}
		for _, x := range []*Button{
			b.intent("continue", words.Stay, Primary, localapi.IntentContinue),
			b.intent("cancel", words.Finish, Danger, localapi.IntentCancel),
		} {
			if x != nil {
				o.Buttons = append(o.Buttons, *x)
			}
		}
		b.Overlay = o
		return
	}
	closing := Button{ID: "close", Label: b.say(words.CloseHelp), Tone: Primary, Action: Action{Kind: ActSheet}}
	switch b.local.Sheet {
	case "help":
		b.Overlay = &Overlay{ID: "help", Title: b.say(words.HelpTitle), Big: b.st.Terminal.Phone, Body: b.helpBody(), Buttons: []Button{closing}}
	case "offline":
		b.Overlay = &Overlay{ID: "offline", Title: b.say(words.OffTitle), Buttons: []Button{closing}, Body: []Block{
			Paragraph{Text: b.say(words.OffCan)}, Paragraph{Text: b.say(words.OffKept)}, Paragraph{Text: b.say(words.OffCannot)}}}
	case "leave":
		end := b.intent("cancel", words.Finish, Danger, localapi.IntentCancel)
		if end == nil {
			return
		}
		closing.Label = b.say(words.Stay)
		b.Overlay = &Overlay{ID: "leave", Title: b.say(words.LeaveTitle), Buttons: []Button{closing, *end},
			Body: []Block{Paragraph{Text: b.say(words.LeaveText), Centre: true}}}
	}
}

// helpScreen is the help sheet as the daemon shows it.
func (b *build) helpScreen() {
	b.ID, b.Title, b.Hint = "A04", b.say(words.HelpTitle), b.say(words.HelpHeld)
	if phone := b.st.Terminal.Phone; phone != "" {
		b.add(Ticket{Rows: []TicketNumber{{Caption: b.say(words.HelpPhone), Number: phone, Big: true}}})
	}
	b.add(b.helpBody()...)
	b.offer(wayClose, wayNext)
}

func (b *build) helpBody() []Block {
	t := b.st.Terminal
	call := words.HelpCall
	if t.Phone == "" {
		call = words.HelpNobody
	}
	body := []Block{Prompt{Device: "staff", Text: b.say(call)}}
	var rows []Fact
	if place := strings.TrimSpace(b.in(t.Site) + " " + b.in(t.Place)); place != "" {
		rows = append(rows, Fact{Icon: "pin", Label: b.say(words.HelpPlace), Texts: []string{place}})
	}
	if t.Number != "" {
		rows = append(rows, Fact{Icon: "building", Label: b.say(words.HelpNumber), Texts: []string{t.Number}})
	}
	if len(rows) > 0 {
		body = append(body, Facts{Rows: rows})
	}
	return body
}

// facts adds rows whose text is not empty.
func (b *build) fact(rows []Fact, icon string, label words.Word, texts ...string) []Fact {
	var full []string
	for _, t := range texts {
		if t != "" {
			full = append(full, t)
		}
	}
	if len(full) == 0 {
		return rows
	}
	return append(rows, Fact{Icon: icon, Label: b.say(label), Texts: full})
}

func itoa(n int) string { return strconv.Itoa(n) }
