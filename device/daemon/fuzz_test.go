package daemon

import (
	"encoding/json"
	"errors"
	"testing"

	"kiosk/device/localapi"
)

// What comes through as an intent is whole and within bounds; all else is a problem that quotes nothing.
func FuzzIntent(f *testing.F) {
	for _, s := range []string{
		`{"id":"a","step":"s-1","kind":"next"}`,
		`{"id":"a","step":"s-1","kind":"sign","strokes":[[{"x":1,"y":2,"t":3}]]}`,
		`{"id":"a","kind":"answer","field":"phone","value":"19900001234"}`,
		`{"id":"a"}{"id":"b"}`, `{"id":"a","page":-1}`, `{"ID":"a"}`, `[]`, `null`, "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in localapi.Intent
		if err := decode(body, &in); err != nil {
			var p *localapi.Problem
			if !errors.As(err, &p) || p.Code != localapi.CodeMalformed || p.Detail != "not the JSON of this route" && p.Detail != "more than one value" {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if checkIntent(in) != "" {
			return
		}
		if in.ID == "" || in.Kind == "" || len(in.ID) > maxID || len(in.Value) > maxValue || len(in.Strokes) > maxStrokes {
			t.Errorf("out of bounds: %d byte id, %d byte value", len(in.ID), len(in.Value))
		}
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var again localapi.Intent
		if err := decode(b, &again); err != nil {
			t.Errorf("what was taken is not taken again: %v", err)
		}
	})
}
