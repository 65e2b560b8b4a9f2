package screen

import (
	"kiosk/device/localapi"
	"kiosk/ui/kit"
	"kiosk/ui/model"
)

func field(f model.FieldFace) kit.Field {
	return kit.Field{Label: f.Label, Value: f.Value, Ghost: f.Ghost, Caret: f.Caret, Error: f.Error, Count: kit.Progress(f.Digits, f.Of)}
}

func (d *drawer) keys(rows [][]model.Button) [][]kit.Key {
	out := make([][]kit.Key, len(rows))
	for i, row := range rows {
		for _, b := range row {
			k := kit.Key{ID: b.ID, Label: b.Label, Icon: b.Icon, Wide: len([]rune(b.Label)) > 1, Disabled: b.Disabled, Act: d.does(b.Action)}
			if b.Action.Kind == model.ActDelete {
				k.Icon = "backspace"
			}
			out[i] = append(out[i], k)
		}
	}
	return out
}

// pad draws the number pad, letters the letter keyboard; both are as wide as the body.
func (d *drawer) pad(sh *kit.Sheet, r kit.Rect, p model.Pad) {
	cols := 3
	for _, row := range p.Rows {
		cols = max(cols, len(row))
	}
	sh.Keys(r, d.keys(p.Rows), cols, true)
}

const letterColumns = 10

func (d *drawer) letters(sh *kit.Sheet, r kit.Rect, l model.Letters) {
	sh.Keys(r, d.keys(l.Rows), letterColumns, false)
}

func inkOf(strokes [][]localapi.Point) [][]kit.Point {
	out := make([][]kit.Point, len(strokes))
	for i, st := range strokes {
		for _, p := range st {
			out[i] = append(out[i], kit.Point(p))
		}
	}
	return out
}
