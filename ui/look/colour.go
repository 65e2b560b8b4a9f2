package look

import (
	"image/color"
	"math"
)

// Colours are the colour tokens. A widget names a token, never a value.
type Colours struct {
	Bg, Surface                          color.NRGBA
	Text, TextMuted                      color.NRGBA
	Outline                              color.NRGBA // round a control
	Hairline                             color.NRGBA // decoration only: tells nothing that text does not tell
	Primary, OnPrimary, PrimaryPressed   color.NRGBA
	Danger, OnDanger, DangerBg           color.NRGBA
	Success, OnSuccess                   color.NRGBA
	WarnBg, OnWarn                       color.NRGBA
	InfoBg, SelectedBg                   color.NRGBA
	DisabledText, DisabledBg             color.NRGBA
	Pressed                              color.NRGBA // of a control that is not filled
	FocusRing, FocusGap                  color.NRGBA
	Veil                                 color.NRGBA // over the screen under a dialog
	Skin, Sleeve, Leaf, Sky, Wall, Cloud color.NRGBA // in drawn pictures only
}

var standardColours = Colours{
	Bg: hex(0xF5F7FA), Surface: hex(0xFFFFFF),
	Text: hex(0x14181F), TextMuted: hex(0x434B57),
	Outline: hex(0x5B6675), Hairline: hex(0xD3DAE3),
	Primary: hex(0x0A489A), OnPrimary: hex(0xFFFFFF), PrimaryPressed: hex(0x083B7B),
	Danger: hex(0x9C1419), OnDanger: hex(0xFFFFFF), DangerBg: hex(0xFDECEC),
	Success: hex(0x0E6331), OnSuccess: hex(0xFFFFFF),
	WarnBg: hex(0xFFE9B8), OnWarn: hex(0x3A2600),
	InfoBg: hex(0xE6F0FC), SelectedBg: hex(0xDCE9FA),
	DisabledText: hex(0x6B7480), DisabledBg: hex(0xFFFFFF),
	Pressed:   hex(0xDCE9FA),
	FocusRing: hex(0xFFB000), FocusGap: hex(0x14181F),
	Veil: color.NRGBA{R: 0x14, G: 0x18, B: 0x1F, A: 0xB8},
	Skin: hex(0xF2C9A5), Sleeve: hex(0x2F6FC0), Leaf: hex(0x5E9C76), Sky: hex(0xD3E4F8), Wall: hex(0xB7D0EE), Cloud: hex(0xFFFFFF),
}

func hex(rgb uint32) color.NRGBA {
	return color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 0xFF}
}

// Contrast is the contrast ratio of two opaque colours, 1 to 21, by the formula of WCAG 2.
func Contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

func luminance(c color.NRGBA) float64 {
	lin := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*lin(c.R) + 0.7152*lin(c.G) + 0.0722*lin(c.B)
}
