package mjpeg

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"kiosk/device"
	"kiosk/device/devicetest"
	"kiosk/drivers/mjpeg/mjpegsim"
)

// desk is a camera over a desk, served on a real port until unplug.
func desk(t testing.TB) (sim *mjpegsim.Sim, url string, unplug func()) {
	t.Helper()
	sim, err := mjpegsim.New(mjpegsim.Options{FPS: 50})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := sim.Serve(ctx, l); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		_ = sim.Close()
	})
	return sim, fmt.Sprintf("http://%s/stream", l.Addr()), cancel
}

func config(url string) json.RawMessage { return json.RawMessage(fmt.Sprintf(`{"url":%q}`, url)) }

func TestSuite(t *testing.T) {
	devicetest.TestCamera(t, func(t *testing.T) devicetest.CameraBench {
		sim, url, unplug := desk(t)
		return devicetest.CameraBench{
			Driver: Driver, Config: config(url),
			Absent:  json.RawMessage(`{"url":"http://127.0.0.1:1/stream"}`),
			Wrong:   json.RawMessage(`{"url":"ftp://127.0.0.1/"}`),
			Streams: func() int { n, _ := sim.Looking(); return n },
			Sent:    func() int { _, n := sim.Looking(); return n },
			Cut:     func() { sim.SetFaults(mjpegsim.Faults{Mixed: true}) },
			Unplug:  unplug,
		}
	})
}

// served opens the driver on a handler of our own.
func served(t *testing.T, tm times, h http.HandlerFunc) (*Camera, error) {
	t.Helper()
	srv := httptest.NewServer(h)
	c, err := open(t.Context(), device.Env{}, config(srv.URL), tm)
	if err == nil {
		t.Cleanup(func() { _ = c.Close() })
	}
	t.Cleanup(srv.Close)
	return c, err
}
