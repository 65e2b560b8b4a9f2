package item

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kiosk/device"
	"kiosk/device/identity"
	"kiosk/device/schema"
	"kiosk/device/sealed"
	api "kiosk/docs/api"
)

const (
	application = "../../packaging/sample/items/ydds/item.json"
	query       = "../../packaging/sample/items/jdcx/item.json"
	example     = "../../docs/handbook/example-item/item.json"
)

// change edits a sample: each pair of old and new text must be found.
func change(t *testing.T, name string, pairs ...string) []byte {
	t.Helper()
	text := string(sample(t, name))
	for pair := range slices.Chunk(pairs, 2) {
		if !strings.Contains(text, pair[0]) {
			t.Fatalf("%s has no %s", name, pair[0])
		}
		text = strings.Replace(text, pair[0], pair[1], 1)
	}
	return []byte(text)
}

// TestParseRefusesWithPlaceAndReason breaks one thing at a time.
func TestParseRefusesWithPlaceAndReason(t *testing.T) {
	for _, tt := range []struct {
		name, sample string
		pairs        []string
		want         string
	}{
		{"unknown member", application, []string{`"icon"`, `"colour": "red", "icon"`}, `(document): unknown member "colour"`},
		{"unknown field type", application, []string{`"type": "phone"`, `"type": "fax"`}, `/fields/5/type: "fax" is not one of ["name","id-number","phone"`},
		{"unknown step", application, []string{`{"kind": "check"}`, `{"kind": "dance"}`}, `/steps/5/kind: "dance" is not one of ["guide","consent"`},
		{"unknown device", application, []string{`["id-card-reader", "camera"]`, `["id-card-reader", "camera", "robot"]`}, `/devices/2: "robot" is not one of ["id-card-reader","camera","receipt-printer"]`},
		{"unknown icon", application, []string{`"icon": "parcel"`, `"icon": "cat"`}, `/icon: "cat" is not one of ["parcel"`},
		{"unknown way", query, []string{`["card", "code", "number"]`, `["card", "face"]`}, `/steps/2/ways/1: "face" is not one of ["card","code","number"]`},
		{"unknown attribute", application, []string{`"applicant.name"`, `"applicant.blood"`}, `/fields/0/from: "applicant.blood" does not fit`},
		{"unknown format", application, []string{`kiosk-item/1`, `kiosk-item/2`}, `/format: "kiosk-item/2" is not "kiosk-item/1"`},
		{"bad code", application, []string{`"code": "ydds"`, `"code": "../ydds"`}, `/code: "../ydds" does not fit`},
		{"bad id", application, []string{`"id": "phone"`, `"id": "Phone"`}, `/fields/5/id: "Phone" does not fit`},
		{"no Chinese", application, []string{`"zh": "给外地办事"`, `"zh": " "`}, `/names/everyday/zh: " " does not fit`},
		{"control character", application, []string{`"zh": "给外地办事"`, `"zh": "给\u001b外地"`}, `/names/everyday/zh`},
		{"long name", application, []string{`"zh": "给外地办事"`, `"zh": "` + strings.Repeat("办", 41) + `"`}, `/names/everyday/zh`},
		{"version 0", application, []string{`"version": 1`, `"version": 0`}, `/version: 0 is less than 1`},
		{"pinyin", application, []string{`gei3 wai4`, `gei wai`}, `/names/pinyin`},
		{"text as number", application, []string{`"minutes": 8`, `"minutes": "8"`}, `/guide/minutes: want integer, got string`},
		{"one choice", application, []string{`"archive", "label"`, `"medical", "label"`}, `/fields/4/choices/3/value: "medical" is taken by choice 0`},

		{"same field twice", application, []string{`"id": "phone"`, `"id": "place"`}, `/fields/5/id: "place" is taken by /fields/3`},
		{"same person twice", example, []string{`{"id": "agent", "label"`, `{"id": "elder", "label"`}, `/persons/1/id: "elder" is taken by /persons/0`},
		{"choice without choices", application, []string{`"type": "phone"`, `"type": "choice"`}, `/fields/5: a field of type choice needs "choices"`},
		{"choices of a phone", application, []string{`"type": "choice"`, `"type": "phone"`}, `/fields/4/choices: only a field of type choice or place`},
		{"bounds of a phone", application, []string{`"type": "phone"`, `"type": "phone", "max": 11`}, `/fields/5: only number and text have "min" and "max"`},
		{"text without bound", application, []string{`"min": 8,
      "max": 20,`, ``}, `/fields/7: a field of type text needs "max"`},
		{"min above max", application, []string{`"min": 8,`, `"min": 30,`}, `/fields/7/min: 30 is more than max, 20`},
		{"check without message", example, []string{`,
      "message": {"zh": "请带1到4张近照。", "en": "Please bring 1 to 4 photographs."}`, ``}, `/fields/6: a field with "check" needs "message"`},
		{"typed name", application, []string{`, "from": "applicant.name"`, ``}, `/fields/0: a field of type name is filled from a card`},
		{"from of the wrong type", application, []string{`"from": "applicant.number"`, `"from": "applicant.birth"`}, `/fields/1/type: "birth" of a card goes into a field of type date`},
		{"from of nobody", application, []string{`"applicant.name"`, `"mother.name"`}, `/fields/0/from: unknown person "mother", want one of applicant`},
		{"optional from", application, []string{`"from": "applicant.name"`, `"from": "applicant.name", "optional": true`}, `/fields/0/optional: a field filled from a card`},
		{"more pages than a case holds", application, []string{`"max_pages": 5`, `"max_pages": 30`}, `/materials: together they may have 40 pages, a case holds 36`},
		{"device twice", application, []string{`"optional": ["receipt-printer"]`, `"optional": ["camera"]`}, `/optional/0: "camera" stands under "devices"`},
		{"level that needs faces", application, []string{`"identity": "L1"`, `"identity": "L2"`}, `/identity: this build reads cards`},
		{"level without a card", application, []string{`"identity": "L1"`, `"identity": "L0"`}, `/identity: L1 means`},
		{"online application", application, []string{`"network": "O1"`, `"network": "O3"`}, `/network: an application is kept here`},
		{"camera not declared", application, []string{`["id-card-reader", "camera"]`, `["id-card-reader"]`}, `/steps/4: this step needs the device camera`},
		{"reader not declared", application, []string{`["id-card-reader", "camera"]`, `["camera"]`}, `/steps/2: this step needs the device id-card-reader`},

		{"no such purpose", application, []string{`["verify", "forward", "sms"]`, `["verify", "forward", "spam"]`}, `/steps/1/purposes/2: unknown purpose "spam", want one of verify, forward, sms`},
		{"purpose never told", application, []string{`["verify", "forward", "sms"]`, `["verify", "forward"]`}, `/purposes/2: no step makes use of purpose "sms"`},
		{"no such person", application, []string{`{"kind": "card", "person": "applicant"}`, `{"kind": "card", "person": "neighbour"}`}, `/steps/2/person: unknown person "neighbour", want one of applicant`},
		{"no such field", application, []string{`"waybill", "case-number"]`, `"waybill", "nothing"]`}, `/steps/3/fields/5: unknown field "nothing", want one of name, number`},
		{"field never asked", application, []string{`"waybill", "case-number"]`, `"waybill"]`}, `/fields/8: no step makes use of field "case-number"`},
		{"field asked twice", example, []string{`"fields": ["phone"]`, `"fields": ["phone", "who"]`}, `/steps/6/fields/1: field "who" is named at /steps/2/fields/0 already`},
		{"no such material", application, []string{`["form", "proof"]`, `["form", "cat"]`}, `/steps/4/materials/1: unknown material "cat", want one of form, proof`},
		{"material never taken", application, []string{`["form", "proof"]`, `["form"]`}, `/materials/1: no step makes use of material "proof"`},
		{"no such pledge", application, []string{`"pledge": "true"}`, `"pledge": "false"}`}, `/steps/6/pledge: unknown pledge "false", want one of true`},
		{"pledge never signed", application, []string{`, "pledge": "true"}`, `}`}, `/pledges/0: no step makes use of pledge "true"`},
		{"signer without card", example, []string{`"person": "agent", "pledge": "agent", "when": "person.agent"`, `"person": "child", "pledge": "agent", "when": "person.agent"`}, `/steps/9/person: the card of "child" has not been read`},
		{"signer not in every visit", example, []string{`"pledge": "agent", "when": "person.agent"`, `"pledge": "agent"`}, `/steps/9: the card of "agent" is not read in every visit`},
		{"from before the card", example, []string{`["who", "copies"]`, `["who", "elder-name", "copies"]`}, `/steps/2/fields/1: it is filled from the card of "elder", which is read later`},

		{"no check", application, []string{`{"kind": "check"},`, ``}, `/steps: an application has one check step`},
		{"two checks", application, []string{`{"kind": "check"},`, `{"kind": "check"}, {"kind": "check"},`}, `/steps/6/kind: after check only sign steps may follow, this is check`},
		{"form behind check", application, []string{`{"kind": "check"},`, ``, `"pledge": "true"}`, `"pledge": "true"}, {"kind": "check"}`}, `/steps/5: a signature comes after check`},
		{"conditional check", application, []string{`{"kind": "check"}`, `{"kind": "check", "when": "true"}`}, `/steps/5/when: the check step is never left out`},
		{"asked before told", application, []string{`{"kind": "consent", "purposes": ["verify", "forward", "sms"]},
    {"kind": "card", "person": "applicant"},`, `{"kind": "card", "person": "applicant"},
    {"kind": "consent", "purposes": ["verify", "forward", "sms"]},`}, `/steps/1: nothing may be read or asked before`},
		{"guide later", application, []string{`{"kind": "guide"},`, ``, `{"kind": "check"},`, `{"kind": "guide"}, {"kind": "check"},`}, `/steps/4/kind: the guide comes first`},
		{"step of a query", application, []string{`{"kind": "check"},`, `{"kind": "cases"}, {"kind": "check"},`}, `/steps/5/kind: cases is no step of an item of kind application`},
		{"member of another kind", application, []string{`{"kind": "guide"}`, `{"kind": "guide", "person": "applicant"}`}, `/steps/0/person: a step of kind guide has no "person"`},
		{"member is missing", application, []string{`{"kind": "card", "person": "applicant"}`, `{"kind": "card"}`}, `/steps/2: a step of kind card needs "person"`},
		{"signs twice", application, []string{`"pledge": "true"}`, `"pledge": "true"}, {"kind": "sign", "person": "applicant", "pledge": "true"}`}, `/steps/7: person "applicant" signs pledge "true" twice`},

		{"query of a form", query, []string{`{"kind": "lookup"`, `{"kind": "check"}, {"kind": "lookup"`}, `/steps/2/kind: check is no step of an item of kind query`},
		{"query without cases", query, []string{`,
    {"kind": "cases"}`, ``}, `/steps: a query ends with one lookup step and one cases step`},
		{"query with two lookups", query, []string{`{"kind": "cases"}`, `{"kind": "lookup", "ways": ["number"]}, {"kind": "cases"}`}, `/steps: a query ends`},
		{"query with persons", query, []string{`"persons": []`, `"persons": [{"id": "you", "label": {"zh": "您", "en": "you"}}]`}, `/persons: a query has none`},
		{"query, card untold", query, []string{`{"kind": "consent", "purposes": ["find"]},`, ``}, `/steps/1/ways: no card may be read before a consent step`},
		{"query without reader", query, []string{`["id-card-reader", "camera"]`, `["camera"]`}, `/steps/2: this step needs the device id-card-reader`},
		{"query with a level", query, []string{`"identity": "L0"`, `"identity": "L1"`}, `/identity: a query lets the person choose`},
		{"query offline", query, []string{`"network": "O3"`, `"network": "O1"`}, `/network: a query asks the platform`},
		{"query, condition", query, []string{`{"kind": "cases"}`, `{"kind": "cases", "when": "true"}`}, `/steps/3/when: a query has no conditions`},

		{"condition, syntax", application, []string{`field.originals == 'post'`, `field.originals ==`}, `/fields/7/when: at column`},
		{"condition, no yes or no", application, []string{`field.originals == 'post'`, `field.originals + 'post'`}, `/fields/7/when: condition must be a yes or no, it is a string`},
		{"condition, unknown field", application, []string{`field.originals == 'post'`, `field.color == 'red'`}, `/fields/7/when: unknown field "color", want one of name`},
		{"condition, unknown person", example, []string{`"when": "person.agent"`, `"when": "person.nobody"`}, `/fields/4/when: unknown person "nobody", want one of elder, agent`},
		{"condition, unknown name", application, []string{`field.originals == 'post'`, `now() > 3`}, `/fields/7/when: at column`},
		{"condition, all fields", application, []string{`field.originals == 'post'`, `field == {}`}, `/fields/7/when: field must be followed by a name`},
		{"condition, computed name", application, []string{`field.originals == 'post'`, `field['or' + 'iginals'] == 'post'`}, `/fields/7/when: field must be followed by a name`},
		{"condition, loop", application, []string{`field.originals == 'post'`, `[1,2,3].all(x, x > 0)`}, `/fields/7/when: at column`},
		{"condition, value in when", application, []string{`field.originals == 'post'`, `value == 'post'`}, `/fields/7/when: at column`},
		{"condition, long", application, []string{`field.originals == 'post'`, `field.originals == '` + strings.Repeat("p", 400) + `'`}, `/fields/7/when`},
		{"condition, big", application, []string{`field.originals == 'post'`, strings.Repeat("1+", 190) + "1 == 1"}, `/fields/7/when: `},
		{"condition, pattern", application, []string{`field.originals == 'post'`, `field.originals.matches('(')`}, `/fields/7/when`},
		{"condition, answered later", example, []string{`"field.who == 'family'"`, `"field.phone == '19900001234'"`}, `/materials/1/when: field "phone" is not answered yet`},
		{"condition, read later", example, []string{`"field.who == 'family'"`, `"person.elder"`}, `/materials/1/when: the card of person "elder" is not read yet`},
		{"condition, itself", application, []string{`field.originals == 'post'`, `field.waybill == 'x'`}, `/fields/7/when: field "waybill" is not answered yet`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			it, err := Parse(change(t, tt.sample, tt.pairs...))
			if err == nil || it != nil {
				t.Fatal("taken")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("\n got %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestParseBoundsItsInput(t *testing.T) {
	if _, err := Parse(bytes.Repeat([]byte(" "), MaxItem+1)); err == nil {
		t.Error("more than MaxItem bytes were taken")
	}
	for _, text := range []string{"", "{}", "[]", "null", `{"format":"kiosk-item/1"}`, strings.Repeat("[", 100000)} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%.20q was taken", text)
		}
	}
}

// TestSchemaAndTypesAgree compares the lists of the schema with those of the code, so that neither can grow alone.
func TestSchemaAndTypesAgree(t *testing.T) {
	b, err := api.Files.ReadFile("item.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	at := func(path string) []string {
		var v any = doc
		for part := range strings.SplitSeq(path, "/") {
			v = v.(map[string]any)[part]
		}
		var out []string
		for _, e := range v.([]any) {
			out = append(out, e.(string))
		}
		return out
	}
	same := func(path string, want []string) {
		t.Helper()
		got := at(path)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	same("properties/icon/enum", slices.Clone(Icons))
	var kinds []string
	for k := range members {
		kinds = append(kinds, string(k))
	}
	same("$defs/step/properties/kind/enum", kinds)
	var devices []string
	for _, k := range device.Kinds {
		devices = append(devices, string(k))
	}
	same("$defs/device/enum", devices)
	types := []FieldType{TypeName, TypeIDNumber, TypePhone, TypeNumber, TypeDate, TypeMoney, TypeChoice, TypePlace, TypeAddress, TypeText}
	var names []string
	for _, typ := range types {
		names = append(names, string(typ))
	}
	same("$defs/field/properties/type/enum", names)

	var attributes []string
	card := identity.Card{}
	for a := range sources {
		attributes = append(attributes, a)
		if _, ok := Attribute(&card, a); !ok {
			t.Errorf("attribute %q has a type but no value", a)
		}
	}
	slices.Sort(attributes)
	if want := slices.Sorted(slices.Values(Attributes)); !slices.Equal(attributes, want) {
		t.Errorf("attributes with a type are %v, want %v", attributes, want)
	}
	pattern := doc["$defs"].(map[string]any)["field"].(map[string]any)["properties"].(map[string]any)["from"].(map[string]any)["pattern"].(string)
	for _, a := range Attributes {
		if !strings.Contains(pattern, a) {
			t.Errorf("the schema does not know attribute %q", a)
		}
	}
}

// TestSchemaNamesEveryMember compares the members of the Go types with those of the schema.
func TestSchemaNamesEveryMember(t *testing.T) {
	b, err := api.Files.ReadFile("item.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	var check func(path string, s map[string]any, typ reflect.Type)
	check = func(path string, s map[string]any, typ reflect.Type) {
		if ref, ok := s["$ref"].(string); ok {
			s = doc["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
		switch typ.Kind() {
		case reflect.Slice:
			check(path+"/items", s["items"].(map[string]any), typ.Elem())
		case reflect.Struct:
			props := s["properties"].(map[string]any)
			if len(props) != typ.NumField() {
				t.Errorf("%s has %d members, the type %s has %d", path, len(props), typ, typ.NumField())
			}
			for i := range typ.NumField() {
				name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
				p, ok := props[name].(map[string]any)
				if !ok {
					t.Errorf("%s/%s is not in the schema", path, name)
					continue
				}
				check(path+"/"+name, p, typ.Field(i).Type)
			}
		}
	}
	check("", doc, reflect.TypeFor[Item]())
}

func TestProblemsAreReported(t *testing.T) {
	_, err := Parse(change(t, application, `"id": "phone"`, `"id": "place"`, `"pledge": "true"}`, `"pledge": "false"}`))
	var ps schema.Problems
	if !as(err, &ps) || len(ps) < 2 {
		t.Errorf("two things are wrong, got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range samples {
		f.Add(sample(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		it, err := Parse(b)
		if err != nil {
			return
		}
		if it.Code == "" || len(it.Steps) == 0 || it.Names.Everyday.ZH == "" {
			t.Fatalf("taken: %+v", it)
		}
	})
}

// TestPagesFitIntoACase: what an item may ask for, the store can hold.
func TestPagesFitIntoACase(t *testing.T) {
	if MaxPages != sealed.MaxPages {
		t.Errorf("an item may have %d pages, a sealed case %d", MaxPages, sealed.MaxPages)
	}
}
