package screen

import (
	"time"

	"kiosk/ui/kit"
	"kiosk/ui/model"
)

func (d *drawer) steps(sh *kit.Sheet, r kit.Rect, s model.Steps) {
	steps := make([]kit.Step, len(s.Rows))
	for i, row := range s.Rows {
		steps[i] = kit.Step{Label: row.Label, Done: row.State == model.StepDone, Now: row.State == model.StepNow}
	}
	sh.Steps(r, steps)
}

func (d *drawer) timeline(sh *kit.Sheet, r kit.Rect, t model.Timeline) {
	events := make([]kit.Event, len(t.Rows))
	for i, row := range t.Rows {
		events[i] = kit.Event{Label: row.Label, At: row.At, Done: row.Done, Now: row.Now, Tone: tone(row.Tone)}
	}
	sh.Timeline(r, events)
}

func ticket(t model.Ticket) kit.Ticket {
	k := kit.Ticket{QR: t.QR, Note: t.Note}
	for _, n := range t.Rows {
		k.Numbers = append(k.Numbers, kit.Number{Caption: n.Caption, Value: n.Number, Big: n.Big})
	}
	return k
}

const promptPad = 32

// promptText is the height of the sentence under a picture, with its gap.
func (d *drawer) promptText(p model.Prompt, w float32) float32 {
	if p.Text == "" {
		return 0
	}
	return 24 + kit.ParaHeight(p.Text, d.look.Type.Section, w-2*promptPad)
}

func (d *drawer) promptSize(p model.Prompt, w float32) size {
	rest := d.promptText(p, w) + 2*promptPad
	return size{rest + 400, rest + 200, rest + 960}
}

// prompt draws a device's moving picture in the middle of a quiet panel, the sentence under it.
func (d *drawer) prompt(sh *kit.Sheet, r kit.Rect, p model.Prompt) {
	sh.Panel(r)
	text := d.promptText(p, r.W)
	room := r.H - text - 2*promptPad
	h := min(room, 640)
	w := h * 4 / 3
	top := r.Y + promptPad + (room-h)/2
	pic := kit.Rect{X: r.X + (r.W-w)/2, Y: top, W: w, H: h}
	pic.X, pic.Y = float32(int(pic.X)), float32(int(pic.Y))
	every := time.Second
	if p.Stage == model.StageWork {
		every = 500 * time.Millisecond
	}
	sh.Frames(pic, d.look.Prompt(p.Device, string(p.Stage)), every, 0)
	if p.Text == "" {
		return
	}
	at := kit.Rect{X: r.X + promptPad, Y: pic.Bottom() + 24, W: r.W - 2*promptPad}
	sh.Paragraph(at, p.Text, d.look.Type.Section, d.look.Colours.Text, kit.Centre)
}
