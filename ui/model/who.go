package model

import (
	"kiosk/device/localapi"
	"kiosk/ui/words"
)

// choose is B03.
func (b *build) choose(v localapi.Ways) {
	b.ID, b.Title = "B03", b.say(words.WaysTitle)
	var rows []Choice
	for i, w := range v.List {
		row := Choice{Button: b.wayButton(w.ID), Number: i + 1}
		if !w.Available || !b.can(localapi.IntentWay) {
			row.Disabled = true
			if row.Why = b.in(w.Why); row.Why == "" {
				row.Why = b.say(words.NotNow)
			}
		}
		rows = append(rows, row)
	}
	b.add(Choices{Rows: rows})
}

// wayButton is a way to be identified or to find a case; its id is "way:ID".
func (b *build) wayButton(id string) Button {
	x := Button{ID: "way:" + id, Label: id, Action: Action{Kind: ActIntent, Intent: localapi.Intent{Kind: localapi.IntentWay, Value: id}}}
	switch id {
	case "card":
		x.Label, x.Icon = b.say(words.WayCard), "card"
	case "code":
		x.Label, x.Icon = b.say(words.WayCode), "scan"
	case "number":
		x.Label, x.Icon = b.say(words.WayNumber), "number"
	}
	return x
}

// others adds the other ways as buttons under a line of text; the counter is no button but a sentence.
func (b *build) others(ids []string) {
	var buttons []Button
	counter := false
	for _, id := range ids {
		if id == "counter" {
			counter = true
		} else if b.can(localapi.IntentWay) {
			buttons = append(buttons, b.wayButton(id))
		}
	}
	if len(buttons) > 0 {
		b.add(Paragraph{Text: b.say(words.CardOther), Style: Muted}, Actions{Buttons: buttons})
	}
	if counter {
		b.add(Paragraph{Text: b.say(words.FailCounter), Style: Muted})
	}
}

// card is B04.
func (b *build) card(v localapi.ReadCard) {
	b.ID, b.Title = "B04", b.say(words.CardTitle)
	if who := b.in(v.Person); who != "" { // with two cards to read, whose it is comes first
		b.Title, b.Hint = b.say(words.CardWhose, who), b.say(words.CardTitle)
	}
	switch {
	case v.Read != nil:
		b.Title, b.Hint = b.say(words.CardRead), b.say(words.CardTaken)
		b.add(Prompt{Device: "card", Stage: StageDone},
			Facts{Rows: b.fact(nil, "card", words.CardName, v.Read.Name)})
		b.offer(wayNext)
		return
	case v.Reading:
		b.Title, b.Hint = b.say(words.CardReading), b.say(words.CardSoon)
		b.add(Prompt{Device: "card", Stage: StageWork})
		return
	}
	b.add(Prompt{Device: "card"})
	if v.Hint || v.Tries > 0 {
		b.add(Notice{Tone: Info, Text: b.say(words.CardHint)})
	}
	b.others(v.Other)
	b.offer(wayNext, wayRetry)
}

// cardFailed is E01.
func (b *build) cardFailed(v localapi.ReadCard) {
	b.ID, b.Title = "E01", b.say(words.CardFail)
	text, do := words.FailMedia, words.Word{}
	switch v.Why {
	case "kind":
		text, do = words.FailKind, words.FailKindDo
	case "gone":
		text, do = words.FailGone, words.FailGoneDo
	case "same":
		text, do = words.FailSame, words.FailSameDo
	case "wait":
		text, do = words.FailWait, words.CardHint
	}
	b.add(Prompt{Device: "card", Stage: StageFail}, Notice{Tone: Warn, Text: b.say(text), More: b.say(do)})
	if v.Tries > 1 {
		b.add(Paragraph{Text: b.say(words.FailTries, v.Tries), Style: Muted})
	}
	b.offer(wayRetry)
	b.others(v.Other)
	b.offer(wayNext, waySkip)
}

// scan is B05, and E03 once a code was not found or is not one of ours.
func (b *build) scan(v localapi.Scan) {
	b.ID, b.Title, b.Hint = "B05", b.say(words.ScanTitle), b.say(words.ScanHint)
	if v.Problem != "" {
		b.ID = "E03"
		title, notice := words.ScanFail, Notice{Tone: Warn, Text: b.say(words.ScanFailDo)}
		switch v.Problem {
		case "other-code":
			title = words.ScanForeign
			notice = Notice{Tone: Warn, Text: b.say(words.ScanBadDo)}
		case "not-found":
			title = words.ScanNone
			notice = Notice{Tone: Warn, Text: b.say(words.ScanNoneDo)}
		case "lost":
			title = words.ScanLost
			notice = Notice{Tone: Danger, Text: b.say(words.FailGoneDo)}
		}
		b.Title = b.say(title)
		b.add(notice)
	}
	caption := words.ShootWait
	if v.Problem == "lost" || v.Camera == "" {
		caption = words.ShootAway
	}
	b.add(Preview{Camera: v.Camera, Guide: "code", Looking: v.Camera != "" && v.Problem != "lost", Caption: b.say(caption)})
	if v.Hint {
		b.add(Notice{Tone: Info, Text: b.say(words.ScanSlow)})
	}
	b.offer(wayRetry, way{"way:number", words.WayUseNumber, words.WayUseNumber, "number",
		localapi.Intent{Kind: localapi.IntentWay, Value: "number"}}, wayNext)
}
