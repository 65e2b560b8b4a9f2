package hub

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/device/sealed"
	"kiosk/sync/platform"
)

// maxEnvelopeFile is the longest sealed envelope.
var maxEnvelopeFile = sealed.HeadSize + sealed.BodySize(casefile.MaxEnvelope)

func (h *Hub) putCase(w http.ResponseWriter, r *http.Request, t Terminal) error {
	key := r.PathValue("key")
	if !sealed.ValidCase(key) {
		return errNone
	}
	file, err := readBody(w, r, "application/octet-stream", maxEnvelopeFile)
	if err != nil {
		return err
	}
	if err := h.take(r.Context(), t.Number, key, file); err != nil {
		return err
	}
	c, err := h.store.Case(r.Context(), key)
	if err == nil && c.PlatformNumber == "" && len(c.Missing()) == 0 {
		c, err = h.receive(r.Context(), c)
	}
	return answerCase(w, c, err)
}

func (h *Hub) commitCase(w http.ResponseWriter, r *http.Request, t Terminal) error {
	c, err := h.store.Case(r.Context(), r.PathValue("key"))
	if errors.Is(err, ErrNotFound) || (err == nil && c.Terminal != t.Number) {
		return errUnknownCase
	}
	if err == nil && c.PlatformNumber == "" && len(c.Missing()) == 0 {
		c, err = h.receive(r.Context(), c)
	}
	return answerCase(w, c, err)
}

func answerCase(w http.ResponseWriter, c Case, err error) error {
	if err != nil {
		return err
	}
	a := platform.CaseAnswer{State: platform.CaseAwaitingPages, Missing: c.Missing(), PlatformNumber: c.PlatformNumber}
	if c.PlatformNumber != "" {
		a.State = platform.CaseReceived
	}
	writeJSON(w, a)
	return nil
}

// take checks a sealed envelope, opens it and commits the case. The same envelope again changes nothing.
func (h *Hub) take(ctx context.Context, terminal, key string, file []byte) error {
	head, header, err := h.readHead(ctx, terminal, bytes.NewReader(file))
	if err != nil {
		return err
	}
	body := file[sealed.HeadSize:]
	if header.Kind != sealed.Envelope || header.Case != key {
		return refused(platform.BadEnvelope, "head is of another case or kind")
	}
	if err := sealed.CheckBody(header, bytes.NewReader(body)); err != nil {
		return refused(platform.BadSignature, "signature is over another body")
	}
	switch there, err := h.store.Case(ctx, key); {
	case err == nil && there.Terminal == terminal && there.BodyDigest == header.Body.Hex():
		return nil
	case err == nil:
		return errConflict
	case !errors.Is(err, ErrNotFound):
		return err
	}
	plain, err := sealed.Open(header, bytes.NewReader(body), h.keys.recipient, h.keys.kid)
	if err != nil {
		return refused(platform.CannotOpen, "not sealed for this platform")
	}
	text, err := io.ReadAll(io.LimitReader(plain, casefile.MaxEnvelope+1))
	if err != nil {
		return refused(platform.CannotOpen, "sealed body is damaged")
	}
	c, err := h.newCase(header, text)
	if err != nil {
		h.log.WarnContext(ctx, "case refused", "terminal", terminal, "signed_by", head.KeyID, "error", err)
		return err
	}
	if err := h.store.AddCase(ctx, c); errors.Is(err, ErrConflict) {
		return errConflict
	} else if err != nil {
		return err
	}
	h.log.InfoContext(ctx, "envelope taken", "terminal", terminal, "number", c.Number, "pages", len(c.Pages))
	return nil
}

// readHead reads the head of a sealed file that terminal sends, and checks its signature by the key that this terminal
// enrolled for the epoch that the head names. Certificates of earlier epochs count: cases may have been kept under them.
func (h *Hub) readHead(ctx context.Context, terminal string, file io.Reader) (sealed.Head, sealed.Header, error) {
	head, err := sealed.ReadHead(file)
	if errors.Is(err, sealed.ErrHead) {
		return head, sealed.Header{}, refused(platform.BadEnvelope, "not a sealed file")
	}
	if err != nil {
		return head, sealed.Header{}, err
	}
	if head.Claimed.Terminal != terminal {
		return head, sealed.Header{}, refused(platform.WrongTerminal, "head names another terminal")
	}
	der, err := h.store.Certificate(ctx, terminal, head.Claimed.Epoch)
	if errors.Is(err, ErrNotFound) {
		return head, sealed.Header{}, refused(platform.BadSignature, "terminal was not enrolled at that epoch")
	}
	if err != nil {
		return head, sealed.Header{}, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return head, sealed.Header{}, fmt.Errorf("cannot read a stored certificate: %w", err)
	}
	header, err := head.Verify(cert.PublicKey)
	if err != nil {
		return head, sealed.Header{}, refused(platform.BadSignature, "signature of the head is wrong")
	}
	return head, header, nil
}

