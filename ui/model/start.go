package model

import (
	"kiosk/device/localapi"
	"kiosk/ui/words"
)

// attract is A01.
func (b *build) attract() {
	b.ID = "A01"
	b.add(Paragraph{Text: b.say(words.AttractLead), Style: Lead, Centre: true},
		Paragraph{Text: b.say(words.AttractText), Centre: true},
		Prompt{Device: "screen"})
	var names []string
	for _, c := range b.st.Home {
		if c.Available && len(names) < cardsPerPage {
			names = append(names, b.in(c.Everyday))
		}
	}
	if rows := b.fact(nil, "list", words.AttractItems, names...); rows != nil {
		b.add(Facts{Rows: rows})
	}
	b.Whole = b.intent("start", words.AttractLead, Primary, localapi.IntentStart)
}

// home is A02.
func (b *build) home() {
	b.ID, b.Title = "A02", b.say(words.HomeTitle)
	if len(b.st.Home) == 0 {
		b.add(Notice{Tone: Warn, Text: b.say(words.HomeNone), More: b.say(words.ClosedOther)})
		b.add(Facts{Rows: b.fact(b.fact(nil, "phone", words.HelpPhone, b.st.Terminal.Phone), "pin", words.HelpPlace, b.in(b.st.Terminal.Place))})
		return
	}
	pages := chunks(b.st.Home, cardsPerPage)
	var cards []Card
	for i, c := range pages[b.page(len(pages))] {
		card := Card{
			Button: Button{ID: "card:" + c.Code, Label: b.in(c.Everyday), Icon: c.Icon,
				Action: Action{Kind: ActIntent, Intent: localapi.Intent{Kind: localapi.IntentChoose, Item: c.Code}}},
			Official: b.in(c.Official), Number: i + 1,
		}
		for _, t := range c.Tags {
			card.Tags = append(card.Tags, b.in(t))
		}
		if !c.Available || !b.can(localapi.IntentChoose) {
			card.Disabled = true
			if card.Why = b.in(c.Why); card.Why == "" {
				card.Why = b.say(words.NotNow)
			}
		}
		cards = append(cards, card)
	}
	b.add(Cards{Cards: cards})
	// Whoever finds nothing here reads when it is open and whom to ask.
	rows := b.fact(nil, "clock", words.HoursLabel, b.st.Terminal.Hours)
	rows = b.fact(rows, "phone", words.HelpPhone, b.st.Terminal.Phone)
	rows = b.fact(rows, "pin", words.HelpPlace, b.in(b.st.Terminal.Place))
	if len(rows) > 0 {
		b.add(Facts{Title: b.say(words.HelpTitle), Rows: rows})
	}
}

// closed is A06. The way on is a person: telephone and place stand on the screen itself.
func (b *build) closed() {
	b.ID, b.Title = "A06", b.say(words.ClosedTitle)
	t := b.st.Terminal
	why := words.ClosedBroken
	switch t.Reason {
	case "closed":
		why = words.ClosedHours
	case "unenrolled":
		why = words.ClosedSetUp
	}
	b.add(Notice{Tone: Warn, Text: b.say(why), More: b.say(words.ClosedOther)})
	rows := b.fact(nil, "clock", words.HoursLabel, t.Hours)
	rows = b.fact(rows, "phone", words.HelpPhone, t.Phone)
	rows = b.fact(rows, "pin", words.HelpPlace, b.in(t.Place))
	rows = b.fact(rows, "building", words.HelpNumber, t.Number)
	b.add(Facts{Rows: rows})
	b.offer(wayRetry)
}

// pairing is M05.
func (b *build) pairing(v localapi.Pairing) {
	b.ID, b.Title, b.Hint = "M05", b.say(words.PairTitle), b.say(words.PairHint)
	rows := b.fact(nil, "number", words.PairSerial, v.Serial)
	rows = b.fact(rows, "online", words.PairHub, v.Hub)
	if len(rows) > 0 {
		b.add(Facts{Rows: rows})
	}
	if v.Busy {
		b.add(Prompt{Device: "clock", Stage: StageWork, Text: b.say(words.PairBusy)})
	} else {
		b.add(FieldFace{Label: b.say(words.PairCode), Value: b.local.Typed, Caret: true, Error: b.in(v.Problem), Digits: len(b.local.Typed)},
			b.letters())
	}
	b.Primary = b.intent("enrol", words.Enrol, Primary, localapi.IntentEnrol)
	if b.Primary != nil {
		b.Primary.Action = Action{Kind: ActAnswer}
		b.Primary.Disabled = v.Busy || b.local.Typed == ""
	}
}
