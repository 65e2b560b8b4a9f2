package kit

// Header is the bar on top: whose terminal this is, network, clock.
type Header struct {
	Site, Place string
	Online      bool
	Link        string
	Clock       string
}

// Header draws it.
func (s *Sheet) Header(r Rect, h Header) {
	col, ty, m := s.Look.Colours, s.Look.Type, s.Look.Metrics
	s.Fill(r, col.Primary, 0)
	crest := Rect{m.Margin, r.Y, 64, r.H}.Middle(64, 64)
	s.Fill(crest, col.OnPrimary, 12)
	s.Icon(crest.Middle(44, 44), "building", col.Primary)

	clock := Rect{r.Right() - m.Margin - 96, r.Y, 96, r.H}
	s.Label(clock, h.Clock, ty.Section, col.OnPrimary, Right)
	st := ty.Caption
	w := snap(Width(h.Link, st)) + 1
	link := Rect{clock.X - 24 - w, r.Y, w, r.H}
	s.Label(link, h.Link, st, col.OnPrimary, Left)
	wave := Rect{link.X - 44, r.Y, 36, r.H}
	s.Icon(wave, pick(h.Online, "online", "offline"), col.OnPrimary)

	x := crest.Right() + 24
	text := Rect{x, r.Y, wave.X - 32 - x, r.H}
	if h.Place == "" {
		s.Label(text, h.Site, ty.Section, col.OnPrimary, Left)
	} else {
		s.Label(Rect{text.X, r.Y + 16, text.W, ty.Section.Line - 5}, h.Site, ty.Button, col.OnPrimary, Left)
		s.Label(Rect{text.X, r.Y + 62, text.W, ty.Caption.Line}, h.Place, ty.Caption, col.OnPrimary, Left)
	}
	s.Read(r, h.Site+" "+h.Place+" "+h.Link+" "+h.Clock)
}

// Strip is a one-line banner under the header: it stands in the flow and covers nothing.
func (s *Sheet) Strip(r Rect, t Tone, text string) {
	_, ink, icon := s.tone(t)
	bg, _, _ := s.tone(t)
	s.Fill(r, bg, 0)
	m, ty := s.Look.Metrics, s.Look.Type
	s.Icon(Rect{m.Margin, r.Y, 36, r.H}, icon, ink)
	c := s.Look.Colours.Text
	if t == Warn || t == Wait {
		c = ink
	}
	s.Label(Rect{m.Margin + 52, r.Y, r.W - 2*m.Margin - 52, r.H}, text, ty.Caption.Strong(), c, Left)
	s.Read(r, text)
}
