package casefile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"kiosk/device/identity"
	"kiosk/device/item"
)

// Draft is a case while its visit lasts. It lives in memory only; its pages lie sealed in the outbox. Wipe
// zeroes what it holds.
type Draft struct {
	Key        Key
	Lookup     LookupCode
	Item       ItemRef
	BegunAt    time.Time
	persons    []personDraft
	consents   []ConsentRecord
	answers    map[string]answer
	pages      []PageRecord
	signatures []Signature

	// Of the first submit.
	submitAt time.Time
	offline  bool
}

type personDraft struct {
	id   string
	card identity.Card
	at   time.Time
}

type answer struct {
	value  identity.Secret
	source Source
}

// NewDraft begins a draft with a fresh key.
func NewDraft(ref ItemRef) *Draft {
	return &Draft{Key: NewKey(), Lookup: NewLookupCode(), Item: ref, BegunAt: time.Now(), answers: map[string]answer{}}
}

// SetPerson stores a card that was read; the draft owns it. A second card for the same person replaces the first.
// Any change of what was signed voids the signatures.
func (d *Draft) SetPerson(id string, card identity.Card) {
	d.voidSignatures()
	for i := range d.persons {
		if d.persons[i].id == id {
			d.persons[i].card.Wipe()
			d.persons[i] = personDraft{id, card, time.Now()}
			return
		}
	}
	d.persons = append(d.persons, personDraft{id, card, time.Now()})
}

// Person returns the card of a person, nil while it was not read. The draft keeps ownership.
func (d *Draft) Person(id string) *identity.Card {
	for i := range d.persons {
		if d.persons[i].id == id {
			return &d.persons[i].card
		}
	}
	return nil
}

// RemovePerson forgets a card that the item no longer asks for.
func (d *Draft) RemovePerson(id string) {
	d.voidSignatures()
	d.persons = slices.DeleteFunc(d.persons, func(p personDraft) bool {
		if p.id == id {
			p.card.Wipe()
		}
		return p.id == id
	})
}

// HasNumber reports whether some other person's card has this number.
func (d *Draft) HasNumber(number identity.Secret, except string) bool {
	return slices.ContainsFunc(d.persons, func(p personDraft) bool { return p.id != except && p.card.Number.Equal(number) })
}

// Consent records that a purpose was shown and answered. The later answer to the same purpose counts.
func (d *Draft) Consent(c ConsentRecord) {
	for i := range d.consents {
		if d.consents[i].Purpose == c.Purpose {
			d.consents[i] = c
			return
		}
	}
	d.consents = append(d.consents, c)
}

// Answer stores a value; the draft owns it.
func (d *Draft) Answer(field string, value identity.Secret, source Source) {
	d.voidSignatures()
	if old, ok := d.answers[field]; ok {
		old.value.Wipe()
	}
	d.answers[field] = answer{value, source}
}

// RemoveAnswer forgets the answer to a field.
func (d *Draft) RemoveAnswer(field string) {
	d.voidSignatures()
	if old, ok := d.answers[field]; ok {
		old.value.Wipe()
		delete(d.answers, field)
	}
}

// Value returns an answer. The draft keeps ownership.
func (d *Draft) Value(field string) (identity.Secret, Source, bool) {
	a, ok := d.answers[field]
	return a.value, a.source, ok
}

// AddPage appends a page that the outbox has sealed.
func (d *Draft) AddPage(p PageRecord) {
	d.voidSignatures()
	d.pages = append(d.pages, p)
}

// RemovePage takes a page out and numbers the later ones of its material anew.
func (d *Draft) RemovePage(material string, page int) (PageRecord, bool) {
	for i, p := range d.pages {
		if p.Material == material && p.Page == page {
			d.voidSignatures()
			d.pages = slices.Delete(d.pages, i, i+1)
			for j := range d.pages {
				if d.pages[j].Material == material && d.pages[j].Page > page {
					d.pages[j].Page--
				}
			}
			return p, true
		}
	}
	return PageRecord{}, false
}

// Pages returns the pages of one material, of all for "".
func (d *Draft) Pages(material string) []PageRecord {
	var out []PageRecord
	for _, p := range d.pages {
		if material == "" || p.Material == material {
			out = append(out, p)
		}
	}
	return out
}

