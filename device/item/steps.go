package item

import (
	"fmt"
	"slices"
)

// members says what each kind of step must have (true) and may have (false). Every kind may have "when".
var members = map[StepKind]map[string]bool{
	StepGuide:   {},
	StepConsent: {"purposes": true},
	StepCard:    {"person": true},
	StepForm:    {"fields": true},
	StepCapture: {"materials": true},
	StepCheck:   {},
	StepSign:    {"person": true, "pledge": false},
	StepLookup:  {"ways": true},
	StepCases:   {},
}

// application checks the steps of an item that files a case.
func (x *examiner) application() {
	var told, checked bool
	read := map[string]int{} // person → step that reads the card
	signed := map[string]bool{}
	for i, s := range x.it.Steps {
		at := fmt.Sprintf("/steps/%d", i)
		if !x.step(at, i, s, StepGuide, StepConsent, StepCard, StepForm, StepCapture, StepCheck, StepSign) {
			continue
		}
		if checked && s.Kind != StepSign {
			x.Add(at+"/kind", "after check only sign steps may follow, this is %s", s.Kind)
		}
		switch s.Kind {
		case StepConsent:
			told = true
			x.consent(at, s)
		case StepCard, StepForm, StepCapture:
			if !told {
				x.Add(at, "nothing may be read or asked before a consent step has told what for")
				told = true // once is enough
			}
			x.data(at, s, read)
			if s.Kind == StepCard {
				read[s.Person] = i
			}
		case StepCheck:
			checked = true
			if s.When != "" {
				x.Add(at+"/when", "the check step is never left out")
			}
		case StepSign:
			if !checked {
				x.Add(at, "a signature comes after check: whoever signs has seen all answers")
			}
			if signed[s.Person+" "+s.Pledge] {
				x.Add(at, "person %q signs pledge %q twice", s.Person, s.Pledge)
			}
			signed[s.Person+" "+s.Pledge] = true
			x.sign(at, s, read)
		}
	}
	if !checked {
		x.Add("/steps", "an application has one check step")
	}
	unconditional := slices.ContainsFunc(x.it.Steps, func(s Step) bool { return s.Kind == StepCard && s.When == "" })
	if (x.it.Identity == "L1") != unconditional {
		x.Add("/identity", "L1 means that a card is read in every visit, L0 that none has to be")
	}
	if x.it.Network == O3 {
		x.Add("/network", "an application is kept here and sent later, want O1")
	}
}

// data checks one step that reads or asks something.
func (x *examiner) data(at string, s Step, read map[string]int) {
	switch s.Kind {
	case StepCard:
		x.needs(at, "id-card-reader")
		x.once(at+"/person", "person", s.Person, x.persons())
	case StepForm:
		for j, id := range s.Fields {
			place := fmt.Sprintf("%s/fields/%d", at, j)
			x.once(place, "field", id, x.fieldIDs())
			f, _ := x.it.Field(id)
			if person, _, ok := cutFrom(f); ok {
				if _, done := read[person]; !done {
					x.Add(place, "it is filled from the card of %q, which is read later", person)
				}
			}
		}
	case StepCapture:
		x.needs(at, "camera")
		for j, id := range s.Materials {
			x.once(fmt.Sprintf("%s/materials/%d", at, j), "material", id, x.materialIDs())
		}
	}
}

func (x *examiner) consent(at string, s Step) {
	for j, id := range s.Purposes {
		place := fmt.Sprintf("%s/purposes/%d", at, j)
		x.once(place, "purpose", id, x.purposeIDs())
	}
}

func (x *examiner) sign(at string, s Step, read map[string]int) {
	if i, ok := read[s.Person]; !ok {
		x.Add(at+"/person", "the card of %q has not been read by then", s.Person)
	} else if x.it.Steps[i].When != "" && s.When == "" {
		x.Add(at, `the card of %q is not read in every visit, so this step needs "when", too`, s.Person)
	}
	if s.Pledge == "" {
		return
	}
	if _, ok := x.it.Pledge(s.Pledge); !ok {
		x.Add(at+"/pledge", "unknown pledge %q, want one of %s", s.Pledge, list(x.pledgeIDs()))
	}
	x.used["pledge "+s.Pledge] = at
}

