package ui

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"sync"
	"time"

	"kiosk/device/localapi"
	"kiosk/ui/kit"
	"kiosk/ui/screen"
)

// Limits of pictures.
const (
	frameEvery = time.Second / 12 // fastest a preview is drawn
	againAfter = 300 * time.Millisecond
	maxPixels  = 40 << 20 // of a picture that is decoded
	maxTries   = 3        // for one picture
)

// feed brings camera frames and pictures to the screen. It reads, decodes and scales on its own goroutines; only the
// finished picture goes to the main one. A camera is read only while its preview is on the screen.
type feed struct {
	daemon Daemon
	log    *slog.Logger
	post   func(name string, show func())

	mu      sync.Mutex
	changed chan struct{} // closed and renewed when the wishes change
	camera  wish
	still   map[string]wish // by id of the picture
	tries   map[string]int
	epoch   int // grows with forget: what was begun before is dropped
}

// wish is one picture that the screen wants.
type wish struct {
	name string
	w, h int // pixels it is shown at
	put  func(image.Image)
}

func newFeed(d Daemon, log *slog.Logger, post func(string, func())) *feed {
	return &feed{daemon: d, log: log, post: post, changed: make(chan struct{}), still: map[string]wish{}, tries: map[string]int{}}
}

// want reads from the screen which pictures it shows now. Main goroutine only.
func (f *feed) want(s *screen.Screen) {
	shown := s.Shown()
	wishFor := func(name string) wish {
		w := wish{name: name, w: 960, h: 720, put: func(img image.Image) { s.Put(name, img) }}
		if l := s.Surface().Live(name); l != nil && l.Rect.W >= 1 && l.Rect.H >= 1 {
			w.w, w.h = int(l.Rect.W), int(l.Rect.H)
		}
		return w
	}
	camera := wish{}
	if name := shown.Previewed(); name != "" {
		camera = wishFor(name)
	}
	still := map[string]wish{}
	for _, id := range shown.Pictures() {
		still[id] = wishFor(id)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	same := camera.name == f.camera.name && len(still) == len(f.still)
	for id := range still {
		if _, ok := f.still[id]; !ok {
			same = false
		}
	}
	if same {
		return
	}
	for id := range f.tries {
		if _, ok := still[id]; !ok {
			delete(f.tries, id)
		}
	}
	f.camera, f.still = camera, still
	f.wake()
}

// forget drops all wishes and everything under way.
func (f *feed) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.camera, f.still = wish{}, map[string]wish{}
	clear(f.tries)
	f.epoch++
	f.wake()
}

// wake tells run. The lock is held.
func (f *feed) wake() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// next takes one picture that has not been fetched.
func (f *feed) next() (w wish, ok bool) {
	for id, w := range f.still {
		if f.tries[id] < maxTries {
			return w, true
		}
	}
	return wish{}, false
}

// run fetches until ctx ends.
func (f *feed) run(ctx context.Context) error {
	var looking wish
	stop := func() {}
	var work sync.WaitGroup
	defer work.Wait()
	defer func() { stop() }()
	for {
		f.mu.Lock()
		changed, camera, epoch := f.changed, f.camera, f.epoch
		pic, some := f.next()
		if some {
			f.tries[pic.name]++
		}
		f.mu.Unlock()
		if camera.name != looking.name {
			stop()
			looking, stop = camera, func() {}
			if camera.name != "" {
				look, cancel := context.WithCancel(ctx)
				stop = cancel
				work.Go(func() { f.look(look, camera, epoch) })
			}
		}
		if some {
			f.fetch(ctx, pic, epoch)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// fetch brings one picture. After a failure it stays to be tried again, a few times.
func (f *feed) fetch(ctx context.Context, w wish, epoch int) {
	b, err := f.daemon.Picture(ctx, w.name)
	var img image.Image
	if err == nil {
		img, err = decode(b, w.w, w.h, false)
		clear(b)
	}
	if err != nil {
		f.log.Warn("picture cannot be shown", "err", err)
		pause(ctx, againAfter)
		return
	}
	f.mu.Lock()
	f.tries[w.name] = maxTries
	f.mu.Unlock()
	f.show(w, img, epoch)
}

// show hands a picture to the main goroutine, unless the screen has been wiped since it was asked for.
func (f *feed) show(w wish, img image.Image, epoch int) {
	f.post(w.name, func() {
		f.mu.Lock()
		over := f.epoch != epoch
		f.mu.Unlock()
		if !over {
			w.put(img)
		}
	})
}

// look shows a camera until ctx ends. Frames that come faster than they are drawn are skipped.
func (f *feed) look(ctx context.Context, w wish, epoch int) {
	newest := make(chan []byte, 1)
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() { f.draw(ctx, w, epoch, newest) })
	for ctx.Err() == nil {
		err := f.daemon.Preview(ctx, w.name, func(frame []byte) {
			select {
			case old := <-newest:
				clear(old)
			default:
			}
			newest <- frame // there is room: this is the only writer
		})
		if ctx.Err() == nil && err != nil {
			f.log.Debug("preview ended", "err", err)
		}
		pause(ctx, againAfter)
	}
}

// draw decodes the newest frame, not more often than frameEvery.
func (f *feed) draw(ctx context.Context, w wish, epoch int, newest <-chan []byte) {
	for {
		select {
		case <-ctx.Done():
			return
		case frame := <-newest:
			begun := time.Now()
			img, err := decode(frame, w.w, w.h, true)
			clear(frame)
			if err != nil {
				f.log.Debug("frame cannot be shown", "err", err)
			} else if ctx.Err() == nil {
				f.show(w, img, epoch)
			}
			pause(ctx, frameEvery-time.Since(begun))
		}
	}
}

// decode reads a JPEG and scales it to at most w by h pixels, tightly packed; quick is for previews.
func decode(b []byte, w, h int, quick bool) (image.Image, error) {
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("cannot read a picture: %w", err)
	}
	if cfg.Width*cfg.Height > maxPixels {
		return nil, fmt.Errorf("cannot show a picture of %d by %d pixels", cfg.Width, cfg.Height)
	}
	img, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("cannot read a picture: %w", err)
	}
	if y, ok := img.(*image.YCbCr); ok && quick {
		return nearest(y, w, h), nil
	}
	return kit.Fit(img, w, h), nil
}

// nearest scales by the nearest pixel to at most w by h: a quarter of the work of a smooth scale, right for what is looked at
// for a twelfth of a second.
func nearest(src *image.YCbCr, w, h int) *image.RGBA {
	b := src.Bounds()
	k := min(float64(w)/float64(b.Dx()), float64(h)/float64(b.Dy()), 1)
	w, h = max(1, int(float64(b.Dx())*k)), max(1, int(float64(b.Dy())*k))
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	columns := make([]int, w)
	for x := range columns {
		columns[x] = b.Min.X + x*b.Dx()/w
	}
	for y := range h {
		from := b.Min.Y + y*b.Dy()/h
		row := dst.Pix[y*dst.Stride : y*dst.Stride+4*w]
		for x, at := range columns {
			yi, ci := src.YOffset(at, from), src.COffset(at, from)
			r, g, b := color.YCbCrToRGB(src.Y[yi], src.Cb[ci], src.Cr[ci])
			row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = r, g, b, 0xFF
		}
	}
	return dst
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

var _ Daemon = (*localapi.Client)(nil)
