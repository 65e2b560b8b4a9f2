package screen

import (
	"reflect"

	"kiosk/ui/kit"
	"kiosk/ui/model"
)

// size is how tall a block would like to be, and between which bounds it may be stretched.
type size struct{ want, least, most float32 }

func fixed(h float32) size { return size{h, h, h} }

// loose may give each of n rows up to more of air.
func loose(h, more float32, n int) size { return size{h, h, h + more*float32(n)} }

// extra is the air for each row of a loose block of natural height h that was given r.
func extra(r kit.Rect, h float32, n int) float32 {
	if n == 0 {
		return 0
	}
	return float32(int(max(0, r.H-h) / float32(n)))
}

// bodyPieces lays the blocks out from top to bottom and draws those that changed. Blocks that can be stretched
// share the room that is left; a keyboard and the ways on stand at the bottom, in reach.
func (d *drawer) bodyPieces(f frame, before []*piece, fresh bool) []*piece {
	if d.m.Whole != nil {
		return d.attract(f, before)
	}
	blocks := d.m.Body
	rects := d.stack(f.body, blocks)
	if n := len(rects); n > 0 && rects[n-1].Bottom() > f.body.Bottom()+1 {
		small := *d
		small.look = d.look.Compact()
		d = &small
		rects = d.stack(f.body, blocks)
	}
	if more, ok := d.filler(f.body, rects); ok {
		blocks = append(blocks[:len(blocks):len(blocks)], more.block)
		rects = append(rects, more.rect)
	}
	pieces := make([]*piece, len(blocks))
	for i, b := range blocks {
		if !fresh && i < len(before) && before[i].rect == rects[i] {
			if old := before[i]; reflect.DeepEqual(old.from, b) {
				pieces[i] = old
				continue
			} else if pad, ok := b.(model.SignPad); ok && old.ink != nil && samePad(old.from.(model.SignPad), pad) {
				old.ink.Set(inkOf(pad.Strokes), pad.Limits.Points)
				old.from = b
				pieces[i] = old
				continue
			}
		}
		p := &piece{from: b, rect: rects[i], sheet: kit.NewSheet(d.look)}
		p.ink = d.draw(p.sheet, rects[i], b)
		pieces[i] = p
	}
	return pieces
}

// placed is a block with its place.
type placed struct {
	block model.Block
	rect  kit.Rect
}

// Between these heights a picture fills the room under the body.
const fillLeast, fillMost = 340, 560

// filler is a picture for screens that leave much room: under a preview how to lay the paper, under bad news who
// helps. There is none where a picture or a number stands already.
func (d *drawer) filler(body kit.Rect, rects []kit.Rect) (placed, bool) {
	device := map[string]string{"E09": "staff", "A06": "staff", "E11": "touch"}[d.m.ID]
	bottom, low := body.Y, body.Bottom()+d.look.Metrics.Gutter
	for i, b := range d.m.Body {
		switch v := b.(type) {
		case model.Preview:
			if v.Looking {
				device = map[string]string{"page": "paper", "code": "code"}[v.Guide]
			}
		case model.Prompt, model.Ticket:
			device = ""
		}
		if d.belongsLow(b, i == len(rects)-1) && rects[i].Y > bottom+fillLeast {
			low = rects[i].Y
			break
		}
		bottom = rects[i].Bottom()
	}
	gap := d.look.Metrics.Gutter
	room := low - bottom - 2*gap
	if device == "" || room < fillLeast {
		return placed{}, false
	}
	return placed{model.Prompt{Device: device}, kit.Rect{X: body.X, Y: bottom + gap, W: body.W, H: min(room, fillMost)}}, true
}

// stack gives each block its rectangle within r.
func (d *drawer) stack(r kit.Rect, blocks []model.Block) []kit.Rect {
	n := len(blocks)
	if n == 0 {
		return nil
	}
	sizes := make([]size, n)
	var want float32
	for i, b := range blocks {
		sizes[i] = d.measure(b, r.W)
		want += sizes[i].want
	}
	gap := d.look.Metrics.Gutter
	slack := r.H - want - gap*float32(n-1)
	if slack < 0 && n > 1 {
		tighter := max(d.look.Metrics.Gap, gap+slack/float32(n-1))
		slack += (gap - tighter) * float32(n-1)
		gap = tighter
	}
	slack = stretch(sizes, slack)

	// What is left stands above the first block of the group that belongs at the bottom.
	low := n
	for low > 0 && d.belongsLow(blocks[low-1], low == n) {
		low--
	}
	rects := make([]kit.Rect, n)
	y := r.Y
	for i := range blocks {
		if i == low && slack > 0 && low > 0 {
			y += slack
		}
		rects[i] = kit.Rect{X: r.X, Y: float32(int(y + 0.5)), W: r.W, H: float32(int(sizes[i].want))}
		y += sizes[i].want + gap
	}
	return rects
}

