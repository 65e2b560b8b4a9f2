package casefile

import (
	"encoding/json"
	"fmt"
	"time"

	"kiosk/device/identity"
	"kiosk/device/item"
)

// EnvelopeFormat is the only format of this build.
const EnvelopeFormat = "kiosk-case/1"

// MaxEnvelope bounds the bytes of an envelope in clear. Pages are outside.
const MaxEnvelope = 4 << 20

// Envelope is everything a citizen handed in but the pages, which it names by digest. It is made once,
// at submit, and never changed. Its JSON goes nowhere but into the sealed store.
type Envelope struct {
	Format     string          `json:"format"`
	Key        Key             `json:"key"`
	Lookup     LookupCode      `json:"lookup"`
	Item       ItemRef         `json:"item"`
	Language   string          `json:"language"` // "zh" or "en"
	BegunAt    time.Time       `json:"begun_at"`
	SubmitAt   time.Time       `json:"submitted_at"`
	Offline    bool            `json:"offline"` // the platform was away at submit
	Persons    []PersonRecord  `json:"persons"`
	Consents   []ConsentRecord `json:"consents"`
	Fields     []FieldRecord   `json:"fields"`
	Pages      []PageRecord    `json:"pages"`
	Signatures []Signature     `json:"signatures"`
	Receipt    ReceiptRecord   `json:"receipt"`
	Software   string          `json:"software"` // version of the daemon
}

// ItemRef names the exact item package the case was made by.
type ItemRef struct {
	Code    string `json:"code"`
	Version int    `json:"version"`
	Digest  Digest `json:"digest"` // of item.json
}

// PersonRecord is a card that was read.
type PersonRecord struct {
	ID        string            `json:"id"` // of item.Person
	Kind      identity.Kind     `json:"kind"`
	Name      string            `json:"name"`
	LatinName string            `json:"latin_name,omitempty"`
	Sex       string            `json:"sex"`
	Nation    string            `json:"nation,omitempty"`
	Country   string            `json:"country,omitempty"`
	Birth     string            `json:"birth"`
	Address   string            `json:"address"`
	Number    string            `json:"number"`
	Pass      string            `json:"pass,omitempty"`
	Issuer    string            `json:"issuer"`
	ValidFrom string            `json:"valid_from"`
	ValidTo   string            `json:"valid_to"`
	Photo     []byte            `json:"photo,omitempty"`
	Evidence  identity.Evidence `json:"evidence"`
	ReadAt    time.Time         `json:"read_at"`
}

// ConsentRecord is one purpose as it was shown and answered.
type ConsentRecord struct {
	Purpose  string     `json:"purpose"`
	Basis    item.Basis `json:"basis"`
	TextHash Digest     `json:"text_sha256"` // of the shown text in the shown language
	Agreed   bool       `json:"agreed"`      // for a duty: told
	At       time.Time  `json:"at"`
}

// Source says where a field's value came from.
type Source string

// Sources.
const (
	FromCard    Source = "card"    // 身份证
	FromCitizen Source = "citizen" // 您填的
)

// FieldRecord is one answer.
type FieldRecord struct {
	ID     string         `json:"id"`
	Type   item.FieldType `json:"type"`
	Value  string         `json:"value"`
	Source Source         `json:"source"`
}

// PageRecord names one captured page. Digest is of the page's bytes in clear.
type PageRecord struct {
	Material string     `json:"material"`
	Page     int        `json:"page"` // from 1
	Grade    item.Grade `json:"grade"`
	Type     string     `json:"type"` // "image/jpeg"
	Digest   Digest     `json:"sha256"`
	Size     int64      `json:"size"`
	At       time.Time  `json:"at"`
}

// Point of a stroke: x and y in thousandths of the pad's width, t in ms since the first touch.
type Point struct {
	X int `json:"x"`
	Y int `json:"y"`
	T int `json:"t"`
}

// Signature is the ink of one person under one pledge and the digest of the form it was put under.
// Changing any field afterwards voids it.
type Signature struct {
	Pledge     string    `json:"pledge,omitempty"`
	PledgeHash Digest    `json:"pledge_sha256,omitempty"`
	Person     string    `json:"person"`
	FormHash   Digest    `json:"form_sha256"`
	Strokes    [][]Point `json:"strokes"`
	At         time.Time `json:"at"`
}

// ReceiptRecord is what the person was promised on paper.
type ReceiptRecord struct {
	TakeToCounterBy string `json:"take_to_counter_by,omitempty"` // YYYY-MM-DD
}

// Encode writes the envelope's bytes, the ones that are sealed and hashed.
func (e *Envelope) Encode() ([]byte, error) {
	b, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("cannot encode the envelope: %w", err)
	}
	if len(b) > MaxEnvelope {
		return nil, fmt.Errorf("cannot encode the envelope: %d bytes are more than %d", len(b), MaxEnvelope)
	}
	return b, nil
}

// DecodeEnvelope reads an envelope and checks its form: format, key, digests, bounds. Unknown members are refused.
func DecodeEnvelope(b []byte) (*Envelope, error) {
	if len(b) > MaxEnvelope {
		return nil, fmt.Errorf("cannot read the envelope: %d bytes are more than %d", len(b), MaxEnvelope)
	}
	var e Envelope
	if err := strictJSON(b, &e); err != nil {
		return nil, fmt.Errorf("cannot read the envelope: %w", err)
	}
	switch {
	case e.Format != EnvelopeFormat:
		return nil, fmt.Errorf("cannot read the envelope: unknown format %q", e.Format)
	case !e.Key.Valid():
		return nil, fmt.Errorf("cannot read the envelope: bad case key")
	case e.Item.Code == "" || !e.Item.Digest.Valid():
		return nil, fmt.Errorf("cannot read the envelope: item is not named")
	}
	for _, p := range e.Pages {
		if !p.Digest.Valid() || p.Page < 1 || p.Size < 1 {
			return nil, fmt.Errorf("cannot read the envelope: page %d of %q is not named", p.Page, p.Material)
		}
	}
	return &e, nil
}
