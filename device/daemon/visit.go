package daemon

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"kiosk/device/localapi"
)

// Bounds of an intent's members, in bytes and counts. They are far above what a screen sends.
const (
	maxID      = 64
	maxName    = 128
	maxValue   = 4 << 10
	maxStrokes = 200
	maxPoints  = 20000
)

// intent passes a tap to the visit.
func (s *Server) intent(p *Parts, w http.ResponseWriter, r *request) error {
	var in localapi.Intent
	if err := read(w, r, &in); err != nil {
		return err
	}
	if what := checkIntent(in); what != "" {
		return problem(localapi.CodeMalformed, what)
	}
	if err := p.Visit.Do(r.Context(), in); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// checkIntent says which member is out of bounds, without its value.
func checkIntent(in localapi.Intent) string {
	switch {
	case in.ID == "" || len(in.ID) > maxID:
		return "id is missing or too long"
	case len(in.Step) > maxName:
		return "step is too long"
	case in.Kind == "" || len(in.Kind) > maxName:
		return "kind is missing or too long"
	case len(in.Item) > maxName || len(in.Field) > maxName || len(in.Material) > maxName || len(in.Person) > maxName:
		return "a name is too long"
	case len(in.Value) > maxValue || !utf8.ValidString(in.Value):
		return "value is too long"
	case in.Page < 0 || in.Page > 1000 || in.Index < 0 || in.Index > 1000:
		return "a number is out of bounds"
	case len(in.Strokes) > maxStrokes:
		return "too many strokes"
	}
	points := 0
	for _, stroke := range in.Strokes {
		points += len(stroke)
	}
	if points > maxPoints {
		return "too many points"
	}
	return ""
}

// picture sends one picture of the visit.
func (s *Server) picture(p *Parts, w http.ResponseWriter, r *request) error {
	jpeg, ok := p.Visit.Picture(r.PathValue("id"))
	if !ok {
		return problem(localapi.CodeNotFound, "the visit has no such picture")
	}
	defer clear(jpeg)
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(jpeg)
	return nil
}

// boundary between the frames of a preview.
const boundary = "kiosk-frame"

// preview sends the camera's frames while the visit shows it. A slow reader skips frames.
func (s *Server) preview(p *Parts, w http.ResponseWriter, r *request) error {
	name := r.PathValue("name")
	if !shows(p.Visit.View(), name) {
		return problem(localapi.CodeNotFound, "the visit does not show this camera")
	}
	ctx, cancel := context.WithCancel(r.Context())
	newest := make(chan []byte, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer cancel()
		_ = p.Visit.Preview(ctx, func(jpeg []byte) error {
			replace(newest, slices.Clone(jpeg))
			return nil
		})
	}()
	defer func() {
		cancel()
		<-ended
		select {
		case frame := <-newest:
			clear(frame)
		default:
		}
	}()
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary="+boundary)
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(writeLimit))
	if control.Flush() != nil {
		return nil
	}
	for {
		changed := p.Visit.Changed()
		if !shows(p.Visit.View(), name) {
			return nil
		}
		select {
		case frame := <-newest:
			_ = control.SetWriteDeadline(time.Now().Add(writeLimit))
			_, err := fmt.Fprintf(w, "--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n", boundary, len(frame))
			if err == nil {
				_, err = w.Write(frame)
			}
			if err == nil {
				_, err = w.Write([]byte("\r\n"))
			}
			clear(frame)
			if err != nil || control.Flush() != nil {
				return nil // the reader is gone
			}
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// replace puts the newest frame where at most one waits. There is one writer.
func replace(newest chan []byte, frame []byte) {
	select {
	case old := <-newest:
		clear(old)
	default:
	}
	newest <- frame // has room: only this goroutine puts
}

// shows reports whether the screen shows that camera.
func shows(v localapi.Visit, camera string) bool {
	switch {
	case v.View.Capture != nil:
		return v.View.Capture.Camera == camera
	case v.View.Scan != nil:
		return v.View.Scan.Camera == camera
	}
	return false
}
