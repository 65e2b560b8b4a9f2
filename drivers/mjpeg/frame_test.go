package mjpeg

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"

	"kiosk/drivers/mjpeg/mjpegsim"
)

func picture(t testing.TB) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for i := range 64 * 48 {
		img.Set(i%64, i/64, color.RGBA{uint8(i), uint8(i / 7), uint8(3 * i), 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhole(t *testing.T) {
	good := picture(t)
	bare := mjpegsim.WithoutTables(good)
	if _, err := jpeg.Decode(bytes.NewReader(bare)); err == nil {
		t.Fatal("a frame without tables can be read: the test proves nothing")
	}
	for _, c := range []struct {
		name string
		in   []byte
		want []byte // nil: dropped
	}{
		{"good", good, good},
		{"zeros behind it", append(bytes.Clone(good), 0, 0, 0), good},
		{"without tables", bare, good},
		{"cut", good[:len(good)*2/3], nil},
		{"without its end", good[:len(good)-2], nil},
		{"without its begin", good[2:], nil},
		{"begin and end alone", []byte{0xFF, 0xD8, 0xFF, 0xD9}, nil},
		{"a segment that is longer than the frame", []byte{0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 0, 0xFF, 0xD9}, nil},
		{"empty", nil, nil},
		{"zeros", make([]byte, 100), nil},
		{"text", []byte("404 not found"), nil},
	} {
		got, err := whole(bytes.Clone(c.in))
		if (err == nil) != (c.want != nil) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.want == nil {
			continue
		}
		a, err := jpeg.Decode(bytes.NewReader(got))
		if err != nil {
			t.Errorf("%s: cannot be read: %v", c.name, err)
			continue
		}
		b, err := jpeg.Decode(bytes.NewReader(c.want))
		if err != nil {
			t.Fatal(err)
		}
		if !same(a, b) {
			t.Errorf("%s: it is another picture", c.name)
		}
	}
}

func same(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}

// FuzzWhole: whatever is let through begins and ends as a JPEG and has tables before its scan.
func FuzzWhole(f *testing.F) {
	good := picture(f)
	f.Add(good)
	f.Add(mjpegsim.WithoutTables(good))
	f.Fuzz(func(t *testing.T, in []byte) {
		out, err := whole(bytes.Clone(in))
		if err != nil {
			return
		}
		if !bytes.HasPrefix(out, []byte{0xFF, 0xD8}) || !bytes.HasSuffix(out, []byte{0xFF, 0xD9}) {
			t.Fatal("it does not begin and end as a JPEG")
		}
		if _, has, err := segments(out); err != nil || !has {
			t.Fatalf("it has no tables: %v", err)
		}
	})
}
