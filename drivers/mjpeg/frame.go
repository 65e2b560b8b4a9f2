package mjpeg

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"sync"
)

// Why a frame is dropped.
var (
	errStart  = errors.New("does not begin as a JPEG")
	errEnd    = errors.New("has no end")
	errMarker = errors.New("has a broken segment")
)

// whole checks a frame and returns it ready to be shown: without the zeros behind its end, with Huffman tables.
// The result may share b's memory.
func whole(b []byte) ([]byte, error) {
	b = bytes.TrimRight(b, "\x00")
	switch {
	case len(b) < 4 || b[0] != 0xFF || b[1] != 0xD8:
		return nil, errStart
	case b[len(b)-2] != 0xFF || b[len(b)-1] != 0xD9:
		return nil, errEnd
	}
	scan, hasTables, err := segments(b)
	if err != nil || hasTables {
		return b, err
	}
	tables := standardTables()
	out := make([]byte, 0, len(b)+len(tables))
	out = append(out, b[:scan]...)
	out = append(out, tables...)
	return append(out, b[scan:]...), nil
}

// segments walks the markers up to the first scan (FF DA).
func segments(b []byte) (scan int, hasTables bool, err error) {
	for i := 2; i+4 <= len(b); {
		if b[i] != 0xFF {
			return 0, false, errMarker
		}
		switch m := b[i+1]; {
		case m == 0xFF: // filler
			i++
			continue
		case m == 0xDA:
			return i, hasTables, nil
		case m == 0xC4:
			hasTables = true
		case m == 0x00 || m == 0x01 || m >= 0xD0 && m <= 0xD9:
			return 0, false, errMarker
		}
		n := int(b[i+2])<<8 | int(b[i+3])
		if n < 2 {
			return 0, false, errMarker
		}
		i += 2 + n
	}
	return 0, false, errMarker
}

// standardTables is a DHT segment with the four tables of Annex K.3. The standard library's encoder writes exactly
// these, so they are taken from a picture of its own.
var standardTables = sync.OnceValue(func() []byte {
	var pic bytes.Buffer
	if err := jpeg.Encode(&pic, image.NewYCbCr(image.Rect(0, 0, 8, 8), image.YCbCrSubsampleRatio444), nil); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	b := pic.Bytes()
	var out []byte
	for i := 2; b[i+1] != 0xDA; {
		n := 2 + int(b[i+2])<<8 + int(b[i+3])
		if b[i+1] == 0xC4 {
			out = append(out, b[i:i+n]...)
		}
		i += n
	}
	return out
})
