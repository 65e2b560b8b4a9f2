// Package item is a service item (事项) as data: what it is called, what it needs, which purposes it
// reads personal data for, its typed fields, materials, pledges and ordered steps. A new item needs no
// new build. The package format is described in docs/handbook/items.md, its schema in docs/api/item.schema.json.
package item

import "kiosk/device/identity"

// Format is the only format this build reads.
const Format = "kiosk-item/1"

// Text is a sentence for people in both languages. ZH is never empty.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Network says how far an item gets without the platform.
type Network string

// Network classes.
const (
	O1 Network = "O1" // can be completed offline and queued
	O2 Network = "O2" // can start offline
	O3 Network = "O3" // needs the platform
)

// Kind of item: one files a case, the other looks cases up.
type Kind string

// Kinds of item.
const (
	Application Kind = "application"
	Query       Kind = "query"
)

// Item is the content of item.json.
type Item struct {
	Format    string     `json:"format"`
	Code      string     `json:"code"`    // 事项编码, stable
	Version   int        `json:"version"` // grows; an older one never replaces a newer one
	Kind      Kind       `json:"kind"`
	Names     Names      `json:"names"`
	Icon      string     `json:"icon"` // one of Icons
	Guide     Guide      `json:"guide"`
	Network   Network    `json:"network"`
	Identity  string     `json:"identity"`           // "L0".."L3"
	Devices   []string   `json:"devices"`            // kinds without which it cannot be done
	Optional  []string   `json:"optional,omitempty"` // kinds it makes use of when they work
	Persons   []Person   `json:"persons"`
	Purposes  []Purpose  `json:"purposes"`
	Fields    []Field    `json:"fields"`
	Materials []Material `json:"materials"`
	Pledges   []Pledge   `json:"pledges"`
	Steps     []Step     `json:"steps"`
	Receipt   Receipt    `json:"receipt"`
	// MaxKeptDays is how long a case may lie on the terminal before the person should go to the
	// counter; 0 means no limit.
	MaxKeptDays int `json:"max_kept_days,omitempty"`
}

// Names of an item.
type Names struct {
	Official Text     `json:"official"`
	Everyday Text     `json:"everyday"`
	Aliases  []string `json:"aliases,omitempty"`
	Pinyin   string   `json:"pinyin"` // numbered, of the everyday name
	Tags     []Text   `json:"tags,omitempty"`
}

// Guide is what a person is told before beginning.
type Guide struct {
	Summary Text   `json:"summary"`
	Who     Text   `json:"who"`
	Needs   []Text `json:"needs"`
	Minutes int    `json:"minutes"`
	Fee     Text   `json:"fee"`
	Result  Text   `json:"result"` // how and when the answer comes
	Contact Text   `json:"contact"`
}

// Person is somebody whose card a step reads: the applicant, an agent, a second parent.
type Person struct {
	ID    string `json:"id"`
	Label Text   `json:"label"`
}

// Basis is the legal basis of a purpose.
type Basis string

// Bases: a duty is told, consent is asked, separate consent is asked on a page of its own.
const (
	Duty     Basis = "duty"
	Consent  Basis = "consent"
	Separate Basis = "separate"
)

// Purpose is one reason to use personal data. The hash of its text is kept in the case.
type Purpose struct {
	ID        string `json:"id"`
	Basis     Basis  `json:"basis"`
	Title     Text   `json:"title"`
	Text      Text   `json:"text"`
	Recipient Text   `json:"recipient"`
	Keep      Text   `json:"keep"` // for how long
	Law       Text   `json:"law"`
}

// FieldType owns check, mask and keyboard of a field.
type FieldType string

// The field types that exist.
const (
	TypeName     FieldType = "name"      // filled from a card in this build
	TypeIDNumber FieldType = "id-number" // 18, check digit
	TypePhone    FieldType = "phone"     // 11 digits
	TypeNumber   FieldType = "number"    // digits, bounds in characters
	TypeDate     FieldType = "date"      // YYYYMMDD
	TypeMoney    FieldType = "money"     // yuan with at most two places
	TypeChoice   FieldType = "choice"    // one of Choices
	TypePlace    FieldType = "place"     // 受理地: one of Choices, which may be many
	TypeAddress  FieldType = "address"   // filled from a card in this build
	TypeText     FieldType = "text"      // letters, digits, hyphen
)

// Field is one typed question.
type Field struct {
	ID       string    `json:"id"`
	Type     FieldType `json:"type"`
	Label    Text      `json:"label"`          // as a row in a table
	Ask      Text      `json:"ask"`            // as a question, the screen's title
	Hint     Text      `json:"hint,omitzero"`  // why, or where to find it
	From     string    `json:"from,omitempty"` // "person.attribute": prefilled from a card, not asked
	Optional bool      `json:"optional,omitempty"`
	Choices  []Choice  `json:"choices,omitempty"`
	Min      int       `json:"min,omitempty"` // characters
	Max      int       `json:"max,omitempty"`
	When     string    `json:"when,omitempty"`  // CEL over field and person
	Check    string    `json:"check,omitempty"` // CEL over value, field and person
	Message  Text      `json:"message,omitzero"`
}

