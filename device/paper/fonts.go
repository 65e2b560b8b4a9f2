package paper

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

// DefaultFonts are Debian's fonts-noto-cjk.
var DefaultFonts = []string{
	"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
	"/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
}

// simplified is the face for simplified Chinese in a Noto CJK collection.
const simplified = 2

// Fonts is a regular and a bold font in open files. Glyphs are read when they are drawn, so
// a font of 19 MB costs the process little. Fonts is safe for use by several goroutines, its faces are not.
type Fonts struct {
	regular, bold *opentype.Font
	files         []*os.File
}

// OpenFonts takes the first font in paths, then in DefaultFonts, that can show Chinese, and the first such font
// with "Bold" in its file name for bold; without one, bold is the regular font. Files may be single fonts or
// collections. Paths that are not there are passed over; it fails when no font is left.
func OpenFonts(paths []string) (*Fonts, error) {
	f := &Fonts{}
	var problems []error
	for _, path := range append(append([]string(nil), paths...), DefaultFonts...) {
		slot := &f.regular
		if strings.Contains(filepath.Base(path), "Bold") {
			slot = &f.bold
		}
		if *slot != nil {
			continue
		}
		ft, file, err := openFont(path)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		*slot = ft
		f.files = append(f.files, file)
	}
	switch {
	case f.regular == nil && f.bold == nil:
		return nil, fmt.Errorf("cannot open a font for paper (Debian has one in fonts-noto-cjk): %w", errors.Join(problems...))
	case f.regular == nil:
		f.regular = f.bold
	case f.bold == nil:
		f.bold = f.regular
	}
	return f, nil
}

func openFont(path string) (*opentype.Font, *os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	ft, err := parseFont(file)
	if err != nil {
		_ = file.Close()
		return nil, nil, fmt.Errorf("cannot use font %q: %w", path, err)
	}
	return ft, file, nil
}

func parseFont(file *os.File) (*opentype.Font, error) {
	c, err := opentype.ParseCollectionReaderAt(file)
	if err != nil {
		return nil, err
	}
	index := 0
	if c.NumFonts() > simplified {
		index = simplified
	}
	ft, err := c.Font(index)
	if err != nil {
		return nil, err
	}
	if i, err := ft.GlyphIndex(new(sfnt.Buffer), '永'); err != nil || i == 0 {
		return nil, errors.New("it has no Chinese")
	}
	return ft, nil
}

// Face makes a face with an em of so many dots. The caller uses it on one goroutine.
func (f *Fonts) Face(bold bool, em float64) (font.Face, error) {
	ft := f.regular
	if bold {
		ft = f.bold
	}
	face, err := opentype.NewFace(ft, &opentype.FaceOptions{Size: em, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("cannot make a face of %.1f dots: %w", em, err)
	}
	return face, nil
}

// Close closes the files.
func (f *Fonts) Close() error {
	var errs []error
	for _, file := range f.files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}
