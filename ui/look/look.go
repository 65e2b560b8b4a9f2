// Package look is the appearance of the screens: colours, sizes, fonts, icons and pictures, and the
// Fyne theme made of them. A Look is a plain value computed from a Mode, so that changing the mode
// means computing another Look and drawing again; nothing is ever changed in place.
//
// Lengths are in sp. The scale is pinned to one, so one sp is one pixel of the panel.
package look

// Mode names a variant of the look. The zero value is the standard look. Other sizes and contrasts
// become further fields here and further columns in the tables below.
type Mode struct{}

// Look is everything a widget needs to know in order to draw itself.
type Look struct {
	Mode    Mode
	Colours Colours
	Type    Type
	Metrics Metrics
}

// Of returns the look of a mode.
func Of(m Mode) Look {
	return Look{Mode: m, Colours: standardColours, Type: standardType, Metrics: standardMetrics}
}

// Compact is the look with smaller running text and numbers, for the rare screen whose content does not fit
// otherwise. Nothing becomes smaller than Caption.
func (l Look) Compact() Look {
	t := l.Type
	l.Type.Body = t.Caption
	l.Type.Section = t.Button
	l.Type.KeyNumber = t.HomeTitle
	l.Metrics.Gutter = l.Metrics.Gap
	return l
}

// Style is one role of text: its size, the height of a line and its weight.
type Style struct {
	Size float32 // em, in sp
	Line float32 // distance from line to line, in sp
	Bold bool
}

// Strong is the same style in bold.
func (s Style) Strong() Style { s.Bold = true; return s }

// Type is the type scale, smallest first. Nothing on a screen is smaller than Caption.
type Type struct {
	Caption   Style
	Body      Style
	Button    Style // and titles in lists
	Section   Style
	Title     Style // of a screen
	HomeTitle Style
	KeyNumber Style // a number somebody has to remember
}

// Scale lists the sizes in falling order: a text that does not fit steps down along it.
func (t Type) Scale() []Style {
	return []Style{t.KeyNumber, t.HomeTitle, t.Title, t.Section, t.Button, t.Body, t.Caption}
}

var standardType = Type{
	Caption:   Style{Size: 24, Line: 34},
	Body:      Style{Size: 28, Line: 41},
	Button:    Style{Size: 32, Line: 42, Bold: true},
	Section:   Style{Size: 36, Line: 49, Bold: true},
	Title:     Style{Size: 44, Line: 60, Bold: true},
	HomeTitle: Style{Size: 56, Line: 73, Bold: true},
	KeyNumber: Style{Size: 88, Line: 106, Bold: true},
}

// Metrics are the lengths of the layout. All but line widths lie on a grid of 8.
type Metrics struct {
	Width, Height float32 // of the panel
	Margin        float32 // no control nearer to the edge
	Grid          float32
	Gap           float32 // least distance between two targets
	Gutter        float32 // usual distance between two parts
	Target        float32 // least width and height of a target
	Primary       float32 // height of the main button
	Radius        float32 // of corners
	Outline       float32 // line round a control
	Hairline      float32 // line inside a table
	Ring, RingGap float32 // focus: ring and the dark gap inside it, both outside the control
	Header        float32 // height of the top bar
	Steps         float32 // height of the strip under it
	Footer        float32 // height of the bottom bar
	NumberKey     [2]float32
	LetterKey     [2]float32
	Grow          float32 // a release this far outside still counts
}

var standardMetrics = Metrics{
	Width: 1080, Height: 1920,
	Margin: 48, Grid: 8, Gap: 16, Gutter: 24,
	Target: 64, Primary: 96, Radius: 16,
	Outline: 3, Hairline: 2,
	Ring: 6, RingGap: 4,
	Header: 112, Steps: 80, Footer: 168,
	NumberKey: [2]float32{240, 104}, LetterKey: [2]float32{98, 88},
	Grow: 8,
}
