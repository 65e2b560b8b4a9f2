package audit

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// personal is what must never be in the log: names, ID numbers, phones, addresses, in the shapes that they come in.
var personal = []string{
	"张三", "示例·阿不都", "ZHANG SAN", "Zhang San", "zhang san",
	"11010519491231002X", "11010519491231002x", "990102198501010025", "932682198501010017", "810000199408230021",
	"x990102198501010025", "n-990102198501010025", "v1.990102198501010025",
	"19900001234", "199-0000-1234", "199 0000 1234", "a19900001234", "+8619900001234",
	"示例省示例市示例路1号", "19491231", "1949-12-31", "data:image/jpeg;base64,AAAA",
	"", " ", "a\nb", "{\"id\":1}",
}

func start(t *testing.T, max int64) (*Log, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "audit.log")
	l, err := open(path, slog.New(slog.DiscardHandler), max)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, path
}

func TestPersonalDataFitsNowhere(t *testing.T) {
	kinds, err := Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	l, path := start(t, 1<<30)
	tried := 0
	for id, kind := range kinds {
		for field := range kind.Fields {
			for _, value := range personal {
				l.Event(id, field, value)
				tried++
				tail, _ := l.Tail(1)
				if len(tail) != 1 || tail[0].ID != refused || tail[0].Fields["id"] != id || len(tail[0].Fields) != 1 {
					t.Errorf("event %q field %q took %q: %+v", id, field, value, tail)
				}
			}
		}
		for _, value := range personal {
			l.Event(id, value, "x")
			l.Event(id, value)
			l.Event(value)
		}
	}
	if tried < 500 {
		t.Fatalf("only %d values were tried", tried)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range personal {
		if len(value) > 4 && strings.Contains(string(b), value) {
			t.Errorf("the file contains %q", value)
		}
	}
	t.Logf("%d events, %d values of fields refused", len(kinds), tried)
}

func TestEveryEventCanBeWritten(t *testing.T) {
	kinds, err := Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	right := map[string]string{"code": "wrong-terminal", "count": "42", "ms": "86400", "number": "360001010000427", "version": "v0.1.0"}
	l, _ := start(t, 1<<30)
	for id, kind := range kinds {
		var fields []string
		for name, f := range kind.Fields {
			value := right[f.Type]
			if f.Type == "enum" {
				value = f.Values[len(f.Values)-1]
			}
			fields = append(fields, name, value)
		}
		l.Event(id, fields...)
		tail, _ := l.Tail(1)
		if tail[0].ID != id || len(tail[0].Fields) != len(kind.Fields) {
			t.Errorf("event %q was written as %+v", id, tail[0])
		}
	}
}

func TestValues(t *testing.T) {
	for _, tt := range []struct {
		f     Field
		value string
		want  bool
	}{
		{Field{Type: "code"}, "platform-away", true},
		{Field{Type: "code"}, "Platform", false},
		{Field{Type: "code"}, "1st", false},
		{Field{Type: "code"}, "a123456", true},
		{Field{Type: "code"}, "a1234567", false},
		{Field{Type: "code"}, strings.Repeat("a", 64), true},
		{Field{Type: "code"}, strings.Repeat("a", 65), false},
		{Field{Type: "count"}, "999999", true},
		{Field{Type: "count"}, "1000000", false},
		{Field{Type: "count"}, "-1", false},
		{Field{Type: "count", Or: []string{"unknown"}}, "unknown", true},
		{Field{Type: "count"}, "unknown", false},
		{Field{Type: "ms"}, "3600000", true},
		{Field{Type: "ms"}, "36000000", false},
		{Field{Type: "number"}, "360001010000427", true},
		{Field{Type: "number"}, "36000101000042", false},
		{Field{Type: "number"}, "3600010100004270", false},
		{Field{Type: "version"}, "dev", true},
		{Field{Type: "version"}, "v1.2.3-4-g0a1b2c3", true},
		{Field{Type: "version"}, "zhangsan", false},
		{Field{Type: "enum", Values: []string{"yes"}}, "yes", true},
		{Field{Type: "enum", Values: []string{"yes"}}, "no", false},
	} {
		if got := tt.f.Fits(tt.value); got != tt.want {
			t.Errorf("%+v fits %q: %t, want %t", tt.f, tt.value, got, tt.want)
		}
	}
}

func TestLogIsBoundedAndContinues(t *testing.T) {
	const max = 2000
	l, path := start(t, max)
	for i := range 200 {
		l.Event("page-kept", "material", "form", "page", fmt.Sprint(i))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l.Event("started") // after Close: dropped
	for _, name := range []string{path, path + ".1"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > max || info.Size() == 0 {
			t.Errorf("%s has %d bytes, want 1 to %d", name, info.Size(), max)
		}
	}
	// A crash cut the last line.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"at":"2026-01-01T00:00:00Z","id":"case-ke`); err != nil {
		t.Fatal(err)
	}
	f.Close()

	again, err := open(path, slog.New(slog.DiscardHandler), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	again.Event("case-kept", "number", "360001010000427", "item", "ydds")
	tail, err := again.Tail(3)
	if err != nil || len(tail) != 3 {
		t.Fatalf("tail: %+v, %v", tail, err)
	}
	if tail[0].Fields["page"] != "198" || tail[1].Fields["page"] != "199" || tail[2].ID != "case-kept" {
		t.Errorf("tail: %+v", tail)
	}
	again.Close()
	third, err := open(path, slog.New(slog.DiscardHandler), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if tail, _ := third.Tail(1); len(tail) != 1 || tail[0].ID != "case-kept" || tail[0].At.IsZero() {
		t.Errorf("the event behind the cut line is lost: %+v", tail)
	}
}

func TestTailIsBounded(t *testing.T) {
	l, _ := start(t, 1<<30)
	for range MaxTail + 10 {
		l.Event("visit-begun")
	}
	for n, want := range map[int]int{-1: 0, 0: 0, 1: 1, MaxTail: MaxTail, MaxTail * 2: MaxTail} {
		if tail, err := l.Tail(n); err != nil || len(tail) != want {
			t.Errorf("tail of %d: %d events, %v; want %d", n, len(tail), err, want)
		}
	}
}

func TestCatalogueIsChecked(t *testing.T) {
	const frame = `{"format":"kiosk-events/1","severities":{"info":"x"},"events":[%s]}`
	good := `{"id":"a","severity":"info","zh":"甲","en":"a","fields":{"n":{"type":"count"}}}`
	if _, err := parseCatalogue(fmt.Appendf(nil, frame, good)); err != nil {
		t.Fatal(err)
	}
	for name, events := range map[string]string{
		"twice":            good + "," + good,
		"unknown type":     strings.Replace(good, `"count"`, `"text"`, 1),
		"unknown severity": strings.Replace(good, `"info"`, `"loud"`, 1),
		"no Chinese":       strings.Replace(good, "甲", "", 1),
		"enum of nothing":  strings.Replace(good, `"count"`, `"enum"`, 1),
		"unknown member":   strings.Replace(good, `"en"`, `"fr"`, 1),
	} {
		if _, err := parseCatalogue(fmt.Appendf(nil, frame, events)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
