package escpossim

import (
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

// raster is a picture in the printer's memory.
type raster struct {
	stride, rows int
	data         []byte
}

const maxRaster = 4 << 20

// picture prints GS v 0 row by row, as the bytes come. A row that is wider than the paper is cut at its edge.
func (in *interpreter) picture(stride, rows int, mode byte) {
	in.flush()
	in.lead = 0
	timesX, timesY := 1+int(mode&1), 1+int(mode>>1&1)
	for range rows {
		data := in.take(stride)
		if in.err != nil {
			return
		}
		in.sim.set(func() { in.sim.dots += len(data) })
		in.dots(data, timesX, timesY)
	}
}

func (in *interpreter) dots(data []byte, timesX, timesY int) {
	row := make([]bool, 0, len(data)*8*timesX)
	for _, b := range data {
		for bit := range 8 {
			for range timesX {
				row = append(row, b&(0x80>>bit) != 0)
			}
		}
	}
	for range timesY {
		in.row(row, true)
	}
}

// parens is GS ( and its cousin GS 8 L: n bytes follow.
func (in *interpreter) parens(family byte, n int) {
	if n > maxRaster || n < 2 || family != 'L' && family != 'k' {
		if family != 'L' && family != 'k' {
			in.unknown()
		}
		in.skip(n)
		return
	}
	data := in.take(n)
	if in.err != nil {
		return
	}
	switch {
	case family == 'k' && data[0] == '1' && n >= 3:
		in.qrCommand(data[1], data[2:])
	case family == 'k':
		in.unknown()
	case data[1] == 0x70 && n >= 10:
		x := int(data[6]) | int(data[7])<<8
		y := int(data[8]) | int(data[9])<<8
		r := &raster{stride: (x + 7) / 8, rows: y, data: data[10:]}
		if len(r.data) < r.stride*r.rows {
			in.unknown()
			return
		}
		in.graph = r
	case data[1] == 0x32 || data[1] == 2:
		r := in.graph
		if r == nil {
			return
		}
		in.flush()
		in.sim.set(func() { in.sim.dots += len(r.data) })
		for y := range r.rows {
			in.dots(r.data[y*r.stride:(y+1)*r.stride], 1, 1)
		}
	default:
		in.unknown()
	}
}

// bitImage is ESC *: columns of 8 or 24 dots.
func (in *interpreter) bitImage() {
	mode := in.next()
	width := in.word()
	tall := 1
	if mode == 32 || mode == 33 {
		tall = 3
	}
	data := in.take(width * tall)
	if in.err != nil {
		return
	}
	in.flush()
	for y := range tall * 8 {
		row := make([]bool, width)
		for x := range width {
			row[x] = data[x*tall+y/8]&(0x80>>(y%8)) != 0
		}
		in.row(row, true)
	}
}

type qrModes struct {
	module int
	level  byte
	data   string
}

func (in *interpreter) qrCommand(fn byte, arg []byte) {
	switch fn {
	case 'A':
	case 'C':
		in.qr.module = min(max(int(arg[0]), 1), 16)
	case 'E':
		in.qr.level = arg[0] & 3
	case 'P':
		in.qr.data = string(arg[1:])
	case 'Q':
		in.printQR()
	default:
		in.unknown()
	}
}

func (in *interpreter) printQR() {
	in.flush()
	level := []decoder.ErrorCorrectionLevel{decoder.ErrorCorrectionLevel_L, decoder.ErrorCorrectionLevel_M,
		decoder.ErrorCorrectionLevel_Q, decoder.ErrorCorrectionLevel_H}[in.qr.level]
	code, err := encoder.Encoder_encode(in.qr.data, level, nil)
	if in.qr.data == "" || err != nil {
		in.unknown()
		return
	}
	m := code.GetMatrix()
	in.note("[QR] " + in.qr.data)
	width := m.GetWidth() * in.qr.module
	left := in.left(width)
	for y := range m.GetHeight() {
		row := make([]bool, left+width)
		for x := range width {
			row[left+x] = m.Get(x/in.qr.module, y) == 1
		}
		for range in.qr.module {
			in.row(row, false)
		}
	}
}

// left is where something of width begins in the present alignment.
func (in *interpreter) left(width int) int {
	switch room := in.sim.opts.Dots - width; {
	case room <= 0:
		return 0
	case in.align == 1:
		return room / 2
	case in.align == 2:
		return room
	default:
		return 0
	}
}
