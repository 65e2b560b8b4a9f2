package codes

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"kiosk/device/casefile"
)

// code draws a code with so many dots a module on white.
func code(t testing.TB, text string, module int) *image.Gray {
	t.Helper()
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 1, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewGray(image.Rect(0, 0, m.GetWidth()*module, m.GetHeight()*module))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			if !m.Get(x/module, y/module) {
				out.Pix[y*out.Stride+x] = 255
			}
		}
	}
	return out
}

// scene lays pictures on a grey desk of w × h, turned by degrees and with noise.
func scene(w, h int, degrees float64, noise int, pics ...image.Image) image.Image {
	desk := image.NewGray(image.Rect(0, 0, w, h))
	draw.Draw(desk, desk.Rect, image.NewUniform(color.Gray{110}), image.Point{}, draw.Src)
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	for i, pic := range pics {
		b := pic.Bounds()
		cx, cy := float64(w)*float64(2*i+1)/float64(2*len(pics)), float64(h)/2
		x0, y0 := float64(b.Dx())/2, float64(b.Dy())/2
		xdraw.BiLinear.Transform(desk, f64.Aff3{cos, -sin, cx - cos*x0 + sin*y0, sin, cos, cy - sin*x0 - cos*y0}, pic, b, xdraw.Over, nil)
	}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range desk.Pix {
		desk.Pix[i] = uint8(min(max(int(desk.Pix[i])+r.IntN(2*noise+1)-noise, 0), 255))
	}
	return desk
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func ticket(t testing.TB, sequence int) string {
	t.Helper()
	n, err := casefile.NewNumber(casefile.NumberParts{Terminal: "360001", Epoch: 1, Sequence: sequence})
	if err != nil {
		t.Fatal(err)
	}
	return casefile.Ticket{Number: n, Code: "ABCDEFGHIJKLMNOP"}.String()
}

func TestFind(t *testing.T) {
	white := image.NewGray(image.Rect(0, 0, 600, 800))
	for i := range white.Pix {
		white.Pix[i] = 250
	}
	one, two := ticket(t, 1), ticket(t, 2)
	for _, c := range []struct {
		name string
		img  image.Image
		want []string
	}{
		{"upright", scene(1280, 960, 0, 4, code(t, one, 6)), []string{one}},
		{"small", scene(1280, 960, 2, 4, code(t, one, 3)), []string{one}},
		{"large", scene(2592, 1944, 5, 4, code(t, one, 30)), []string{one}},
		{"noisy", scene(1280, 960, 3, 60, code(t, one, 6)), []string{one}},
		{"turned by 30", scene(1280, 960, 30, 8, code(t, one, 6)), []string{one}},
		{"turned by 45", scene(1280, 960, 45, 8, code(t, one, 6)), []string{one}},
		{"turned by 90", scene(1280, 960, 90, 8, code(t, one, 6)), []string{one}},
		{"upside down", scene(1280, 960, 180, 8, code(t, one, 6)), []string{one}},
		{"two codes", scene(1280, 960, 4, 8, code(t, one, 6), code(t, two, 6)), []string{one, two}},
		{"the same twice", scene(1280, 960, 4, 8, code(t, one, 6), code(t, one, 5)), []string{one}},
		{"not a receipt", scene(1280, 960, 4, 8, code(t, "https://example.com/?q=1", 6)), []string{"https://example.com/?q=1"}},
		{"the desk", scene(1280, 960, 0, 8), nil},
		{"noise", scene(1280, 960, 0, 120), nil},
		{"a white sheet", scene(1280, 960, 7, 8, white), nil},
	} {
		got, err := (Finder{}).Find(t.Context(), asJPEG(t, c.img))
		slices.Sort(got)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestFindPNG(t *testing.T) {
	want := ticket(t, 3)
	var b bytes.Buffer
	if err := png.Encode(&b, code(t, want, 8)); err != nil {
		t.Fatal(err)
	}
	if got, err := (Finder{}).Find(t.Context(), b.Bytes()); err != nil || !slices.Equal(got, []string{want}) {
		t.Errorf("%q, %v", got, err)
	}
}

// bomb is a small file that says it is w × h pixels.
func bomb(w, h uint32) []byte {
	chunk := []byte("IHDR")
	chunk = binary.BigEndian.AppendUint32(chunk, w)
	chunk = binary.BigEndian.AppendUint32(chunk, h)
	chunk = append(chunk, 8, 0, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	out = append(out, chunk...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
}

func TestBounds(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty": nil, "text": []byte("hello"), "too many bytes": make([]byte, MaxBytes+1),
		"too many pixels": bomb(100000, 100000), "cut": asJPEG(t, scene(300, 300, 0, 4))[:500],
	} {
		if got, err := (Finder{}).Find(t.Context(), b); err == nil || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Finder{}).Find(ctx, asJPEG(t, scene(300, 300, 0, 4))); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context: %v", err)
	}
}

// FuzzFind: any bytes, no panic.
func FuzzFind(f *testing.F) {
	f.Add(asJPEG(f, code(f, "A", 2)))
	f.Add(bomb(3, 3))
	f.Fuzz(func(t *testing.T, in []byte) {
		if texts, err := (Finder{}).Find(t.Context(), in); err != nil && len(texts) > 0 {
			t.Error("texts and an error")
		}
	})
}

func BenchmarkFindNothing(b *testing.B) {
	pic := asJPEG(b, scene(1280, 960, 3, 8))
	for b.Loop() {
		if _, err := (Finder{}).Find(b.Context(), pic); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	pic := asJPEG(b, scene(1280, 960, 3, 8, code(b, ticket(b, 1), 6)))
	for b.Loop() {
		if got, err := (Finder{}).Find(b.Context(), pic); err != nil || len(got) != 1 {
			b.Fatal(got, err)
		}
	}
}
