package hub

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/device/item"
	"kiosk/device/sealed"
	"kiosk/device/trust"
	"kiosk/sync/platform"
)

// The person of these tests is invented; no province has the code 99.
const (
	testName   = "张三"
	testNumber = "990102198501010025"
	testPhone  = "19900001234"
)

// serve starts a hub in dir whose every request and answer is held against the contract.
func serve(t testing.TB, dir string, change ...func(*Config)) *Server {
	t.Helper()
	c := Config{Dir: dir, fresh: true, wrap: contract(t)}
	for _, f := range change {
		f(&c)
	}
	s, err := Serve(context.Background(), c, Listen{Terminals: "127.0.0.1:0", Admin: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// box is a terminal without a terminal: its key, certificate and client.
type box struct {
	t      testing.TB
	number string
	epoch  int
	seq    int
	key    *ecdsa.PrivateKey
	cert   *tls.Certificate
	client *platform.Client
	server *Server
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// connect makes a client that shows b's certificate.
func (b *box) connect(s *Server) {
	b.t.Helper()
	c, err := platform.New(platform.Options{URL: address(s), Roots: s.Hub.Roots(), Timeout: 20 * time.Second,
		Certificate: func() (*tls.Certificate, error) { return b.cert, nil }})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(c.Close)
	b.client, b.server = c, s
}

// address is where s listens now. Its URL stays the first one.
func address(s *Server) string { return "https://" + s.Terminals }

// enrolled makes a box and enrols it.
func enrolled(t testing.TB, s *Server, number string) *box {
	t.Helper()
	b := &box{t: t, number: number, key: newKey(t)}
	b.connect(s)
	b.enrol()
	return b
}

func (b *box) enrol() {
	b.t.Helper()
	code, _, err := b.server.Hub.NewCode(b.t.Context(), b.number, time.Hour)
	if err != nil {
		b.t.Fatal(err)
	}
	chain, err := b.client.Enrol(b.t.Context(), "SN-"+b.number, code, b.key)
	if err != nil {
		b.t.Fatal(err)
	}
	b.show(chain)
	me, err := b.client.Terminal(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	if me.Number != b.number {
		b.t.Fatalf("terminal %q was enrolled as %q", b.number, me.Number)
	}
	b.epoch, b.seq = me.Epoch, 0
}

func (b *box) show(chain []*x509.Certificate) {
	b.cert = &tls.Certificate{Certificate: [][]byte{chain[0].Raw}, PrivateKey: b.key, Leaf: chain[0]}
	b.client.Close()
}

// handedIn is a case as a terminal keeps it.
type handedIn struct {
	key    string
	number casefile.Number
	ticket casefile.Ticket
	env    *casefile.Envelope
	file   []byte
	pages  []sealedPage
}

type sealedPage struct {
	digest string
	file   []byte
}

// memFile is a sealed.File in memory.
type memFile struct{ b []byte }

func (f *memFile) Write(p []byte) (int, error)              { f.b = append(f.b, p...); return len(p), nil }
func (f *memFile) WriteAt(p []byte, off int64) (int, error) { return copy(f.b[off:], p), nil }

// sealing says what is to go wrong when a case is made. The zero value makes a good one.
type sealing struct {
	signer   *ecdsa.PrivateKey                       // another key than the box's
	header   func(*sealed.Header)                    // of the envelope
	envelope func(*casefile.Envelope)                // before it is encoded
	text     func([]byte) []byte                     // of the encoded envelope
	page     func(i int, plain []byte) []byte        // what is sealed is not what is recorded
	to       func(sealed.Recipient) sealed.Recipient // whom it is sealed to
}

func (b *box) recipient() sealed.Recipient {
	b.t.Helper()
	doc, err := b.server.Hub.PlatformDocument()
	if err != nil {
		b.t.Fatal(err)
	}
	p, err := trust.ParsePlatform(doc)
	if err != nil {
		b.t.Fatal(err)
	}
	key, err := sealed.ParsePublicKey(p.Recipients[0].Key)
	if err != nil {
		b.t.Fatal(err)
	}
	return sealed.Recipient{ID: p.Recipients[0].KID, Key: key}
}

// handIn makes a case with these pages.
func (b *box) handIn(s sealing, pages ...[]byte) handedIn {
	b.t.Helper()
	b.seq++
	now := time.Now().UTC().Truncate(time.Second)
	h := handedIn{key: string(casefile.NewKey())}
	var err error
	h.number, err = casefile.NewNumber(casefile.NumberParts{Terminal: b.number, Epoch: b.epoch, Sequence: b.seq})
	if err != nil {
		b.t.Fatal(err)
	}
	to, signer := b.recipient(), b.key
	if s.to != nil {
		to = s.to(to)
	}
	if s.signer != nil {
		signer = s.signer
	}
	header := sealed.Header{Terminal: b.number, Epoch: b.epoch, Sequence: b.seq, Case: h.key, At: now, Kind: sealed.Page}
	h.env = &casefile.Envelope{
		Format: casefile.EnvelopeFormat, Key: casefile.Key(h.key), Lookup: casefile.NewLookupCode(),
		Item: casefile.ItemRef{Code: "36-0101", Version: 1, Digest: casefile.DigestOf([]byte("item"))}, Language: "zh",
		BegunAt: now.Add(-time.Minute), SubmitAt: now, Software: "test",
		Persons: []casefile.PersonRecord{{ID: "applicant", Kind: identity.Resident, Name: testName, Number: testNumber, Birth: "19850101"}},
		Fields:  []casefile.FieldRecord{{ID: "phone", Type: item.TypePhone, Value: testPhone, Source: casefile.FromCitizen}},
	}
	h.ticket = casefile.Ticket{Number: h.number, Code: h.env.Lookup}
	var digests []sealed.Digest
	for i, plain := range pages {
		h.env.Pages = append(h.env.Pages, casefile.PageRecord{Material: "m", Page: i + 1, Grade: item.GradeC, Type: "image/jpeg",
			Digest: casefile.DigestOf(plain), Size: int64(len(plain)), At: now})
		if s.page != nil {
			plain = s.page(i, plain)
		}
		file, digest := sealFile(b.t, plain, header, to, sealed.Signer{ID: b.number, Key: b.key})
		digests = append(digests, digest)
		h.pages = append(h.pages, sealedPage{digest.Hex(), file})
	}
	if s.envelope != nil {
		s.envelope(h.env)
	}
	text, err := h.env.Encode()
	if err != nil {
		b.t.Fatal(err)
	}
	if s.text != nil {
		text = s.text(text)
	}
	header.Kind, header.Pages = sealed.Envelope, digests
	if s.header != nil {
		s.header(&header)
	}
	h.file, _ = sealFile(b.t, text, header, to, sealed.Signer{ID: b.number, Key: signer})
	return h
}

func sealFile(t testing.TB, plain []byte, h sealed.Header, to sealed.Recipient, by sealed.Signer) ([]byte, sealed.Digest) {
	t.Helper()
	var f memFile
	w, err := sealed.Create(&f)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Drop()
	_, err = w.Write(plain)
	body, err2 := w.Close()
	if err := errors.Join(err, err2, w.Finish(h, []sealed.Recipient{to}, by)); err != nil {
		t.Fatal(err)
	}
	return f.b, body.Digest
}

// upload sends a page.
func (b *box) upload(h handedIn, i int) error {
	p := h.pages[i]
	return b.client.Upload(b.t.Context(), h.key, p.digest, bytes.NewReader(p.file), int64(len(p.file)))
}

// send does what a terminal does with a case, until it is received.
func (b *box) send(h handedIn) platform.CaseAnswer {
	b.t.Helper()
	a, err := b.client.PutCase(b.t.Context(), h.key, h.file)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := range h.pages {
		if err := b.upload(h, i); err != nil {
			b.t.Fatal(err)
		}
	}
	if a.State != platform.CaseReceived {
		if a, err = b.client.CommitCase(b.t.Context(), h.key); err != nil {
			b.t.Fatal(err)
		}
	}
	if a.State != platform.CaseReceived || !validPlatformNumber(a.PlatformNumber) || len(a.Missing) != 0 {
		b.t.Fatalf("after sending all: %+v", a)
	}
	return a
}

// noise is n bytes that stand for a picture.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// raw sends one request of one's own making with b's certificate.
func (b *box) raw(method, path string, body io.Reader, header ...string) *http.Response {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, address(b.server)+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	config := &tls.Config{RootCAs: b.server.Hub.Roots()}
	if b.cert != nil {
		config.Certificates = []tls.Certificate{*b.cert}
	}
	tr := &http.Transport{TLSClientConfig: config}
	defer tr.CloseIdleConnections()
	res, err := tr.RoundTrip(req)
	if err != nil {
		b.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		b.t.Fatal(err)
	}
	res.Body = io.NopCloser(bytes.NewReader(text))
	return res
}

// code is the stable code of a problem answer.
func code(t testing.TB, res *http.Response) string {
	t.Helper()
	var p platform.Problem
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
		t.Fatalf("status %d: %v", res.StatusCode, err)
	}
	if p.Status != res.StatusCode {
		t.Errorf("problem says %d in an answer with %d", p.Status, res.StatusCode)
	}
	return p.Code
}

// itemZip is a package as far as the hub looks into it.
func itemZip(t testing.TB, code string, version int, name string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("item.json")
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(f, `{"format":"kiosk-item/1","code":%q,"version":%d,"names":{"everyday":{"zh":%q,"en":"Card"}},"guide":{"contact":{"zh":"0790-0000000","en":""}}}`,
		code, version, name)
	_, signed := z.Create("manifest.sig") // the hub looks whether there is one; it cannot judge it
	if err := errors.Join(err, signed, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// settingsJWS has the form of a signed document; the hub cannot tell and need not.
func settingsJWS(terminal string, version int) []byte {
	b64 := base64.RawURLEncoding.EncodeToString
	return []byte(strings.Join([]string{b64([]byte(`{"alg":"EdDSA"}`)),
		b64(fmt.Appendf(nil, `{"format":"kiosk-settings/1","terminal":%q,"version":%d}`, terminal, version)), b64([]byte("signature"))}, "."))
}

// one result of a call that must be refused for ever with a code.
func wantRefused(t testing.TB, err error, code platform.RefusalCode) {
	t.Helper()
	var r *platform.Refused
	if !errors.As(err, &r) || r.Code != code {
		t.Errorf("got %v, want a refusal for ever with %q", err, code)
	}
}

func wantConflict(t testing.TB, err error) {
	t.Helper()
	var c *platform.Conflict
	if !errors.As(err, &c) || c.Code != platform.CodeKeyConflict {
		t.Errorf("got %v, want a conflict", err)
	}
}

func wantProblem(t testing.TB, err error, status int, code string) {
	t.Helper()
	var p *platform.Problem
	if !errors.As(err, &p) || p.Status != status || p.Code != code {
		t.Errorf("got %v, want %d %s", err, status, code)
	}
}
