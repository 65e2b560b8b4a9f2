package audit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kiosk/device/audit"
)

// TestHandbookListsEveryEvent holds docs/handbook/events.md against the catalogue, both ways.
func TestHandbookListsEveryEvent(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "handbook", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := audit.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	listed := 0
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		listed++
		id := strings.Trim(cells[1], " `")
		k, ok := kinds[id]
		if !ok {
			t.Errorf("the handbook lists %q, which is not in the catalogue", id)
			continue
		}
		if strings.TrimSpace(cells[2]) != string(k.Severity) || !strings.Contains(cells[3], k.EN) || !strings.Contains(cells[3], k.ZH) {
			t.Errorf("event %q has another severity or meaning in the handbook", id)
		}
		for name := range k.Fields {
			if !strings.Contains(cells[4], "`"+name+"`") {
				t.Errorf("event %q: the handbook does not name field %q", id, name)
			}
		}
		if n := strings.Count(cells[4], "`") / 2; n != len(k.Fields) {
			t.Errorf("event %q has %d fields, %d in the handbook", id, len(k.Fields), n)
		}
	}
	if listed != len(kinds) {
		t.Errorf("the handbook lists %d events, the catalogue has %d", listed, len(kinds))
	}
}
