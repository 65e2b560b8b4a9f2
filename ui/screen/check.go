package screen

import (
	"kiosk/ui/kit"
	"kiosk/ui/model"
)

func (d *drawer) tableRow(r model.TableRow) kit.TableRow {
	row := kit.TableRow{Label: r.Label, Value: r.Value, Source: r.Source}
	if r.Edit != nil {
		row.Edit = d.small(*r.Edit, "edit")
	}
	return row
}

func (d *drawer) small(b model.Button, icon string) *kit.Button {
	x := d.button(b)
	if x.Icon == "" {
		x.Icon = icon
	}
	if x.Kind == kit.Secondary {
		x.Kind = kit.Quiet
	}
	return &x
}

func (d *drawer) tableHeight(t model.Table, w float32) float32 {
	var h float32
	for _, r := range t.Rows {
		h += d.ruler().TableRowHeight(d.tableRow(r), w)
	}
	return h
}

// table draws the rows to be checked in one panel.
func (d *drawer) table(sh *kit.Sheet, r kit.Rect, t model.Table) {
	sh.Panel(r)
	y := r.Y
	air := extra(r, d.tableHeight(t, r.W), len(t.Rows))
	for i, row := range t.Rows {
		if i > 0 {
			sh.Rule(r.X+32, y, r.W-64)
		}
		x := d.tableRow(row)
		h := sh.TableRowHeight(x, r.W) + air
		sh.TableRow(kit.Rect{X: r.X, Y: y, W: r.W, H: h}, x)
		y += h
	}
}

const thumbColumns = 3

// thumb translates one page; the buttons under a picture carry no icons.
func (d *drawer) thumb(x model.Thumb) kit.Thumb {
	th := kit.Thumb{Name: x.Picture, Label: x.Label}
	if x.Edit != nil {
		th.Edit = d.small(*x.Edit, "")
	}
	if x.Delete != nil {
		th.Delete = d.small(*x.Delete, "")
	}
	return th
}

// thumbGrid says how tall each page is, and whether its buttons stand under each other. All pages look alike.
func (d *drawer) thumbGrid(t model.Thumbs, w float32) (height float32, stacked bool) {
	cell := kit.Rect{W: w}.Columns(thumbColumns, d.look.Metrics.Gutter)[0].W
	buttons := 0
	for _, x := range t.Rows {
		th := d.thumb(x)
		buttons = max(buttons, len(th.Buttons()))
		stacked = stacked || d.ruler().Crowded(th, cell)
	}
	return d.ruler().ThumbHeight(buttons, stacked), stacked
}

func (d *drawer) thumbsHeight(t model.Thumbs, w float32) float32 {
	rows := (len(t.Rows) + thumbColumns - 1) / thumbColumns
	each, _ := d.thumbGrid(t, w)
	h := float32(rows)*each + float32(max(rows-1, 0))*d.look.Metrics.Gutter
	if t.Title != "" {
		h += d.look.Type.Section.Line + 16
	}
	return h
}

// thumbs draws captured pages, three in a row.
func (d *drawer) thumbs(sh *kit.Sheet, r kit.Rect, t model.Thumbs) {
	h, stacked := d.thumbGrid(t, r.W)
	if t.Title != "" {
		r.Y += sh.Heading(r, t.Title)
	}
	gap := d.look.Metrics.Gutter
	for i, x := range t.Rows {
		row := kit.Rect{X: r.X, Y: r.Y + float32(i/thumbColumns)*(h+gap), W: r.W, H: h}
		sh.Thumb(row.Columns(thumbColumns, gap)[i%thumbColumns], d.thumb(x), stacked)
	}
}
