package kit

import (
	"image"
	"testing"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"

	"bytes"

	"kiosk/ui/look"
)

// Every drawing must come out as the library's own scanner draws it.
func TestRasterIsTheSame(t *testing.T) {
	l := look.Of(look.Mode{})
	pictures := l.Welcome()
	for _, name := range look.Icons() {
		pictures = append(pictures, look.Icon(name, l.Colours.Primary))
	}
	for _, res := range pictures {
		const w, h = 270, 260
		ours := drawSVG(res.Content(), w, h)
		icon, err := oksvg.ReadIconStream(bytes.NewReader(res.Content()))
		if err != nil {
			t.Fatal(err)
		}
		b := ours.Bounds()
		icon.SetTarget(0, 0, float64(b.Dx()), float64(b.Dy()))
		want := image.NewRGBA(b)
		icon.Draw(rasterx.NewDasher(b.Dx(), b.Dy(), rasterx.NewScannerGV(b.Dx(), b.Dy(), want, b)), 1)
		wrong := 0
		for i := range want.Pix {
			if d := int(want.Pix[i]) - int(ours.Pix[i]); d > 2 || d < -2 {
				wrong++
			}
		}
		if wrong > 0 || b.Dx() < 200 {
			t.Errorf("%s: %d of %d values differ, %v", res.Name(), wrong, len(want.Pix), b)
		}
	}
	if a, b := raster(pictures[0], 100, 100), raster(pictures[0], 100, 100); a != b {
		t.Error("a drawing is made twice")
	}
	if img := drawSVG([]byte("<svg"), 10, 10); img.Bounds().Empty() {
		t.Error("a broken drawing has no picture at all")
	}
}

func BenchmarkWelcome(b *testing.B) {
	res := look.Of(look.Mode{}).Welcome()[0].Content()
	for b.Loop() {
		drawSVG(res, 1080, 1040)
	}
}
