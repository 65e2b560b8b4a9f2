package trust_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"kiosk/device/trust"
	"kiosk/device/trust/sign"
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func newRoot(t testing.TB, kid string) (*sign.Key, *trust.Roots, ed25519.PublicKey) {
	t.Helper()
	key, err := sign.Generate(kid)
	if err != nil {
		t.Fatal(err)
	}
	b, err := sign.Roots(key)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := trust.ParseRoots(b)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Keys []struct{ Key string } }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	public, err := base64.RawURLEncoding.DecodeString(file.Keys[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	return key, roots, public
}

func document(t testing.TB, key *sign.Key, kind trust.Kind, payload string) []byte {
	t.Helper()
	b, err := key.Document(kind, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const payload = `{"hello":"您好"}`

func TestVerifyTakesWhatTheRootSigned(t *testing.T) {
	key, roots, _ := newRoot(t, "root-1")
	got, err := roots.Verify(trust.KindSettings, document(t, key, trust.KindSettings, payload))
	if err != nil || string(got) != payload {
		t.Fatalf("got %q, %v", got, err)
	}
}

// TestVerifyRefuses forges documents in all the ways that JWS is known for.
func TestVerifyRefuses(t *testing.T) {
	key, roots, public := newRoot(t, "root-1")
	other, _, _ := newRoot(t, "root-2")
	impostor, _, _ := newRoot(t, "root-1")
	good := string(document(t, key, trust.KindSettings, payload))
	parts := strings.Split(good, ".")
	header := func(h string) string { return b64([]byte(h)) }

	es, err := ecKey()
	if err != nil {
		t.Fatal(err)
	}
	es256 := signWith(t, jose.SigningKey{Algorithm: jose.ES256, Key: es}, "root-1")

	hs := header(`{"alg":"HS256","kid":"root-1","typ":"kiosk-settings+jws"}`) + "." + parts[1]
	mac := hmac.New(sha256.New, public)
	mac.Write([]byte(hs))

	last := good[len(good)-1]
	twin := map[byte]byte{'A': 'B', 'Q': 'R', 'g': 'h', 'w': 'x'}[last] // same bits that count

	for name, tt := range map[string]struct {
		text string
		kind trust.Kind
		want error
	}{
		"other alg":              {es256, trust.KindSettings, trust.ErrAlgorithm},
		"alg none":               {header(`{"alg":"none","kid":"root-1","typ":"kiosk-settings+jws"}`) + "." + parts[1] + ".", trust.KindSettings, trust.ErrAlgorithm},
		"alg none, signature":    {header(`{"alg":"none","kid":"root-1","typ":"kiosk-settings+jws"}`) + "." + parts[1] + "." + parts[2], trust.KindSettings, trust.ErrAlgorithm},
		"HS256 with public key":  {hs + "." + b64(mac.Sum(nil)), trust.KindSettings, trust.ErrAlgorithm},
		"unknown kid":            {string(document(t, other, trust.KindSettings, payload)), trust.KindSettings, trust.ErrKey},
		"kid of another's key":   {string(document(t, impostor, trust.KindSettings, payload)), trust.KindSettings, trust.ErrSignature},
		"wrong typ":              {good, trust.KindPlatform, trust.ErrKind},
		"no typ":                 {header(`{"alg":"EdDSA","kid":"root-1"}`) + "." + parts[1] + "." + parts[2], trust.KindSettings, trust.ErrKind},
		"altered payload":        {parts[0] + "." + b64([]byte(`{"hello":"no"}`)) + "." + parts[2], trust.KindSettings, trust.ErrSignature},
		"altered header":         {header(`{"typ":"kiosk-settings+jws","alg":"EdDSA","kid":"root-1"}`) + "." + parts[1] + "." + parts[2], trust.KindSettings, trust.ErrSignature},
		"signature of zeros":     {parts[0] + "." + parts[1] + "." + b64(make([]byte, 64)), trust.KindSettings, trust.ErrSignature},
		"no signature":           {parts[0] + "." + parts[1] + ".", trust.KindSettings, trust.ErrSignature},
		"trailing byte":          {good + "A", trust.KindSettings, trust.ErrSignature},
		"trailing line end":      {good + "\n", trust.KindSettings, trust.ErrMalformed},
		"line end inside":        {parts[0] + "." + parts[1] + "\n." + parts[2], trust.KindSettings, trust.ErrMalformed},
		"padding":                {good + "==", trust.KindSettings, trust.ErrMalformed},
		"fourth part":            {good + ".AAAA", trust.KindSettings, trust.ErrMalformed},
		"two parts":              {parts[0] + "." + parts[1], trust.KindSettings, trust.ErrMalformed},
		"other last bits":        {good[:len(good)-1] + string(twin), trust.KindSettings, trust.ErrMalformed},
		"own key in the header":  {header(`{"alg":"EdDSA","kid":"root-1","typ":"kiosk-settings+jws","jwk":{}}`) + "." + parts[1] + "." + parts[2], trust.KindSettings, trust.ErrMalformed},
		"crit in the header":     {header(`{"alg":"EdDSA","kid":"root-1","typ":"kiosk-settings+jws","crit":["b64"],"b64":false}`) + "." + parts[1] + "." + parts[2], trust.KindSettings, trust.ErrMalformed},
		"header is not JSON":     {header(`alg`) + "." + parts[1] + "." + parts[2], trust.KindSettings, trust.ErrMalformed},
		"two headers":            {header(`{"alg":"EdDSA","kid":"root-1","typ":"kiosk-settings+jws"}{}`) + "." + parts[1] + "." + parts[2], trust.KindSettings, trust.ErrMalformed},
		"JSON serialization":     {`{"payload":"e30","signatures":[]}`, trust.KindSettings, trust.ErrMalformed},
		"nothing":                {"", trust.KindSettings, trust.ErrMalformed},
		"longer than the bound":  {parts[0] + "." + strings.Repeat("A", trust.MaxDocument) + "." + parts[2], trust.KindSettings, trust.ErrMalformed},
		"bad characters in kid":  {header(`{"alg":"EdDSA","kid":"../root","typ":"kiosk-settings+jws"}`) + "." + parts[1] + "." + parts[2], trust.KindSettings, trust.ErrKey},
		"alg in other letters":   {header(`{"alg":"eddsa","kid":"root-1","typ":"kiosk-settings+jws"}`) + "." + parts[1] + "." + parts[2], trust.KindSettings, trust.ErrAlgorithm},
		"typ in other letters":   {header(`{"alg":"EdDSA","kid":"root-1","typ":"KIOSK-SETTINGS+JWS"}`) + "." + parts[1] + "." + parts[2], trust.KindSettings, trust.ErrKind},
		"manifest as a document": {parts[0] + "." + parts[1] + "." + b64(key.Manifest([]byte(parts[0]+"."+parts[1]))), trust.KindSettings, trust.ErrSignature},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := roots.Verify(tt.kind, []byte(tt.text))
			if got != nil || !errors.Is(err, tt.want) {
				t.Errorf("got %q, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestAnyChangedByteIsRefused(t *testing.T) {
	key, roots, _ := newRoot(t, "root-1")
	good := document(t, key, trust.KindSettings, payload)
	for i := range good {
		for _, c := range []byte{good[i] ^ 1, good[i] ^ 32, '.', 'A', 0} {
			bad := bytes.Clone(good)
			bad[i] = c
			if bytes.Equal(bad, good) {
				continue
			}
			if _, err := roots.Verify(trust.KindSettings, bad); err == nil {
				t.Fatalf("byte %d changed from %q to %q: taken", i, good[i], c)
			}
		}
		if _, err := roots.Verify(trust.KindSettings, good[:i]); err == nil {
			t.Fatalf("cut at byte %d: taken", i)
		}
	}
}

// TestManifest checks the signature against the format as it is written down: prefix, then the exact bytes.
func TestManifest(t *testing.T) {
	key, roots, public := newRoot(t, "root-1")
	manifest := []byte(`{"format":"kiosk-item-manifest/1"}`)
	sig := key.Manifest(manifest)
	if err := roots.VerifyManifest(manifest, "root-1", sig); err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(public, []byte("kiosk-item-manifest/1\n"+string(manifest)), sig) {
		t.Error("signature is not what the format says")
	}
	if ed25519.Verify(public, manifest, sig) {
		t.Error("signature fits without its prefix")
	}
	if err := roots.VerifyManifest(append(manifest, ' '), "root-1", sig); !errors.Is(err, trust.ErrSignature) {
		t.Errorf("longer manifest: %v", err)
	}
	if err := roots.VerifyManifest(manifest, "root-2", sig); !errors.Is(err, trust.ErrKey) {
		t.Errorf("unknown key: %v", err)
	}
	for _, bad := range [][]byte{nil, sig[:63], append(bytes.Clone(sig), 0), make([]byte, 64)} {
		if err := roots.VerifyManifest(manifest, "root-1", bad); !errors.Is(err, trust.ErrSignature) {
			t.Errorf("signature of %d bytes: %v", len(bad), err)
		}
	}
}

func TestRootsAreChecked(t *testing.T) {
	k := b64(make([]byte, 32))
	for name, text := range map[string]string{
		"empty":          ``,
		"other format":   `{"format":"kiosk-roots/2","keys":[{"kid":"a","key":"` + k + `"}]}`,
		"no keys":        `{"format":"kiosk-roots/1","keys":[]}`,
		"short key":      `{"format":"kiosk-roots/1","keys":[{"kid":"a","key":"AAAA"}]}`,
		"padded key":     `{"format":"kiosk-roots/1","keys":[{"kid":"a","key":"` + k + `="}]}`,
		"same kid":       `{"format":"kiosk-roots/1","keys":[{"kid":"a","key":"` + k + `"},{"kid":"a","key":"` + k + `"}]}`,
		"bad kid":        `{"format":"kiosk-roots/1","keys":[{"kid":"A b","key":"` + k + `"}]}`,
		"unknown member": `{"format":"kiosk-roots/1","keys":[{"kid":"a","key":"` + k + `","alg":"none"}]}`,
		"trailing":       `{"format":"kiosk-roots/1","keys":[{"kid":"a","key":"` + k + `"}]} x`,
		"too long":       `{"format":"kiosk-roots/1"` + strings.Repeat(" ", trust.MaxRoots) + `}`,
	} {
		if _, err := trust.ParseRoots([]byte(text)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	path := filepath.Join(t.TempDir(), "roots.json")
	if _, err := trust.LoadRoots(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	key, _, _ := newRoot(t, "root-1")
	b, err := sign.Roots(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	roots, err := trust.LoadRoots(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := roots.Verify(trust.KindSettings, document(t, key, trust.KindSettings, payload)); err != nil {
		t.Error(err)
	}
}

func TestSigningKeySurvivesItsFile(t *testing.T) {
	key, roots, _ := newRoot(t, "root-1")
	path := filepath.Join(t.TempDir(), "root.pem")
	if err := key.Save(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v; want mode 600", info.Mode(), err)
	}
	if err := key.Save(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second Save over the same file: %v", err)
	}
	again, err := sign.Load(path, "root-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := roots.Verify(trust.KindPlatform, document(t, again, trust.KindPlatform, payload)); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "no pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sign.Load(path, "root-1"); err == nil {
			t.Errorf("%q: taken as a key", bad)
		}
	}
}

func TestPlatform(t *testing.T) {
	key, roots, _ := newRoot(t, "root-1")
	good := platform(t)
	parse := func(change func(*trust.Platform)) error {
		p := good
		p.Recipients = append([]trust.Recipient(nil), good.Recipients...)
		change(&p)
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := roots.Platform(document(t, key, trust.KindPlatform, string(b)))
		if err == nil && (got.URL != p.URL || len(got.Recipients) != len(p.Recipients)) {
			t.Errorf("read back %+v", got)
		}
		return err
	}
	if err := parse(func(*trust.Platform) {}); err != nil {
		t.Fatal(err)
	}
	r := good.Recipients[0]
	if r.ValidAt(r.NotBefore.Add(-time.Second)) || !r.ValidAt(r.NotBefore) || r.ValidAt(r.NotAfter) {
		t.Error("a recipient holds from not_before up to not_after")
	}
	for name, tt := range map[string]struct {
		place  string
		change func(*trust.Platform)
	}{
		"format":        {"/format", func(p *trust.Platform) { p.Format = "kiosk-platform/2" }},
		"plain http":    {"/url", func(p *trust.Platform) { p.URL = "http://hub.example" }},
		"password":      {"/url", func(p *trust.Platform) { p.URL = "https://a:b@hub.example" }},
		"path":          {"/url", func(p *trust.Platform) { p.URL = "https://hub.example/x" }},
		"no authority":  {"/ca", func(p *trust.Platform) { p.CA = "" }},
		"damaged CA":    {"/ca", func(p *trust.Platform) { p.CA = strings.Replace(p.CA, "MII", "AAA", 1) }},
		"no recipients": {"/recipients", func(p *trust.Platform) { p.Recipients = nil }},
		"kid":           {"/recipients/0/kid", func(p *trust.Platform) { p.Recipients[0].KID = "A" }},
		"same kid":      {"/recipients/1/kid", func(p *trust.Platform) { p.Recipients = append(p.Recipients, p.Recipients[0]) }},
		"suite":         {"/recipients/0/suite", func(p *trust.Platform) { p.Recipients[0].Suite = "ROT13" }},
		"off the curve": {"/recipients/0/key", func(p *trust.Platform) { p.Recipients[0].Key = b64(append([]byte{4}, make([]byte, 64)...)) }},
		"times":         {"/recipients/0/not_after", func(p *trust.Platform) { p.Recipients[0].NotAfter = p.Recipients[0].NotBefore }},
	} {
		if err := parse(tt.change); err == nil || !strings.Contains(err.Error(), tt.place+":") {
			t.Errorf("%s: %v, want an error at %s", name, err, tt.place)
		}
	}
	if _, err := roots.Platform(document(t, key, trust.KindSettings, "{}")); !errors.Is(err, trust.ErrKind) {
		t.Errorf("settings as platform: %v", err)
	}
}

func platform(t *testing.T) trust.Platform {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return trust.Platform{
		Format: trust.PlatformFormat, URL: "https://127.0.0.1:8443", CA: authority(t),
		Recipients: []trust.Recipient{{
			KID: "hub-1", Suite: trust.SuiteP256, Key: b64(key.PublicKey().Bytes()),
			NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC),
		}},
	}
}

func FuzzVerify(f *testing.F) {
	key, roots, _ := newRoot(f, "root-1")
	good := document(f, key, trust.KindSettings, payload)
	f.Add(good)
	f.Add([]byte("e30.e30.e30"))
	f.Add([]byte(b64([]byte(`{"alg":"none","kid":"root-1","typ":"kiosk-settings+jws"}`)) + "..."))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := roots.Verify(trust.KindSettings, b)
		if err == nil && !bytes.Equal(b, good) {
			t.Fatalf("a document that nobody signed was taken: %q", got)
		}
	})
}

func FuzzParsePlatform(f *testing.F) {
	f.Add([]byte(`{"format":"kiosk-platform/1","url":"https://hub.example","ca":"","recipients":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := trust.ParsePlatform(b); err == nil && !strings.HasPrefix(p.URL, "https://") {
			t.Fatalf("address %q was taken", p.URL)
		}
	})
}
