package schema

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	api "kiosk/docs/api"
)

// TestHandbookExplainsEveryMember looks for each member of each contract on its page of the handbook.
func TestHandbookExplainsEveryMember(t *testing.T) {
	for contract, page := range map[string]string{
		"item.schema.json": "items.md", "settings.schema.json": "settings.md", "kioskd.schema.json": "settings.md",
	} {
		b, err := os.ReadFile(filepath.Join("..", "..", "docs", "handbook", page))
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		raw, err := api.Files.ReadFile(contract)
		if err != nil {
			t.Fatal(err)
		}
		var doc any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		n := 0
		properties(doc, func(name string) {
			n++
			if !strings.Contains(text, "`"+name+"`") {
				t.Errorf("%s does not explain %q of %s", page, name, contract)
			}
		})
		if n < 10 {
			t.Errorf("%s has only %d members", contract, n)
		}
	}
}

// properties calls f for the name of every member that a schema defines.
func properties(v any, f func(name string)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			properties(e, f)
		}
	case map[string]any:
		for key, e := range v {
			if members, ok := e.(map[string]any); ok && key == "properties" {
				for name := range members {
					if name != "zh" && name != "en" { // texts are explained once
						f(name)
					}
				}
			}
			properties(e, f)
		}
	}
}
