package model

import (
	"kiosk/device/localapi"
	"kiosk/ui/words"
)

// sign is C09: the pledge, then the signature. A long text has pages of its own; the pad comes on the last.
func (b *build) sign(v localapi.Sign) {
	b.ID, b.Title = "C09", b.in(v.Title)
	const besidePad = 10 // lines of text that fit over the pad
	text := b.in(v.Text)
	pages := []string{text}
	if lines(text) > besidePad {
		pages = paragraphs(text, linesPerPage)
		if lines(pages[len(pages)-1]) > besidePad {
			pages = append(pages, "")
		}
	}
	n := b.page(len(pages))
	if pages[n] != "" {
		b.add(Paragraph{Text: pages[n]})
	}
	if b.unread(n, len(pages)) {
		b.Hint = b.say(words.SignTail)
		return
	}
	who := b.in(v.Person)
	if v.Name != "" {
		who += " " + v.Name
	}
	if who != "" {
		b.Hint = b.say(words.SignWho, who)
	}
	if e := b.in(v.Error); e != "" {
		b.add(Notice{Tone: Danger, Text: e})
	}
	empty := len(b.local.Strokes) == 0
	pad := SignPad{
		ID: "sign-pad", Strokes: b.local.Strokes, Ghost: b.say(words.SignHere), Name: v.Name,
		Clear: Button{ID: "sign:clear", Label: b.say(words.ClearInk), Disabled: empty, Action: Action{Kind: ActClear}},
		Undo:  Button{ID: "sign:undo", Label: b.say(words.UndoInk), Disabled: empty, Action: Action{Kind: ActUndo}},
	}
	pad.Limits.Points = max(0, maxPoints-points(b.local.Strokes))
	pad.Locked = pad.Limits.Points == 0 || len(b.local.Strokes) >= maxStrokes || !b.can(localapi.IntentSign)
	b.add(pad)
	b.Aux = b.intent("skip", words.SkipSign, Plain, localapi.IntentSkip)
	if b.can(localapi.IntentSign) {
		word := words.SignNext
		if v.Last {
			word = words.SignSend
		}
		b.Primary = &Button{ID: "sign", Label: b.say(word), Tone: Primary, Disabled: empty, Action: Action{Kind: ActSign}}
	}
}

// check is C10: everything once more, each row with a way back to it.
func (b *build) check(v localapi.Check) {
	b.ID, b.Title = "C10", b.say(words.CheckTitle)
	if !v.Last {
		b.Title = b.say(words.CheckNext)
	}
	b.Hint = b.say(words.CheckHint, len(v.Rows), len(v.Pages))
	for _, p := range v.Problems {
		b.add(Notice{Tone: Danger, Text: b.in(p)})
	}
	// Rows and pictures share the last page when both are few.
	const fewRows, fewThumbs = 5, 3
	rows, thumbs := chunks(v.Rows, rowsPerPage), chunks(v.Pages, thumbsPerPage)
	of := len(rows) + len(thumbs)
	shared := len(v.Rows) > 0 && len(v.Rows) <= fewRows && len(v.Pages) > 0 && len(v.Pages) <= fewThumbs
	if shared {
		of = 1
	}
	n := b.page(of)
	if n < len(rows) {
		b.add(b.rows(rows[n]))
	}
	if shared {
		b.add(b.thumbs(v.Pages))
	} else if n >= len(rows) && n-len(rows) < len(thumbs) {
		b.add(b.thumbs(thumbs[n-len(rows)]))
	}
	if v.Revealed {
		b.add(Paragraph{Text: b.say(words.CheckMask, v.Seconds), Style: Muted})
	} else {
		b.Aux = b.intent("reveal", words.Reveal, Plain, localapi.IntentReveal)
		if b.Aux != nil {
			b.Aux.Icon = "eye"
		}
	}
	if b.unread(n, of) {
		return
	}
	word, kind := words.Next, localapi.IntentNext
	if v.Last {
		word, kind = words.Submit, localapi.IntentSubmit
	}
	b.Primary = &Button{ID: kind, Label: b.say(word), Tone: Primary, Action: Action{Kind: ActIntent, Intent: localapi.Intent{Kind: kind}}}
	if !b.can(kind) {
		b.Primary.Disabled, b.Primary.Why = true, b.say(words.CheckFix)
	}
}

func (b *build) rows(rows []localapi.Row) Table {
	var t Table
	for _, r := range rows {
		row := TableRow{Label: b.in(r.Label), Value: b.in(r.Value)}
		switch r.Source {
		case "card":
			row.Source = b.say(words.FromCard)
		case "citizen":
			row.Source = b.say(words.FromCitizen)
		case "platform":
			row.Source = b.say(words.FromPlatform)
		}
		switch {
		case r.Field != "":
			row.Edit = b.intentWith("edit:field:"+r.Field, words.Edit, Plain, localapi.Intent{Kind: localapi.IntentEdit, Field: r.Field})
		case r.Person != "":
			row.Edit = b.intentWith("edit:person:"+r.Person, words.Edit, Plain, localapi.Intent{Kind: localapi.IntentEdit, Person: r.Person})
		}
		// One card fills several rows; only the first of them has the button.
		if row.Edit != nil {
			for _, before := range t.Rows {
				if before.Edit != nil && before.Edit.ID == row.Edit.ID {
					row.Edit = nil
					break
				}
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (b *build) thumbs(pages []localapi.Page) Thumbs {
	t := Thumbs{Title: b.say(words.CheckPages)}
	for _, p := range pages {
		tail := p.Material + ":" + itoa(p.Page)
		t.Rows = append(t.Rows, Thumb{
			Picture: p.Picture, Label: b.say(words.CheckPage, b.in(p.Name), p.Page),
			Edit: b.intentWith("edit:material:"+tail, words.Retake, Plain,
				localapi.Intent{Kind: localapi.IntentEdit, Material: p.Material, Page: p.Page}),
			Delete: b.intentWith("delete:material:"+tail, words.Delete, Danger,
				localapi.Intent{Kind: localapi.IntentDelete, Material: p.Material, Page: p.Page}),
		})
	}
	return t
}
