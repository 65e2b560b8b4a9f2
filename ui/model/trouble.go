package model

import (
	"unicode"
	"unicode/utf8"

	"kiosk/device/localapi"
	"kiosk/ui/words"
)

// fault adds what is wrong, what to do, and what still holds.
func (b *build) fault(v localapi.Trouble, or words.Word) {
	text, do := upper(b.in(v.Fault)), upper(b.in(v.Do))
	if text == "" {
		text = b.say(or)
	}
	b.add(Notice{Tone: Danger, Text: text, More: do})
	if v.Kept || v.Number != "" {
		b.add(Notice{Tone: Success, Text: b.say(words.StillKept)})
		b.ticket(v.Number, "", v.Ticket)
	}
}

// upper begins a sentence: the list of faults serves logs and tables, too, where words begin small.
func upper(s string) string {
	if s == "" {
		return ""
	}
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// printer is E05. When it is not known whether the receipt came out, the person looks and says so.
func (b *build) printer(v localapi.Trouble) {
	b.ID = "E05"
	switch v.Printed {
	case "not-known":
		b.Title, b.Hint = b.say(words.PaperMaybe), b.say(words.PaperLook)
	case "yes":
		b.Title = b.say(words.PaperYes)
	default:
		b.Title = b.say(words.PaperTitle)
	}
	b.fault(v, words.DeviceDo)
	switch v.Printed {
	case "not-known":
		b.offer(wayGot, wayCopy, wayRetry, wayNext, wayFinish)
	case "yes":
		b.offer(wayGot, wayNext, wayFinish, wayCopy)
	default:
		b.offer(wayRetry, wayPrint, wayNoPrint, wayNext, wayFinish)
	}
}

// network is E06.
func (b *build) network(v localapi.Trouble) {
	b.ID, b.Title, b.Hint = "E06", b.say(words.NetTitle), b.say(words.NetDo)
	b.add(Prompt{Device: "offline", Stage: StageFail})
	b.fault(v, words.NetTitle)
	b.offer(wayRetry, wayNext, wayPrint, wayNoPrint, wayFinish)
}

// device is E09.
func (b *build) device(v localapi.Trouble) {
	b.ID = "E09"
	title := words.DeviceTitle
	switch v.Device {
	case "id-card-reader":
		title = words.ReaderTitle
	case "camera":
		title = words.CameraTitle
	case "receipt-printer":
		title = words.PrinterTitle
	}
	b.Title, b.Hint = b.say(title), b.say(words.DeviceDo)
	b.fault(v, title)
	if !v.Kept && b.st.Visit.ID != "" && b.can(localapi.IntentRetry) {
		b.add(Paragraph{Text: b.say(words.NotKept)})
	}
	b.offer(wayRetry, wayNext, waySkip, wayFinish)
	if card := b.st.Visit.View.Card; card != nil { // the reader went away under a card screen
		b.others(card.Other)
	}
}
