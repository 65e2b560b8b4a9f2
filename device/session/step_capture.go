package session

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"slices"
	"strconv"
	"time"

	"golang.org/x/image/draw"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/item"
	"kiosk/device/localapi"
)

// CameraName is how the local API calls the document camera.
const CameraName = "document"

const (
	maxPixels  = 40 << 20 // of a frame that is decoded for a thumbnail
	thumbWidth = 240      // pixels
	lostRetry  = time.Second
	scanEvery  = 200 * time.Millisecond
	taskSeen   = "seen" // first frame after a start
	taskShot   = "shot" // the frame that was asked for
	taskCode   = "code" // a code was found
)

func (v *Visit) enterCapture() {
	v.step.screen = localapi.ViewCapture
	v.look()
}

// look runs the camera while its screen is shown, and only then.
func (v *Visit) look() {
	scanning := v.step.screen == localapi.ViewScanCode
	v.shoot.Store(false)
	v.start(taskCamera, func(ctx context.Context) (any, error) {
		id := v.taskIDOf(ctx)
		tell := func(task string, data any) {
			select {
			case v.events <- event{task: task, id: id, data: data}:
			case <-ctx.Done():
				discard(data)
			}
		}
		newest := make(chan []byte, 1)
		if scanning {
			v.work.Go(func() { v.findCodes(ctx, newest, tell) })
		}
		first := true
		return nil, v.cfg.Peripherals.Look(ctx, func(f device.Frame) {
			if first {
				first = false
				tell(taskSeen, nil)
			}
			if scanning {
				select {
				case newest <- bytes.Clone(f.JPEG):
				default:
				}
			} else if v.shoot.CompareAndSwap(true, false) {
				tell(taskShot, bytes.Clone(f.JPEG))
			}
			v.showFrame(ctx, f.JPEG) // last: whoever shows the next frame, or none, zeroes this one
		})
	})
}

// findCodes looks for codes in the newest frame, a few times a second.
func (v *Visit) findCodes(ctx context.Context, frames <-chan []byte, tell func(string, any)) {
	pace := time.NewTicker(scanEvery)
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case frame := <-frames:
			codes, err := v.cfg.Peripherals.FindCodes(ctx, frame)
			clear(frame)
			if err == nil && len(codes) > 0 {
				tell(taskCode, codes[0])
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
		}
	}
}

// cameraEvent handles what a running camera tells.
func (v *Visit) cameraEvent(e event) {
	switch e.task {
	case taskSeen:
		v.step.looking, v.step.lost = true, false
	case taskShot:
		frame, _ := e.data.([]byte)
		if v.step.screen != localapi.ViewCapture {
			clear(frame)
			return
		}
		v.stop(taskCamera)
		v.hideFrame()
		v.step.screen = localapi.ViewReview
		v.step.shot = frame
		v.step.shotID = v.addPicture(frame)
		v.personal = true
		v.touched()
	case taskCode:
		code, _ := e.data.(string)
		v.codeSeen(code)
	}
}

// cameraEnded: the camera was lost. Pages taken so far are sealed already; the screen says so and the camera is
// tried again until the person goes elsewhere.
func (v *Visit) cameraEnded(event) {
	v.hideFrame()
	v.step.looking, v.step.lost = false, true
	v.after(timerAgain, lostRetry)
}

func (v *Visit) captureView() (localapi.View, []string) {
	m, _ := v.item.Material(v.at.id)
	taken := len(v.draft.Pages(m.ID))
	c := &localapi.Capture{
		Camera: CameraName, Material: m.ID, Name: text(m.Name), Hint: text(m.Hint), MaxPages: m.MaxPages, Optional: m.Optional,
		Taken: taken, Page: taken + 1, Lost: v.step.lost, Looking: v.step.looking, Saving: v.step.saving, SaveError: v.step.saveErr,
		Shot: v.step.shotID, CanMore: taken+1 < m.MaxPages,
	}
	for _, r := range m.Review {
		c.Review = append(c.Review, text(r))
	}
	ids := v.ids(v.at.step)
	c.Of = len(ids)
	for i, id := range ids {
		if id == m.ID {
			c.N = i + 1
		}
	}
	intents := []string{localapi.IntentBack, localapi.IntentCancel}
	switch {
	case v.step.saving:
		intents = nil
	case v.step.screen == localapi.ViewReview:
		intents = append(intents, localapi.IntentRetake, localapi.IntentKeepPage)
		if c.CanMore {
			intents = append(intents, localapi.IntentMore)
		}
	default:
		if v.step.looking && taken < m.MaxPages {
			intents = append(intents, localapi.IntentShoot)
		}
		if taken > 0 {
			intents = append(intents, localapi.IntentDelete, localapi.IntentNext)
		}
		if m.Optional && taken == 0 {
			intents = append(intents, localapi.IntentSkip)
		}
		if v.step.lost {
			intents = append(intents, localapi.IntentRetry)
		}
	}
	return localapi.View{Kind: v.step.screen, Capture: c}, intents
}

