package mjpeg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"kiosk/device"
)

// Driver is the line for drivers.All.
var Driver = device.Driver{
	Name: "mjpeg", Kind: device.KindCamera,
	Check: func(cfg json.RawMessage) error { _, err := parse(cfg); return err },
	Open: func(ctx context.Context, env device.Env, cfg json.RawMessage) (device.Peripheral, error) {
		c, err := Open(ctx, env, cfg)
		if err != nil {
			return nil, err
		}
		return c, nil
	},
}

// Config is the driver's configuration.
type Config struct {
	URL      string `json:"url"`       // of the stream, http or https
	Name     string `json:"name"`      // of the camera on this terminal; "desk" when absent
	MaxBytes int    `json:"max_bytes"` // of one frame; 8 MiB when absent
}

// Bounds of max_bytes.
const (
	minBytes     = 64 << 10
	defaultBytes = 8 << 20
	limitBytes   = 32 << 20
)

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// parse reads a configuration. Its error wraps device.ErrConfig and names the member.
func parse(raw json.RawMessage) (Config, error) {
	c := Config{Name: "desk", MaxBytes: defaultBytes}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("cannot read the camera's configuration: %w: %w", device.ErrConfig, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return Config{}, fmt.Errorf("cannot read the camera's configuration: %w: more than one value", device.ErrConfig)
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return Config{}, fmt.Errorf("cannot use the camera's configuration: %w: url: http://host:port/path is wanted", device.ErrConfig)
	case !nameForm.MatchString(c.Name):
		return Config{}, fmt.Errorf("cannot use the camera's configuration: %w: name: small letters, digits and hyphens are wanted", device.ErrConfig)
	case c.MaxBytes < minBytes || c.MaxBytes > limitBytes:
		return Config{}, fmt.Errorf("cannot use the camera's configuration: %w: max_bytes: %d is not from %d to %d",
			device.ErrConfig, c.MaxBytes, minBytes, limitBytes)
	}
	return c, nil
}

// times are how long things may take.
type times struct {
	probe time.Duration // one question whether the camera is there
	poll  time.Duration // between such questions while nobody looks
	stall time.Duration // without a frame, then the stream is given up
}

var usual = times{probe: 3 * time.Second, poll: 5 * time.Second, stall: 6 * time.Second}

// patience is how many questions may fail in a row.
const patience = 2

// Camera is one camera. It connects only while Stream runs, but for a short HEAD when it is opened and every few seconds
// while nobody looks. The goroutine that asks ends with Close.
type Camera struct {
	cfg    Config
	times  times
	log    *slog.Logger
	client *http.Client

	ctx     context.Context
	stop    context.CancelFunc
	wg      sync.WaitGroup
	looking atomic.Bool

	mu     sync.Mutex
	status device.Status
}

var _ device.Camera = (*Camera)(nil)

// Open asks whether the camera is there.
func Open(ctx context.Context, env device.Env, cfg json.RawMessage) (*Camera, error) {
	return open(ctx, env, cfg, usual)
}

func open(ctx context.Context, env device.Env, raw json.RawMessage, t times) (*Camera, error) {
	cfg, err := parse(raw)
	if err != nil {
		return nil, err
	}
	c := &Camera{cfg: cfg, times: t, log: env.Log}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	transport := &http.Transport{DialContext: env.Dial, DisableKeepAlives: true, DisableCompression: true,
		ResponseHeaderTimeout: t.stall, MaxResponseHeaderBytes: 64 << 10}
	c.client = &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	c.ctx, c.stop = context.WithCancel(context.Background())
	if err := c.probe(ctx); err != nil {
		c.stop()
		return nil, fmt.Errorf("cannot open the camera: %w", err)
	}
	c.set(device.Good, device.Good, device.Unknown)
	c.wg.Go(c.poll)
	return c, nil
}

// Name is what the camera is called on this terminal.
func (c *Camera) Name() string { return c.cfg.Name }

// Status is what the last question or frame said.
func (c *Camera) Status() device.Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.status
	s.Faults = append([]device.FaultID(nil), s.Faults...)
	return s
}

// Close ends a Stream and the asking.
func (c *Camera) Close() error {
	c.stop()
	c.wg.Wait()
	c.client.CloseIdleConnections()
	return nil
}

