package mjpeg

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"strconv"
	"strings"
)

// Bounds of the stream's frame.
const (
	maxLine     = 1024 // of a part's header
	maxHeaders  = 32
	maxBoundary = 200
	maxPreamble = 64 << 10 // bytes before a boundary that are no part
)

var errNotStream = errors.New("not a stream of pictures")

// boundaryOf reads the boundary out of a Content-Type. Some cameras write it with the hyphens that stand before it in the body.
func boundaryOf(contentType string) (string, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", fmt.Errorf("cannot read the content type: %w", errNotStream)
	}
	b := strings.TrimLeft(params["boundary"], "-")
	if !strings.HasPrefix(kind, "multipart/") || b == "" || len(b) > maxBoundary {
		return "", fmt.Errorf("content is %q: %w", kind, errNotStream)
	}
	return b, nil
}

// parts cuts a body into its parts.
type parts struct {
	r        *bufio.Reader
	boundary []byte
	max      int // bytes of one part
}

func newParts(r io.Reader, boundary string, max int) *parts {
	return &parts{r: bufio.NewReaderSize(r, 32<<10), boundary: []byte(boundary), max: max}
}

// next returns the next part's bytes, nil for one that is larger than allowed. It ends with io.EOF at the last
// boundary or at the end of the body.
func (p *parts) next() ([]byte, error) {
	length, err := p.head()
	if err != nil {
		return nil, err
	}
	if length >= 0 && length <= p.max {
		body := make([]byte, length)
		if _, err := io.ReadFull(p.r, body); err != nil {
			return nil, err
		}
		return body, nil
	}
	return p.scan()
}

// head finds a boundary and reads the part's header. length is -1 when it is not told.
func (p *parts) head() (length int, err error) {
	for skipped := 0; ; {
		line, err := p.line()
		if err != nil {
			return 0, err
		}
		if last, ok := p.isBoundary(line); last {
			return 0, io.EOF
		} else if ok {
			break
		}
		if skipped += len(line) + 1; skipped > maxPreamble {
			return 0, fmt.Errorf("no boundary in %d bytes: %w", skipped, errNotStream)
		}
	}
	length = -1
	for range maxHeaders {
		line, err := p.line()
		if err != nil {
			return 0, err
		}
		if len(line) == 0 {
			return length, nil
		}
		name, value, _ := strings.Cut(string(line), ":")
		if strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n >= 0 {
				length = n
			}
		}
	}
	return 0, fmt.Errorf("more than %d lines of header: %w", maxHeaders, errNotStream)
}

// isBoundary looks for --boundary, and for the last one, which has two more hyphens behind it.
func (p *parts) isBoundary(line []byte) (last, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte("--"))
	if !ok {
		return false, false
	}
	rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, "-"), p.boundary)
	if !ok {
		return false, false
	}
	rest = bytes.TrimRight(rest, " \t")
	return string(rest) == "--", len(rest) == 0
}

// line reads up to a line feed and takes off the line end. What is longer than allowed comes in pieces.
func (p *parts) line() ([]byte, error) {
	var out []byte
	for len(out) < maxLine {
		c, err := p.r.ReadByte()
		if err != nil {
			return nil, err
		}
		if c == '\n' {
			return bytes.TrimSuffix(out, []byte("\r")), nil
		}
		out = append(out, c)
	}
	return out, nil
}

// scan reads a part whose length is not known up to the line feed before the next boundary, which it leaves
// unread. A part that is too large is passed over.
func (p *parts) scan() ([]byte, error) {
	var out []byte
	tooLarge := false
	for {
		piece, err := p.r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		switch {
		case tooLarge:
		case len(out)+len(piece) > p.max+2: // the line end before the boundary is no part of it
			out, tooLarge = nil, true
		default:
			out = append(out, piece...)
		}
		if len(piece) == 0 || piece[len(piece)-1] != '\n' {
			continue
		}
		if p.boundaryAhead() {
			if tooLarge {
				return nil, nil
			}
			return bytes.TrimSuffix(bytes.TrimSuffix(out, []byte("\n")), []byte("\r")), nil
		}
	}
}

// boundaryAhead looks at no more bytes than a boundary has: the next ones may come only with the next picture.
func (p *parts) boundaryAhead() bool {
	const maxHyphens = 8
	for hyphens := 2; hyphens <= maxHyphens; hyphens++ {
		ahead, err := p.r.Peek(hyphens + len(p.boundary))
		if !bytes.HasPrefix(ahead, []byte("--")) {
			return false
		}
		rest := bytes.TrimLeft(ahead, "-")
		if bytes.HasPrefix(rest, p.boundary) {
			return true
		}
		if err != nil || !bytes.HasPrefix(p.boundary, rest) {
			return false
		}
	}
	return false
}