// stretch deals slack out to the blocks that can take it, evenly, and returns what nobody took.
func stretch(sizes []size, slack float32) float32 {
	for range sizes {
		var able []int
		for i, s := range sizes {
			if slack > 0 && s.want < s.most || slack < 0 && s.want > s.least {
				able = append(able, i)
			}
		}
		if len(able) == 0 || slack > -1 && slack < 1 {
			return slack
		}
		share := slack / float32(len(able))
		for _, i := range able {
			to := min(max(sizes[i].want+share, sizes[i].least), sizes[i].most)
			slack -= to - sizes[i].want
			sizes[i].want = to
		}
	}
	return slack
}

func (d *drawer) belongsLow(b model.Block, last bool) bool {
	switch v := b.(type) {
	case model.Pad, model.Letters, model.Actions:
		return true
	case model.Facts:
		return d.m.ID == homeID
	case model.Paragraph:
		return last && v.Style == model.Section // a question that the buttons under it answer
	}
	return false
}

// measure says how tall a block is at that width.
func (d *drawer) measure(b model.Block, w float32) size {
	switch v := b.(type) {
	case model.Paragraph:
		return fixed(kit.ParaHeight(v.Text, d.style(v.Style), w))
	case model.Notice:
		return fixed(d.ruler().NoticeHeight(notice(v), w))
	case model.Gap:
		return size{24, 8, 24}
	case model.Facts:
		if d.m.ID == homeID {
			return fixed(deskHeight)
		}
		return loose(d.factsHeight(v, w), 24, len(v.Rows))
	case model.Purposes:
		return fixed(d.purposesHeight(v, w))
	case model.Choices:
		return fixed(d.choicesHeight(v, w))
	case model.Cards:
		return fixed(d.cardsHeight(v))
	case model.CaseList:
		return fixed(float32(len(v.Rows))*caseHeight + float32(max(len(v.Rows)-1, 0))*d.look.Metrics.Gap)
	case model.Actions:
		return fixed(d.actionsHeight(v, w))
	case model.FieldFace:
		return fixed(d.ruler().FieldHeight(field(v), w))
	case model.Pad:
		return size{float32(len(v.Rows)) * 120, float32(len(v.Rows)) * 96, float32(len(v.Rows)) * 120}
	case model.Letters:
		return size{float32(len(v.Rows)) * 104, float32(len(v.Rows)) * 88, float32(len(v.Rows)) * 112}
	case model.Preview:
		return size{738, 420, 738}
	case model.Picture:
		return size{738, 420, 800}
	case model.SignPad:
		return size{440 + 16 + 80, 300 + 96, 720 + 96}
	case model.Table:
		return loose(d.tableHeight(v, w), 32, len(v.Rows))
	case model.Thumbs:
		return fixed(d.thumbsHeight(v, w))
	case model.Steps:
		return loose(d.ruler().StepsHeight(len(v.Rows)), 56, len(v.Rows))
	case model.Timeline:
		return loose(d.ruler().TimelineHeight(len(v.Rows)), 24, len(v.Rows))
	case model.Ticket:
		return fixed(d.ruler().TicketHeight(ticket(v), w))
	case model.Prompt:
		return d.promptSize(v, w)
	}
	return fixed(0)
}

// ruler is a sheet that only measures.
func (d *drawer) ruler() *kit.Sheet { return kit.NewSheet(d.look) }

// draw draws a block; the ink of a signature pad is returned to be kept.
func (d *drawer) draw(sh *kit.Sheet, r kit.Rect, b model.Block) *kit.Ink {
	switch v := b.(type) {
	case model.Paragraph:
		d.paragraph(sh, r, v)
	case model.Notice:
		sh.Notice(r, notice(v))
	case model.Facts:
		if d.m.ID == homeID {
			d.desk(sh, r, v)
		} else {
			d.facts(sh, r, v)
		}
	case model.Purposes:
		d.purposes(sh, r, v)
	case model.Choices:
		d.choices(sh, r, v)
	case model.Cards:
		d.cards(sh, r, v)
	case model.CaseList:
		d.caseList(sh, r, v)
	case model.Actions:
		d.actions(sh, r, v)
	case model.FieldFace:
		sh.Field(r, field(v))
	case model.Pad:
		d.pad(sh, r, v)
	case model.Letters:
		d.letters(sh, r, v)
	case model.Preview:
		if !v.Looking {
			v.Camera, v.Guide = "", "" // late frames are not shown
		}
		sh.Preview(r, v.Camera, v.Guide, v.Caption)
	case model.Picture:
		sh.StillPicture(r, v.ID, v.Alt)
	case model.SignPad:
		return d.signPad(sh, r, v)
	case model.Table:
		d.table(sh, r, v)
	case model.Thumbs:
		d.thumbs(sh, r, v)
	case model.Steps:
		d.steps(sh, r, v)
	case model.Timeline:
		d.timeline(sh, r, v)
	case model.Ticket:
		sh.Ticket(r, ticket(v))
	case model.Prompt:
		d.prompt(sh, r, v)
	}
	return nil
}
