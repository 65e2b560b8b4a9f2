package screen

import (
	"kiosk/device/localapi"
	"kiosk/ui/kit"
	"kiosk/ui/model"
)

func field(f model.FieldFace) kit.Field {
	return kit.Field{Label: f.Label, Value: f.Value, Ghost: f.Ghost, Caret: f.Caret, Error: f.Error, Count: kit.Progress(f.Digits, f.Of)}
}

func (d *drawer) keys(rows [][]model.Button, wide float32) [][]kit.Key {
	out := make([][]kit.Key, len(rows))
	for i, row := range rows {
		for _, b := range row {
			k := kit.Key{ID: b.ID, Label: b.Label, Icon: b.Icon, Disabled: b.Disabled, Act: d.does(b.Action)}
			if len([]rune(b.Label)) > 1 {
				k.Quiet, k.Width = true, wide
			}
			out[i] = append(out[i], k)
		}
	}
	return out
}

// pad draws the number pad as wide as its number keys allow, in the middle.
func (d *drawer) pad(sh *kit.Sheet, r kit.Rect, p model.Pad) {
	cols := 3
	for _, row := range p.Rows {
		cols = max(cols, len(row))
	}
	if len(p.Rows) == 0 {
		return
	}
	w := min(r.W/float32(cols), 280)
	w = float32(int(w/8)) * 8
	sh.Keys(r, d.keys(p.Rows, 1), w, float32(int(r.H/float32(len(p.Rows))/8))*8, true)
}

// letters draws the letter keyboard over the whole width.
func (d *drawer) letters(sh *kit.Sheet, r kit.Rect, l model.Letters) {
	if len(l.Rows) == 0 {
		return
	}
	sh.Keys(r, d.keys(l.Rows, 1.5), d.look.Metrics.LetterKey[0], float32(int(r.H/float32(len(l.Rows))/8))*8, false)
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
