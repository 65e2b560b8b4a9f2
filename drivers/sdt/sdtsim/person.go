package sdtsim

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf16"

	"kiosk/device/identity"
)

// Person is an invented person as a card tells of one. Fields that a kind of card does not have are left out
// of it. Numbers should hold by their check digits and belong to nobody.
type Person struct {
	Kind       identity.Kind `json:"kind"` // empty: resident
	Name       string        `json:"name,omitempty"`
	LatinName  string        `json:"latin_name,omitempty"`
	Sex        string        `json:"sex,omitempty"`    // "1" male, "2" female
	Nation     string        `json:"nation,omitempty"` // two digits
	Country    string        `json:"country,omitempty"`
	Birth      string        `json:"birth"` // YYYYMMDD
	Address    string        `json:"address,omitempty"`
	Number     string        `json:"number"`
	Pass       string        `json:"pass,omitempty"`
	Times      string        `json:"times,omitempty"` // how often issued or renewed, two digits; the version on kind I
	Link       string        `json:"link,omitempty"`  // to the old number, three characters
	Issuer     string        `json:"issuer,omitempty"`
	ValidFrom  string        `json:"valid_from"`
	ValidTo    string        `json:"valid_to"`
	NewAddress string        `json:"new_address,omitempty"` // what 30 03 tells
	Fingers    int           `json:"fingers,omitempty"`     // fingerprint templates on the card, up to 2
	// Marker is put into the place that names the layout, instead of the kind's own; for tests of unknown ones.
	Marker string `json:"marker,omitempty"`
}

// people are invented. The first number is the example printed in GB 11643; the others begin with numbers
// that are no province, or have the form of a residence permit.
var people = map[string]Person{
	"resident": {
		Kind: identity.Resident, Name: "张三", Sex: "1", Nation: "01", Birth: "19491231",
		Address: "北京市东城区示例胡同1号", Number: "11010519491231002X", Issuer: "北京市公安局东城分局",
		ValidFrom: "20200101", ValidTo: "长期", NewAddress: "北京市东城区示例新街2号",
	},
	"minority": {
		Kind: identity.Resident, Name: "阿不都·示例", Sex: "2", Nation: "05", Birth: "19850101",
		Address: "新疆示例市示例路2号", Number: "990102198501010025", Issuer: "示例市公安局",
		ValidFrom: "20150101", ValidTo: "20350101",
	},
	"foreign": {
		Kind: identity.ForeignResident, Name: "示例", LatinName: "SAMPLE, PERSON ONE", Sex: "2", Country: "SAU",
		Birth: "19850101", Number: "SAU326885010117", Issuer: "1500", Times: "01",
		ValidFrom: "20180101", ValidTo: "20280101",
	},
	"hmt": {
		Kind: identity.HMTResident, Name: "李四", Sex: "2", Birth: "19940823", Address: "广东省示例市示例街3号",
		Number: "810000199408230021", Pass: "H12345678", Times: "01", Issuer: "示例市公安局",
		ValidFrom: "20190101", ValidTo: "20240101",
	},
	"foreign2": {
		Kind: identity.ForeignResident2, Name: "示例", LatinName: "SAMPLE, PERSON ONE", Sex: "1", Country: "SAU",
		Birth: "19850101", Number: "932682198501010017", Times: "01", Link: "681",
		Issuer: "中华人民共和国国家移民管理局", ValidFrom: "20231201", ValidTo: "20331201",
	},
}

// Sample returns the invented person of that name; Samples lists the names.
func Sample(name string) (Person, bool) {
	p, ok := people[name]
	return p, ok
}

// Samples lists the names that Sample knows, sorted.
func Samples() []string { return slices.Sorted(maps.Keys(people)) }

const (
	textSize  = 256
	photoSize = 1024
)

type place struct {
	at, size int
	text     string
}

// Text is the person's text block of 256 bytes. It fails when a text does not fit into its field.
func (p Person) Text() ([]byte, error) {
	block := make([]byte, 0, textSize)
	for range textSize / 2 {
		block = append(block, ' ', 0)
	}
	places, err := p.places()
	if err != nil {
		return nil, err
	}
	if p.Marker != "" {
		places = append(places, place{248, 2, p.Marker})
	}
	for _, f := range places {
		raw := encode(f.text)
		if len(raw) > f.size {
			return nil, fmt.Errorf("cannot make a card: text for byte %d has %d bytes, room is for %d", f.at, len(raw), f.size)
		}
		copy(block[f.at:], raw)
	}
	return block, nil
}

func (p Person) places() ([]place, error) {
	switch p.Kind {
	case identity.Resident, "":
		return []place{
			{0, 30, p.Name}, {30, 2, p.Sex}, {32, 4, p.Nation}, {36, 16, p.Birth}, {52, 70, p.Address},
			{122, 36, p.Number}, {158, 30, p.Issuer}, {188, 16, p.ValidFrom}, {204, 16, p.ValidTo},
		}, nil
	case identity.ForeignResident:
		return []place{
			{0, 120, p.LatinName}, {120, 2, p.Sex}, {122, 30, p.Number}, {152, 6, p.Country}, {158, 30, p.Name},
			{188, 16, p.ValidFrom}, {204, 16, p.ValidTo}, {220, 16, p.Birth}, {236, 4, p.Times}, {240, 8, p.Issuer},
			{248, 2, "I"},
		}, nil
	case identity.HMTResident:
		return []place{
			{0, 30, p.Name}, {30, 2, p.Sex}, {36, 16, p.Birth}, {52, 70, p.Address}, {122, 36, p.Number},
			{158, 30, p.Issuer}, {188, 16, p.ValidFrom}, {204, 16, p.ValidTo}, {220, 18, p.Pass}, {238, 4, p.Times},
			{248, 2, "J"},
		}, nil
	case identity.ForeignResident2:
		latin, rest := []rune(p.LatinName), ""
		if len(latin) > 35 {
			latin, rest = latin[:35], string(latin[35:])
		}
		return []place{
			{0, 30, p.Name}, {30, 2, p.Sex}, {32, 4, p.Times}, {36, 16, p.Birth}, {52, 70, string(latin)},
			{122, 36, p.Number}, {158, 30, p.Issuer}, {188, 16, p.ValidFrom}, {204, 16, p.ValidTo}, {220, 22, rest},
			{242, 6, p.Country}, {248, 2, "Y"}, {250, 6, p.Link},
		}, nil
	}
	return nil, fmt.Errorf("cannot make a card of kind %q", p.Kind)
}

// encode is UTF-16LE.
func encode(text string) []byte {
	var raw []byte
	for _, u := range utf16.Encode([]rune(text)) {
		raw = append(raw, byte(u), byte(u>>8))
	}
	return raw
}

// photo is a filler: it begins like the blocks in public traces and is no picture.
func photo() []byte {
	b := make([]byte, 0, photoSize)
	b = append(b, 0x57, 0x4C, 0x66, 0x00, 0x7E, 0x00, 0x32, 0x00, 0x00, 0x00, 0xFF, 0x85)
	for i := len(b); i < photoSize; i++ {
		b = append(b, byte(7*i+3))
	}
	return b
}
