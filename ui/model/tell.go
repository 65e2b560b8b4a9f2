package model

import (
	"kiosk/device/localapi"
	"kiosk/ui/words"
)

// guide is B01: what it is, what it needs, what comes of it.
func (b *build) guide(v localapi.Guide) {
	b.ID = "B01"
	name := ""
	if it := b.st.Visit.Item; it != nil {
		name = b.in(it.Everyday)
	}
	b.Title, b.Hint = b.say(words.GuideTitle, name), b.in(v.Summary)

	needs := b.list(v.Needs)
	if len(needs) == 0 {
		needs = []string{b.say(words.GuideNone)}
	}
	minutes := ""
	if v.Minutes > 0 {
		minutes = b.say(words.GuideMinutes, v.Minutes)
	}
	rows := b.fact(nil, "people", words.GuideWho, b.in(v.Who))
	rows = b.fact(rows, "paper", words.GuideNeeds, needs...)
	rows = b.fact(rows, "card", words.GuideID, b.identity(v.Identity))
	rows = b.fact(rows, "clock", words.GuideTime, minutes)
	rows = b.fact(rows, "money", words.GuideFee, b.in(v.Fee))
	rows = b.fact(rows, "check-circle", words.GuideResult, b.in(v.Result))
	rows = b.fact(rows, "online", words.GuideNet, b.class(v.Network))
	rows = b.fact(rows, "phone", words.GuideContact, b.in(v.Contact))

	if v.NoReceipt {
		b.add(Notice{Tone: Warn, Text: b.say(words.GuideNoPaper), More: b.say(words.GuideNote)})
	}
	if !b.Header.Online && v.Network == "O1" {
		b.add(Notice{Tone: Info, Text: b.say(words.GuideOffline)})
	}
	pages := split(rows, linesPerPage, func(f Fact) int { return factLines(f) })
	b.add(Facts{Rows: pages[b.page(len(pages))]})
	b.Primary = b.intent("next", words.Begin, Primary, localapi.IntentNext)
}

func (b *build) identity(level string) string {
	switch level {
	case "L0":
		return b.say(words.GuideIDNo)
	case "L1":
		return b.say(words.GuideIDYes)
	case "L2", "L3":
		return b.say(words.GuideIDMore)
	}
	return ""
}

func (b *build) class(network string) string {
	switch network {
	case "O1":
		return b.say(words.GuideO1)
	case "O2":
		return b.say(words.GuideO2)
	case "O3":
		return b.say(words.GuideO3)
	}
	return ""
}

// consent is B02. All purposes have been on the screen before it can be agreed to.
func (b *build) consent(v localapi.Consent) {
	b.ID = "B02"
	if v.Notice {
		b.Title = b.say(words.NoticeTitle)
	} else {
		b.Title, b.Hint = b.say(words.ConsentTitle), b.say(words.ConsentHint)
	}
	var rows []Purpose
	for _, p := range v.Purposes {
		row := Purpose{ID: p.ID, Title: b.in(p.Title), Text: b.in(p.Text)}
		switch p.Basis {
		case "consent":
			row.Basis, row.Tone = b.say(words.BasisConsent), Warn
		case "separate":
			row.Basis, row.Tone = b.say(words.BasisAlone), Warn
		default:
			row.Basis, row.Tone = b.say(words.BasisDuty), Info
		}
		row.Facts = b.fact(row.Facts, "people", words.Recipient, b.in(p.Recipient))
		row.Facts = b.fact(row.Facts, "clock", words.KeepFor, b.in(p.Keep))
		row.Facts = b.fact(row.Facts, "law", words.Law, b.in(p.Law))
		rows = append(rows, row)
	}
	n, of := 0, 1
	if pages := split(rows, linesPerPage, purposeLines); len(pages) > 0 {
		of = len(pages)
		n = b.page(of)
		b.add(Purposes{Rows: pages[n]})
	}
	if !v.Notice { // a duty is told; who does not want it goes back
		b.Aux = b.intent("refuse", words.Refuse, Plain, localapi.IntentRefuse)
	}
	if b.unread(n, of) {
		return
	}
	word := words.Agree
	if v.Notice {
		word = words.Next
	}
	b.Primary = b.intent("agree", word, Primary, localapi.IntentAgree)
	if b.Primary == nil {
		b.Primary = b.intent("next", words.Next, Primary, localapi.IntentNext)
	}
}

func factLines(f Fact) int {
	n := 1
	for _, t := range f.Texts {
		n += lines(t)
	}
	return n
}

// purposeLines counts the frame of a purpose as three lines.
func purposeLines(p Purpose) int {
	n := 3 + lines(p.Title) + lines(p.Text)
	for _, f := range p.Facts {
		for _, t := range f.Texts {
			n += lines(f.Label + t)
		}
	}
	return n
}

func (b *build) list(texts []localapi.Text) []string {
	var l []string
	for _, t := range texts {
		l = append(l, b.in(t))
	}
	return l
}
