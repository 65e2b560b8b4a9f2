package escpossim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// logLine is one line of papers.jsonl.
type logLine struct {
	N        int       `json:"n"`
	Time     time.Time `json:"time"`
	Bytes    int       `json:"bytes"`
	Complete bool      `json:"complete"`
}

// torn is a page that has left the printer.
type torn struct {
	page     *page
	n        int
	complete bool
}

// tear takes the page out of the printer: cut, or torn unfinished. Called with mu held; publish follows without it.
func (s *Sim) tear(complete bool) *torn {
	t := &torn{page: s.page, n: s.n, complete: complete}
	s.page = newPage(s.opts.Dots)
	s.n++
	return t
}

// publish looks for codes on the paper, writes its files and tells who waits. It takes a while, so mu is not held.
func (s *Sim) publish(t *torn) {
	p := t.page
	out := Printed{N: t.n, At: s.opts.Now(), Bytes: p.bytes, Complete: t.complete, Text: p.text(), Image: p.image(0, p.height()), Pictures: p.rasters()}
	err := s.keep(out)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = errors.Join(s.files, err)
	s.papers = append(s.papers, out)
	if len(s.papers) > keptInMind {
		s.papers = s.papers[1:]
	}
	s.next++
	s.change.Broadcast()
}

// snapshot shows the page that is still in the printer after its link was lost. If it is cut later, the partial picture goes.
func (s *Sim) snapshot() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opts.Dir == "" || !s.page.used() {
		return
	}
	if err := writePNG(s.path("partial.png", s.n), s.page.image(0, s.page.height())); err != nil {
		s.files = errors.Join(s.files, err)
	}
}

func (s *Sim) path(ending string, n int) string {
	return filepath.Join(s.opts.Dir, fmt.Sprintf("receipt-%d.%s", n, ending))
}

// keep writes a paper's files: picture and text first, the log last.
func (s *Sim) keep(p Printed) error {
	if s.opts.Dir == "" {
		return nil
	}
	if !p.Complete {
		if err := writePNG(s.path("partial.png", p.N), p.Image); err != nil {
			return err
		}
	} else {
		if err := writeFile(s.path("txt", p.N), []byte(p.Text)); err != nil {
			return err
		}
		if err := writePNG(s.path("png", p.N), p.Image); err != nil {
			return err
		}
		_ = os.Remove(s.path("partial.png", p.N))
	}
	line, err := json.Marshal(logLine{N: p.N, Time: p.At, Bytes: p.Bytes, Complete: p.Complete})
	if err != nil {
		return fmt.Errorf("cannot note a paper: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(s.opts.Dir, "papers.jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("cannot note a paper: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cannot note a paper: %w", err)
	}
	return nil
}

// writePNG writes a picture with one bit a dot.
func writePNG(path string, img *image.Gray) error {
	two := image.NewPaletted(img.Rect, color.Palette{color.Black, color.White})
	for i, v := range img.Pix {
		if v != 0 {
			two.Pix[i] = 1
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, two); err != nil {
		return fmt.Errorf("cannot draw a paper: %w", err)
	}
	return writeFile(path, b.Bytes())
}

// writeFile makes a file appear whole.
func writeFile(path string, b []byte) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, b, 0o644); err != nil {
		return fmt.Errorf("cannot keep a paper: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("cannot keep a paper: %w", err)
	}
	return nil
}

// firstNumber is the number after the last paper in the folder.
func firstNumber(dir string) (int, error) {
	if dir == "" {
		return 1, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, fmt.Errorf("cannot make the folder of papers: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("cannot look into the folder of papers: %w", err)
	}
	last := 0
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), "receipt-")
		number, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(number); ok && err == nil {
			last = max(last, n)
		}
	}
	return last + 1, nil
}
