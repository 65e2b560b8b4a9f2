package item

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kiosk/device/trust"
	"kiosk/device/trust/sign"
)

// bench is a root and what it signs.
type bench struct {
	testing.TB
	key   *sign.Key
	roots *trust.Roots
}

func newBench(t testing.TB) *bench {
	t.Helper()
	key, err := sign.Generate("root-1")
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
	return &bench{t, key, roots}
}

// files of a package that has a picture, in that version.
func files(t testing.TB, version int) map[string][]byte {
	t.Helper()
	b := bytes.Replace(sample(t, application), []byte(`"version": 1`), fmt.Appendf(nil, `"version": %d`, version), 1)
	return map[string][]byte{itemName: b, "assets/form.png": []byte("a picture")}
}

// manifested adds the manifest.
func (b *bench) manifested(f map[string][]byte) map[string][]byte {
	b.Helper()
	m, _, _, err := build(f)
	if err != nil {
		b.Fatal(err)
	}
	f[manifestName] = m
	return f
}

// signed adds the signature over the manifest that is there.
func (b *bench) signed(f map[string][]byte) map[string][]byte {
	b.Helper()
	s, err := json.Marshal(Signature{"root-1", base64.RawURLEncoding.EncodeToString(b.key.Manifest(f[manifestName]))})
	if err != nil {
		b.Fatal(err)
	}
	f[signatureName] = s
	return f
}

func (b *bench) zip(f map[string][]byte) []byte {
	b.Helper()
	z, err := zipBytes(f)
	if err != nil {
		b.Fatal(err)
	}
	return z
}

func (b *bench) good(version int) []byte {
	b.Helper()
	return b.zip(b.signed(b.manifested(files(b, version))))
}

func TestPackSignReadInstall(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	for name, content := range files(t, 3) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("for people"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "ydds.zip")
	p, err := Pack(dir, out)
	if err != nil {
		t.Fatal(err)
	}
	unsigned, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Read(unsigned, b.roots); RefusalCode(err) != BadSignature {
		t.Errorf("an unsigned package: %v", err)
	}
	if q, err := ReadUnsigned(unsigned); err != nil || q.Digest != p.Digest {
		t.Errorf("look into an unsigned package: %v", err)
	}
	signed, err := Sign(unsigned, b.key.KID, b.key.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(signed, b.roots)
	if err != nil {
		t.Fatal(err)
	}
	if got.Item.Version != 3 || got.Digest != digestOf(files(t, 3)[itemName]) || got.KID != "root-1" || string(got.Assets["form.png"]) != "a picture" {
		t.Errorf("read back %+v", got)
	}
	if ok, err := got.Rules.When("field", "waybill", Env{Field: map[string]string{"originals": "post"}}); err != nil || !ok {
		t.Errorf("rules: %t, %v", ok, err)
	}
	again, err := Sign(signed, b.key.KID, b.key.Manifest)
	if err != nil || !bytes.Equal(again, signed) {
		t.Errorf("signed twice gives other bytes, %v", err)
	}

	// The same files give the same bytes, whatever their times are.
	if err := os.Chtimes(filepath.Join(dir, itemName), time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	second := filepath.Join(t.TempDir(), "again.zip")
	if _, err := Pack(dir, second); err != nil {
		t.Fatal(err)
	}
	if b2, err := os.ReadFile(second); err != nil || !bytes.Equal(b2, unsigned) {
		t.Errorf("packed twice gives other bytes, %v", err)
	}
}

func TestPackRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ file, content, want string }{
		"extra file":   {"notes.txt", "x", `"notes.txt" does not belong`},
		"hidden file":  {"assets/.x", "x", `is no name for an asset`},
		"capital":      {"assets/A.png", "x", `is no name for an asset`},
		"broken item":  {itemName, "{", "not JSON"},
		"own manifest": {manifestName, "{}", `"manifest.json" does not belong`},
	} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "assets"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, itemName), sample(t, application), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, tt.file), []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, "..", name+".zip")
		if _, err := Pack(dir, out); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if _, err := Pack(t.TempDir(), filepath.Join(t.TempDir(), "x.zip")); err == nil {
		t.Error("an empty folder was packed")
	}
}

