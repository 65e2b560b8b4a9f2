package kit

import (
	"image/color"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"kiosk/ui/look"
)

// Align is how a line lies in its box.
type Align int

// Alignments.
const (
	Left Align = iota
	Centre
	Right
)

// lift moves text up by this part of its size: Han characters sit low in the line box of Noto Sans CJK.
const lift = 0.05

// Width of a single line, in sp.
func Width(text string, st look.Style) float32 {
	return fyne.MeasureText(text, st.Size, fyne.TextStyle{Bold: st.Bold}).Width
}

// Label draws one line, centred vertically in r. A text that is too wide steps down along the type scale;
// one that does not fit even in the smallest size ends in an ellipsis.
func (s *Sheet) Label(r Rect, text string, st look.Style, c color.NRGBA, a Align) *canvas.Text {
	st, text, cut := s.fit(text, st, r.W)
	return s.line(r, text, st, c, a, cut)
}

// fit returns the largest style not above st in which the text is at most w wide.
func (s *Sheet) fit(text string, st look.Style, w float32) (look.Style, string, bool) {
	if Width(text, st) <= w {
		return st, text, false
	}
	for _, smaller := range s.Look.Type.Scale() {
		if smaller.Size >= st.Size {
			continue
		}
		smaller.Bold = st.Bold
		st = smaller
		if Width(text, st) <= w {
			return st, text, false
		}
	}
	runes := []rune(text)
	for len(runes) > 0 && Width(string(runes)+"…", st) > w {
		runes = runes[:len(runes)-1]
	}
	return st, string(runes) + "…", true
}

func (s *Sheet) line(r Rect, text string, st look.Style, c color.NRGBA, a Align, cut bool) *canvas.Text {
	t := canvas.NewText(text, c)
	t.TextSize = st.Size
	t.TextStyle = fyne.TextStyle{Bold: st.Bold}
	need := t.MinSize()
	x := r.X
	switch a {
	case Centre:
		x = r.X + (r.W-need.Width)/2
	case Right:
		x = r.Right() - need.Width
	}
	place(t, Rect{snap(x), snap(r.Y + (r.H-need.Height)/2 - lift*st.Size), need.Width, need.Height})
	s.add(t)
	s.texts = append(s.texts, Text{Text: text, Style: st, Width: need.Width, Box: r, Cut: cut})
	return t
}

// Para draws running text from the top of r, as wide as r, and returns the height it took.
func (s *Sheet) Para(r Rect, text string, st look.Style, c color.NRGBA, a Align) float32 {
	y := r.Y
	for _, l := range Break(text, st, r.W) {
		if l == "" {
			y += st.Line / 2
			continue
		}
		s.line(Rect{r.X, y, r.W, st.Line}, l, st, c, a, false)
		y += st.Line
	}
	return y - r.Y
}

// ParaHeight is the height of running text of that width.
func ParaHeight(text string, st look.Style, w float32) float32 {
	var h float32
	for _, l := range Break(text, st, w) {
		if l == "" {
			h += st.Line / 2
			continue
		}
		h += st.Line
	}
	return h
}

// Characters that may not begin, and may not end, a line (kinsoku; GB/T 15834 asks the same of punctuation).
const (
	notFirst = "，。、；：！？）》〉】』」”’…—·％%,.;:!?)]}"
	notLast  = "（《〈【『「“‘([{¥"
)

// Break divides text into lines at most w wide. Han text breaks between characters, Latin text between words;
// a newline always breaks, an empty line stays as "".
func Break(text string, st look.Style, w float32) []string {
	var lines []string
	for _, para := range strings.Split(text, "\n") {
		lines = append(lines, breakOne(para, st, w)...)
	}
	return lines
}

func breakOne(text string, st look.Style, w float32) []string {
	tokens := tokenize(text)
	if len(tokens) == 0 {
		return []string{""}
	}
	var lines []string
	line := ""
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if line == "" {
			t = strings.TrimLeft(t, " ")
		}
		if line == "" || Width(strings.TrimRight(line+t, " "), st) <= w {
			// A single word wider than the line is divided wherever it must be.
			for Width(t, st) > w && len([]rune(t)) > 1 {
				runes := []rune(t)
				n := len(runes) - 1
				for n > 1 && Width(string(runes[:n]), st) > w {
					n--
				}
				lines = append(lines, string(runes[:n]))
				t = string(runes[n:])
			}
			line += t
			continue
		}
		lines = append(lines, strings.TrimRight(line, " "))
		line = ""
		i--
	}
	if line = strings.TrimRight(line, " "); line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// tokenize cuts text into pieces between which a line may break. Punctuation stays with its neighbour.
func tokenize(text string) []string {
	var tokens []string
	var cur strings.Builder
	var prev rune
	for _, r := range text {
		if cur.Len() > 0 && mayBreak(prev, r) {
			tokens = append(tokens, cur.String())
			cur.Reset()
		}
		cur.WriteRune(r)
		prev = r
	}
	if cur.Len() > 0 {
		tokens = append(tokens, cur.String())
	}
	return tokens
}

func mayBreak(a, b rune) bool {
	switch {
	case strings.ContainsRune(notFirst, b), strings.ContainsRune(notLast, a):
		return false
	case b == ' ':
		return false // a space ends the word before it
	case a == ' ':
		return true
	case wide(a) || wide(b):
		return true
	}
	return false
}

// wide tells Han characters and their punctuation from letters and digits.
func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x30FF || r >= 0xFF00 && r <= 0xFFEF
}

// named is a line of text that changes in place.
type named struct {
	text  *canvas.Text
	box   Rect
	index int // in texts
}

// NamedLabel draws a label that SetText can change.
func (s *Sheet) NamedLabel(name string, r Rect, text string, st look.Style, c color.NRGBA, a Align) {
	t := s.Label(r, text, st, c, a)
	if s.named == nil {
		s.named = make(map[string]named)
	}
	s.named[name] = named{t, r, len(s.texts) - 1}
}

// SetText changes a centred label in place; false when there is none of that name or the text does not fit.
func (s *Sheet) SetText(name, text string, width float32) bool {
	n, ok := s.named[name]
	if !ok || width > n.box.W {
		return false
	}
	if n.text.Text == text {
		return true
	}
	n.text.Text = text
	need := n.text.MinSize()
	n.text.Move(fyne.NewPos(snap(n.box.X+(n.box.W-need.Width)/2), n.text.Position().Y))
	n.text.Resize(need)
	n.text.Refresh()
	s.texts[n.index].Text, s.texts[n.index].Width = text, need.Width
	return true
}
