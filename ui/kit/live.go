package kit

import (
	"image"
	"image/color"
	"image/draw"

	"fyne.io/fyne/v2/canvas"
	xdraw "golang.org/x/image/draw"
)

// Live is a picture that arrives while the screen stands: camera frames or a captured page. Putting a new
// image refreshes this one object and nothing else.
type Live struct {
	Name    string
	Rect    Rect
	picture *canvas.Image
	wait    []hider // what stands there until the first image
}

type hider interface{ Hide() }

// PreviewWidth and PreviewHeight bound a preview, in pixels. Whoever receives frames scales them with Fit before
// they come to Put, off the main goroutine.
const PreviewWidth, PreviewHeight = 960, 720

// PreviewRect is the largest 4:3 rectangle in the middle of r, within what a preview may have.
func PreviewRect(r Rect) Rect {
	w := min(r.W, PreviewWidth)
	h := min(r.H, PreviewHeight)
	if w*3 > h*4 {
		w = snap(h * 4 / 3)
	} else {
		h = snap(w * 3 / 4)
	}
	return r.Middle(w, h)
}

// Preview draws the frame of a live picture. guide is "page" for the outline of a sheet, "code" for a square,
// "" for none. Until the first image comes, caption stands in it.
func (s *Sheet) Preview(r Rect, name, guide, caption string) *Live {
	col, ty := s.Look.Colours, s.Look.Type
	s.Fill(r, col.Text, s.Look.Metrics.Radius)
	l := &Live{Name: name, Rect: PreviewRect(r.Inset(8, 8))}
	icon := s.picture(Rect{r.X, r.Y + r.H/2 - 100, r.W, 96}.Middle(96, 96), iconOf("camera", col.OnPrimary))
	l.wait = append(l.wait, icon)
	if caption != "" {
		n := len(s.objects)
		s.Para(Rect{r.X + 48, snap(r.Y + r.H/2 + 24), r.W - 96, 0}, caption, ty.Body, col.OnPrimary, Centre)
		for _, o := range s.objects[n:] {
			l.wait = append(l.wait, o)
		}
	}
	l.picture = s.pixels(l.Rect, image.NewRGBA(image.Rect(0, 0, 4, 3)), canvas.ImageScaleFastest)
	l.picture.Hide()
	if guide != "" {
		s.guide(r, guide)
	}
	s.live(l)
	s.Read(r, caption)
	return l
}

// StillPicture draws the place of one still picture on a quiet ground.
func (s *Sheet) StillPicture(r Rect, name, alt string) *Live {
	col := s.Look.Colours
	s.Box(r, col.Surface, col.Hairline, s.Look.Metrics.Hairline, s.Look.Metrics.Radius)
	inset := float32(16)
	if r.H < 240 {
		inset = 8
	}
	l := &Live{Name: name, Rect: r.Inset(inset, inset)}
	side := min(72, r.H/2)
	l.wait = append(l.wait, s.picture(r.Middle(side, side), iconOf("paper", col.TextMuted)))
	l.picture = s.pixels(l.Rect, image.NewRGBA(image.Rect(0, 0, 4, 3)), canvas.ImageScaleFastest)
	l.picture.Hide()
	s.live(l)
	if alt != "" {
		s.Read(r, alt)
	}
	return l
}

func (s *Sheet) live(l *Live) {
	if l.Name == "" {
		return
	}
	if s.lives == nil {
		s.lives = make(map[string]*Live)
	}
	s.lives[l.Name] = l
}

// guide draws four corners that say where the paper or the code should lie.
func (s *Sheet) guide(r Rect, kind string) {
	h := r.H * 0.86
	w := h * 0.707 // a sheet of A4
	if kind == "code" {
		h = r.H * 0.6
		w = h
	}
	g := r.Middle(snap(w), snap(h))
	const arm, t = 64, 6
	c := s.Look.Colours.FocusRing
	for _, p := range []Rect{
		{g.X, g.Y, arm, t}, {g.X, g.Y, t, arm},
		{g.Right() - arm, g.Y, arm, t}, {g.Right() - t, g.Y, t, arm},
		{g.X, g.Bottom() - t, arm, t}, {g.X, g.Bottom() - arm, t, arm},
		{g.Right() - arm, g.Bottom() - t, arm, t}, {g.Right() - t, g.Bottom() - arm, t, arm},
	} {
		s.Fill(p, c, 3)
	}
}

// Put shows an image. A picture already packed tightly and of RGBA kind is shown as it is and must not be
// written to afterwards; others are copied.
func (l *Live) Put(img image.Image) {
	if img == nil || img.Bounds().Empty() {
		return
	}
	l.picture.Image = Fit(img, int(l.Rect.W), int(l.Rect.H))
	for _, o := range l.wait {
		o.Hide()
	}
	l.wait = nil
	if !l.picture.Visible() {
		l.picture.Show()
	}
	l.picture.Refresh()
}

// Fit returns img as tightly packed RGBA, at most w by h pixels. Fyne's GL painter ignores strides, so that
// sub-images come out skewed. Scaling is by nearest pixel: a preview is to be quick.
func Fit(img image.Image, w, h int) *image.RGBA {
	b := img.Bounds()
	bw, bh := b.Dx(), b.Dy()
	if rgba, ok := img.(*image.RGBA); ok && bw <= w && bh <= h && rgba.Stride == 4*bw && b.Min == (image.Point{}) {
		return rgba
	}
	if bw > w || bh > h {
		if bw*h > bh*w {
			bw, bh = w, max(1, bh*w/bw)
		} else {
			bw, bh = max(1, bw*h/bh), h
		}
		out := image.NewRGBA(image.Rect(0, 0, bw, bh))
		xdraw.ApproxBiLinear.Scale(out, out.Bounds(), img, b, xdraw.Src, nil)
		return out
	}
	out := image.NewRGBA(image.Rect(0, 0, bw, bh))
	draw.Draw(out, out.Bounds(), img, b.Min, draw.Src)
	return out
}

// blank is a packed picture of one colour.
func blank(w, h int, c color.NRGBA) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

// Empty tells whether no image has come yet.
func (l *Live) Empty() bool { return !l.picture.Visible() }
