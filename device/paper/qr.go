package paper

import (
	"fmt"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

const (
	quiet     = 4   // modules of white around a code (ISO/IEC 18004)
	qrMin     = 192 // dots across the modules: 24 mm
	qrMax     = 240 // 30 mm
	minModule = 3   // dots; thinner modules run together in the heat
)

// qrCode is the modules of a code, true black.
type qrCode [][]bool

// newQR makes a code with error correction M, which bears a crease or a fingerprint.
func newQR(text string) (qrCode, error) {
	q, err := encoder.Encoder_encode(text, decoder.ErrorCorrectionLevel_M, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot make the code: %w", err)
	}
	m := q.GetMatrix()
	code := make(qrCode, m.GetHeight())
	for y := range code {
		code[y] = make([]bool, m.GetWidth())
		for x := range code[y] {
			code[y][x] = m.Get(x, y) == 1
		}
	}
	return code, nil
}

// module chooses the largest module with which the code is no wider than 30 mm, or the smallest that makes it 24 mm,
// and which fits into room with its quiet zone. 0 when none does.
func (q qrCode) module(room int) int {
	m := max(qrMax/len(q), (qrMin+len(q)-1)/len(q))
	m = min(m, room/(len(q)+2*quiet))
	if m < minModule {
		return 0
	}
	return m
}

// size is the width and height with quiet zone.
func (q qrCode) size(module int) int { return (len(q) + 2*quiet) * module }
