package screen

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"kiosk/device/localapi"
	"kiosk/ui/look"
	"kiosk/ui/model"
)

// theme gives Fyne our fonts once for the whole test binary.
var theme = func() *look.Theme {
	fonts, err := look.LoadFonts(look.Sources)
	if err != nil {
		panic(err)
	}
	return look.NewTheme(look.Of(look.Mode{}), fonts)
}()

func setUp(t testing.TB) look.Look {
	test.NewTempApp(t).Settings().SetTheme(theme)
	return look.Of(look.Mode{})
}

// describe makes the screen of a sample in a language.
func (s sample) describe(lang string) model.Screen {
	st := s.state
	st.Visit.Lang = lang
	l := model.Local{}.For(st)
	l.Typed, l.Picked, l.Page, l.Sheet = s.typed, s.pick, s.page, s.sheet
	if s.ink {
		l.Strokes = signature()
	}
	return model.Of(st, l, noon)
}

// signature is a scribble.
func signature() [][]localapi.Point {
	var out [][]localapi.Point
	for s := range 4 {
		var st []localapi.Point
		for k := range 24 {
			x, y := 240+s*130+k*4, 140+(k*k*(s+2))%180
			st = append(st, localapi.Point{X: x, Y: y, T: s*400 + k*12})
		}
		out = append(out, st)
	}
	return out
}

// paperImage stands for a camera's picture.
func paperImage(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{0x5A, 0x4A, 0x3C, 0xFF}), image.Point{}, draw.Src)
	page := image.Rect(w*26/100, h*6/100, w*74/100, h*94/100)
	draw.Draw(img, page, image.NewUniform(color.RGBA{0xF4, 0xF1, 0xEA, 0xFF}), image.Point{}, draw.Src)
	for y := page.Min.Y + h/12; y < page.Max.Y-h/14; y += h / 18 {
		line := image.Rect(page.Min.X+w/16, y, page.Max.X-w/16-(y*7)%(w/10), y+max(2, h/90))
		draw.Draw(img, line, image.NewUniform(color.RGBA{0x50, 0x50, 0x58, 0xFF}), image.Point{}, draw.Src)
	}
	return img
}

// drawn is a screen on a software canvas.
func drawn(t testing.TB, l look.Look, m model.Screen, now *time.Time) (*Screen, software.WindowlessCanvas) {
	s := New(l, func() time.Time { return *now }, nil, nil)
	c := software.NewCanvas()
	c.SetPadded(false)
	c.SetContent(s.Object())
	c.Resize(fyne.NewSize(l.Metrics.Width, l.Metrics.Height))
	s.Show(m)
	if cam := m.Previewed(); cam != "" {
		s.Put(cam, paperImage(1280, 960))
	}
	for _, id := range m.Pictures() {
		s.Put(id, paperImage(1000, 750))
	}
	return s, c
}

// TestPictures draws every screen in both languages and, where KIOSK_PICTURES names a folder, keeps the pictures there.
func TestPictures(t *testing.T) {
	dir := os.Getenv("KIOSK_PICTURES")
	l := setUp(t)
	for _, lang := range []string{"zh", "en"} {
		for _, sm := range samples() {
			now := noon
			s, c := drawn(t, l, sm.describe(lang), &now)
			now = now.Add(2100 * time.Millisecond)
			s.Tick()
			img := c.Capture()
			if b := img.Bounds(); b.Dx() != 1080 || b.Dy() != 1920 {
				t.Fatalf("%s: picture is %v", sm.name, b)
			}
			// A strip through the header and one through the body: neither is empty.
			for _, y := range []int{56, 1820} {
				if n := colours(img, y); n < 3 {
					t.Errorf("%s.%s: %d colours in line %d", sm.name, lang, n, y)
				}
			}
			if dir != "" {
				keep(t, filepath.Join(dir, fmt.Sprintf("%s.%s.png", sm.name, lang)), img)
			}
		}
	}
}

// colours counts the different colours in one line of a picture.
func colours(img image.Image, y int) int {
	seen := make(map[color.Color]bool)
	for x := range img.Bounds().Dx() {
		seen[img.At(x, y)] = true
	}
	return len(seen)
}

func keep(t *testing.T, path string, img image.Image) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
