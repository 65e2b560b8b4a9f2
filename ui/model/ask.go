package model

import (
	"strings"

	"kiosk/device/localapi"
	"kiosk/ui/words"
)

// field is one question: C01 by letters, C02 by choice (C06 for a place), C04 by digits.
func (b *build) field(v localapi.Field) {
	b.Title, b.Hint = b.in(v.Ask), b.in(v.Hint)
	if b.Hint == "" && v.Optional {
		b.Hint = b.say(words.FieldOpt)
	}
	if v.Optional {
		b.Aux = b.intent("skip", words.Skip, Plain, localapi.IntentSkip)
	}
	if v.Input == inputChoice {
		b.choices(v)
		return
	}
	face := FieldFace{
		Value: grouped(b.local.Typed, v.Group), Caret: true, Error: b.in(v.Error),
		Digits: len(b.local.Typed), Of: v.Max,
	}
	if v.Value != "" {
		face.Ghost = b.say(words.FieldNow, v.Value)
	}
	b.add(face)
	if v.Input == inputText {
		b.ID = "C01"
		b.add(b.letters())
	} else {
		b.ID = "C04"
		b.add(b.pad(v))
	}
	keep := b.local.Typed == "" && v.Value != "" && b.can(localapi.IntentNext)
	if b.can(localapi.IntentAnswer) || keep {
		b.Primary = &Button{ID: "next", Label: b.say(words.Next), Tone: Primary, Action: Action{Kind: ActAnswer},
			Disabled: b.local.Typed == "" && !keep}
	}
}

// choices is C02 and C06.
func (b *build) choices(v localapi.Field) {
	b.ID = "C02"
	if v.Type == "place" {
		b.ID = "C06"
	}
	if e := b.in(v.Error); e != "" {
		b.add(Notice{Tone: Danger, Text: e})
	}
	perPage := choicesPerPage
	for _, c := range v.Choices {
		if b.in(c.Hint) != "" {
			perPage = hintedPerPage
		}
	}
	chosen := picked(b.local, v)
	known := false
	for _, c := range v.Choices {
		known = known || c.Value == chosen
	}
	if pages := chunks(v.Choices, perPage); len(pages) > 0 {
		var rows []Choice
		for i, c := range pages[b.page(len(pages))] {
			rows = append(rows, Choice{
				Button: Button{ID: "choice:" + c.Value, Label: b.in(c.Label), Action: Action{Kind: ActPick, Text: c.Value}},
				Hint:   b.in(c.Hint), Number: i + 1, Selected: c.Value == chosen,
			})
		}
		b.add(Choices{Rows: rows})
	}
	if b.can(localapi.IntentAnswer) {
		b.Primary = &Button{ID: "next", Label: b.say(words.Next), Tone: Primary, Action: Action{Kind: ActAnswer}, Disabled: !known}
		if !known {
			b.Primary.Why = b.say(words.FieldPick)
		}
	}
}

func key(char string) Button {
	return Button{ID: "key:" + char, Label: char, Action: Action{Kind: ActType, Text: char}}
}

func (b *build) deleteKey() Button {
	return Button{ID: "key:delete", Label: b.say(words.KeyDelete), Icon: "backspace", Tone: Quiet, Action: Action{Kind: ActDelete}}
}

func (b *build) clearKey() Button {
	return Button{ID: "key:clear", Label: b.say(words.KeyClear), Tone: Quiet, Action: Action{Kind: ActClear}}
}

// pad is the number pad in the order of a telephone. The corner holds X or the dot where the field takes one.
func (b *build) pad(v localapi.Field) Pad {
	corner := b.clearKey()
	if v.AllowX {
		corner = key("X")
	} else if v.AllowDot {
		corner = key(".")
	}
	return Pad{Rows: [][]Button{keys("123"), keys("456"), keys("789"), {corner, key("0"), b.deleteKey()}}}
}

// letters is the letter keyboard with digits and hyphen.
func (b *build) letters() Letters {
	return Letters{Rows: [][]Button{keys("1234567890"), keys("QWERTYUIOP"), keys("ASDFGHJKL"), keys("ZXCVBNM-"),
		{b.clearKey(), b.deleteKey()}}}
}

func keys(chars string) []Button {
	var row []Button
	for _, c := range strings.Split(chars, "") {
		row = append(row, key(c))
	}
	return row
}
