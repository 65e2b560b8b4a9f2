package model

import (
	"time"

	"kiosk/device/localapi"
	"kiosk/ui/words"
)

// submitting is D01: named steps, ticked one by one.
func (b *build) submitting(v localapi.Submit) {
	b.ID, b.Title, b.Hint = "D01", b.say(words.SubmitTitle), b.say(words.SubmitHold)
	names := map[string]words.Word{"seal": words.SubmitSeal, "keep": words.SubmitKeep, "send": words.SubmitSend, "number": words.SubmitNumber}
	var rows []StepRow
	now := true
	for _, s := range v.Steps {
		name, ok := names[s.ID]
		if !ok {
			name = words.SubmitOther
		}
		row := StepRow{ID: s.ID, Label: b.say(name), State: StepTodo}
		switch {
		case s.Done:
			row.State = StepDone
		case now:
			row.State, now = StepNow, false
		}
		rows = append(rows, row)
	}
	b.add(Steps{Rows: rows})
	if v.Long {
		b.add(Notice{Tone: Waiting, Text: b.say(words.SubmitLong)})
	}
}

// ticket is what people take with them.
func (b *build) ticket(local, platform, qr string) {
	t := Ticket{QR: qr}
	if local != "" {
		t.Rows = append(t.Rows, TicketNumber{Caption: b.say(words.LocalNumber), Number: number(local), Big: true})
	}
	if platform != "" {
		t.Rows = append(t.Rows, TicketNumber{Caption: b.say(words.OtherNumber), Number: number(platform)})
	}
	if qr != "" {
		t.Note = b.say(words.TicketScan)
	}
	if len(t.Rows) > 0 || qr != "" {
		b.add(t)
	}
}

// done is D02, the platform has it, and D03, this terminal has it and nobody else does yet.
func (b *build) done(id string, v localapi.Done) {
	b.ID = id
	switch {
	case v.Refused:
		b.Title, b.Hint = b.say(words.RefusedTitle), b.say(words.RefusedText)
	case id == "D02":
		b.Title, b.Hint = b.say(words.DoneTitle), b.say(words.DoneText)
	default:
		b.Title, b.Hint = b.say(words.KeptTitle), b.say(words.KeptText)
	}
	b.ticket(v.Number, v.PlatformNumber, v.Ticket)
	for _, t := range v.Lines {
		b.add(Paragraph{Text: b.in(t)})
	}
	if id == "D03" && v.TakeBy != "" {
		by := v.TakeBy
		if t, err := time.ParseInLocation(time.DateOnly, by, b.zone); err == nil {
			by = b.day(t)
		}
		b.add(Paragraph{Text: b.say(words.KeptBy, by)})
	}
	if rows := b.fact(nil, "phone", words.Contact, b.in(v.Contact)); rows != nil {
		b.add(Facts{Rows: rows})
	}
	b.paper(v.Printed, v.Printer)
	if v.Seconds > 0 {
		b.add(Paragraph{Text: b.say(words.EndsIn, v.Seconds), Style: Muted, Centre: true})
	}
	print := wayPrint
	if v.Printed == "yes" || v.Printed == "not-known" {
		print = wayCopy
	}
	end := wayNoPrint // ends the visit; where nothing can be printed it is called so
	end.bar, end.wide = words.Finish, words.WayFinish
	switch {
	case !v.Printer:
		b.offer(wayFinish, wayNext, end)
	case v.Printed == "" && b.can(localapi.IntentPrint):
		b.Aux = b.intent("no-print", words.NoPrint, Plain, localapi.IntentNoPrint)
		if b.Aux == nil {
			b.Aux = b.intent("finish", words.Finish, Plain, localapi.IntentFinish)
		}
		b.offer(print)
	default:
		b.offer(wayFinish, wayNext, end, print)
	}
}

// paper says what is known of the receipt. Not known is said as such.
func (b *build) paper(printed string, printer bool) {
	switch {
	case printed == "yes":
		b.add(Notice{Tone: Success, Text: b.say(words.WasPrinted)})
	case printed == "no":
		b.add(Notice{Tone: Warn, Text: b.say(words.NotPrinted), More: b.say(words.GuideNote)})
	case printed == "not-known":
		b.add(Notice{Tone: Warn, Text: b.say(words.MaybePrinted)})
	case !printer:
		b.add(Notice{Tone: Warn, Text: b.say(words.NoPrinter)})
	default:
		b.add(Paragraph{Text: b.say(words.AskPrint), Style: Section})
	}
}

// printing is D04.
func (b *build) printing(v localapi.Done) {
	b.ID, b.Title, b.Hint = "D04", b.say(words.PrintTitle), b.say(words.PrintWait)
	if v.Copy {
		b.Title = b.say(words.PrintCopy)
	}
	b.add(Prompt{Device: "printer", Stage: StageWork})
	b.ticket(v.Number, v.PlatformNumber, "")
}

// take is D05.
func (b *build) take(v localapi.Done) {
	b.ID, b.Title, b.Hint = "D05", b.say(words.TakeTitle), b.say(words.TakeText)
	b.add(Prompt{Device: "take-slip"})
	if v.Printed == "not-known" {
		b.paper(v.Printed, v.Printer)
	}
	b.ticket(v.Number, v.PlatformNumber, "")
	if v.Seconds > 0 {
		b.add(Paragraph{Text: b.say(words.EndsIn, v.Seconds), Style: Muted, Centre: true})
	}
	taken := func(w way) way { w.bar, w.wide = words.Taken, words.WayGot; return w }
	for _, w := range []way{taken(wayNext), taken(wayFinish)} {
		if b.can(w.in.Kind) {
			b.offer(w)
			break
		}
	}
	b.offer(wayCopy)
}

// goodbye is D07.
func (b *build) goodbye(v localapi.Goodbye) {
	b.ID = "D07"
	title := words.ByeDone
	switch v.Why {
	case "cancelled":
		title = words.ByeCancelled
	case "timeout":
		title = words.ByeTimeout
	}
	wiped := words.ByeWiping
	if v.Wiped {
		wiped = words.ByeWiped
	}
	b.Title = b.say(title)
	b.add(Prompt{Device: "wiped", Text: b.say(wiped)}, Paragraph{Text: b.say(words.ByeTake), Centre: true})
	b.offer(wayHome, way{"finish", words.GoHome, words.GoHome, "", localapi.Intent{Kind: localapi.IntentFinish}})
}

// restarted is E11: what became of the visit that the restart cut off.
func (b *build) restarted(v localapi.Restarted) {
	b.ID, b.Title = "E11", b.say(words.BootTitle)
	if !v.Kept {
		b.add(Notice{Tone: Warn, Text: b.say(words.BootLost), More: b.say(words.BootAgain)})
	} else {
		text := words.BootKept
		if v.PlatformNumber != "" {
			text = words.BootReceived
		}
		b.add(Notice{Tone: Success, Text: b.say(text)})
		b.ticket(v.Number, v.PlatformNumber, v.Ticket)
		if v.Printed != "" {
			b.paper(v.Printed, true)
		}
	}
	home := way{"finish", words.GoHome, words.GoHome, "", localapi.Intent{Kind: localapi.IntentFinish}}
	switch {
	case v.CanPrint && v.Printed == "no":
		b.offer(wayPrint, home, wayHome, wayNext, wayNoPrint)
	case v.CanPrint:
		b.offer(home, wayHome, wayNext, wayNoPrint, wayCopy)
	default:
		b.offer(home, wayHome, wayNext, wayNoPrint)
	}
}
