package item

import (
	"fmt"
	"slices"
	"strings"

	"kiosk/device/schema"
)

// sources says which types a field may have that is filled from a card.
var sources = map[string]FieldType{
	"name": TypeName, "number": TypeIDNumber, "birth": TypeDate, "address": TypeAddress,
	"sex": TypeChoice, "kind": TypeChoice, "issuer": TypeText, "valid_to": TypeText,
}

// examiner checks what the schema cannot say. It knows where each thing is used.
type examiner struct {
	it *Item
	schema.Problems
	used map[string]string // "field tel" → place of the step that names it
}

func examine(it *Item) schema.Problems {
	x := examiner{it: it, used: map[string]string{}}
	x.names()
	x.fields()
	x.pages()
	x.levels()
	switch it.Kind {
	case Application:
		x.application()
	case Query:
		x.query()
	}
	x.unused()
	return x.Problems
}

// names checks that no id stands twice.
func (x *examiner) names() {
	twice := func(what string, ids []string) {
		for i, id := range ids {
			if first := slices.Index(ids, id); first < i {
				x.Add(fmt.Sprintf("/%s/%d/id", what, i), "%q is taken by /%s/%d", id, what, first)
			}
		}
	}
	twice("persons", x.persons())
	twice("purposes", x.purposeIDs())
	twice("fields", x.fieldIDs())
	twice("materials", x.materialIDs())
	twice("pledges", x.pledgeIDs())
}

// MaxPages is how many pages a case may have, all materials together: what one sealed case can hold.
const MaxPages = 36

// pages checks that the store can hold every page that people may be asked for.
func (x *examiner) pages() {
	sum := 0
	for _, m := range x.it.Materials {
		sum += m.MaxPages
	}
	if sum > MaxPages {
		x.Add("/materials", "together they may have %d pages, a case holds %d: lower max_pages", sum, MaxPages)
	}
}

// fields checks each field against its type.
func (x *examiner) fields() {
	for i, f := range x.it.Fields {
		at := fmt.Sprintf("/fields/%d", i)
		if f.Type.Listed() {
			if len(f.Choices) == 0 {
				x.Add(at, `a field of type %s needs "choices"`, f.Type)
			}
			if f.Type == TypeChoice && len(f.Choices) > MaxChoices {
				x.Add(at+"/choices", "%d are more than %d; only a field of type place may have more", len(f.Choices), MaxChoices)
			}
			for j, c := range f.Choices {
				if k := slices.IndexFunc(f.Choices, func(o Choice) bool { return o.Value == c.Value }); k < j {
					x.Add(fmt.Sprintf("%s/choices/%d/value", at, j), "%q is taken by choice %d", c.Value, k)
				}
			}
		} else if len(f.Choices) > 0 {
			x.Add(at+"/choices", "only a field of type choice or place has choices, this one is a %s", f.Type)
		}
		bounded := f.Type == TypeNumber || f.Type == TypeText
		switch {
		case !bounded && (f.Min != 0 || f.Max != 0):
			x.Add(at, `only number and text have "min" and "max", this one is a %s`, f.Type)
		case bounded && f.From == "" && f.Max == 0:
			x.Add(at, `a field of type %s needs "max", in characters`, f.Type)
		case bounded && f.Max != 0 && f.Min > f.Max:
			x.Add(at+"/min", "%d is more than max, %d", f.Min, f.Max)
		}
		if f.Check != "" && f.Message.ZH == "" {
			x.Add(at, `a field with "check" needs "message", which says why an answer is refused`)
		}
		if f.Check == "" && f.Message.ZH != "" {
			x.Add(at+"/message", `only a field with "check" has a message`)
		}
		x.from(at, f)
	}
}

