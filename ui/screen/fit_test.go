package screen

import (
	"image/color"
	"reflect"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"kiosk/ui/kit"
	"kiosk/ui/look"
	"kiosk/ui/model"
	"kiosk/ui/model/modeltest"
)

// described is a screen with a name.
type described struct {
	name string
	m    model.Screen
}

// all are the screens of our samples and of the model's states, in both languages, and the screen without a daemon.
func all() []described {
	var out []described
	for _, lang := range []string{"zh", "en"} {
		for _, s := range samples() {
			out = append(out, described{s.name + "." + lang, s.describe(lang)})
		}
		for _, s := range modeltest.States() {
			st := s.State
			st.Visit.Lang = lang
			out = append(out, described{"model/" + s.Name + "." + lang, model.Of(st, model.Local{}.For(st), noon)})
		}
		out = append(out, described{"away." + lang, model.Away(lang, noon)})
	}
	return out
}

// shown draws a screen without a canvas: layout needs none.
func shown(l look.Look, m model.Screen) *Screen {
	now := noon
	s := New(l, func() time.Time { return now }, nil, nil)
	s.Show(m)
	return s
}

// TestEverythingFits: no text is wider than its box or cut short, and no block reaches below the body.
func TestEverythingFits(t *testing.T) {
	l := setUp(t)
	panel := kit.Rect{W: l.Metrics.Width, H: l.Metrics.Height}
	for _, x := range all() {
		s := shown(l, x.m)
		for _, text := range s.Surface().Texts() {
			switch {
			case text.Cut:
				t.Errorf("%s: %q is cut short", x.name, text.Text)
			case text.Width > text.Box.W+1:
				t.Errorf("%s: %q is %.0f wide, its box %.0f", x.name, text.Text, text.Width, text.Box.W)
			case !text.Box.Inside(panel):
				t.Errorf("%s: %q lies outside the panel: %v", x.name, text.Text, text.Box)
			case text.Style.Size < l.Type.Caption.Size:
				t.Errorf("%s: %q is smaller than the smallest size", x.name, text.Text)
			}
		}
		if x.m.Whole != nil {
			continue
		}
		d := &drawer{look: l, m: &x.m}
		f := d.frameOf()
		for i, p := range s.body {
			if p.rect.Bottom() > f.body.Bottom()+1 {
				t.Errorf("%s: block %d (%T) ends at %.0f, the body at %.0f", x.name, i, p.from, p.rect.Bottom(), f.body.Bottom())
			}
			for _, o := range s.body[:i] {
				if p.rect.Overlaps(o.rect) {
					t.Errorf("%s: %T and %T overlap", x.name, p.from, o.from)
				}
			}
		}
	}
}

// TestTargets: large enough, far enough apart, inside the margins, and exactly those of the description.
func TestTargets(t *testing.T) {
	l := setUp(t)
	m := l.Metrics
	safe := kit.Rect{X: m.Margin, Y: m.Header, W: m.Width - 2*m.Margin, H: m.Height - m.Header - m.Margin}
	for _, x := range all() {
		s := shown(l, x.m)
		var targets []*kit.Item
		have := make(map[string]bool)
		for _, it := range s.Items() {
			if it.Role == kit.RoleText {
				if it.Label == "" {
					t.Errorf("%s: empty text in the reading order", x.name)
				}
				continue
			}
			if it.ID == "" || have[it.ID] {
				t.Errorf("%s: id %q is empty or used twice", x.name, it.ID)
			}
			have[it.ID] = true
			if it.Rect.W < m.Target || it.Rect.H < m.Target {
				t.Errorf("%s: %s is %.0f by %.0f", x.name, it.ID, it.Rect.W, it.Rect.H)
			}
			if whole := x.m.Whole; (whole == nil || whole.ID != it.ID) && !it.Rect.Inside(safe) {
				t.Errorf("%s: %s lies outside the margins: %v", x.name, it.ID, it.Rect)
			}
			targets = append(targets, it)
		}
		for i, a := range targets {
			for _, b := range targets[i+1:] {
				gap := m.Gap
				if a.Role == kit.RoleKey && b.Role == kit.RoleKey {
					gap = 0
				}
				if whole := x.m.Whole; whole != nil && (whole.ID == a.ID || whole.ID == b.ID) {
					gap = 0
				}
				if a.Rect.Grow(gap/2 - 0.5).Overlaps(b.Rect.Grow(gap/2 - 0.5)) {
					t.Errorf("%s: %s and %s are nearer than %.0f: %v %v", x.name, a.ID, b.ID, gap, a.Rect, b.Rect)
				}
			}
		}
		for b := range x.m.Buttons() {
			it := s.Surface().Item(b.ID)
			if it == nil {
				t.Errorf("%s: button %s is not drawn", x.name, b.ID)
			} else if it.Disabled != b.Disabled || it.Label != b.Label {
				t.Errorf("%s: button %s is drawn as %q, disabled %v", x.name, b.ID, it.Label, it.Disabled)
			}
		}
	}
}

