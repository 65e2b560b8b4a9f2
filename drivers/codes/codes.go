// Package codes finds QR codes in pictures of paper, such as a receipt under the document camera. It looks in a few passes,
// each cheap, and is bounded in pixels and time. It only tells what a code says; what that means is its caller's business, and
// it is never a command.
package codes

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // pictures come as either
	_ "image/png"
	"slices"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/multi/qrcode"
	"golang.org/x/image/draw"

	"kiosk/device"
)

// Bounds of a search.
const (
	MaxBytes  = 32 << 20
	MaxPixels = 40_000_000
	MaxSide   = 1600 // larger pictures are made smaller before the search
	MaxTime   = 5 * time.Second
	maxCodes  = 8
	maxText   = 4296 // the longest text that a QR code can hold
)

// Finder looks for codes. The zero value is ready, and may be used by several goroutines.
type Finder struct{}

var _ device.CodeFinder = Finder{}

// Find returns the texts of the QR codes in a JPEG or PNG, each once, none when there is none. It blocks for some tenths of a second;
// after MaxTime, or the end of ctx, it begins no further pass.
func (Finder) Find(ctx context.Context, picture []byte) (texts []string, err error) {
	defer func() {
		if r := recover(); r != nil { // the library panics on some pictures
			texts, err = nil, errors.New("cannot look for codes: the search broke down")
		}
	}()
	img, err := open(picture)
	if err != nil {
		return nil, fmt.Errorf("cannot look for codes: %w", err)
	}
	end, cancel := context.WithTimeout(ctx, MaxTime)
	defer cancel()
	for pass := range passes(img) {
		if end.Err() != nil {
			return nil, ctx.Err()
		}
		if texts := search(pass); len(texts) > 0 {
			return texts, nil
		}
	}
	return nil, ctx.Err()
}

// open decodes a picture after a look at its size, and makes it grey and no larger than needed.
func open(picture []byte) (*image.Gray, error) {
	if len(picture) > MaxBytes {
		return nil, fmt.Errorf("%d bytes are more than %d", len(picture), MaxBytes)
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	if cfg.Width < 1 || cfg.Height < 1 || cfg.Width > MaxPixels/cfg.Height {
		return nil, fmt.Errorf("%d × %d pixels are more than %d", cfg.Width, cfg.Height, MaxPixels)
	}
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	return reduce(img, MaxSide), nil
}

// reduce makes a grey copy whose sides are no longer than side.
func reduce(img image.Image, side int) *image.Gray {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if long := max(w, h); long > side {
		w, h = max(1, w*side/long), max(1, h*side/long)
	}
	out := image.NewGray(image.Rect(0, 0, w, h))
	if w == b.Dx() {
		draw.Draw(out, out.Rect, img, b.Min, draw.Src)
	} else {
		draw.ApproxBiLinear.Scale(out, out.Rect, img, b, draw.Src, nil)
	}
	return out
}

// passes are the pictures to search, cheapest and likeliest first: as it is, smaller (which smooths noise), larger
// (for small codes), and turned by a quarter; each with a local and a global threshold.
func passes(img *image.Gray) func(func(*gozxing.BinaryBitmap) bool) {
	long := max(img.Rect.Dx(), img.Rect.Dy())
	views := []func() *image.Gray{
		func() *image.Gray { return img },
		func() *image.Gray { return reduce(img, max(200, long/2)) },
		func() *image.Gray { return quarter(img) },
		func() *image.Gray { return enlarge(img) },
	}
	return func(yield func(*gozxing.BinaryBitmap) bool) {
		for _, view := range views {
			src := gozxing.NewLuminanceSourceFromImage(view())
			for _, b := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(src), gozxing.NewGlobalHistgramBinarizer(src)} {
				bits, err := gozxing.NewBinaryBitmap(b)
				if err == nil && !yield(bits) {
					return
				}
			}
		}
	}
}

func search(bits *gozxing.BinaryBitmap) []string {
	found, err := qrcode.NewQRCodeMultiReader().DecodeMultiple(bits, nil)
	if err != nil {
		return nil
	}
	var texts []string
	for _, f := range found {
		if t := f.GetText(); len(texts) < maxCodes && len(t) <= maxText && !slices.Contains(texts, t) {
			texts = append(texts, t)
		}
	}
	return texts
}

// quarter turns a picture by 90 degrees.
func quarter(img *image.Gray) *image.Gray {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, h, w))
	for y := range h {
		for x := range w {
			out.Pix[x*out.Stride+h-1-y] = img.Pix[y*img.Stride+x]
		}
	}
	return out
}

func enlarge(img *image.Gray) *image.Gray {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if max(w, h)*2 > MaxSide {
		return img
	}
	out := image.NewGray(image.Rect(0, 0, 2*w, 2*h))
	draw.BiLinear.Scale(out, out.Rect, img, img.Rect, draw.Src, nil)
	return out
}
