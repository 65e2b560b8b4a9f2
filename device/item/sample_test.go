package item

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// samples are the items that stand in the project: two that are shipped and the worked example of the handbook.
var samples = []string{
	"../../packaging/sample/items/ydds/item.json",
	"../../packaging/sample/items/jdcx/item.json",
	"../../docs/handbook/example-item/item.json",
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSamplesParse(t *testing.T) {
	for _, name := range samples {
		if _, err := Parse(sample(t, name)); err != nil {
			t.Errorf("%s:\n%v", name, err)
		}
	}
}

func as[T error](err error, target *T) bool { return errors.As(err, target) }

// TestSamplesAreWrittenPlainly holds every sentence that people see against the rules for plain words.
func TestSamplesAreWrittenPlainly(t *testing.T) {
	for _, name := range samples {
		it, err := Parse(sample(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if ps := Advise(it); len(ps) > 0 {
			t.Errorf("%s:\n%v", name, ps)
		}
	}
	it, err := Parse(change(t, application, "材料写的是谁，就由谁来办。", "兹有申请人本人须携带本人有效居民身份证件原件前来本大厅综合窗口"))
	if err != nil {
		t.Fatal(err)
	}
	if ps := Advise(it); len(ps) != 2 || ps[0].Place != "/guide/who/zh" {
		t.Errorf("officialese of 31 characters: %v", ps)
	}
}

// TestSamplesSurviveTheirPackage packs and signs the sources as they stand in the project.
func TestSamplesSurviveTheirPackage(t *testing.T) {
	b := newBench(t)
	shipped := t.TempDir()
	for _, name := range samples {
		dir := filepath.Dir(filepath.FromSlash(name))
		out := filepath.Join(shipped, filepath.Base(dir)+".zip")
		if _, err := Pack(dir, out); err != nil {
			t.Fatal(err)
		}
		unsigned, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := Sign(unsigned, b.key.KID, b.key.Manifest)
		if err != nil {
			t.Fatal(err)
		}
		put(t, shipped, filepath.Base(out), signed)
	}
	c := b.open(shipped, t.TempDir())
	if len(c.List()) != len(samples) || len(c.Skipped()) != 0 {
		t.Errorf("%d packages, skipped %v; want %d", len(c.List()), c.Skipped(), len(samples))
	}
}

// TestSexFromACard fills a choice from a card, whose values are digits.
func TestSexFromACard(t *testing.T) {
	b := change(t, application, `"fields": [`, `"fields": [
    {"id": "sex", "type": "choice", "label": {"zh": "性别", "en": "Sex"}, "ask": {"zh": "您的性别？", "en": "Your sex?"}, "from": "applicant.sex",
     "choices": [{"value": "1", "label": {"zh": "男", "en": "male"}}, {"value": "2", "label": {"zh": "女", "en": "female"}}]},`)
	if _, err := Parse(b); err != nil {
		t.Error(err)
	}
}
