package localapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// DefaultSocket is where the daemon listens unless its configuration says otherwise.
const DefaultSocket = "/run/kiosk/kioskd.sock"

// Paths of the routes. A name in braces is a path segment.
const (
	PathState    = "/v1/state"
	PathEvents   = "/v1/events"
	PathIntents  = "/v1/visit/intents"
	PathPictures = "/v1/visit/pictures/" // + ID
	PathCameras  = "/v1/cameras/"        // + NAME + "/preview"
	PathDevices  = "/v1/devices"
	PathQueue    = "/v1/queue"
	PathCases    = "/v1/cases/" // + number
	PathAudit    = "/v1/audit"  // ?n=
	PathEnrol    = "/v1/enrol"
)

// Limits of what the client takes from the daemon, in bytes.
const (
	MaxLine    = 1 << 20 // one state
	MaxAnswer  = 4 << 20 // one JSON answer
	MaxPicture = 8 << 20 // one page or thumbnail
	MaxFrame   = 4 << 20 // one frame of a preview
)

// Errors that callers act on. Others wrap a *Problem or say what the daemon answered.
var (
	ErrAway  = errors.New("daemon is away")   // no socket, no listener, connection lost
	ErrStale = errors.New("the step is over") // 409: the tap was made on a step that is over
)

// Is makes errors.Is(err, ErrStale) work.
func (p *Problem) Is(target error) bool { return target == ErrStale && p.Code == CodeStale }

// Client speaks to the daemon. Its zero value is ready and uses DefaultSocket. It is safe for concurrent use and must
// not be copied after first use. Close lets go of idle connections.
type Client struct {
	Socket string // path; "" means DefaultSocket
	// Dial replaces connecting to Socket.
	Dial func(ctx context.Context) (net.Conn, error)

	once sync.Once
	http *http.Client
}

func (c *Client) transport() *http.Client {
	c.once.Do(func() {
		dial := c.Dial
		if dial == nil {
			socket := c.Socket
			if socket == "" {
				socket = DefaultSocket
			}
			dial = func(ctx context.Context) (net.Conn, error) {
				var d net.Dialer
				return d.DialContext(ctx, "unix", socket)
			}
		}
		c.http = &http.Client{
			Transport: &http.Transport{
				DialContext:           func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
				ResponseHeaderTimeout: 90 * time.Second, // enrolling waits for the platform,
				IdleConnTimeout:       30 * time.Second,
				DisableCompression:    true,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	})
	return c.http
}

// Close lets go of idle connections. Running calls end with their contexts.
func (c *Client) Close() error {
	c.transport().CloseIdleConnections()
	return nil
}

// State asks for the whole state once.
func (c *Client) State(ctx context.Context) (State, error) {
	var s State
	err := c.get(ctx, PathState, &s)
	return s, err
}

// Intent sends a tap and waits until the visit has taken it. An intent without ID gets one. A connection that breaks is
// tried once more with the same ID, which is harmless. An error that is ErrStale means that the step is over: show the
// newest state and send nothing again.
func (c *Client) Intent(ctx context.Context, in Intent) error {
	if in.ID == "" {
		in.ID = rand.Text()
	}
	err := c.post(ctx, PathIntents, in, nil)
	if errors.Is(err, ErrAway) && ctx.Err() == nil {
		err = c.post(ctx, PathIntents, in, nil)
	}
	return err
}

// Picture returns one picture of the visit, as JPEG.
func (c *Client) Picture(ctx context.Context, id string) ([]byte, error) {
	res, err := c.do(ctx, http.MethodGet, PathPictures+url.PathEscape(id), nil)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return readAll(res.Body, MaxPicture)
}

// Devices lists the peripherals.
func (c *Client) Devices(ctx context.Context) ([]Device, error) {
	var l []Device
	err := c.get(ctx, PathDevices, &l)
	return l, err
}

// Queue lists the cases of the queue, oldest first.
func (c *Client) Queue(ctx context.Context) ([]Entry, error) {
	var l []Entry
	err := c.get(ctx, PathQueue, &l)
	return l, err
}

// Case looks up one case by its local or platform number.
func (c *Client) Case(ctx context.Context, number string) (Case, error) {
	var v Case
	err := c.get(ctx, PathCases+url.PathEscape(number), &v)
	return v, err
}

// Audit lists the newest n audit events, oldest first.
func (c *Client) Audit(ctx context.Context, n int) ([]Event, error) {
	var l []Event
	err := c.get(ctx, PathAudit+"?n="+strconv.Itoa(n), &l)
	return l, err
}

// Enrol gives the terminal its one-time code and waits for the platform's answer.
func (c *Client) Enrol(ctx context.Context, code string) error {
	return c.post(ctx, PathEnrol, struct {
		Code string `json:"code"`
	}{code}, nil)
}

func (c *Client) get(ctx context.Context, path string, v any) error {
	res, err := c.do(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return decode(res.Body, v)
}

func (c *Client) post(ctx context.Context, path string, body, v any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("cannot encode request: %w", err)
	}
	res, err := c.do(ctx, http.MethodPost, path, b)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if v == nil {
		// Read to the end, so that the connection can be used again.
		_, err = io.Copy(io.Discard, io.LimitReader(res.Body, MaxAnswer))
		return away(ctx, err)
	}
	return decode(res.Body, v)
}

// do sends one request. Its error is a *Problem when the daemon refused, ErrAway when it could not be reached.
func (c *Client) do(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	var r io.Reader
	if body != nil {
		r = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://kioskd"+path, r)
	if err != nil {
		return nil, fmt.Errorf("cannot make request: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.transport().Do(req)
	if err != nil {
		return nil, away(ctx, err)
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	return nil, problem(res)
}

// problem reads a refusal. One that is not a problem document still becomes a *Problem.
func problem(res *http.Response) error {
	p := &Problem{Title: http.StatusText(res.StatusCode), Code: CodeInternal}
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind == "application/problem+json" {
		var got Problem
		if err := decode(res.Body, &got); err == nil && got.Code != "" {
			p = &got
		}
	}
	p.Status = res.StatusCode
	return p
}

// away makes an error of the connection ErrAway, unless ctx ended it.
func away(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ErrAway, err)
}

func decode(r io.Reader, v any) error {
	b, err := readAll(r, MaxAnswer)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("cannot read the daemon's answer: %w", err)
	}
	return nil
}

func readAll(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the daemon's answer: %w", err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("cannot take an answer of more than %d bytes", limit)
	}
	return b, nil
}
