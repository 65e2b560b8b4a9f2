package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Errors that a caller acts on.
var (
	ErrBody     = errors.New("body of the sealed file is damaged")
	ErrTooLarge = errors.New("more than a sealed file takes")
	ErrDropped  = errors.New("sealed file was dropped")
)

// File is where a sealed file is written: the body in order, the head in place afterwards. An *os.File fits.
type File interface {
	io.Writer
	io.WriterAt
}

// Body is what Close tells of a body.
type Body struct {
	Digest Digest // of the sealed bytes
	Size   int64  // of the sealed bytes
}

// Writer seals one file. Until Finish the file is noise to everybody: the content key is in this Writer only.
// A Writer is used by one goroutine at a time.
type Writer struct {
	f      File
	key    []byte
	aead   cipher.AEAD // nil when the body is complete
	chunk  []byte      // plaintext not sealed yet; sealing overwrites it
	number uint32
	sealed hash.Hash
	plain  hash.Hash
	size   int64 // of the body so far
	taken  int64 // of the plaintext so far
	body   Body
	err    error
}

// Create reserves the head block in f, which must be empty, and makes the content key.
func Create(f File) (*Writer, error) {
	w := &Writer{f: f, key: make([]byte, keySize), sealed: sha256.New(), plain: sha256.New(),
		chunk: make([]byte, 0, ChunkSize+tagSize)}
	_, _ = rand.Read(w.key)
	var err error
	if w.aead, err = newAEAD(w.key); err != nil {
		return nil, fmt.Errorf("cannot seal: %w", err)
	}
	if _, err := f.Write(make([]byte, HeadSize)); err != nil {
		w.Drop()
		return nil, fmt.Errorf("cannot seal: %w", err)
	}
	return w, nil
}

// Write seals p. Beyond MaxPlain the error wraps ErrTooLarge. After an error the file can only be dropped.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err == nil && w.aead == nil {
		w.err = errors.New("cannot seal: body is complete")
	}
	if w.err == nil && w.taken+int64(len(p)) > MaxPlain {
		w.err = fmt.Errorf("cannot seal: %w", ErrTooLarge)
	}
	n := 0
	for n < len(p) && w.err == nil {
		if len(w.chunk) == ChunkSize {
			w.flush(false) // not before more has come: the last chunk is marked
			continue
		}
		m := min(len(p)-n, ChunkSize-len(w.chunk))
		w.chunk = append(w.chunk, p[n:n+m]...)
		w.plain.Write(p[n : n+m])
		w.taken += int64(m)
		n += m
	}
	return n, w.err
}

// Close completes the body. It does not close or sync the file. Closing again says the same.
func (w *Writer) Close() (Body, error) {
	if w.err == nil && w.aead != nil {
		w.flush(true)
		w.aead = nil
		w.body = Body{Digest(w.sealed.Sum(nil)), w.size}
	}
	return w.body, w.err
}

// Plain is the SHA-256 and the size of the plaintext written so far. They must not leave the envelope.
func (w *Writer) Plain() (Digest, int64) { return Digest(w.plain.Sum(nil)), w.taken }

// Finish seals the content key to the recipients and writes the head in place, without syncing. The caller sets Terminal,
// Epoch, Sequence, Case, Kind, At, Pages and Note of h; the rest is filled in. It may be called again and then
// overwrites the head.
func (w *Writer) Finish(h Header, to []Recipient, by Signer) error {
	if w.err != nil {
		return w.err
	}
	if w.aead != nil {
		return errors.New("cannot finish a sealed file: body is not complete")
	}
	h.Format, h.Suite, h.Chunk, h.Size, h.Body = Format, Suite, ChunkSize, w.body.Size, w.body.Digest
	var err error
	if h.Recipients, err = sealKey(w.key, h, to); err != nil {
		return fmt.Errorf("cannot finish a sealed file: %w", err)
	}
	block, err := headBlock(h, by)
	if err != nil {
		return fmt.Errorf("cannot finish a sealed file: %w", err)
	}
	if _, err := w.f.WriteAt(block, 0); err != nil {
		return fmt.Errorf("cannot finish a sealed file: %w", err)
	}
	return nil
}

