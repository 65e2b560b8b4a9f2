package platform

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Bounds of what is read from the platform, in bytes.
const (
	MaxJSON    = 1 << 20
	MaxPackage = 32 << 20
	maxDrop    = 64 << 10 // of a body that nobody needs, read so that the connection can be used again
)

// Options say whom a client talks to and as whom.
type Options struct {
	URL   string         // https, without path
	Roots *x509.CertPool // the platform's CA; the system's roots are never asked
	// Certificate is the terminal's, asked for at each handshake; nil, or a nil answer, means none yet.
	Certificate func() (*tls.Certificate, error)
	// Timeout bounds a call from first to last byte; a large body is given more, at 4 KiB a second. 0 means 30 s.
	Timeout time.Duration
	// Dial replaces the network in tests and on shaped links. nil means net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client calls the platform. Its methods may run at the same time. Each blocks until the answer is
// there, ctx ends or the time-out has passed; what they return as error is described in this package's errors.
type Client struct {
	requests *Requests
	base     *url.URL
	http     *http.Client
	timeout  time.Duration
}

// New makes a client. It does not connect.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Scheme != "https" || base.Host == "" || (base.Path != "" && base.Path != "/") {
		return nil, fmt.Errorf("cannot use %q as the platform's address: want https://host[:port]", o.URL)
	}
	if o.Roots == nil {
		return nil, errors.New("cannot talk to the platform without its CA")
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	t := &http.Transport{
		DialContext: o.Dial,
		TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS13,
			RootCAs:    o.Roots,
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				if o.Certificate != nil {
					if c, err := o.Certificate(); c != nil || err != nil {
						return c, err
					}
				}
				return new(tls.Certificate), nil
			},
		},
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    o.Timeout,
		MaxResponseHeaderBytes: 16 << 10,
		DisableCompression:     true, // a bound on bytes is a bound on memory
	}
	if t.DialContext == nil {
		t.DialContext = (&net.Dialer{Timeout: o.Timeout}).DialContext
	}
	c := &Client{base: base, timeout: o.Timeout, http: &http.Client{
		Transport: t,
		// A redirect is not part of the contract; it is what captive portals answer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	c.requests, err = NewClient(base.String(), WithHTTPClient(c.http))
	if err != nil {
		return nil, fmt.Errorf("cannot make the platform client: %w", err)
	}
	return c, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Terminal asks for number and epoch.
func (c *Client) Terminal(ctx context.Context) (Terminal, error) {
	var v Terminal
	err := c.callJSON(ctx, 0, &v, func(ctx context.Context) (*http.Response, error) { return c.requests.GetTerminal(ctx) })
	if err == nil && (len(v.Number) != 6 || v.Epoch < 1 || v.Epoch > 99) {
		err = &Transport{errors.New("terminal number or epoch is out of bounds")}
	}
	return v, err
}

// Heartbeat tells how the terminal is. Nil lists are sent as empty ones.
func (c *Client) Heartbeat(ctx context.Context, beat Heartbeat) (HeartbeatAnswer, error) {
	if beat.Devices == nil {
		beat.Devices = []Device{}
	}
	if beat.Items == nil {
		beat.Items = []ItemVersion{}
	}
	var v HeartbeatAnswer
	err := c.callJSON(ctx, 0, &v, func(ctx context.Context) (*http.Response, error) { return c.requests.PostHeartbeat(ctx, beat) })
	if err == nil && (v.Next < 1 || v.Next > 3600) {
		err = &Transport{errors.New("time of the next beat is out of bounds")}
	}
	return v, err
}

// Settings fetches the wanted settings document, a compact JWS that has not been verified. changed is false when
// etag still names it, or when there is none.
func (c *Client) Settings(ctx context.Context, etag string) (jws []byte, newTag string, changed bool, err error) {
	p := &GetSettingsParams{IfNoneMatch: etag}
	return c.fetch(ctx, "application/jose", MaxJSON, func(ctx context.Context) (*http.Response, error) {
		return c.requests.GetSettings(ctx, p)
	})
}

// Catalogue fetches the list of packages. changed is false when etag still names it.
func (c *Client) Catalogue(ctx context.Context, etag string) (list []CatalogueEntry, newTag string, changed bool, err error) {
	p := &GetCatalogueParams{IfNoneMatch: etag}
	b, newTag, changed, err := c.fetch(ctx, "application/json", MaxJSON, func(ctx context.Context) (*http.Response, error) {
		return c.requests.GetCatalogue(ctx, p)
	})
	if err != nil || !changed {
		return nil, newTag, false, err
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, "", false, &Transport{errors.New("catalogue is not JSON of this contract")}
	}
	return list, newTag, true, nil
}

// Package fetches one item package, a zip of at most MaxPackage bytes whose signature has not been verified.
func (c *Client) Package(ctx context.Context, code string, version int) ([]byte, error) {
	b, _, changed, err := c.fetch(ctx, "application/zip", MaxPackage, func(ctx context.Context) (*http.Response, error) {
		return c.requests.GetPackage(ctx, code, version)
	})
	if err == nil && !changed {
		err = &Transport{errors.New("package is empty")}
	}
	return b, err
}

// PutCase hands over the sealed file of an envelope. The same again is harmless.
func (c *Client) PutCase(ctx context.Context, key string, file []byte) (CaseAnswer, error) {
	return c.caseCall(ctx, int64(len(file)), func(ctx context.Context) (*http.Response, error) {
		return c.requests.PutCaseWithBody(ctx, key, "application/octet-stream", bytes.NewReader(file))
	})
}

// CommitCase says that all pages are up. The same again is harmless.
func (c *Client) CommitCase(ctx context.Context, key string) (CaseAnswer, error) {
	return c.caseCall(ctx, 0, func(ctx context.Context) (*http.Response, error) { return c.requests.CommitCase(ctx, key) })
}

func (c *Client) caseCall(ctx context.Context, size int64, do func(context.Context) (*http.Response, error)) (CaseAnswer, error) {
	var v CaseAnswer
	if err := c.callJSON(ctx, size, &v, do); err != nil {
		return CaseAnswer{}, err
	}
	if !v.State.Valid() || (v.State == CaseReceived) != (v.PlatformNumber != "") || len(v.PlatformNumber) > 32 {
		return CaseAnswer{}, &Transport{errors.New("state of the case makes no sense")}
	}
	return v, nil
}

// Progress looks cases up.
func (c *Client) Progress(ctx context.Context, q ProgressQuery) ([]ProgressCase, error) {
	var v ProgressAnswer
	err := c.callJSON(ctx, 0, &v, func(ctx context.Context) (*http.Response, error) { return c.requests.PostProgress(ctx, q) })
	return v.Cases, err
}

// call runs one request within its time and gives the answer to read while that time still runs.
func (c *Client) call(ctx context.Context, size int64, do func(context.Context) (*http.Response, error), read func(*http.Response) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout+time.Duration(size>>12)*time.Second)
	defer cancel()
	res, err := do(ctx)
	if err != nil {
		return &Transport{withoutURL(err)}
	}
	defer func() {
		_, _ = io.CopyN(io.Discard, res.Body, maxDrop)
		_ = res.Body.Close()
	}()
	if res.StatusCode >= 300 && res.StatusCode != http.StatusNotModified {
		return failure(res)
	}
	err = read(res)
	if err != nil && ctx.Err() != nil {
		return &Transport{ctx.Err()} // the far side may still end its answer when it sees this side go
	}
	return err
}

func (c *Client) callJSON(ctx context.Context, size int64, v any, do func(context.Context) (*http.Response, error)) error {
	return c.call(ctx, size, do, func(res *http.Response) error {
		if res.StatusCode != http.StatusOK {
			return &Transport{fmt.Errorf("status %d", res.StatusCode)}
		}
		b, err := body(res, "application/json", MaxJSON)
		if err != nil {
			return &Transport{err}
		}
		if err := json.Unmarshal(b, v); err != nil {
			return &Transport{errors.New("answer is not JSON of this contract")} // the cause would quote it
		}
		return nil
	})
}

// fetch gets a document with an entity tag.
func (c *Client) fetch(ctx context.Context, mediaType string, max int64, do func(context.Context) (*http.Response, error)) (b []byte, tag string, changed bool, err error) {
	err = c.call(ctx, max/8, do, func(res *http.Response) error {
		switch res.StatusCode {
		case http.StatusNotModified, http.StatusNoContent:
			return nil
		case http.StatusOK:
		default:
			return &Transport{fmt.Errorf("status %d", res.StatusCode)}
		}
		var err error
		if b, err = body(res, mediaType, max); err != nil {
			return &Transport{err}
		}
		if tag = res.Header.Get("ETag"); len(tag) > 128 {
			tag = ""
		}
		changed = true
		return nil
	})
	if err != nil {
		return nil, "", false, err
	}
	return b, tag, changed, nil
}

// body reads at most max bytes of the one content type that is right here.
func body(res *http.Response, mediaType string, max int64) ([]byte, error) {
	got, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || got != mediaType {
		return nil, fmt.Errorf("content type is not %s", mediaType)
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, max+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the answer: %w", err)
	}
	if int64(len(b)) > max {
		return nil, fmt.Errorf("answer is longer than %d bytes", max)
	}
	return b, nil
}

// failure sorts an answer that is not a success.
func failure(res *http.Response) error {
	switch res.StatusCode {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return &TryLater{After: retryAfter(res.Header.Get("Retry-After"), time.Now()), Status: res.StatusCode}
	}
	if res.Request.Method == http.MethodHead { // such an answer has no body to say more
		return &Problem{Type: "about:blank", Title: http.StatusText(res.StatusCode), Status: res.StatusCode, Code: CodeNotFound}
	}
	b, err := body(res, "application/problem+json", MaxJSON)
	var p Problem
	if err != nil || json.Unmarshal(b, &p) != nil || p.Code == "" || len(p.Code) > 64 {
		// Not the platform's voice: a proxy, a portal. It has no say over a case.
		return &Transport{fmt.Errorf("status %d without a problem document", res.StatusCode)}
	}
	p.Status = res.StatusCode
	switch {
	case p.Status == http.StatusUnprocessableEntity && RefusalCode(p.Code).Valid():
		return &Refused{Code: RefusalCode(p.Code)}
	case p.Status == http.StatusConflict:
		return &Conflict{Code: p.Code}
	}
	return &p
}

const maxRetryAfter = 24 * time.Hour

// retryAfter reads seconds or an HTTP date. Nonsense counts as not said; nobody is sent away for more than a day.
func retryAfter(s string, now time.Time) time.Duration {
	var d time.Duration
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		d = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(s); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}

// withoutURL takes the address out of an error; paths carry case keys.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
