package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"kiosk/sync/platform"
)

// adminTimeout bounds one call to the admin listener, which is on this machine.
const adminTimeout = 30 * time.Second

func (r running) postJSON(ctx context.Context, path string, question, answer any) error {
	b, err := json.Marshal(question)
	if err != nil {
		return err
	}
	return r.post(ctx, path, nil, "application/json", b, answer)
}

func (r running) postFile(ctx context.Context, path string, query map[string]string, mediaType, file string, most int64, answer any) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if int64(len(b)) > most {
		return fmt.Errorf("file is longer than %d bytes", most)
	}
	return r.post(ctx, path, query, mediaType, b, answer)
}

func (r running) post(ctx context.Context, path string, query map[string]string, mediaType string, body []byte, answer any) error {
	u, err := url.Parse(r.Admin)
	if err != nil {
		return err
	}
	u = u.JoinPath(path)
	values := u.Query()
	for k, v := range query {
		values.Set(k, v)
	}
	u.RawQuery = values.Encode()
	ctx, cancel := context.WithTimeout(ctx, adminTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", mediaType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, platform.MaxJSON))
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		var p platform.Problem
		if json.Unmarshal(text, &p) == nil && p.Title != "" {
			return fmt.Errorf("hub answers %d: %s", res.StatusCode, p.Title)
		}
		return fmt.Errorf("hub answers %d", res.StatusCode)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