// newCase reads an opened envelope and says what the store keeps of it.
func (h *Hub) newCase(header sealed.Header, text []byte) (NewCase, error) {
	e, err := casefile.DecodeEnvelope(text)
	if err != nil {
		return NewCase{}, refused(platform.BadEnvelope, "envelope cannot be read")
	}
	number, err := casefile.NewNumber(casefile.NumberParts{Terminal: header.Terminal, Epoch: header.Epoch, Sequence: header.Sequence})
	switch {
	case err != nil || string(e.Key) != header.Case || len(e.Pages) != len(header.Pages) || !itemCode.MatchString(e.Item.Code):
		return NewCase{}, refused(platform.BadEnvelope, "envelope does not fit its head")
	}
	c := NewCase{Envelope: text, Case: Case{
		Key: header.Case, BodyDigest: header.Body.Hex(),
		Terminal: header.Terminal, Epoch: header.Epoch, Sequence: header.Sequence, Number: string(number),
		Item: e.Item.Code, ItemVersion: e.Item.Version,
		LookupHash:  h.keys.hash("ticket", string(number), string(e.Lookup)),
		SubmittedAt: e.SubmitAt, TakenAt: h.now(),
	}}
	seen := map[sealed.Digest]bool{}
	for _, d := range header.Pages {
		if seen[d] {
			return NewCase{}, refused(platform.BadEnvelope, "head names a page twice")
		}
		seen[d] = true
		c.Pages = append(c.Pages, Page{Digest: d.Hex()})
	}
	for i, p := range e.Persons {
		if i == 0 {
			c.NameMasked = identity.MaskName(identity.SecretString(first(p.Name, p.LatinName)))
		}
		for _, name := range []string{p.Name, p.LatinName} {
			if name != "" && p.Number != "" {
				c.Persons = append(c.Persons, h.personTag(p.Number, name))
			}
		}
	}
	return c, nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// personTag is what a person's cases are found by. Without the hub's key it says nothing about number or name.
func (h *Hub) personTag(number, name string) []byte {
	return h.keys.hash("person", identity.CanonNumber(number), name)
}

// receive opens all pages of a case, compares them with the envelope, and makes the case received.
func (h *Hub) receive(ctx context.Context, c Case) (Case, error) {
	e, err := h.Envelope(ctx, c.Key)
	if err != nil {
		return Case{}, fmt.Errorf("cannot read a stored envelope: %w", err)
	}
	envelope := sealed.Header{Kind: sealed.Envelope, Terminal: c.Terminal, Epoch: c.Epoch, Sequence: c.Sequence, Case: c.Key}
	for _, p := range c.Pages {
		d, err := hex.DecodeString(p.Digest)
		if err != nil {
			return Case{}, fmt.Errorf("cannot read a stored digest: %w", err)
		}
		envelope.Pages = append(envelope.Pages, sealed.Digest(d))
	}
	// What the envelope promises, each to be met by one page.
	want := map[plainPage]int{}
	for _, p := range e.Pages {
		want[plainPage{p.Digest, p.Size}]++
	}
	for i, p := range c.Pages {
		got, err := h.openPage(ctx, envelope, i, p.Digest, io.Discard)
		if err != nil {
			return Case{}, err
		}
		if want[got] == 0 {
			return Case{}, refused(platform.PageAltered, "a page is not the one in the envelope")
		}
		want[got]--
	}
	err = h.store.Receive(ctx, c.Key, h.now(), func(running int) string { return platformNumber{h.about.Prefix, running}.String() })
	if err != nil {
		return Case{}, err
	}
	c, err = h.store.Case(ctx, c.Key)
	if err == nil {
		h.log.InfoContext(ctx, "case received", "number", c.Number, "platform_number", c.PlatformNumber)
	}
	return c, err
}

type plainPage struct {
	digest casefile.Digest
	size   int64
}

// Page opens one page of a case, i from 0 in the envelope's order as it was sealed. It is personal, as Envelope is.
func (h *Hub) Page(ctx context.Context, key string, i int) ([]byte, error) {
	c, err := h.store.Case(ctx, key)
	if err != nil {
		return nil, err
	}
	if i < 0 || i >= len(c.Pages) {
		return nil, fmt.Errorf("cannot open page %d of %d", i, len(c.Pages))
	}
	envelope := sealed.Header{Kind: sealed.Envelope, Terminal: c.Terminal, Epoch: c.Epoch, Sequence: c.Sequence, Case: c.Key}
	for _, p := range c.Pages {
		d, err := hex.DecodeString(p.Digest)
		if err != nil {
			return nil, fmt.Errorf("cannot read a stored digest: %w", err)
		}
		envelope.Pages = append(envelope.Pages, sealed.Digest(d))
	}
	var plain bytes.Buffer
	_, err = h.openPage(ctx, envelope, i, c.Pages[i].Digest, &plain)
	return plain.Bytes(), err
}

// openPage reads one stored page through, copies it to w, and says what its bytes in clear are.
func (h *Hub) openPage(ctx context.Context, envelope sealed.Header, i int, digest string, w io.Writer) (plainPage, error) {
	f, err := os.Open(h.pages.path(envelope.Case, digest))
	if err != nil {
		return plainPage{}, fmt.Errorf("cannot open a stored page: %w", err)
	}
	defer func() { _ = f.Close() }()
	_, header, err := h.readHead(ctx, envelope.Terminal, f)
	if err != nil {
		return plainPage{}, err
	}
	if err := envelope.CheckPage(i, header); err != nil {
		return plainPage{}, refused(platform.PageAltered, "a page is of another case")
	}
	plain, err := sealed.Open(header, f, h.keys.recipient, h.keys.kid)
	if err != nil {
		return plainPage{}, refused(platform.CannotOpen, "a page is not sealed for this platform")
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(sum, w), plain)
	if errors.Is(err, sealed.ErrBody) {
		return plainPage{}, refused(platform.PageAltered, "a page is damaged")
	}
	if err != nil {
		return plainPage{}, err
	}
	return plainPage{casefile.Digest(hex.EncodeToString(sum.Sum(nil))), n}, nil
}
