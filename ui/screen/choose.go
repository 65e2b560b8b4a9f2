package screen

import (
	"strconv"

	"kiosk/ui/kit"
	"kiosk/ui/model"
)

func (d *drawer) row(c model.Choice) kit.Row {
	row := kit.Row{ID: c.ID, Label: c.Label, Hint: c.Hint, Icon: c.Icon, Radio: c.Icon == "", Selected: c.Selected,
		Disabled: c.Disabled, Why: c.Why, Act: d.does(c.Action)}
	if c.Number > 0 {
		row.Mark = strconv.Itoa(c.Number)
	}
	// A choice that leads on at once is a way, not a mark.
	if c.Icon != "" {
		row.Open = true
	}
	return row
}

func (d *drawer) choicesHeight(c model.Choices, w float32) float32 {
	var h float32
	for i, x := range c.Rows {
		if i > 0 {
			h += d.look.Metrics.Gap
		}
		h += d.choiceHeight(x, w)
	}
	return h
}

// choiceHeight makes rows that lead on taller than rows that are ticked.
func (d *drawer) choiceHeight(x model.Choice, w float32) float32 {
	h := d.ruler().RowHeight(d.row(x), w)
	if x.Icon != "" {
		h = max(h, 136)
	}
	return h
}

func (d *drawer) choices(sh *kit.Sheet, r kit.Rect, c model.Choices) {
	y := r.Y
	for _, x := range c.Rows {
		h := d.choiceHeight(x, r.W)
		sh.Row(kit.Rect{X: r.X, Y: y, W: r.W, H: h}, d.row(x))
		y += h + d.look.Metrics.Gap
	}
}

// Up to so many services each have the whole width; more stand in two columns.
const wideCards = 4

func cardGrid(n int) (columns int, height float32) {
	switch {
	case n <= 2:
		return 1, 272
	case n <= wideCards:
		return 1, 216
	}
	return 2, 208
}

func (d *drawer) cardsHeight(c model.Cards) float32 {
	cols, h := cardGrid(len(c.Cards))
	rows := (len(c.Cards) + cols - 1) / cols
	return float32(rows)*h + float32(max(rows-1, 0))*d.look.Metrics.Gutter
}

func (d *drawer) cards(sh *kit.Sheet, r kit.Rect, c model.Cards) {
	cols, h := cardGrid(len(c.Cards))
	gap := d.look.Metrics.Gutter
	for i, x := range c.Cards {
		row := kit.Rect{X: r.X, Y: r.Y + float32(i/cols)*(h+gap), W: r.W, H: h}
		sh.Service(row.Columns(cols, gap)[i%cols], kit.Card{ID: x.ID, Icon: x.Icon, Name: x.Label, Official: x.Official,
			Tags: x.Tags, Disabled: x.Disabled, Why: x.Why, Act: d.does(x.Action)})
	}
}

const caseHeight = 168

func (d *drawer) caseList(sh *kit.Sheet, r kit.Rect, l model.CaseList) {
	y := r.Y
	for _, x := range l.Rows {
		sh.Case(kit.Rect{X: r.X, Y: y, W: r.W, H: caseHeight}, kit.Case{ID: x.ID, Name: x.Label, Number: x.Number,
			State: x.State, Tone: tone(x.StateTone), At: x.At, Disabled: x.Disabled, Act: d.does(x.Action)})
		y += caseHeight + d.look.Metrics.Gap
	}
}

// wayIcons are for ways on that name no icon themselves.
var wayIcons = map[string]string{
	"no-print": "cross", "finish": "exit", "start": "house", "next": "check", "skip": "next", "back": "back", "submit": "check", "close": "back",
}

func (d *drawer) action(b model.Button) kit.Row {
	icon := b.Icon
	if icon == "" {
		icon = wayIcons[b.ID]
	}
	return kit.Row{ID: b.ID, Label: b.Label, Icon: icon, Open: true, Disabled: b.Disabled, Why: b.Why, Act: d.does(b.Action)}
}

func (d *drawer) actionsHeight(a model.Actions, w float32) float32 {
	var h float32
	for i, b := range a.Buttons {
		if i > 0 {
			h += d.look.Metrics.Gap
		}
		h += d.ruler().RowHeight(d.action(b), w)
	}
	return h
}

// actions draws the other ways on, one under the other.
func (d *drawer) actions(sh *kit.Sheet, r kit.Rect, a model.Actions) {
	y := r.Y
	for _, b := range a.Buttons {
		row := d.action(b)
		h := sh.RowHeight(row, r.W)
		sh.Row(kit.Rect{X: r.X, Y: y, W: r.W, H: h}, row)
		y += h + d.look.Metrics.Gap
	}
}
