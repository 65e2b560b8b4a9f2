package kit

// Stepper draws "step 2 of 5" with its bar, as a strip under the header.
func (s *Sheet) Stepper(r Rect, n, of int, item, label string) {
	col, ty, m := s.Look.Colours, s.Look.Type, s.Look.Metrics
	s.Fill(r, col.Surface, 0)
	bar := Rect{m.Margin, r.Bottom() - 16, r.W - 2*m.Margin, 8}
	for i, c := range bar.Columns(max(of, 1), 8) {
		s.Fill(c, pick(i < n, col.Primary, col.Hairline), 4)
	}
	line := Rect{m.Margin, r.Y + 8, r.W - 2*m.Margin, r.H - 32}
	w := min(Width(label, ty.Caption.Strong())+1, line.W)
	left, rest := line.CutLeft(w, 24)
	s.Label(left, label, ty.Caption.Strong(), col.Text, Left)
	if rest.W > 160 && item != "" {
		s.Label(rest, item, ty.Caption, col.TextMuted, Right)
	}
	s.Read(r, label)
}

// Step is one named step of a progress.
type Step struct {
	Label     string
	Done, Now bool
}

const stepHeight = 104

// StepsHeight is the height of so many steps.
func (s *Sheet) StepsHeight(n int) float32 { return float32(n)*stepHeight + 32 }

// Steps draws steps that are ticked one by one.
func (s *Sheet) Steps(r Rect, steps []Step) {
	col, ty := s.Look.Colours, s.Look.Type
	s.Panel(r)
	x := r.X + 48
	each := snap((r.H - 32) / float32(max(len(steps), 1)))
	for i, st := range steps {
		row := Rect{x, r.Y + 16 + float32(i)*each, r.Right() - x - 32, each}
		disc := Rect{x, row.Y, 56, row.H}.Middle(56, 56)
		if i < len(steps)-1 {
			s.Fill(Rect{disc.X + 26, disc.Bottom() + 4, 4, each - 64}, pick(st.Done, col.Success, col.Hairline), 2)
		}
		s.mark(disc, st.Done, st.Now)
		style, c := ty.Button, col.Text
		if !st.Done && !st.Now {
			style.Bold = false
			c = col.TextMuted
		}
		s.Label(Rect{disc.Right() + 32, row.Y, row.Right() - disc.Right() - 32, row.H}, st.Label, style, c, Left)
		s.Read(row, st.Label)
	}
}

// mark draws the disc of a step: ticked, at work, or still to come.
func (s *Sheet) mark(disc Rect, done, now bool) {
	col := s.Look.Colours
	switch {
	case done:
		s.Dot(disc, col.Success)
		s.Icon(disc.Middle(disc.W*0.6, disc.H*0.6), "check", col.OnSuccess)
	case now:
		s.Dot(disc, col.Primary)
		s.Icon(disc.Middle(disc.W*0.6, disc.H*0.6), "dots", col.OnPrimary)
	default:
		s.Dot(disc, col.Outline)
		s.Dot(disc.Inset(3, 3), col.Surface)
	}
}

// Event is one line of a case's history.
type Event struct {
	Label, At string
	Done, Now bool
	Tone      Tone
}

const eventHeight = 96

// TimelineHeight is the height of so many events.
func (s *Sheet) TimelineHeight(n int) float32 { return float32(n)*eventHeight + 32 }

// Timeline draws a history, oldest on top.
func (s *Sheet) Timeline(r Rect, events []Event) {
	col, ty := s.Look.Colours, s.Look.Type
	s.Panel(r)
	x := r.X + 48
	each := snap((r.H - 32) / float32(max(len(events), 1)))
	for i, e := range events {
		row := Rect{x, r.Y + 16 + float32(i)*each, r.Right() - x - 40, each}
		disc := Rect{x, row.Y, 44, row.H}.Middle(44, 44)
		if i < len(events)-1 {
			s.Fill(Rect{disc.X + 20, disc.Bottom() + 4, 4, each - 52}, pick(e.Done, col.Success, col.Hairline), 2)
		}
		if e.Now && (e.Tone == Bad || e.Tone == Warn) {
			_, ink, icon := s.tone(e.Tone)
			s.Icon(disc, icon, ink)
		} else {
			s.mark(disc, e.Done, e.Now && !e.Done)
		}
		st, c := ty.Body, col.TextMuted
		if e.Done || e.Now {
			c = col.Text
		}
		st.Bold = e.Now
		at, label := Rect{disc.Right() + 28, row.Y, row.Right() - disc.Right() - 28, row.H}.CutRight(320, 16)
		s.Label(label, e.Label, st, c, Left)
		s.Label(at, e.At, ty.Caption, col.TextMuted, Right)
		s.Read(row, e.Label+" "+e.At)
	}
}