func (x *examiner) from(at string, f Field) {
	if f.From == "" {
		if f.Type == TypeName || f.Type == TypeAddress {
			x.Add(at, `a field of type %s is filled from a card: it needs "from"`, f.Type)
		}
		return
	}
	person, attribute, _ := cutFrom(f)
	if _, ok := x.it.Person(person); !ok {
		x.Add(at+"/from", "unknown person %q, want one of %s", person, list(x.persons()))
	}
	if want := sources[attribute]; f.Type != want {
		x.Add(at+"/type", "%q of a card goes into a field of type %s, this one is a %s", attribute, want, f.Type)
	}
	if f.Optional {
		x.Add(at+"/optional", "a field filled from a card is never asked, so it cannot be optional")
	}
	if f.Check != "" {
		x.Add(at+"/check", "a field filled from a card is never asked, so it cannot be refused")
	}
}

// cutFrom parts "person.attribute"; ok is false for a field that is asked.
func cutFrom(f Field) (person, attribute string, ok bool) { return strings.Cut(f.From, ".") }

// levels checks what the item promises about identity and devices.
func (x *examiner) levels() {
	for i, d := range x.it.Optional {
		if slices.Contains(x.it.Devices, d) {
			x.Add(fmt.Sprintf("/optional/%d", i), `%q stands under "devices" already`, d)
		}
	}
	if x.it.Identity == "L2" || x.it.Identity == "L3" {
		x.Add("/identity", "this build reads cards and nothing more, want L0 or L1")
	}
	if x.it.Network == O2 {
		x.Add("/network", "this build has no item that starts offline and ends online, want O1 or O3")
	}
}

// unused refuses what no step makes use of: a question that is never asked, a purpose that is never told.
func (x *examiner) unused() {
	for _, f := range x.it.Fields {
		if person, _, ok := cutFrom(f); ok && x.used["person "+person] != "" {
			x.used["field "+f.ID] = "card"
		}
	}
	report := func(list, what string, ids []string) {
		for i, id := range ids {
			if x.used[what+" "+id] == "" {
				x.Add(fmt.Sprintf("/%s/%d", list, i), "no step makes use of %s %q", what, id)
			}
		}
	}
	report("persons", "person", x.persons())
	report("purposes", "purpose", x.purposeIDs())
	report("fields", "field", x.fieldIDs())
	report("materials", "material", x.materialIDs())
	report("pledges", "pledge", x.pledgeIDs())
}

// examineConditions checks that conditions look only at what is known when they are asked.
func examineConditions(it *Item, rules *Rules) schema.Problems {
	var ps schema.Problems
	fields, persons := map[string]bool{}, map[string]bool{}
	look := func(place string) {
		for _, u := range rules.uses[place] {
			switch {
			case u.of == "field" && !fields[u.id]:
				ps.Add(place, "field %q is not answered yet at this point", u.id)
			case u.of == "person" && !persons[u.id]:
				ps.Add(place, "the card of person %q is not read yet at this point", u.id)
			}
		}
	}
	for i, s := range it.Steps {
		look(fmt.Sprintf("/steps/%d/when", i))
		if s.Kind == StepCard {
			persons[s.Person] = true
			for _, f := range it.Fields {
				if person, _, ok := cutFrom(f); ok && person == s.Person {
					fields[f.ID] = true
				}
			}
		}
		for _, id := range s.Fields {
			if j := slices.IndexFunc(it.Fields, func(f Field) bool { return f.ID == id }); it.Fields[j].From == "" {
				look(fmt.Sprintf("/fields/%d/when", j))
				look(fmt.Sprintf("/fields/%d/check", j))
				fields[id] = true
			}
		}
		for _, id := range s.Materials {
			j := slices.IndexFunc(it.Materials, func(m Material) bool { return m.ID == id })
			look(fmt.Sprintf("/materials/%d/when", j))
		}
	}
	// Fields from a card are weighed last, on the check step, when all is known but themselves.
	for j, f := range it.Fields {
		if f.From != "" {
			delete(fields, f.ID)
			look(fmt.Sprintf("/fields/%d/when", j))
			fields[f.ID] = true
		}
	}
	return ps
}
