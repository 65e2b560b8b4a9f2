package escpos

import (
	"errors"
	"fmt"
	"image"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Bounds of the wire.
const (
	BandRows = 128  // rows of one GS v 0; small printers overflow beyond
	MaxDots  = 1024 // a row
	MaxRows  = 8000 // a slip, 1 m
	maxText  = 255  // bytes of one text line
)

// Commands without arguments of our own.
var (
	cmdInit       = []byte{0x1B, '@'}
	cmdChinese    = []byte{0x1C, '&'}       // two-byte mode; ESC @ may switch it off, by model
	cmdButtonsOff = []byte{0x1B, 'c', 5, 1} // nobody feeds paper with the panel's button
	cmdAutoOff    = []byte{0x1D, 'a', 0}    // no automatic status: we ask
	cmdGSr        = []byte{0x1D, 'r', 1}    // answered when all before it has been processed
	cmdESCv       = []byte{0x1B, 'v'}       // the same on printers that do not know GS r
)

// ask is DLE EOT n: 1 printer, 2 cause of off-line, 3 error, 4 paper. Answered at once, past the buffer.
func ask(n byte) []byte { return []byte{0x10, 4, n} }

// askInfo is GS I: 42 maker, 43 model, 44 serial number. Answered through the buffer.
func askInfo(n byte) []byte { return []byte{0x1D, 'I', n} }

// Cut says how a slip ends.
type Cut string

// Cuts. None is for a printer without a knife: the slip is fed past the edge where it is torn off.
const (
	CutFull    Cut = "full"
	CutPartial Cut = "partial"
	CutNone    Cut = "none"
)

// tearFeed is the way from the head to the edge, in dots: 16 mm.
const tearFeed = 128

// end feeds what has been printed out of the printer and cuts it.
func end(c Cut) []byte {
	switch c {
	case CutFull:
		return []byte{0x1D, 'V', 'A', 0}
	case CutPartial:
		return []byte{0x1D, 'V', 'B', 0}
	default:
		return []byte{0x1B, 'J', tearFeed}
	}
}

// pack turns rows [from, to) of img into raster bytes, stride bytes a row. Dots darker than mid-grey are black.
//
// Some firmware looks for real-time commands inside picture data as well (DLE EOT, DLE ENQ, DLE DC4: they answer, throw the buffer
// away, open the drawer), so a picture that happens to contain one gets one more black dot there.
func pack(img *image.Gray, from, to, stride int) []byte {
	out := make([]byte, 0, stride*(to-from))
	b := img.Rect
	for y := from; y < to; y++ {
		row := img.Pix[img.PixOffset(b.Min.X, b.Min.Y+y):]
		for x := 0; x < stride*8; x += 8 {
			var v byte
			for bit := range 8 {
				if x+bit < b.Dx() && row[x+bit] < 128 {
					v |= 0x80 >> bit
				}
			}
			if n := len(out); n > 0 && out[n-1] == 0x10 && (v == 4 || v == 5 || v == 0x14) {
				v |= 8
			}
			out = append(out, v)
		}
	}
	return out
}

// band is GS v 0 with rows of stride bytes.
func band(data []byte, stride int) []byte {
	rows := len(data) / stride
	head := []byte{0x1D, 'v', '0', 0, byte(stride), byte(stride >> 8), byte(rows), byte(rows >> 8)}
	return append(head, data...)
}

const bandHead = 8 // bytes before a band's dots

// flush is zeros enough for the longest band, and for some headers that lost bytes have turned into longer ones.
const flush = 64 << 10

// bands cuts a picture into its commands.
func bands(img *image.Gray) [][]byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	stride := (w + 7) / 8
	var out [][]byte
	for y := 0; y < h; y += BandRows {
		out = append(out, band(pack(img, y, min(y+BandRows, h), stride), stride))
	}
	return out
}

// TextLine is one line in the printer's own font: Chinese mode, GB18030, line feed. What would take four bytes
// is not in these fonts and would break the pairing of all that follows, so it becomes 〓.
func TextLine(s string) ([]byte, error) {
	out := append([]byte(nil), cmdChinese...)
	start := len(out)
	enc := simplifiedchinese.GB18030.NewEncoder()
	for _, r := range s {
		if r < ' ' || r == 0x7F {
			return nil, errors.New("cannot write a line of text: control character in it")
		}
		b, err := enc.Bytes([]byte(string(r)))
		if err != nil || len(b) > 2 {
			b = []byte{0xA1, 0xFE}
		}
		out = append(out, b...)
	}
	if len(out)-start > maxText {
		return nil, fmt.Errorf("cannot write a line of text: %d bytes are more than %d", len(out)-start, maxText)
	}
	return append(out, '\n'), nil
}
