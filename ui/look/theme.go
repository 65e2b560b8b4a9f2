package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Names of our own colours for Fyne.
const (
	NameBg      fyne.ThemeColorName = "kiosk-bg"
	NameSurface fyne.ThemeColorName = "kiosk-surface"
	NameText    fyne.ThemeColorName = "kiosk-text"
	NamePrimary fyne.ThemeColorName = "kiosk-primary"
)

// Theme hands a Look and fonts to Fyne. Our widgets take their colours from the Look; the theme serves the
// window's background and the fonts. It is never changed: another mode is another Theme.
type Theme struct {
	look          Look
	regular, bold fyne.Resource
}

// NewTheme makes the theme. Without fonts it falls back on Fyne's own, which have no Chinese.
func NewTheme(l Look, f Fonts) *Theme {
	t := &Theme{look: l}
	if len(f.Regular) > 0 {
		t.regular = fyne.NewStaticResource("kiosk-regular.otf", f.Regular)
		t.bold = fyne.NewStaticResource("kiosk-bold.otf", f.Bold)
	}
	return t
}

// Color answers our names and those that Fyne draws by itself.
func (t *Theme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	c := t.look.Colours
	switch name {
	case NameBg, theme.ColorNameBackground:
		return c.Bg
	case NameSurface:
		return c.Surface
	case NameText, theme.ColorNameForeground:
		return c.Text
	case NamePrimary, theme.ColorNamePrimary:
		return c.Primary
	}
	return theme.DefaultTheme().Color(name, theme.VariantLight)
}

// Font returns the regular or the bold face.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource {
	if t.regular == nil || s.Symbol {
		return theme.DefaultTheme().Font(s)
	}
	if s.Bold {
		return t.bold
	}
	return t.regular
}

// Icon has nothing of ours: our icons are asked of Icon.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(name) }

// Size answers for text; our widgets bring their own lengths.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return t.look.Type.Body.Size
	case theme.SizeNamePadding, theme.SizeNameInnerPadding:
		return 0
	}
	return theme.DefaultTheme().Size(name)
}
