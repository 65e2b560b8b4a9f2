package localapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Waits between two attempts to reach the daemon.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 2 * time.Second
)

// Watch calls show with the whole state, first as it is now and then after each change, until ctx ends; it returns
// ctx's error. It connects again by itself, for ever. away is called once with the reason each time the daemon cannot be
// reached or is lost, and may be nil. Both are called on Watch's goroutine; a slow show delays the next one.
//
// Within one connection no state is shown twice or out of order.
func (c *Client) Watch(ctx context.Context, show func(State), away func(error)) error {
	wait, lost := firstWait, false
	var boot string
	var seq uint64
	for {
		first := true
		err := c.events(ctx, func(s State) {
			// The first line tells how things are now, whatever was known; later ones must be newer.
			if !first && s.Boot == boot && s.Seq <= seq {
				return
			}
			first, wait, lost = false, firstWait, false
			boot, seq = s.Boot, s.Seq
			show(s)
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !lost && away != nil {
			away(err)
		}
		lost = true
		if !pause(ctx, wait) {
			return ctx.Err()
		}
		wait = min(2*wait, lastWait)
	}
}

// silence is how long a living daemon may say nothing; it sends a sign of life far more often.
const silence = 45 * time.Second

// events reads one connection's lines until it ends. Its error is never nil.
func (c *Client) events(ctx context.Context, show func(State)) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	dead := time.AfterFunc(silence, func() { cancel(fmt.Errorf("%w: silent for %v", ErrAway, silence)) })
	defer dead.Stop()
	defer func() {
		if cause := context.Cause(ctx); errors.Is(cause, ErrAway) {
			err = cause
		}
	}()
	res, err := c.do(ctx, http.MethodGet, PathEvents, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return readStates(res.Body, func() { dead.Reset(silence) }, show)
}

// readStates reads newline-delimited states. An empty line is a sign of life and means nothing. heard is called for each line.
func readStates(r io.Reader, heard func(), show func(State)) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), MaxLine)
	for lines.Scan() {
		heard()
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var s State
		if err := json.Unmarshal(line, &s); err != nil {
			return fmt.Errorf("cannot read a state: %w", err)
		}
		show(s)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	return fmt.Errorf("%w: the event stream ended", ErrAway)
}

// Preview calls show with each frame of the camera, as JPEG owned by the receiver, until ctx ends (its error), the camera
// is gone or the daemon is lost. The daemon keeps only its newest frame, so a slow show skips frames.
func (c *Client) Preview(ctx context.Context, camera string, show func(jpeg []byte)) error {
	res, err := c.do(ctx, http.MethodGet, PathCameras+url.PathEscape(camera)+"/preview", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	kind, params, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/x-mixed-replace" || params["boundary"] == "" {
		return fmt.Errorf("cannot show a preview of type %q", res.Header.Get("Content-Type"))
	}
	err = readFrames(res.Body, params["boundary"], show)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// readFrames reads parts until the stream ends. A part that says its length is shown as soon as it is whole; another
// one when the next boundary has come. What is not a whole JPEG is skipped.
func readFrames(r io.Reader, boundary string, show func([]byte)) error {
	parts := multipart.NewReader(r, boundary)
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: the preview ended", ErrAway)
		}
		if err != nil {
			return fmt.Errorf("cannot read a preview: %w", err)
		}
		var frame []byte
		if n, err := strconv.Atoi(part.Header.Get("Content-Length")); err == nil && n >= 0 {
			if n > MaxFrame {
				return fmt.Errorf("cannot take a frame of more than %d bytes", MaxFrame)
			}
			frame = make([]byte, n)
			if _, err := io.ReadFull(part, frame); err != nil {
				return fmt.Errorf("cannot read a frame: %w", err)
			}
		} else if frame, err = readAll(part, MaxFrame); err != nil {
			return err
		}
		if bytes.HasPrefix(frame, []byte{0xFF, 0xD8}) && bytes.HasSuffix(frame, []byte{0xFF, 0xD9}) {
			show(frame)
		}
	}
}

// pause waits; false means that ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