func (c *Camera) set(link, dev, data device.Level, faults ...device.FaultID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = device.Status{Link: link, Device: dev, Data: data, Faults: faults, At: time.Now()}
}

// probe asks for the stream's head. Servers that know no HEAD are there as well.
func (c *Camera) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.times.probe)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, c.cfg.URL, nil)
	if err != nil {
		return fmt.Errorf("%w: url: %w", device.ErrConfig, err)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return gone(err)
	}
	_ = res.Body.Close()
	if res.StatusCode >= 500 {
		return fmt.Errorf("%w: it answers %d", device.ErrGone, res.StatusCode)
	}
	return nil
}

// gone takes the address out of an error: it may hold a password.
func gone(err error) error {
	if ue := (*url.Error)(nil); errors.As(err, &ue) {
		err = ue.Err
	}
	return fmt.Errorf("%w: %w", device.ErrGone, err)
}

// poll is the goroutine that looks whether the camera is still there.
func (c *Camera) poll() {
	t := time.NewTicker(c.times.poll)
	defer t.Stop()
	failed := 0
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-t.C:
		}
		if c.looking.Load() {
			failed = 0
			continue
		}
		if err := c.probe(c.ctx); err == nil {
			failed = 0
			c.set(device.Good, device.Good, device.Unknown)
		} else if failed++; failed == patience && c.ctx.Err() == nil {
			c.set(device.Bad, device.Unknown, device.Unknown, device.FaultUnplugged)
		}
	}
}

// Stream connects and shows frames; see device.Camera. One Stream at a time.
func (c *Camera) Stream(ctx context.Context, show func(device.Frame)) error {
	if !c.looking.CompareAndSwap(false, true) {
		return fmt.Errorf("cannot show the camera: %w", device.ErrBusy)
	}
	defer c.looking.Store(false)
	sctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.ctx, func() { cancel(fmt.Errorf("%w: closed", device.ErrGone)) })()

	latest := make(chan device.Frame, 1)
	ended := make(chan error, 1)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel(nil)
	wg.Go(func() { ended <- c.receive(sctx, cancel, latest) })
	for {
		select {
		case f := <-latest:
			if sctx.Err() == nil {
				show(f)
			}
		case err := <-ended:
			switch {
			case ctx.Err() != nil:
				return nil
			case sctx.Err() != nil:
				err = context.Cause(sctx)
			}
			if !errors.Is(err, errNotStream) {
				c.set(device.Bad, device.Unknown, device.Unknown, device.FaultUnplugged)
			} else {
				c.set(device.Good, device.Bad, device.Bad, device.FaultGarbled)
			}
			return fmt.Errorf("cannot show the camera: %w", err)
		}
	}
}

// receive reads the stream until it ends and puts each good frame where the last one lay. stalled ends everything
// when nothing has come for too long.
func (c *Camera) receive(ctx context.Context, stalled context.CancelCauseFunc, latest chan device.Frame) error {
	watchdog := time.AfterFunc(c.times.stall, func() { stalled(fmt.Errorf("%w: no picture came", device.ErrGone)) })
	defer watchdog.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.cfg.URL, nil)
	if err != nil {
		return fmt.Errorf("%w: url: %w", device.ErrConfig, err)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return gone(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: it answers %d", device.ErrGone, res.StatusCode)
	}
	boundary, err := boundaryOf(res.Header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("%w: %w", device.ErrGone, err)
	}
	p := newParts(res.Body, boundary, c.cfg.MaxBytes)
	for dropped := 0; ; {
		b, err := p.next()
		if err != nil {
			return fmt.Errorf("%w: %w", device.ErrGone, err)
		}
		jpeg, err := whole(b)
		if err != nil {
			clear(b)
			if dropped++; dropped == 10 {
				c.set(device.Good, device.Good, device.Poor, device.FaultGarbled)
			}
			continue
		}
		c.set(device.Good, device.Good, device.Good)
		dropped = 0
		watchdog.Reset(c.times.stall)
		select {
		case old := <-latest: // nobody took it: the newest wins
			clear(old.JPEG)
		default:
		}
		latest <- device.Frame{JPEG: jpeg, At: time.Now()}
	}
}
