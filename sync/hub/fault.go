package hub

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault makes the hub misbehave, for tests of those who call it. The zero value harms nothing; fields add up.
type Fault struct {
	// Match chooses the requests that meet the fault; nil means every one.
	Match func(*http.Request) bool
	// Times is how many requests meet it; 0 means all.
	Times int

	Delay      time.Duration // before anything else
	Hang       bool          // no answer until the caller goes away
	Lose       bool          // the connection is cut before the request is worked on
	LoseAnswer bool          // the request is worked on, then the connection is cut
	CutBody    int64         // the connection is cut after so many bytes of the request's body
	Status     int           // answered instead, as a problem document
	After      int           // Retry-After of Status, seconds
	Garbage    bool          // 200 and a page of a captive portal
	Huge       bool          // 200 and JSON that goes on for gigabytes
}

// SetFault replaces the fault; nil ends it. It may be called while requests run.
func (h *Hub) SetFault(f *Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fault = nil
	if f != nil {
		mine := *f
		h.fault = &mine
	}
}

func (h *Hub) nextFault(r *http.Request) Fault {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.fault
	if f == nil || (f.Match != nil && !f.Match(r)) {
		return Fault{}
	}
	if f.Times > 0 {
		if f.Times--; f.Times == 0 {
			h.fault = nil
		}
	}
	return *f
}

func (h *Hub) faulty(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := h.nextFault(r)
		if f.Delay > 0 {
			select {
			case <-time.After(f.Delay):
			case <-r.Context().Done():
			}
		}
		switch {
		case f.Hang:
			_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the caller goes away
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		case f.Lose:
			panic(http.ErrAbortHandler)
		case f.LoseAnswer:
			next.ServeHTTP(&statusOnly{header: http.Header{}}, r)
			panic(http.ErrAbortHandler)
		case f.Status != 0:
			if f.After > 0 {
				w.Header().Set("Retry-After", strconv.Itoa(f.After))
			}
			writeProblem(w, r, &problem{status: f.Status, code: "planted-fault", title: http.StatusText(f.Status)})
			return
		case f.Garbage:
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html><title>Wi-Fi</title>please log in")
			return
		case f.Huge:
			w.Header().Set("Content-Type", "application/json")
			part := strings.Repeat(" ", 1<<16)
			for range 1 << 16 {
				if _, err := io.WriteString(w, part); err != nil {
					return
				}
			}
			return
		case f.CutBody > 0:
			r.Body = &cutBody{r.Body, f.CutBody}
			next.ServeHTTP(&statusOnly{header: http.Header{}}, r)
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
}

// cutBody breaks off after left bytes, as a cut line does.
type cutBody struct {
	io.ReadCloser
	left int64
}

func (c *cutBody) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := c.ReadCloser.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}
