package mjpeg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/jpeg"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kiosk/device"
	"kiosk/drivers/mjpeg/mjpegsim"
)

var brisk = times{probe: 5 * time.Second, poll: 10 * time.Millisecond, stall: 300 * time.Millisecond}

func first(t *testing.T, c *Camera) (f device.Frame, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err = c.Stream(ctx, func(got device.Frame) {
		f = got
		cancel()
	})
	return f, err
}

func connect(t *testing.T, url string, tm times) *Camera {
	t.Helper()
	c, err := open(t.Context(), device.Env{}, config(url), tm)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestFramesWithoutTables(t *testing.T) {
	sim, url, _ := desk(t)
	sim.SetFaults(mjpegsim.Faults{NoDHT: true})
	f, err := first(t, connect(t, url, usual))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jpeg.Decode(bytes.NewReader(f.JPEG)); err != nil {
		t.Errorf("the frame cannot be read: %v", err)
	}
}

func TestFaults(t *testing.T) {
	for name, faults := range map[string]mjpegsim.Faults{
		"stall": {Stall: true}, "garbage": {Garbage: true}, "cut": {Cut: true}, "lost": {Lost: true},
	} {
		t.Run(name, func(t *testing.T) {
			sim, url, _ := desk(t)
			c := connect(t, url, brisk)
			sim.SetFaults(faults)
			shown := false
			err := c.Stream(t.Context(), func(device.Frame) { shown = true })
			if !errors.Is(err, device.ErrGone) || shown {
				t.Errorf("%v, shown %v; want ErrGone and nothing shown", err, shown)
			}
			if strings.Contains(err.Error(), "http") {
				t.Errorf("the error tells the address: %v", err)
			}
			sim.SetFaults(mjpegsim.Faults{})
			if _, err := first(t, c); err != nil {
				t.Errorf("after it was mended: %v", err)
			}
			if s := c.Status(); !s.Usable() || s.Data != device.Good {
				t.Errorf("after it was mended: %+v", s)
			}
		})
	}
}

// The loss and the return of a camera are seen while nobody looks, and no stream is opened for it.
func TestPoll(t *testing.T) {
	sim, url, _ := desk(t)
	c := connect(t, url, brisk)
	eventually := func(is func(device.Status) bool) {
		t.Helper()
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for end := time.Now().Add(20 * time.Second); !is(c.Status()); <-tick.C {
			if time.Now().After(end) {
				t.Fatalf("status stays %+v", c.Status())
			}
		}
	}
	sim.SetFaults(mjpegsim.Faults{Lost: true})
	eventually(func(s device.Status) bool {
		return s.Link == device.Bad && slices.Contains(s.Faults, device.FaultUnplugged)
	})
	sim.SetFaults(mjpegsim.Faults{})
	eventually(func(s device.Status) bool { return s.Usable() && len(s.Faults) == 0 })
	if _, sent := sim.Looking(); sent != 0 {
		t.Errorf("%d frames were taken while nobody looked", sent)
	}
}

func TestServersThatAreNoCameras(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"a page":      func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"one picture": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "image/jpeg") },
		"not found":   func(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) },
		"somewhere else": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		},
		"an empty stream": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=F")
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := served(t, usual, h)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Stream(t.Context(), func(device.Frame) { t.Error("a frame is shown") }); !errors.Is(err, device.ErrGone) {
				t.Errorf("got %v, want ErrGone", err)
			}
			if c.Status().Usable() {
				t.Errorf("status %+v", c.Status())
			}
		})
	}
	if _, err := served(t, usual, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }); !errors.Is(err, device.ErrGone) {
		t.Errorf("a gateway without a camera opens: %v", err)
	}
}

// A frame that is larger than max_bytes is passed over, the next is shown.
func TestLargeFrame(t *testing.T) {
	small := picture(t)
	c, err := served(t, usual, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary=F")
		if r.Method == http.MethodHead {
			return
		}
		large := append([]byte{0xFF, 0xD8}, make([]byte, defaultBytes)...)
		for _, b := range [][]byte{large, small} {
			_, _ = w.Write([]byte("--F\r\n\r\n"))
			_, _ = w.Write(b)
			_, _ = w.Write([]byte("\r\n--F\r\n"))
		}
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := first(t, c)
	if err != nil || !bytes.Equal(f.JPEG, small) {
		t.Errorf("%d bytes, %v", len(f.JPEG), err)
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct{ in, member string }{
		{`{"url":"http://127.0.0.1:8080/stream"}`, ""},
		{`{"url":"https://camera.example/s","name":"face-2","max_bytes":65536}`, ""},
		{`{}`, "url"},
		{`{"url":"/dev/video0"}`, "url"},
		{`{"url":"http:///x"}`, "url"},
		{`{"url":"http://a/","name":"Desk Camera"}`, "name"},
		{`{"url":"http://a/","max_bytes":1}`, "max_bytes"},
		{`{"url":"http://a/","max_bytes":99999999}`, "max_bytes"},
		{`{"url":"http://a/","fps":3}`, "fps"},
		{`{"url":"http://a/"}{}`, "more than one"},
	} {
		err := Driver.Check(json.RawMessage(c.in))
		if c.member == "" && err != nil || c.member != "" && (!errors.Is(err, device.ErrConfig) || !strings.Contains(err.Error(), c.member)) {
			t.Errorf("%s: %v; want an error about %q", c.in, err, c.member)
		}
	}
}