// Drop zeroes the content key and what plaintext is still held. Without Finish before, nobody can ever read the file.
// The cipher's own copy of the key cannot be reached; it is let go. Drop may be called more than once.
func (w *Writer) Drop() {
	clear(w.key)
	clear(w.chunk[:cap(w.chunk)])
	w.aead = nil
	w.plain.Reset()
	if w.err == nil {
		w.err = ErrDropped
	}
}

func (w *Writer) flush(last bool) {
	box := w.aead.Seal(w.chunk[:0], nonce(w.number, last), w.chunk, nil)
	w.number++
	w.sealed.Write(box)
	w.size += int64(len(box))
	w.chunk = w.chunk[:0]
	if _, err := w.f.Write(box); err != nil {
		w.err = fmt.Errorf("cannot seal: %w", err)
	}
}

// Open gives the plaintext of a body to the holder of priv, which the header knows as kid. header comes from Verify. Each chunk is
// given out only after it was authenticated, but the whole is whole only when the reader has said io.EOF: size, last chunk
// and digest have been checked then. Errors of a wrong body wrap ErrBody.
func Open(header Header, body io.Reader, priv hpke.PrivateKey, kid string) (io.Reader, error) {
	if err := header.check(); err != nil {
		return nil, fmt.Errorf("cannot open a sealed file: %w", err)
	}
	key, err := openKey(header, priv, kid)
	if err != nil {
		return nil, fmt.Errorf("cannot open a sealed file: %w", err)
	}
	defer clear(key)
	r, err := newReader(key, header.Size, header.Body, body)
	if err != nil {
		return nil, fmt.Errorf("cannot open a sealed file: %w", err)
	}
	return r, nil
}

// CheckBody reads body to its end and says whether it is the one that header names. The error wraps ErrBody if it is not.
func CheckBody(header Header, body io.Reader) error {
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(body, header.Size+1))
	switch {
	case err != nil:
		return fmt.Errorf("cannot check a body: %w", err)
	case n != header.Size || Digest(sum.Sum(nil)) != header.Body:
		return fmt.Errorf("cannot accept a body: %w", ErrBody)
	}
	return nil
}

// reader opens a body chunk by chunk.
type reader struct {
	body   io.Reader
	aead   cipher.AEAD
	left   int64 // sealed bytes still to come
	want   Digest
	sum    hash.Hash
	number uint32
	box    []byte
	plain  []byte // opened, not given out yet; lies in box
	err    error
}

func newReader(key []byte, size int64, want Digest, body io.Reader) (*reader, error) {
	if !validSize(size) {
		return nil, ErrBody
	}
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return &reader{body: body, aead: aead, left: size, want: want, sum: sha256.New(), box: make([]byte, ChunkSize+tagSize)}, nil
}

func (r *reader) Read(p []byte) (int, error) {
	for len(r.plain) == 0 && r.err == nil {
		r.err = r.next()
	}
	if len(r.plain) == 0 {
		return 0, r.err
	}
	n := copy(p, r.plain)
	r.plain = r.plain[n:]
	return n, nil
}

func (r *reader) next() error {
	damaged := fmt.Errorf("cannot open a sealed file: %w", ErrBody)
	if r.left == 0 {
		var more [1]byte
		if n, err := io.ReadFull(r.body, more[:]); n > 0 {
			return damaged
		} else if err != io.EOF {
			return fmt.Errorf("cannot open a sealed file: %w", err)
		}
		if Digest(r.sum.Sum(nil)) != r.want {
			return damaged
		}
		return io.EOF
	}
	box := r.box[:min(r.left, int64(len(r.box)))]
	if _, err := io.ReadFull(r.body, box); err == io.EOF || err == io.ErrUnexpectedEOF {
		return damaged
	} else if err != nil {
		return fmt.Errorf("cannot open a sealed file: %w", err)
	}
	r.sum.Write(box)
	r.left -= int64(len(box))
	plain, err := r.aead.Open(box[:0], nonce(r.number, r.left == 0), box, nil)
	if err != nil {
		return damaged
	}
	r.number++
	r.plain = plain
	return nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func nonce(number uint32, last bool) []byte {
	n := make([]byte, 12)
	binary.BigEndian.PutUint32(n[7:], number)
	if last {
		n[11] = 1
	}
	return n
}
