package ui

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
)

func TestDecode(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 400, 200))
	for y := range 200 {
		for x := range 400 {
			img.SetRGBA(x, y, color.RGBA{uint8(x / 2), uint8(y), 90, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	for _, quick := range []bool{true, false} {
		got, err := decode(b.Bytes(), 100, 100, quick)
		if err != nil {
			t.Fatal(err)
		}
		packed, ok := got.(*image.RGBA)
		if !ok || packed.Bounds() != image.Rect(0, 0, 100, 50) || packed.Stride != 400 {
			t.Fatalf("quick %v: %T of %v, want a packed picture that keeps its proportions", quick, got, got.Bounds())
		}
		c := packed.RGBAAt(50, 25)
		if d := int(c.R) - 100; d < -8 || d > 8 || c.A != 255 {
			t.Errorf("quick %v: colour %v in the middle, want red near 100", quick, c)
		}
		if big, err := decode(b.Bytes(), 4000, 4000, quick); err != nil || big.Bounds().Dx() != 400 {
			t.Errorf("quick %v: %v, %v, want the picture no larger than it is", quick, big.Bounds(), err)
		}
	}
	for _, bad := range [][]byte{nil, []byte("no picture"), b.Bytes()[:b.Len()/3]} {
		if _, err := decode(bad, 100, 100, true); err == nil {
			t.Errorf("%d bytes that are no picture were decoded", len(bad))
		}
	}
}

func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 16, 8)), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, quick := range []bool{true, false} {
			if img, err := decode(b, 64, 64, quick); err == nil && (img.Bounds().Dx() > 64 || img.Bounds().Dy() > 64 || img.Bounds().Empty()) {
				t.Errorf("picture of %v", img.Bounds())
			}
		}
	})
}
