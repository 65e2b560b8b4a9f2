package look

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"golang.org/x/image/font/sfnt"
)

// TestContrastTable computes the table of contrasts again.
func TestContrastTable(t *testing.T) {
	c := Of(Mode{}).Colours
	for _, p := range []struct {
		name   string
		fg, bg color.NRGBA
		want   float64
	}{
		{"text on surface", c.Text, c.Surface, 17.8},
		{"muted on surface", c.TextMuted, c.Surface, 8.8},
		{"outline on surface", c.Outline, c.Surface, 5.8},
		{"on primary", c.OnPrimary, c.Primary, 8.7},
		{"on primary pressed", c.OnPrimary, c.PrimaryPressed, 10.9},
		{"on danger", c.OnDanger, c.Danger, 8.3},
		{"text on danger ground", c.Text, c.DangerBg, 15.6},
		{"on success", c.OnSuccess, c.Success, 7.4},
		{"on warning", c.OnWarn, c.WarnBg, 12.1},
		{"text on info", c.Text, c.InfoBg, 15.5},
		{"text on selected", c.Text, c.SelectedBg, 14.5},
		{"disabled on surface", c.DisabledText, c.Surface, 4.7},
		{"ring on gap", c.FocusRing, c.FocusGap, 9.7},
	} {
		if got := Contrast(p.fg, p.bg); math.Abs(got-p.want) > 0.1 {
			t.Errorf("%s: %.2f, want %.1f", p.name, got, p.want)
		}
	}
	// What is not text needs 3:1 against what it stands on.
	for name, p := range map[string][2]color.NRGBA{
		"outline on bg": {c.Outline, c.Bg}, "primary on bg": {c.Primary, c.Bg}, "gap on bg": {c.FocusGap, c.Bg},
		"danger on its ground": {c.Danger, c.DangerBg}, "success on info": {c.Success, c.InfoBg}, "primary on tile": {c.Primary, c.SelectedBg},
	} {
		if got := Contrast(p[0], p[1]); got < 3 {
			t.Errorf("%s: %.2f", name, got)
		}
	}
	if got := Contrast(hex(0), hex(0xFFFFFF)); got != 21 {
		t.Errorf("black on white is %.2f", got)
	}
}

func TestTypeScale(t *testing.T) {
	ty := Of(Mode{}).Type
	scale := ty.Scale()
	for i, s := range scale {
		if s.Line < 1.19*s.Size || s.Line > 1.5*s.Size {
			t.Errorf("size %.0f has lines of %.0f", s.Size, s.Line)
		}
		if i > 0 && s.Size >= scale[i-1].Size {
			t.Errorf("size %.0f is not smaller than the one before", s.Size)
		}
	}
	if ty.Caption.Size < 24 || ty.Body.Size < 28 {
		t.Error("text is smaller than allowed")
	}
}

func TestLoadFontsExtractsOneFace(t *testing.T) {
	f, err := LoadFonts(Sources)
	if err != nil {
		t.Fatal(err)
	}
	for name, face := range map[string][]byte{"regular": f.Regular, "bold": f.Bold} {
		if string(face[:4]) == "ttcf" {
			t.Errorf("%s is still a collection", name)
		}
		parsed, err := sfnt.Parse(face)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, r := range "永辦一龘㛃①✓%Aa0" {
			if r == '✓' {
				continue // drawn as an icon, never as text
			}
			if g, err := parsed.GlyphIndex(nil, r); err != nil || g == 0 {
				t.Errorf("%s has no %q", name, r)
			}
		}
		for i := range int(binary.BigEndian.Uint16(face[4:])) {
			if at := binary.BigEndian.Uint32(face[12+16*i+8:]); at%4 != 0 {
				t.Errorf("%s: table %d begins at %d", name, i, at)
			}
		}
	}
	if bytes.Equal(f.Regular, f.Bold) {
		t.Error("bold is the regular face")
	}
}

func TestLoadFontsRefusesWhatItCannotDraw(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	latin := test.NewTempApp(t).Settings().Theme().Font(fyne.TextStyle{}).Content()
	for name, path := range map[string]string{
		"missing":   filepath.Join(dir, "none.ttf"),
		"empty":     write("empty.ttf", nil),
		"garbage":   write("garbage.ttf", bytes.Repeat([]byte{0xA5}, 4096)),
		"cut short": write("short.ttc", []byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x05")),
		"no Han":    write("latin.ttf", latin),
	} {
		if _, err := LoadFonts([]Source{{Regular: path}}); !errors.Is(err, ErrNoFont) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzExtractFace(f *testing.F) {
	f.Add([]byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x10OTTO\x00\x01\x00\x00\x00\x00\x00\x00cmap\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x05"), 0)
	f.Add([]byte("OTTO"), 1)
	f.Fuzz(func(t *testing.T, data []byte, index int) {
		out, err := ExtractFace(data, index)
		if err == nil && len(out) > len(data)+maxFontFile {
			t.Errorf("%d bytes became %d", len(data), len(out))
		}
	})
}

// ink draws a resource and counts the pixels that differ from the ground, and those of colour c.
func ink(t *testing.T, res fyne.Resource, w, h float32, c color.NRGBA) (drawn, coloured int) {
	t.Helper()
	img := canvas.NewImageFromResource(res)
	cv := software.NewTransparentCanvas()
	cv.SetPadded(false)
	cv.SetContent(img)
	cv.Resize(fyne.NewSize(w, h))
	pic := cv.Capture()
	for y := range int(h) {
		for x := range int(w) {
			got := color.NRGBAModel.Convert(pic.At(x, y)).(color.NRGBA)
			if got.A != 0 {
				drawn++
			}
			if got == c {
				coloured++
			}
		}
	}
	return drawn, coloured
}

func TestIconsAreDrawnInTheirColour(t *testing.T) {
	test.NewTempApp(t)
	c := Of(Mode{}).Colours.Primary
	for _, name := range append(Icons(), "prev", "retry", "no such icon") {
		drawn, coloured := ink(t, Icon(name, c), 96, 96, c)
		if drawn < 100 || coloured < drawn/3 {
			t.Errorf("icon %q: %d pixels drawn, %d in its colour", name, drawn, coloured)
		}
	}
	for _, name := range []string{"parcel", "progress", "card", "house", "people", "paper", "heart", "money"} {
		if !HasIcon(name) {
			t.Errorf("service icon %q is missing", name)
		}
	}
	for other, name := range alias {
		if _, ok := icons[name]; !ok {
			t.Errorf("%q stands for %q, which is not drawn", other, name)
		}
	}
}

func TestPicturesAreDrawn(t *testing.T) {
	test.NewTempApp(t)
	l := Of(Mode{})
	for _, device := range []string{"card", "paper", "code", "printer", "take-slip", "take-card", "offline", "staff", "kept", "wiped", "clock", "done", "camera", "touch", "wait", "something else"} {
		for _, stage := range []string{"", "work", "done", "fail"} {
			for i, res := range l.Prompt(device, stage) {
				if drawn, _ := ink(t, res, 480, 360, color.NRGBA{}); drawn < 5000 {
					t.Errorf("picture %s %q %d is nearly empty: %d pixels", device, stage, i, drawn)
				}
				if bytes.ContainsRune(res.Content(), '$') {
					t.Errorf("picture %s %q %d names a colour that does not exist", device, stage, i)
				}
			}
		}
	}
	for i, res := range append(l.Welcome(), l.Staff()) {
		if bytes.ContainsRune(res.Content(), '$') {
			t.Errorf("picture %d names a colour that does not exist", i)
		}
	}
}