// Sign stores ink under the form as it is now.
func (d *Draft) Sign(pledge, person string, text Digest, strokes [][]Point, fields []item.Field) {
	d.signatures = slices.DeleteFunc(d.signatures, func(s Signature) bool { return s.Pledge == pledge && s.Person == person })
	d.signatures = append(d.signatures, Signature{
		Pledge: pledge, PledgeHash: text, Person: person, FormHash: d.FormHash(fields), Strokes: strokes, At: time.Now(),
	})
}

// Signed reports whether that person has signed that pledge for the form as it is now.
func (d *Draft) Signed(pledge, person string) bool {
	return slices.ContainsFunc(d.signatures, func(s Signature) bool { return s.Pledge == pledge && s.Person == person })
}

func (d *Draft) voidSignatures() {
	for _, s := range d.signatures {
		wipeStrokes(s.Strokes)
	}
	d.signatures = nil
}

func wipeStrokes(strokes [][]Point) {
	for _, s := range strokes {
		clear(s)
	}
}

// FormHash is the digest of all that a signature stands for: item, persons, visible fields and pages.
func (d *Draft) FormHash(fields []item.Field) Digest {
	form := struct {
		Item    ItemRef
		Persons []PersonRecord
		Fields  []FieldRecord
		Pages   []PageRecord
	}{d.Item, d.personRecords(), d.fieldRecords(fields), d.pages}
	b, err := json.Marshal(form)
	if err != nil { // plain strings and numbers only
		panic(fmt.Sprintf("cannot hash the form: %v", err))
	}
	defer clear(b)
	return DigestOf(b)
}

// Envelope makes the immutable case. fields are the visible fields in order; what is no longer visible is left out. Time and
// offline are those of the first call: a store that has half taken a case can be asked again with the same bytes.
func (d *Draft) Envelope(fields []item.Field, lang, software string, offline bool) *Envelope {
	if d.submitAt.IsZero() {
		d.submitAt, d.offline = time.Now().Round(0), offline
	}
	return &Envelope{
		Format: EnvelopeFormat, Key: d.Key, Lookup: d.Lookup, Item: d.Item, Language: lang,
		BegunAt: d.BegunAt.Round(0), SubmitAt: d.submitAt, Offline: d.offline, Software: software,
		Persons: d.personRecords(), Consents: slices.Clone(d.consents), Fields: d.fieldRecords(fields),
		Pages: slices.Clone(d.pages), Signatures: slices.Clone(d.signatures),
	}
}

func (d *Draft) personRecords() []PersonRecord {
	out := []PersonRecord{}
	for _, p := range d.persons {
		c := p.card
		out = append(out, PersonRecord{
			ID: p.id, Kind: c.Kind, Name: c.Name.Reveal(), LatinName: c.LatinName.Reveal(), Sex: c.Sex, Nation: c.Nation,
			Country: c.Country, Birth: c.Birth.Reveal(), Address: c.Address.Reveal(), Number: c.Number.Reveal(),
			Pass: c.Pass.Reveal(), Issuer: c.Issuer, ValidFrom: c.ValidFrom, ValidTo: c.ValidTo,
			Photo: bytes.Clone(c.Photo), Evidence: c.Evidence, ReadAt: p.at.Round(0),
		})
	}
	return out
}

func (d *Draft) fieldRecords(fields []item.Field) []FieldRecord {
	out := []FieldRecord{}
	for _, f := range fields {
		if a, ok := d.answers[f.ID]; ok {
			out = append(out, FieldRecord{ID: f.ID, Type: f.Type, Value: a.value.Reveal(), Source: a.source})
		}
	}
	return out
}

// Wipe zeroes every buffer and forgets the rest. The key stays, so that the outbox can be told.
func (d *Draft) Wipe() {
	for i := range d.persons {
		d.persons[i].card.Wipe()
	}
	for _, a := range d.answers {
		a.value.Wipe()
	}
	d.voidSignatures()
	*d = Draft{Key: d.Key, answers: map[string]answer{}}
}