// raw writes a zip as somebody else might.
func raw(t *testing.T, entries ...[2]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, e := range entries {
		f, err := w.Create(e[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(e[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestReadRefuses(t *testing.T) {
	b := newBench(t)
	good := b.signed(b.manifested(files(t, 1)))
	entries := func(more ...[2]string) [][2]string {
		var out [][2]string
		for _, name := range []string{itemName, "assets/form.png", manifestName, signatureName} {
			out = append(out, [2]string{name, string(good[name])})
		}
		return append(out, more...)
	}
	if _, err := Read(raw(t, entries()...), b.roots); err != nil {
		t.Fatalf("a zip that another program wrote: %v", err)
	}
	with := func(name, content string) []byte { return raw(t, entries([2]string{name, content})...) }
	replaced := func(name, content string) []byte {
		e := entries()
		for i := range e {
			if e[i][0] == name {
				e[i][1] = content
			}
		}
		return raw(t, e...)
	}
	without := func(name string) []byte {
		return raw(t, slices.DeleteFunc(entries(), func(e [2]string) bool { return e[0] == name })...)
	}
	resign := func(change func(f map[string][]byte)) []byte {
		f := b.manifested(files(t, 1))
		change(f)
		return b.zip(b.signed(f))
	}
	var many [][2]string
	for i := range MaxFiles {
		many = append(many, [2]string{fmt.Sprintf("assets/%d.png", i), "x"})
	}
	link := func() []byte {
		var buf bytes.Buffer
		w := zip.NewWriter(&buf)
		h := &zip.FileHeader{Name: "assets/link.png"}
		h.SetMode(os.ModeSymlink | 0o777)
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("/etc/passwd")); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return buf.Bytes()
	}
	impostor := newBench(t)
	for name, tt := range map[string]struct {
		zip  []byte
		code Code
	}{
		"no zip":                  {[]byte("PK no"), Malformed},
		"nothing":                 {nil, Malformed},
		"too long":                {make([]byte, MaxPackage+1), TooLarge},
		"too many files":          {raw(t, entries(many...)...), TooLarge},
		"long file":               {with("assets/big.png", strings.Repeat("a", MaxFile+1)), TooLarge},
		"extra file":              {with("assets/more.png", "x"), Malformed},
		"file outside":            {with("../evil", "x"), Malformed},
		"file outside, in assets": {with("assets/../../evil", "x"), Malformed},
		"absolute file":           {with("/etc/passwd", "x"), Malformed},
		"backslash":               {with(`assets\evil`, "x"), Malformed},
		"folder":                  {with("assets/", ""), Malformed},
		"double slash":            {with("assets//x", "x"), Malformed},
		"same file twice":         {with(itemName, string(good[itemName])), Malformed},
		"second manifest":         {with(manifestName, "{}"), Malformed},
		"link":                    {link(), Malformed},
		"altered item":            {replaced(itemName, strings.Replace(string(good[itemName]), "不收费", "收500元", 1)), Malformed},
		"altered picture":         {replaced("assets/form.png", "another"), Malformed},
		"altered manifest":        {replaced(manifestName, strings.Replace(string(good[manifestName]), `"version": 1`, `"version": 9`, 1)), BadSignature},
		"no manifest":             {without(manifestName), BadSignature},
		"no signature":            {without(signatureName), BadSignature},
		"no item":                 {without(itemName), Malformed},
		"no picture":              {without("assets/form.png"), Malformed},
		"signature of another":    {impostor.good(1), BadSignature},
		"unknown key id":          {replaced(signatureName, strings.Replace(string(good[signatureName]), "root-1", "root-9", 1)), BadSignature},
		"signature is no JSON":    {replaced(signatureName, "x"), BadSignature},
		"signature is no base64":  {replaced(signatureName, `{"kid":"root-1","sig":"!!"}`), BadSignature},
		"signature, more members": {replaced(signatureName, strings.Replace(string(good[signatureName]), "{", `{"alg":"none",`, 1)), BadSignature},
		"signed, other version": {resign(func(f map[string][]byte) {
			f[manifestName] = bytes.Replace(f[manifestName], []byte(`"version": 1`), []byte(`"version": 2`), 1)
		}), Malformed},
		"signed, other code": {resign(func(f map[string][]byte) {
			f[manifestName] = bytes.Replace(f[manifestName], []byte("ydds"), []byte("jdcx"), 1)
		}), Malformed},
		"signed, other format": {resign(func(f map[string][]byte) {
			f[manifestName] = bytes.Replace(f[manifestName], []byte("manifest/1"), []byte("manifest/2"), 1)
		}), Malformed},
		"signed, file missing":   {resign(func(f map[string][]byte) { delete(f, "assets/form.png") }), Malformed},
		"signed, file not named": {resign(func(f map[string][]byte) { f["assets/new.png"] = []byte("x") }), Malformed},
		"signed, item broken":    {resign(func(f map[string][]byte) { f[itemName] = []byte("{}") }), Malformed},
	} {
		p, err := Read(tt.zip, b.roots)
		if p != nil || RefusalCode(err) != tt.code {
			t.Errorf("%s: got %q (%v), want %q", name, RefusalCode(err), err, tt.code)
		}
	}
}

func FuzzRead(f *testing.F) {
	b := newBench(f)
	good := b.good(1)
	f.Add(good)
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, z []byte) {
		p, err := Read(z, b.roots)
		if err == nil && p.Digest != digestOf(files(t, 1)[itemName]) {
			t.Fatal("a package that nobody signed was taken")
		}
		if err != nil && RefusalCode(err) == "" {
			t.Fatalf("an error without code: %v", err)
		}
	})
}