func (v *Visit) captureIntent(in localapi.Intent) *localapi.Problem {
	switch in.Kind {
	case localapi.IntentBack:
		if v.step.screen == localapi.ViewReview {
			v.enter(v.at)
			return nil
		}
		v.previous()
	case localapi.IntentShoot:
		v.shoot.Store(true)
	case localapi.IntentRetake:
		v.enter(v.at)
	case localapi.IntentKeepPage:
		v.sealPage(false)
	case localapi.IntentMore:
		v.sealPage(true)
	case localapi.IntentNext, localapi.IntentSkip:
		v.next()
	case localapi.IntentRetry:
		v.stopTimer(timerAgain)
		v.look()
	case localapi.IntentDelete:
		page := in.Page
		if page == 0 {
			page = len(v.draft.Pages(v.at.id))
		}
		return v.deletePage(v.at.id, page)
	}
	return nil
}

func (v *Visit) deletePage(material string, page int) *localapi.Problem {
	pages := v.draft.Pages(material)
	i := slices.IndexFunc(pages, func(p casefile.PageRecord) bool { return p.Page == page })
	if i < 0 {
		return bad("there is no such page")
	}
	p := pages[i]
	// The store first: an envelope that names other pages than the store has would never be taken.
	if err := v.cfg.Outbox.DropPage(v.draft.Key, p.Digest); err != nil {
		v.cfg.Log.Error("cannot drop a page", "err", err)
		v.cfg.Audit.Event("store-trouble", "code", "page")
		return bad("the store did not let go of the page")
	}
	v.draft.RemovePage(material, page)
	v.dropPicture(thumbID(p.Digest))
	v.cfg.Audit.Event("page-dropped", "material", material)
	return nil
}

// sealed is a page that lies sealed on the disk.
type sealed struct {
	record casefile.PageRecord
	thumb  []byte
	more   bool
}

// sealPage gives the reviewed page to the outbox. It is sealed from its first byte on disk.
func (v *Visit) sealPage(more bool) {
	m, _ := v.item.Material(v.at.id)
	frame, key := v.step.shot, v.draft.Key
	record := casefile.PageRecord{
		Material: m.ID, Page: len(v.draft.Pages(m.ID)) + 1, Grade: m.Grade, Type: "image/jpeg", At: time.Now().Round(0),
	}
	v.step.saving, v.step.saveErr = true, false
	v.step.shot = nil // the task owns it
	v.start(taskSeal, func(context.Context) (any, error) {
		digest, size, err := v.cfg.Outbox.AddPage(key, bytes.NewReader(frame))
		if err != nil {
			return frame, err
		}
		record.Digest, record.Size = digest, size
		s := sealed{record, thumbnail(frame), more}
		clear(frame)
		return s, nil
	})
}

// pageSealed goes on: another page of the same material, or the next screen.
func (v *Visit) pageSealed(e event) {
	v.step.saving = false
	if e.err != nil {
		v.cfg.Log.Error("cannot seal a page", "err", e.err)
		v.cfg.Audit.Event("store-trouble", "code", "page")
		v.step.shot, _ = e.data.([]byte)
		v.step.saveErr = true
		return
	}
	s := e.data.(sealed)
	v.draft.AddPage(s.record)
	v.putPicture(thumbID(s.record.Digest), s.thumb)
	v.cfg.Audit.Event("page-kept", "material", s.record.Material, "page", strconv.Itoa(s.record.Page))
	if s.more {
		v.enter(v.at)
		return
	}
	v.next()
}

func thumbID(d casefile.Digest) string { return "thumb-" + string(d[:16]) }

// thumbnail makes a small JPEG for the check screen; nothing when the page cannot be decoded.
func thumbnail(page []byte) []byte {
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(page))
	if err != nil || cfg.Width*cfg.Height > maxPixels || cfg.Width == 0 {
		return nil
	}
	src, err := jpeg.Decode(bytes.NewReader(page))
	if err != nil {
		return nil
	}
	dst := image.NewRGBA(image.Rect(0, 0, thumbWidth, thumbWidth*cfg.Height/cfg.Width))
	draw.ApproxBiLinear.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	if jpeg.Encode(&out, dst, &jpeg.Options{Quality: 80}) != nil {
		return nil
	}
	clear(dst.Pix)
	return out.Bytes()
}

// needsPage reports whether a material still lacks its first page.
func (v *Visit) needsPage(m item.Material) bool { return !m.Optional && len(v.draft.Pages(m.ID)) == 0 }

// showFrame publishes the newest frame to those who watch the preview and owns it from then on. A camera that was stopped, ctx says so,
// shows nothing any more: its last frame may come after the wipe.
func (v *Visit) showFrame(ctx context.Context, frame []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if ctx.Err() != nil {
		clear(frame)
		return
	}
	v.setFrame(frame)
}

// hideFrame leaves those who watch the preview with none. The camera has been stopped before.
func (v *Visit) hideFrame() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.setFrame(nil)
}

// setFrame is called with mu held.
func (v *Visit) setFrame(frame []byte) {
	clear(v.frame)
	v.frame = frame
	close(v.frameNew)
	v.frameNew = make(chan struct{})
}

func (v *Visit) addPicture(b []byte) string {
	v.taskID++
	id := "shot-" + strconv.Itoa(v.taskID)
	v.putPicture(id, bytes.Clone(b))
	return id
}

func (v *Visit) putPicture(id string, b []byte) {
	v.mu.Lock()
	v.pictures[id] = b
	v.mu.Unlock()
}

func (v *Visit) dropPicture(id string) {
	v.mu.Lock()
	clear(v.pictures[id])
	delete(v.pictures, id)
	v.mu.Unlock()
}
