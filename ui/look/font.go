package look

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"os"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Fonts are the two faces of the screen, each a whole single-font file, and where they came from.
type Fonts struct {
	Regular, Bold []byte
	Name          string // file of the regular face
}

// Source is one place where a face may be: a file and, in a collection, which face of it.
type Source struct {
	Regular, Bold string
	Face          int
}

// Sources are tried in this order: Debian's fonts-noto-cjk (face 2 is Simplified Chinese), then the
// smaller fonts that cover Chinese but have no bold.
var Sources = []Source{
	{"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2},
	{"/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", "", 0},
	{"/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", "", 0},
	{"/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", "", 0},
}

// maxFontFile bounds what is read into memory, in bytes; the largest known collection has 27 MB.
const maxFontFile = 64 << 20

// ErrNoFont means that no source had a usable Chinese font. The caller may go on with Fyne's own font,
// which knows Latin letters only, and should say so.
var ErrNoFont = errors.New("no Chinese font found")

// LoadFonts reads the first usable source. A face is used only after it has drawn a Chinese character,
// since Fyne panics on fonts that it cannot parse.
func LoadFonts(sources []Source) (Fonts, error) {
	var errs []error
	for _, s := range sources {
		regular, err := loadFace(s.Regular, s.Face)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		f := Fonts{Regular: regular, Bold: regular, Name: s.Regular}
		if s.Bold != "" {
			bold, err := loadFace(s.Bold, s.Face)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			f.Bold = bold
		}
		return f, nil
	}
	return Fonts{}, fmt.Errorf("cannot load a font: %w: %w", ErrNoFont, errors.Join(errs...))
}

func loadFace(path string, index int) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFontFile {
		return nil, fmt.Errorf("cannot use font %q: larger than %d bytes", path, maxFontFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	face, err := ExtractFace(data, index)
	if err != nil {
		return nil, fmt.Errorf("cannot use font %q: %w", path, err)
	}
	if err := drawsChinese(face); err != nil {
		return nil, fmt.Errorf("cannot use font %q: %w", path, err)
	}
	return face, nil
}

// ExtractFace makes a single-font file of one face of an OpenType collection: the face's table directory
// with new offsets, then its tables, each starting at a multiple of four. Data that is no collection is
// returned as it is. Layout: OpenType 1.9, "TTC Header" and "Table Directory".
func ExtractFace(data []byte, index int) ([]byte, error) {
	if len(data) < 12 || string(data[:4]) != "ttcf" {
		return data, nil
	}
	u16, u32 := binary.BigEndian.Uint16, binary.BigEndian.Uint32
	faces := u32(data[8:])
	if index < 0 || uint32(index) >= faces || uint64(12+4*index+4) > uint64(len(data)) {
		return nil, fmt.Errorf("cannot find face %d among %d", index, faces)
	}
	dir := uint64(u32(data[12+4*index:]))
	if dir+12 > uint64(len(data)) {
		return nil, errors.New("cannot read the table directory: it lies outside the file")
	}
	tables := int(u16(data[dir+4:]))
	head := 12 + 16*tables
	if dir+uint64(head) > uint64(len(data)) {
		return nil, errors.New("cannot read the table directory: it lies outside the file")
	}
	out := make([]byte, head)
	copy(out, data[dir:dir+uint64(head)])
	for i := range tables {
		rec := out[12+16*i:]
		from, n := uint64(u32(rec[8:])), uint64(u32(rec[12:]))
		if from+n > uint64(len(data)) {
			return nil, fmt.Errorf("cannot copy table %q: it lies outside the file", rec[:4])
		}
		if uint64(len(out))+n > maxFontFile {
			return nil, fmt.Errorf("cannot copy table %q: the face is larger than %d bytes", rec[:4], maxFontFile)
		}
		binary.BigEndian.PutUint32(rec[8:], uint32(len(out)))
		out = append(out, data[from:from+n]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out, nil
}

// drawsChinese draws 永 and looks for ink.
func drawsChinese(face []byte) error {
	parsed, err := sfnt.Parse(face)
	if err != nil {
		return err
	}
	if g, err := parsed.GlyphIndex(nil, '永'); err != nil || g == 0 {
		return errors.New("it has no Chinese characters")
	}
	f, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 32, DPI: 72})
	if err != nil {
		return err
	}
	defer f.Close()
	img := image.NewAlpha(image.Rect(0, 0, 48, 48))
	d := font.Drawer{Dst: img, Src: image.Opaque, Face: f, Dot: fixed.P(8, 36)}
	d.DrawString("永")
	for _, a := range img.Pix {
		if a != 0 {
			return nil
		}
	}
	return errors.New("it draws Chinese characters empty")
}