// TestIconsExist: every icon that a description names can be drawn.
func TestIconsExist(t *testing.T) {
	for _, x := range all() {
		walkIcons(reflect.ValueOf(x.m), func(name string) {
			if !look.HasIcon(name) {
				t.Errorf("%s: no icon %q", x.name, name)
			}
		})
	}
}

func walkIcons(v reflect.Value, see func(string)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walkIcons(v.Elem(), see)
		}
	case reflect.Slice:
		for i := range v.Len() {
			walkIcons(v.Index(i), see)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "Icon" && v.Field(i).String() != "" {
				see(v.Field(i).String())
				continue
			}
			walkIcons(v.Field(i), see)
		}
	}
}

// TestContrast looks for the ground under every text and computes the contrast of the pair: 7 or more, 4.5 for
// what is disabled.
func TestContrast(t *testing.T) {
	l := setUp(t)
	seen := make(map[[2]color.NRGBA]bool)
	for _, x := range all() {
		s := shown(l, x.m)
		sheets := []*kit.Sheet{s.frame.sheet}
		for _, p := range s.body {
			sheets = append(sheets, p.sheet)
		}
		sheets = append(sheets, s.bars.sheet)
		if s.modal != nil {
			sheets = append(sheets, s.modal.sheet)
		}
		var grounds []fyne.CanvasObject
		for _, sh := range sheets {
			for _, o := range sh.Objects() {
				text, ok := o.(*canvas.Text)
				if !ok {
					grounds = append(grounds, o)
					continue
				}
				if !text.Visible() || strings.TrimSpace(text.Text) == "" {
					continue
				}
				fg := text.Color.(color.NRGBA)
				bg, ok := groundOf(grounds, text)
				if !ok || seen[[2]color.NRGBA{fg, bg}] {
					continue
				}
				seen[[2]color.NRGBA{fg, bg}] = true
				least := 7.0
				if fg == l.Colours.DisabledText {
					least = 4.3
				}
				if c := look.Contrast(fg, bg); c < least {
					t.Errorf("%s: %q has contrast %.2f: %v on %v", x.name, text.Text, c, fg, bg)
				}
			}
		}
	}
	if len(seen) < 8 {
		t.Errorf("only %d pairs of colours were found", len(seen))
	}
}

// groundOf is the colour of the topmost filled shape under the middle of a text.
func groundOf(under []fyne.CanvasObject, text *canvas.Text) (color.NRGBA, bool) {
	x, y := text.Position().X+text.Size().Width/2, text.Position().Y+text.Size().Height/2
	for i := len(under) - 1; i >= 0; i-- {
		o := under[i]
		r := kit.Rect{X: o.Position().X, Y: o.Position().Y, W: o.Size().Width, H: o.Size().Height}
		if !o.Visible() || !r.Has(x, y) {
			continue
		}
		var fill color.Color
		switch v := o.(type) {
		case *canvas.Rectangle:
			fill = v.FillColor
		case *canvas.Circle:
			fill = v.FillColor
		}
		if c, ok := fill.(color.NRGBA); ok && c.A == 0xFF {
			return c, true
		}
	}
	return color.NRGBA{}, false
}

// TestMuchTextBecomesSmaller: a guide with more words than expected still ends above the buttons.
func TestMuchTextBecomesSmaller(t *testing.T) {
	l := setUp(t)
	s := samples()
	var m model.Screen
	for _, x := range s {
		if x.name == "B01-guide-offline" {
			m = x.describe("zh")
		}
	}
	long := m
	long.Body = nil
	for _, b := range m.Body {
		if f, ok := b.(model.Facts); ok {
			f.Rows = append([]model.Fact(nil), f.Rows...)
			f.Rows[1].Texts = append(append([]string(nil), f.Rows[1].Texts...), strings.Repeat("还有一句很长的说明，", 9))
			b = f
		}
		long.Body = append(long.Body, b)
	}
	d := &drawer{look: l, m: &long}
	f := d.frameOf()
	if rects := d.stack(f.body, long.Body); rects[len(rects)-1].Bottom() <= f.body.Bottom() {
		t.Fatal("the sample is not long enough to show anything")
	}
	pieces := shown(l, long).body
	if got := pieces[len(pieces)-1].rect.Bottom(); got > f.body.Bottom()+1 {
		t.Errorf("the body ends at %.0f instead of %.0f", got, f.body.Bottom())
	}
}