// Choice is one answer of a choice field.
type Choice struct {
	Value string `json:"value"`
	Label Text   `json:"label"`
	Hint  Text   `json:"hint,omitzero"`
}

// Grade says how far a material may be trusted (国办函〔2016〕108号).
type Grade string

// Grades.
const (
	GradeA Grade = "A" // issued as data by a government body
	GradeB Grade = "B" // compared with the original at a window
	GradeC Grade = "C" // captured by the citizen, original still to be seen
	GradeD Grade = "D" // written and vouched for by the citizen
)

// Material is one paper that is captured page by page.
type Material struct {
	ID       string `json:"id"`
	Name     Text   `json:"name"`
	Hint     Text   `json:"hint"`
	Review   []Text `json:"review"` // what a reviewer looks at
	Grade    Grade  `json:"grade"`
	Optional bool   `json:"optional,omitempty"`
	MaxPages int    `json:"max_pages"`
	When     string `json:"when,omitempty"`
}

// Pledge is a text a person vouches for (告知承诺); its hash is kept in the case.
type Pledge struct {
	ID    string `json:"id"`
	Title Text   `json:"title"`
	Text  Text   `json:"text"`
}

// StepKind is a kind of step. Each kind has a file device/session/step_KIND.go.
type StepKind string

// The kinds of step that exist.
const (
	StepGuide   StepKind = "guide"   // what it is, what it needs
	StepConsent StepKind = "consent" // one purpose per row
	StepCard    StepKind = "card"    // one person's card
	StepForm    StepKind = "form"    // one question per screen
	StepCapture StepKind = "capture" // pages of materials
	StepCheck   StepKind = "check"   // check your answers
	StepSign    StepKind = "sign"    // pledge and signature
	StepLookup  StepKind = "lookup"  // query items: card, receipt code or number
	StepCases   StepKind = "cases"   // query items: list and detail
)

// Step is one step in order. An application has exactly one check, after it only sign steps, and is
// submitted after the last; a query item ends with cases.
type Step struct {
	Kind      StepKind `json:"kind"`
	When      string   `json:"when,omitempty"`
	Purposes  []string `json:"purposes,omitempty"`
	Person    string   `json:"person,omitempty"`
	Fields    []string `json:"fields,omitempty"`
	Materials []string `json:"materials,omitempty"`
	Pledge    string   `json:"pledge,omitempty"`
	Ways      []string `json:"ways,omitempty"` // "card", "code", "number"
}

// Receipt is what the item adds to the printed receipt. Nothing personal can be named here.
type Receipt struct {
	Title   Text   `json:"title"`
	Lines   []Text `json:"lines,omitempty"`
	Contact Text   `json:"contact"`
}

// Icons that the screen can draw.
var Icons = []string{"parcel", "progress", "card", "house", "people", "paper", "heart", "money"}

// Listed reports whether the answer is one of the field's choices. Such an answer is no personal value by itself.
func (t FieldType) Listed() bool { return t == TypeChoice || t == TypePlace }

// Field returns the field with that id.
func (it *Item) Field(id string) (Field, bool) {
	for _, f := range it.Fields {
		if f.ID == id {
			return f, true
		}
	}
	return Field{}, false
}

// Material returns the material with that id.
func (it *Item) Material(id string) (Material, bool) {
	for _, m := range it.Materials {
		if m.ID == id {
			return m, true
		}
	}
	return Material{}, false
}

// Purpose returns the purpose with that id.
func (it *Item) Purpose(id string) (Purpose, bool) {
	for _, p := range it.Purposes {
		if p.ID == id {
			return p, true
		}
	}
	return Purpose{}, false
}

// Pledge returns the pledge with that id.
func (it *Item) Pledge(id string) (Pledge, bool) {
	for _, p := range it.Pledges {
		if p.ID == id {
			return p, true
		}
	}
	return Pledge{}, false
}

// Person returns the person with that id.
func (it *Item) Person(id string) (Person, bool) {
	for _, p := range it.Persons {
		if p.ID == id {
			return p, true
		}
	}
	return Person{}, false
}

// Attributes of a card that Field.From may name after the person and a dot.
var Attributes = []string{"name", "number", "birth", "address", "sex", "kind", "issuer", "valid_to"}

// Attribute reads one attribute of a card; ok is false for an unknown name.
func Attribute(c *identity.Card, name string) (s identity.Secret, ok bool) {
	switch name {
	case "name":
		return c.DisplayName(), true
	case "number":
		return c.Number, true
	case "birth":
		return c.Birth, true
	case "address":
		return c.Address, true
	case "sex":
		return identity.SecretString(c.Sex), true
	case "kind":
		return identity.SecretString(string(c.Kind)), true
	case "issuer":
		return identity.SecretString(c.Issuer), true
	case "valid_to":
		return identity.SecretString(c.ValidTo), true
	}
	return identity.Secret{}, false
}
