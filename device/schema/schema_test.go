package schema

import (
	"io/fs"
	"strings"
	"testing"

	api "kiosk/docs/api"
)

func TestEveryContractCompiles(t *testing.T) {
	names, err := fs.Glob(api.Files, "*.schema.json")
	if err != nil || len(names) < 3 {
		t.Fatalf("%v, %v", names, err)
	}
	for _, name := range names {
		if _, err := Load(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := Load("no.schema.json"); err == nil {
		t.Error("a missing contract was loaded")
	}
}

func TestProblemsSayPlaceAndCause(t *testing.T) {
	s, err := Load("settings.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	times := `{"home":60,"idle":120,"countdown":30,"card_hint":30,"card_other":90,"capture":180,"result":30,"platform":20,"take":30,"goodbye":8,"help":300}`
	good := `{"format":"kiosk-settings/1","terminal":"360001","version":3,"times":` + times + `,"volume":5,"hours":{"from":"08:00","to":"20:00"},"items":["ydds"]}`
	if err := s.Decode([]byte(good), new(map[string]any)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"unknown member", `"volume":5`, `"volume":5,"colour":"red"`, `(document): unknown member "colour"`},
		{"missing member", `,"volume":5`, ``, `(document): member "volume" is missing`},
		{"above", `"volume":5`, `"volume":11`, `/volume: 11 is more than 10`},
		{"below, with fraction", `"idle":120`, `"idle":0.5`, `/times/idle: 0.5 is less than 1`},
		{"type", `"volume":5`, `"volume":"5"`, `/volume: want integer, got string`},
		{"pattern", `"08:00"`, `"8:00"`, `/hours/from: "8:00" does not fit the pattern ^([01][0-9]|2[0-3]):[0-5][0-9]$`},
		{"const", `settings/1`, `settings/2`, `/format: "kiosk-settings/2" is not "kiosk-settings/1"`},
		{"twice", `"volume":5`, `"volume":5,"volume":6`, `/volume: stands twice`},
		{"twice, deep", `"idle":120`, `"idle":120,"idle":9999`, `/times/idle: stands twice`},
		{"other case", `"volume":5`, `"Volume":5,"volume":5`, `(document): unknown member "Volume"`},
		{"trailing", `["ydds"]}`, `["ydds"]} {}`, `(document): more than one JSON value`},
		{"cut", `,"items":["ydds"]}`, ``, `(document): not JSON at byte`},
		{"deep", `["ydds"]`, strings.Repeat("[", 100) + strings.Repeat("]", 100), `nested deeper than 32`},
		{"null", `"volume":5`, `"volume":null`, `/volume: want integer, got null`},
	} {
		text := strings.Replace(good, tt.old, tt.new, 1)
		err := s.Decode([]byte(text), new(map[string]any))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s:\n got %v\nwant %s", tt.name, err, tt.want)
		} else if strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%s: more than one line:\n%v", tt.name, err)
		}
	}
	two := strings.Replace(strings.Replace(good, `"volume":5`, `"volume":11`, 1), `"idle":120`, `"idle":0`, 1)
	err = s.Decode([]byte(two), new(map[string]any))
	if ps, ok := err.(Problems); !ok || len(ps) != 2 || !ps.OnlyRange() {
		t.Errorf("two numbers out of bounds: %#v", err)
	}
}

func FuzzDecode(f *testing.F) {
	s, err := Load("settings.schema.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"a":[1,2,{"b":null}],"a":1}`))
	f.Add([]byte(`[[[`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v map[string]any
		if err := s.Decode(b, &v); err != nil && err.Error() == "" {
			t.Fatal("an error without words")
		}
	})
}
