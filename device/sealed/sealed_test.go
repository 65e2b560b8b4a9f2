package sealed

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

const testCase = "00112233445566778899aabbccddeeff"

var testTime = time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)

// memFile is a File in memory.
type memFile struct{ b []byte }

func (f *memFile) Write(p []byte) (int, error) { f.b = append(f.b, p...); return len(p), nil }

func (f *memFile) WriteAt(p []byte, off int64) (int, error) { return copy(f.b[off:], p), nil }

func terminalKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func platformKey(t testing.TB) hpke.PrivateKey {
	t.Helper()
	k, err := GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func testHeader() Header {
	return Header{Terminal: "360001", Epoch: 1, Sequence: 42, Case: testCase, Kind: Page, At: testTime}
}

// seal makes a whole file.
func seal(t testing.TB, plain []byte, h Header, by Signer, to ...Recipient) []byte {
	t.Helper()
	var f memFile
	w, err := Create(&f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(h, to, by); err != nil {
		t.Fatal(err)
	}
	w.Drop()
	return f.b
}

// open is what the platform does with a file.
func open(file []byte, terminal *ecdsa.PublicKey, priv hpke.PrivateKey, kid string) ([]byte, error) {
	r := bytes.NewReader(file)
	head, err := ReadHead(r)
	if err != nil {
		return nil, err
	}
	h, err := head.Verify(terminal)
	if err != nil {
		return nil, err
	}
	body, err := Open(h, r, priv, kid)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(body)
}

func TestRoundTrip(t *testing.T) {
	key, priv, next := terminalKey(t), platformKey(t), platformKey(t)
	by := Signer{"360001", key}
	to := []Recipient{{"platform-1", priv.PublicKey()}, {"platform-2", next.PublicKey()}}
	for _, n := range []int{0, 1, 1000, ChunkSize - 1, ChunkSize, ChunkSize + 1, 3 * ChunkSize, 3*ChunkSize + 17} {
		plain := make([]byte, n)
		_, _ = rand.Read(plain)
		file := seal(t, plain, testHeader(), by, to...)
		if int64(len(file)) != HeadSize+BodySize(int64(n)) {
			t.Errorf("%d bytes: file of %d bytes, BodySize says %d", n, len(file), BodySize(int64(n)))
		}
		for i, k := range []hpke.PrivateKey{priv, next} {
			got, err := open(file, &key.PublicKey, k, to[i].ID)
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%d bytes for %s: got %d bytes, %v", n, to[i].ID, len(got), err)
			}
		}
		head, err := ReadHead(bytes.NewReader(file))
		if err != nil || head.KeyID != "360001" || head.Claimed.Terminal != "360001" {
			t.Fatalf("head says %q, %q, %v", head.KeyID, head.Claimed.Terminal, err)
		}
		if err := CheckBody(head.Claimed, bytes.NewReader(file[HeadSize:])); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
		if err := CheckBody(head.Claimed, bytes.NewReader(append(file[HeadSize:], 0))); !errors.Is(err, ErrBody) {
			t.Errorf("%d bytes: a longer body gave %v", n, err)
		}
	}
}

func TestEverySingleBitFlipIsDetected(t *testing.T) {
	key, priv := terminalKey(t), platformKey(t)
	file := seal(t, []byte("a page of an invented person"), testHeader(), Signer{"360001", key}, Recipient{"p", priv.PublicKey()})
	if _, err := open(file, &key.PublicKey, priv, "p"); err != nil {
		t.Fatal(err)
	}
	for i := range file {
		// All bits where a flip could pass as another spelling, one bit of the padding, which is only compared with zero.
		bits := 8
		if file[i] == 0 && i > 16 && i < HeadSize {
			bits = 1
		}
		for bit := range bits {
			file[i] ^= 1 << bit
			if _, err := open(file, &key.PublicKey, priv, "p"); err == nil {
				t.Errorf("flip of bit %d of byte %d passed", bit, i)
			}
			file[i] ^= 1 << bit
		}
	}
}

func TestTruncationReorderAndAppendAreDetected(t *testing.T) {
	key, priv := terminalKey(t), platformKey(t)
	plain := make([]byte, 4*ChunkSize)
	_, _ = rand.Read(plain)
	file := seal(t, plain, testHeader(), Signer{"360001", key}, Recipient{"p", priv.PublicKey()})
	const full = ChunkSize + tagSize
	body := file[HeadSize:]
	swapped := bytes.Clone(file)
	copy(swapped[HeadSize:], body[full:2*full])
	copy(swapped[HeadSize+full:], body[:full])
	cases := map[string][]byte{"swapped chunks": swapped, "a byte more": append(bytes.Clone(file), 0)}
	for i := range 4 {
		for _, d := range []int{-1, 0, 1} {
			if at := HeadSize + i*full + d; at < len(file) {
				cases["cut near the edge of chunk "+string(rune('0'+i))+string(rune('b'+d))] = file[:at]
			}
		}
	}
	for name, f := range cases {
		if _, err := open(f, &key.PublicKey, priv, "p"); err == nil {
			t.Errorf("%s: passed", name)
		}
	}
	// Without help of the header's size and digest, too: the body alone tells its end.
	contentKey := make([]byte, keySize)
	for i := 1; i < 4; i++ {
		cut := naiveSeal(contentKey, plain)[:i*full]
		r, err := newReader(contentKey, int64(len(cut)), digest(cut), bytes.NewReader(cut))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(r); !errors.Is(err, ErrBody) {
			t.Errorf("cut after %d chunks with a matching digest: %v", i, err)
		}
	}
}

func TestWrongKeysAndSwappedFiles(t *testing.T) {
	key, other := terminalKey(t), terminalKey(t)
	priv, stranger := platformKey(t), platformKey(t)
	by, to := Signer{"360001", key}, Recipient{"p", priv.PublicKey()}
	first := seal(t, []byte("first page"), testHeader(), by, to)
	second := seal(t, []byte("second pag"), testHeader(), by, to)

	if _, err := open(first, &other.PublicKey, priv, "p"); !errors.Is(err, ErrSignature) {
		t.Errorf("wrong terminal: %v", err)
	}
	if _, err := open(first, &key.PublicKey, stranger, "p"); err == nil {
		t.Error("a stranger opened it")
	}
	if _, err := open(first, &key.PublicKey, priv, "q"); err == nil {
		t.Error("opened for a key id that the header does not name")
	}
	mixed := append(bytes.Clone(first[:HeadSize]), second[HeadSize:]...)
	if _, err := open(mixed, &key.PublicKey, priv, "p"); !errors.Is(err, ErrBody) {
		t.Errorf("another page's body: %v", err)
	}
	asHPKE, err := key.ECDH()
	if err != nil {
		t.Fatal(err)
	}
	mine, err := hpke.NewDHKEMPrivateKey(asHPKE)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(first, &key.PublicKey, mine, "p"); err == nil {
		t.Error("the terminal opened what it sealed")
	}

	header := func(f []byte) Header {
		head, err := ReadHead(bytes.NewReader(f))
		if err != nil {
			t.Fatal(err)
		}
		h, err := head.Verify(&key.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	env := testHeader()
	env.Kind, env.Pages, env.Note = Envelope, []Digest{header(first).Body, header(second).Body}, Bytes("note")
	e := header(seal(t, []byte("{}"), env, by, to))
	if string(e.Note) != "note" || e.CheckPage(0, header(first)) != nil || e.CheckPage(1, header(second)) != nil {
		t.Error("the envelope does not know its pages")
	}
	if e.CheckPage(0, header(second)) == nil || e.CheckPage(2, header(second)) == nil {
		t.Error("swapped pages passed")
	}
	strange := testHeader()
	strange.Case = strings.Repeat("a", 32)
	if e.CheckPage(0, header(seal(t, []byte("first page"), strange, by, to))) == nil {
		t.Error("a page of another case passed")
	}
	// The same recipient, but a key sealed for another case or kind.
	moved := header(first)
	moved.Kind = Envelope
	if _, err := Open(moved, bytes.NewReader(first[HeadSize:]), priv, "p"); err == nil {
		t.Error("a content key opened under another kind")
	}
}

func TestLargestHeadFits(t *testing.T) {
	key := terminalKey(t)
	id := func(c string) string { return strings.Repeat(c, MaxID) }
	h := testHeader()
	h.Epoch, h.Sequence, h.Kind, h.Note = 99, 999999, Envelope, make(Bytes, MaxNote)
	h.Pages = make([]Digest, MaxPages)
	file := seal(t, nil, h, Signer{id("s"), key}, Recipient{id("a"), platformKey(t).PublicKey()}, Recipient{id("b"), platformKey(t).PublicKey()})
	head, err := ReadHead(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("largest head: %d of %d bytes", len(magic)+4+len(head.jws), HeadSize)
	if _, err := head.Verify(&key.PublicKey); err != nil {
		t.Fatal(err)
	}
}

func TestHeadersThatAreRefused(t *testing.T) {
	key, priv := terminalKey(t), platformKey(t)
	by, to := Signer{"360001", key}, []Recipient{{"p", priv.PublicKey()}}
	for name, change := range map[string]func(*Header){
		"terminal":      func(h *Header) { h.Terminal = "36000x" },
		"epoch":         func(h *Header) { h.Epoch = 100 },
		"sequence 0":    func(h *Header) { h.Sequence = 0 },
		"sequence":      func(h *Header) { h.Sequence = 1000000 },
		"case":          func(h *Header) { h.Case = "../../../../etc/passwd0000000000" },
		"kind":          func(h *Header) { h.Kind = "other" },
		"local time":    func(h *Header) { h.At = h.At.In(time.FixedZone("", 8*3600)) },
		"fraction":      func(h *Header) { h.At = h.At.Add(1) },
		"page's pages":  func(h *Header) { h.Pages = make([]Digest, 1) },
		"page's note":   func(h *Header) { h.Note = Bytes("x") },
		"many pages":    func(h *Header) { h.Kind = Envelope; h.Pages = make([]Digest, MaxPages+1) },
		"long note":     func(h *Header) { h.Kind = Envelope; h.Note = make(Bytes, MaxNote+1) },
		"no recipients": func(h *Header) { to = nil },
	} {
		to = []Recipient{{"p", priv.PublicKey()}}
		h := testHeader()
		change(&h)
		w, err := Create(&memFile{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := w.Finish(h, to, by); err == nil {
			t.Errorf("%s: passed", name)
		}
	}
}

func TestHeaderHasOneSpelling(t *testing.T) {
	key, priv := terminalKey(t), platformKey(t)
	file := seal(t, nil, testHeader(), Signer{"360001", key}, Recipient{"p", priv.PublicKey()})
	head, err := ReadHead(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	good, err := json.Marshal(head.Claimed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseHeader(good); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"unknown member":  strings.Replace(string(good), `{`, `{"more":1,`, 1),
		"doubled member":  strings.Replace(string(good), `"epoch":1`, `"epoch":1,"epoch":1`, 1),
		"capital letters": strings.Replace(string(good), `"epoch"`, `"Epoch"`, 1),
		"blank":           strings.Replace(string(good), `:`, `: `, 1),
		"two values":      string(good) + `{}`,
		"not JSON":        "x",
		"nothing":         "",
	} {
		if _, err := parseHeader([]byte(bad)); err == nil {
			t.Errorf("%s: passed", name)
		}
	}
}

func TestDropAndLimits(t *testing.T) {
	key, priv := terminalKey(t), platformKey(t)
	by, to := Signer{"360001", key}, []Recipient{{"p", priv.PublicKey()}}
	var f memFile
	w, err := Create(&f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("unfinished")); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(testHeader(), to, by); err == nil {
		t.Error("finished without a whole body")
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.Drop()
	if !bytes.Equal(w.key, make([]byte, keySize)) {
		t.Error("the content key is still there")
	}
	if err := w.Finish(testHeader(), to, by); !errors.Is(err, ErrDropped) {
		t.Errorf("finishing a dropped file: %v", err)
	}
	if bytes.Contains(f.b, []byte("unfinished")) {
		t.Error("plaintext in the file")
	}

	w, err = Create(&memFile{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeros{}, MaxPlain); err != nil {
		t.Fatalf("the largest plaintext: %v", err)
	}
	if _, err := w.Write([]byte{0}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a byte too much: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestDigestsAsText(t *testing.T) {
	d := digest([]byte("x"))
	if got, err := ParseDigest(d.String()); err != nil || got != d || len(d.String()) != 43 {
		t.Errorf("%s reads as %v, %v", d, got, err)
	}
	if got, err := ParseHex(d.Hex()); err != nil || got != d {
		t.Errorf("%s reads as %v, %v", d.Hex(), got, err)
	}
	for _, bad := range []string{"", d.Hex(), d.String()[:42], d.String() + "=", d.String()[:42] + "\n"} {
		if _, err := ParseDigest(bad); err == nil {
			t.Errorf("digest %q passed", bad)
		}
	}
	for _, bad := range []string{"", d.String(), d.Hex()[:63], strings.ToUpper(d.Hex())} {
		if _, err := ParseHex(bad); err == nil {
			t.Errorf("hex digest %q passed", bad)
		}
	}
}

func TestKeysAsText(t *testing.T) {
	priv := platformKey(t)
	text, err := MarshalPrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	pub := MarshalPublicKey(priv.PublicKey())
	if MarshalPublicKey(again.PublicKey()) != pub || len(pub) != 87 || len(text) != 43 {
		t.Errorf("keys change on their way: %q", pub)
	}
	if _, err := ParsePublicKey(pub); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", pub[:86], pub + "A", pub + "=", strings.Repeat("A", 87), pub[:43]} {
		if _, err := ParsePublicKey(bad); err == nil {
			t.Errorf("public key %q passed", bad)
		}
	}
	for _, bad := range []string{"", text[:42], strings.Repeat("_", 43), strings.Repeat("A", 43)} {
		if _, err := ParsePrivateKey(bad); err == nil {
			t.Errorf("private key %q passed", bad)
		}
	}
}
