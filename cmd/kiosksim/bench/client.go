package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"kiosk/drivers/sdt/sdtsim"
)

// Client works a bench in another process over its control socket. Its calls end with their context.
type Client struct {
	Socket string
}

// InsertCard lays a person's card on the reader.
func (c Client) InsertCard(ctx context.Context, p sdtsim.Person) error {
	return c.call(ctx, "POST", "/card", cardRequest{Person: &p}, nil)
}

// InsertSample lays the card of a built-in person on the reader, see sdtsim.Samples.
func (c Client) InsertSample(ctx context.Context, name string) error {
	return c.call(ctx, "POST", "/card", cardRequest{Name: name}, nil)
}

// RemoveCard lifts it.
func (c Client) RemoveCard(ctx context.Context) error {
	return c.call(ctx, "DELETE", "/card", struct{}{}, nil)
}

// Paper sets ok, low, out, jam or cover.
func (c Client) Paper(ctx context.Context, state string) error {
	return c.call(ctx, "POST", "/paper", wordRequest{state}, nil)
}

// Scene sets what lies under the camera. Paths are the bench's.
func (c Client) Scene(ctx context.Context, name string) error {
	return c.call(ctx, "POST", "/scene", wordRequest{name}, nil)
}

// Fault makes something go wrong.
func (c Client) Fault(ctx context.Context, f Fault) error {
	return c.call(ctx, "POST", "/fault", f, nil)
}

// Plug brings a device back.
func (c Client) Plug(ctx context.Context, name string) error {
	return c.call(ctx, "POST", "/plug", plugRequest{name, true}, nil)
}

// Unplug takes a device away.
func (c Client) Unplug(ctx context.Context, name string) error {
	return c.call(ctx, "POST", "/plug", plugRequest{name, false}, nil)
}

// State asks how things stand.
func (c Client) State(ctx context.Context) (State, error) {
	var s State
	err := c.call(ctx, "GET", "/state", nil, &s)
	return s, err
}

func (c Client) call(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("cannot ask the bench: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://bench"+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("cannot ask the bench: %w", err)
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", c.Socket)
	}}
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return fmt.Errorf("cannot reach the bench at %q: %w", c.Socket, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return fmt.Errorf("cannot hear the bench: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		var p problem
		if json.Unmarshal(answer, &p) == nil && p.Error != "" {
			return errors.New(p.Error)
		}
		return fmt.Errorf("cannot work the bench: it answers %s", res.Status)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("cannot hear the bench: %w", err)
	}
	return nil
}
