package mjpegsim

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

func camera(t *testing.T, o Options) *Sim {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// mean and contrast of the middle of a frame; sharpness is the mean step between neighbours.
func look(t *testing.T, frame []byte) (mean, sharp float64) {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(frame))
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds() != image.Rect(0, 0, Width, Height) {
		t.Fatalf("a frame is %v", img.Bounds())
	}
	luma := img.(*image.YCbCr)
	n := 0.0
	for y := 100; y < Height-100; y++ {
		for x := 400; x < Width-400; x++ {
			v, next := luma.Y[luma.YOffset(x, y)], luma.Y[luma.YOffset(x+1, y)]
			mean += float64(v)
			sharp += float64(max(v, next) - min(v, next))
			n++
		}
	}
	return mean / n, sharp / n
}

// The built-in pages are what their names say.
func TestPages(t *testing.T) {
	s := camera(t, Options{Seed: 5})
	seen := map[string][2]float64{}
	for _, kind := range Kinds() {
		a, err := s.Page(kind)
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Page(kind)
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is not the same twice: %v", kind, err)
		}
		mean, sharp := look(t, a)
		seen[kind] = [2]float64{mean, sharp}
	}
	if seen[Lease][0] < 2*seen[Empty][0] {
		t.Errorf("a page is no brighter than the desk: %v", seen)
	}
	if seen[Dark][0] > seen[Lease][0]/3 {
		t.Errorf("dark is not dark: %v", seen)
	}
	if seen[Blurred][1] > seen[Lease][1]*0.7 {
		t.Errorf("blurred is not blurred: %v", seen)
	}
	if _, err := s.Page("holiday"); err == nil {
		t.Error("an unknown page is drawn")
	}
}

func TestScenes(t *testing.T) {
	dir := t.TempDir()
	var pic, paper bytes.Buffer
	if err := jpeg.Encode(&pic, image.NewGray(image.Rect(0, 0, 64, 48)), nil); err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(&paper, image.NewGray(image.Rect(0, 0, 100, 300))); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "walk"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"one.jpg": pic.Bytes(), "paper.png": paper.Bytes(), "walk/1.jpg": pic.Bytes(), "walk/2.jpeg": pic.Bytes(), "walk/notes.txt": nil,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := camera(t, Options{Dir: dir})
	for scene, frames := range map[string]int{
		"one.jpg": 1, "walk": 2, "paper.png": 1, "lease": 1, filepath.Join(dir, "one.jpg"): 1,
	} {
		if err := s.SetScene(scene); err != nil || s.Scene() != scene || len(s.frames) != frames {
			t.Errorf("%s: %d frames, %v; want %d", scene, len(s.frames), err, frames)
		}
	}
	for _, scene := range []string{"nowhere", "../one.jpg", "walk/notes.txt/", ""} {
		if err := s.SetScene(scene); err == nil {
			t.Errorf("scene %q is set", scene)
		}
	}
	if s.Show("nothing") == nil {
		t.Error("a scene without frames is shown")
	}
}
