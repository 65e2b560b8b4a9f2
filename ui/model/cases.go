package model

import (
	"time"

	"kiosk/device/localapi"
	"kiosk/ui/words"
)

// cases is C11.
func (b *build) cases(v localapi.Cases) {
	b.ID, b.Title = "C11", b.say(words.CasesTitle)
	if v.Loading {
		b.Title = b.say(words.CasesLoading)
		b.add(Prompt{Device: "clock", Stage: StageWork})
		b.offer(wayFinish)
		return
	}
	b.known(v)
	if len(v.List) == 0 {
		b.add(Notice{Tone: Info, Text: b.say(words.CasesNone), More: b.say(words.CasesNoneDo)})
		b.offer(wayRetry, wayFinish, wayNext)
		return
	}
	b.Hint = b.say(words.CasesCount, len(v.List))
	pages := chunks(v.List, casesPerPage)
	n := b.page(len(pages))
	var rows []CaseRow
	for i, c := range pages[n] {
		index := n*casesPerPage + i
		label, tone := b.state(c.State, c.Local)
		rows = append(rows, CaseRow{
			Button: Button{ID: "case:" + itoa(index), Label: b.in(c.Name), Disabled: !b.can(localapi.IntentOpen),
				Action: Action{Kind: ActIntent, Intent: localapi.Intent{Kind: localapi.IntentOpen, Index: index}}},
			Number: number(c.Number), State: label, StateTone: tone, At: b.day(lastAt(c)),
		})
	}
	b.add(CaseList{Rows: rows})
	b.offer(wayFinish, wayNext)
}

// oneCase is C12.
func (b *build) oneCase(v localapi.Cases) {
	b.ID = "C12"
	if v.Open < 0 || v.Open >= len(v.List) {
		b.Title = b.say(words.CasesNone)
		b.offer(wayFinish, wayNext)
		return
	}
	c := v.List[v.Open]
	b.Title = b.say(words.CaseTitle, b.in(c.Name))
	b.known(v)
	label, tone := b.state(c.State, c.Local)
	b.add(Paragraph{Text: b.say(words.CaseNow), Style: Section}, Notice{Tone: tone, Text: label})
	b.ticket(c.Number, c.PlatformNumber, "")
	var rows []TimelineRow
	for i, e := range c.Events {
		name, mark := b.state(e.State, c.Local)
		rows = append(rows, TimelineRow{Label: name, At: b.moment(e.At), Done: true, Now: i == len(c.Events)-1, Tone: mark})
	}
	if len(rows) > 0 {
		b.add(Timeline{Rows: rows})
	}
	if facts := b.fact(nil, "phone", words.Contact, c.Contact); facts != nil {
		b.add(Facts{Rows: facts})
	}
	if b.can(localapi.IntentReveal) {
		b.Aux = b.intent("reveal", words.Reveal, Plain, localapi.IntentReveal)
	}
	b.offer(wayFinish, wayNext)
}

// known says how much of it is known and as of when.
func (b *build) known(v localapi.Cases) {
	asOf := ""
	if at := b.moment(v.AsOf); at != "" {
		asOf = b.say(words.CasesAsOf, at)
	}
	switch {
	case v.Local:
		b.add(Notice{Tone: Warn, Text: b.say(words.CasesLocal), More: asOf})
	case asOf != "":
		b.add(Paragraph{Text: asOf, Style: Small})
	}
	if v.Masked {
		b.add(Paragraph{Text: b.say(words.CasesMasked), Style: Small})
	}
}

// state names a case's state. What the platform would not take is not yet refused by the authority.
func (b *build) state(state string, local bool) (string, Tone) {
	switch state {
	case "kept":
		return b.say(words.StateKept), Waiting
	case "received":
		return b.say(words.StateGot), Info
	case "accepted":
		return b.say(words.StateTaken), Success
	case "supplement":
		return b.say(words.StateMore), Warn
	case "done":
		return b.say(words.StateDone), Success
	case "refused":
		if local {
			return b.say(words.StateStuck), Danger
		}
		return b.say(words.StateNo), Danger
	}
	return b.say(words.StateOther), Info
}

func lastAt(c localapi.Case) (at time.Time) {
	for _, e := range c.Events {
		if e.At.After(at) {
			at = e.At
		}
	}
	return at
}
