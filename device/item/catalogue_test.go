package item

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func put(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) open(shipped, state string) *Catalogue {
	b.Helper()
	c, err := OpenCatalogue(b.roots, shipped, state)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func TestCatalogueTakesTheNewestAndSkipsTheDamaged(t *testing.T) {
	b := newBench(t)
	shipped, state := t.TempDir(), t.TempDir()
	put(t, shipped, "ydds.zip", b.good(3))
	put(t, shipped, "jdcx.zip", b.zip(b.signed(b.manifested(map[string][]byte{itemName: sample(t, query)}))))
	put(t, shipped, "broken.zip", b.good(3)[:1000])
	put(t, shipped, "foreign.zip", newBench(t).good(9))
	if err := os.Mkdir(filepath.Join(shipped, "folder.zip"), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, shipped, "README.md", []byte("not a package"))
	put(t, filepath.Join(state, "items"), "ydds.zip", b.good(2))
	c := b.open(shipped, state)

	list := c.List()
	if len(list) != 2 || list[0].Item.Code != "jdcx" || list[1].Item.Code != "ydds" || list[1].Item.Version != 3 {
		t.Fatalf("list: %+v", list)
	}
	codes := map[string]Code{}
	for _, s := range c.Skipped() {
		if s.Err == nil {
			t.Errorf("%s was skipped without a reason", s.File)
		}
		codes[filepath.Base(s.File)] = s.Code
	}
	if len(codes) != 3 || codes["folder.zip"] != Unreadable || codes["broken.zip"] != Malformed || codes["foreign.zip"] != BadSignature {
		t.Errorf("skipped: %v", codes)
	}
	put(t, filepath.Join(state, "items"), "ydds.zip", b.good(4))
	if p, ok := b.open(shipped, state).Find("ydds"); !ok || p.Item.Version != 4 {
		t.Errorf("after an update on the disk: %+v", p)
	}
}

func TestInstall(t *testing.T) {
	b := newBench(t)
	shipped, state := filepath.Join(t.TempDir(), "not there"), t.TempDir()
	c := b.open(shipped, state)
	if len(c.List()) != 0 || len(c.Skipped()) != 0 {
		t.Fatalf("nothing is there, got %v, %v", c.List(), c.Skipped())
	}
	holds := func(want int) {
		t.Helper()
		for _, c := range []*Catalogue{c, b.open(shipped, state)} { // now, and after a restart
			if p, ok := c.Find("ydds"); !ok || p.Item.Version != want {
				t.Fatalf("version %d holds, want %d", p.Item.Version, want)
			}
		}
	}
	five := b.good(5)
	if p, err := c.Install(five); err != nil || p.Item.Version != 5 {
		t.Fatal(err)
	}
	holds(5)
	if _, err := c.Install(b.good(6)); err != nil {
		t.Fatal(err)
	}
	holds(6)
	if _, err := c.Install(b.good(6)); err != nil {
		t.Errorf("the package that holds: %v", err)
	}
	other := files(t, 6)
	other["assets/form.png"] = []byte("another picture")
	for name, tt := range map[string]struct {
		zip  []byte
		code Code
	}{
		"older":                       {five, OlderVersion},
		"same version, other content": {b.zip(b.signed(b.manifested(other))), OlderVersion},
		"signature of another":        {newBench(t).good(7), BadSignature},
		"unsigned":                    {b.zip(b.manifested(files(t, 7))), BadSignature},
		"cut":                         {bytes.Clone(b.good(7)[:500]), Malformed},
	} {
		if _, err := c.Install(tt.zip); RefusalCode(err) != tt.code {
			t.Errorf("%s: %q (%v), want %q", name, RefusalCode(err), err, tt.code)
		}
		holds(6)
	}
	if err := os.RemoveAll(filepath.Join(state, "items")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Install(b.good(7)); err == nil || RefusalCode(err) != "" {
		t.Errorf("the disk is gone: %v; want an error that is no refusal", err)
	}
	if p, ok := c.Find("ydds"); !ok || p.Item.Version != 6 {
		t.Error("a package that could not be kept was taken all the same")
	}
}
