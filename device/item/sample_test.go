package item

import (
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
