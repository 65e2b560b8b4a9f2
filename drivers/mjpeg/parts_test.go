package mjpeg

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestBoundaryOf(t *testing.T) {
	for in, want := range map[string]string{
		"multipart/x-mixed-replace; boundary=frame":                 "frame",
		"multipart/x-mixed-replace;boundary=--frame":                "frame",
		`multipart/x-mixed-replace; boundary="a b"`:                 "a b",
		"Multipart/X-Mixed-Replace; Boundary=F1":                    "F1",
		"multipart/x-mixed-replace":                                 "",
		"multipart/x-mixed-replace; boundary=--":                    "",
		"image/jpeg":                                                "",
		"":                                                          "",
		"multipart/mixed; boundary=" + strings.Repeat("x", 201):     "",
		"text/plain; boundary=frame":                                "",
		"multipart/x-mixed-replace; boundary=\"unfinished; =; ;;; ": "",
	} {
		got, err := boundaryOf(in)
		if got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, errNotStream) {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestParts(t *testing.T) {
	const max = 100
	big := strings.Repeat("b", max+1)
	for _, c := range []struct {
		name, in string
		want     []string // "-" for a part that is too large
		end      error
	}{
		{"with length", "--F\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\nabc\r\n--F\r\ncontent-length: 2\r\n\r\nde\r\n--F--\r\n", []string{"abc", "de"}, io.EOF},
		{"without length", "--F\r\n\r\nabc\r\n--F\r\nA: b\r\n\r\nd\ne\r\n--F--\r\n", []string{"abc", "d\ne"}, io.EOF},
		{"line feeds alone", "--F\nA: b\n\nabc\n--F\n\nd\n--F--\n", []string{"abc", "d"}, io.EOF},
		{"a preamble", "hello\r\n\r\n--F\r\n\r\nabc\r\n--F--\r\n", []string{"abc"}, io.EOF},
		{"boundary with more hyphens", "----F\r\n\r\nabc\r\n----F\r\nContent-Length: 1\r\n\r\nd\r\n--F--\r\n", []string{"abc", "d"}, io.EOF},
		{"the boundary's name in a part", "--F\r\n\r\naF--F\r\n--F--\r\n", []string{"aF--F"}, io.EOF},
		{"too large, with length", "--F\r\nContent-Length: 101\r\n\r\n" + big + "\r\n--F\r\n\r\nd\r\n--F--\r\n", []string{"-", "d"}, io.EOF},
		{"too large, without length", "--F\r\n\r\n" + big + "\r\n--F\r\n\r\nd\r\n--F--\r\n", []string{"-", "d"}, io.EOF},
		{"as large as may be", "--F\r\n\r\n" + big[:max] + "\r\n--F--\r\n", []string{big[:max]}, io.EOF},
		{"a length that is no number", "--F\r\nContent-Length: -3\r\n\r\nabc\r\n--F--\r\n", []string{"abc"}, io.EOF},
		{"breaks off", "--F\r\nContent-Length: 30\r\n\r\nabc", nil, io.ErrUnexpectedEOF},
		{"breaks off without length", "--F\r\n\r\nabc", nil, io.EOF},
		{"endless header", "--F\r\n" + strings.Repeat("A: b\r\n", 40), nil, errNotStream},
		{"no boundary", strings.Repeat("x", maxPreamble*2), nil, errNotStream},
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(c.in), "by bytes": iotest.OneByteReader(strings.NewReader(c.in))} {
			p := newParts(r, "F", max)
			var got []string
			var err error
			for err == nil {
				var b []byte
				if b, err = p.next(); err == nil && b == nil {
					got = append(got, "-")
				} else if err == nil {
					got = append(got, string(b))
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) || !errors.Is(err, c.end) {
				t.Errorf("%s, %s: %q, %v; want %q, %v", c.name, name, got, err, c.want, c.end)
			}
		}
	}
}

// FuzzParts: any body ends, and no part is larger than allowed.
func FuzzParts(f *testing.F) {
	f.Add([]byte("--F\r\nContent-Length: 3\r\n\r\nabc\r\n--F--\r\n"))
	f.Add([]byte("--F\r\n\r\nabc\r\n--F\r\n\r\nd"))
	f.Fuzz(func(t *testing.T, in []byte) {
		p := newParts(bytes.NewReader(in), "F", 50)
		for range len(in) + 2 {
			b, err := p.next()
			if err != nil {
				return
			}
			if len(b) > 52 {
				t.Fatalf("a part of %d bytes", len(b))
			}
		}
		t.Fatal("it does not end")
	})
}