// query checks the steps of an item that looks cases up: guide and consent if wanted, lookup, cases.
func (x *examiner) query() {
	for _, l := range []struct {
		name string
		n    int
	}{
		{"persons", len(x.it.Persons)}, {"fields", len(x.it.Fields)},
		{"materials", len(x.it.Materials)}, {"pledges", len(x.it.Pledges)},
	} {
		if l.n > 0 {
			x.Add("/"+l.name, "a query has none")
		}
	}
	var kinds []StepKind
	told := false
	for i, s := range x.it.Steps {
		at := fmt.Sprintf("/steps/%d", i)
		kinds = append(kinds, s.Kind)
		if !x.step(at, i, s, StepGuide, StepConsent, StepLookup, StepCases) {
			continue
		}
		if s.When != "" {
			x.Add(at+"/when", "a query has no conditions")
		}
		switch s.Kind {
		case StepConsent:
			told = true
			x.consent(at, s)
		case StepLookup:
			x.lookup(at, s, told)
		}
	}
	if n := len(kinds); n < 2 || slices.Index(kinds, StepLookup) != n-2 || slices.Index(kinds, StepCases) != n-1 {
		x.Add("/steps", "a query ends with one lookup step and one cases step")
	}
	if x.it.Identity != "L0" {
		x.Add("/identity", "a query lets the person choose the way, want L0")
	}
	if x.it.Network != O3 {
		x.Add("/network", "a query asks the platform, want O3")
	}
}

// lookup checks the ways to find a case.
func (x *examiner) lookup(at string, s Step, told bool) {
	if slices.Contains(s.Ways, "card") {
		x.needs(at, "id-card-reader")
		if !told {
			x.Add(at+"/ways", "no card may be read before a consent step has told what for")
		}
	}
	if slices.Contains(s.Ways, "code") {
		x.needs(at, "camera")
	}
}

// step checks a step's kind and members.
func (x *examiner) step(at string, i int, s Step, kinds ...StepKind) bool {
	if !slices.Contains(kinds, s.Kind) {
		x.Add(at+"/kind", "%s is no step of an item of kind %s, want one of %v", s.Kind, x.it.Kind, kinds)
		return false
	}
	if s.Kind == StepGuide && i != 0 {
		x.Add(at+"/kind", "the guide comes first")
	}
	ok := true
	has := map[string]bool{
		"purposes": len(s.Purposes) > 0, "person": s.Person != "", "fields": len(s.Fields) > 0,
		"materials": len(s.Materials) > 0, "pledge": s.Pledge != "", "ways": len(s.Ways) > 0,
	}
	for _, m := range []string{"purposes", "person", "fields", "materials", "pledge", "ways"} {
		must, may := members[s.Kind][m]
		if has[m] && !may {
			x.Add(at+"/"+m, "a step of kind %s has no %q", s.Kind, m)
			ok = false
		}
		if must && !has[m] {
			x.Add(at, "a step of kind %s needs %q", s.Kind, m)
			ok = false
		}
	}
	return ok
}

// once checks that a step names something that exists and that no other step has named.
func (x *examiner) once(place, what, id string, known []string) {
	if !slices.Contains(known, id) {
		x.Add(place, "unknown %s %q, want one of %s", what, id, list(known))
		return
	}
	key := what + " " + id
	if before, ok := x.used[key]; ok {
		x.Add(place, "%s %q is named at %s already", what, id, before)
		return
	}
	x.used[key] = place
}

// needs checks that a device is declared, so that the home screen can close the item in time.
func (x *examiner) needs(at, kind string) {
	if slices.Contains(x.it.Devices, kind) || x.it.Kind == Query && slices.Contains(x.it.Optional, kind) {
		return
	}
	x.Add(at, `this step needs the device %s: name it under "devices"`, kind)
}

func (x *examiner) fieldIDs() []string {
	return ids(x.it.Fields, func(f Field) string { return f.ID })
}

func (x *examiner) materialIDs() []string {
	return ids(x.it.Materials, func(m Material) string { return m.ID })
}

func (x *examiner) purposeIDs() []string {
	return ids(x.it.Purposes, func(p Purpose) string { return p.ID })
}

func (x *examiner) pledgeIDs() []string {
	return ids(x.it.Pledges, func(p Pledge) string { return p.ID })
}

func (x *examiner) persons() []string {
	return ids(x.it.Persons, func(p Person) string { return p.ID })
}

func ids[T any](list []T, id func(T) string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = id(v)
	}
	return out
}
