package sdt

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"kiosk/device/identity"
)

// field is a place in the text block, in bytes.
type field struct{ at, size int }

// layout is one way to fill the text block. A field of size 0 does not exist in it.
type layout struct {
	kind                      identity.Kind
	name, latin, latin2       field // latin2 goes on where latin ends, without a break
	sex, nation, country      field
	birth, address            field
	number, pass              field
	issuer, from, to          field
	chinese                   bool // a Chinese name must be there
	numberHoldsBirth, foreign bool
}

// markerAt is where the character lies that chooses the layout.
const markerAt = 248

// layouts by marker: resident (GA/T 490), I (2017), J, Y (2023, one public source).
var layouts = map[uint16]*layout{
	' ': {
		kind: identity.Resident, chinese: true, numberHoldsBirth: true,
		name: field{0, 30}, sex: field{30, 2}, nation: field{32, 4}, birth: field{36, 16}, address: field{52, 70},
		number: field{122, 36}, issuer: field{158, 30}, from: field{188, 16}, to: field{204, 16},
	},
	'I': {
		kind: identity.ForeignResident, foreign: true,
		latin: field{0, 120}, sex: field{120, 2}, number: field{122, 30}, country: field{152, 6}, name: field{158, 30},
		from: field{188, 16}, to: field{204, 16}, birth: field{220, 16}, issuer: field{240, 8},
	},
	'J': {
		kind: identity.HMTResident, chinese: true, numberHoldsBirth: true,
		name: field{0, 30}, sex: field{30, 2}, birth: field{36, 16}, address: field{52, 70},
		number: field{122, 36}, issuer: field{158, 30}, from: field{188, 16}, to: field{204, 16}, pass: field{220, 18},
	},
	'Y': {
		kind: identity.ForeignResident2, foreign: true, numberHoldsBirth: true,
		name: field{0, 30}, sex: field{30, 2}, birth: field{36, 16}, latin: field{52, 70}, latin2: field{220, 22},
		number: field{122, 36}, issuer: field{158, 30}, from: field{188, 16}, to: field{204, 16}, country: field{242, 6},
	},
}

// ErrTorn says that the words on a card contradict each other: a torn reading and not a wrong person.
var ErrTorn = errors.New("card's text does not hold together")

// Forever stands in the place of the last day of validity of cards that never end.
const Forever = "长期"

// DecodeText decodes and checks a text block of TextSize bytes. An unknown marker is ErrKind, anything else that
// is wrong wraps ErrTorn and names the field, never its content. The card shares no memory with text; it is empty when there is an error.
func DecodeText(text []byte) (identity.Card, error) {
	if len(text) != TextSize {
		return identity.Card{}, fmt.Errorf("text: %w: %w", ErrTorn, ErrLength)
	}
	l, ok := layouts[unit(text[markerAt:])]
	if !ok {
		return identity.Card{}, ErrKind
	}
	cut := func(f field) []byte { return text[f.at : f.at+f.size] }
	c := identity.Card{
		Kind:      l.kind,
		Name:      secret(cut(l.name)),
		LatinName: secret(cut(l.latin), cut(l.latin2)),
		Sex:       string(decode(cut(l.sex))),
		Nation:    string(decode(cut(l.nation))),
		Country:   string(decode(cut(l.country))),
		Birth:     secret(cut(l.birth)),
		Address:   secret(cut(l.address)),
		Number:    secret(cut(l.number)),
		Pass:      secret(cut(l.pass)),
		Issuer:    string(decode(cut(l.issuer))),
		ValidFrom: string(decode(cut(l.from))),
		ValidTo:   string(decode(cut(l.to))),
	}
	if err := check(&c, l); err != nil {
		c.Wipe()
		return identity.Card{}, fmt.Errorf("%w: %w", ErrTorn, err)
	}
	return c, nil
}

// check looks at what a torn reading would break. Codes that are only unknown do not lock anybody out.
func check(c *identity.Card, l *layout) error {
	for _, f := range []struct {
		name string
		text []byte
	}{
		{"name", c.Name.Bytes()}, {"latin name", c.LatinName.Bytes()}, {"address", c.Address.Bytes()},
		{"pass number", c.Pass.Bytes()}, {"issuer", []byte(c.Issuer)},
	} {
		if bytes.ContainsFunc(f.text, isControl) {
			return fmt.Errorf("%s holds control characters", f.name)
		}
	}
	if c.Name.Empty() && (l.chinese || c.LatinName.Empty()) {
		return errors.New("no name")
	}
	if l.kind == identity.ForeignResident {
		if err := identity.CheckForeignNumber(c.Number.Reveal()); err != nil {
			return fmt.Errorf("number: %w", err)
		}
	} else if err := identity.CheckNumber(c.Number.Reveal()); err != nil {
		return fmt.Errorf("number: %w", err)
	} else if b := c.Number.Bytes(); b[17] == 'x' {
		b[17] = 'X'
	}
	if !isDate(c.Birth.Reveal()) {
		return errors.New("birth is not a date")
	}
	if l.numberHoldsBirth && !bytes.Equal(c.Birth.Bytes(), c.Number.Bytes()[6:14]) {
		return errors.New("birth is not the one in the number")
	}
	if !isDate(c.ValidFrom) || c.ValidTo != Forever && (!isDate(c.ValidTo) || c.ValidTo < c.ValidFrom) {
		return errors.New("validity is not two dates in order")
	}
	if !slices.Contains([]string{"0", "1", "2", "9"}, c.Sex) {
		c.Sex = "0"
	}
	if identity.NationName(c.Nation) == "" {
		c.Nation = ""
	}
	if l.foreign && !isCountry(c.Country) {
		c.Country = ""
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || 0x7F <= r && r < 0xA0 || r == 0x2028 || r == 0x2029 }

func isDate(s string) bool {
	_, err := time.Parse("20060102", s)
	return err == nil
}

func isCountry(s string) bool {
	return len(s) == 3 && !bytes.ContainsFunc([]byte(s), func(r rune) bool { return r < 'A' || r > 'Z' })
}

// AddressSize is the most that an answer to 30 03 holds.
const AddressSize = 70

// DecodeNewAddress decodes the data of an answer to 30 03, with or without a length before the text: the
// documents do not say which. A blank text is an empty Secret.
func DecodeNewAddress(data []byte) (identity.Secret, error) {
	if n := len(data); n >= 2 && n%2 == 0 && int(data[0])<<8|int(data[1]) == n-2 {
		data = data[2:]
	}
	if len(data) > AddressSize || len(data)%2 != 0 {
		return identity.Secret{}, fmt.Errorf("new address: %w: %w", ErrTorn, ErrLength)
	}
	s := secret(data)
	if bytes.ContainsFunc(s.Bytes(), isControl) {
		s.Wipe()
		return identity.Secret{}, fmt.Errorf("new address: %w: it holds control characters", ErrTorn)
	}
	return s, nil
}

func secret(parts ...[]byte) identity.Secret { return identity.NewSecret(decode(parts...)) }

func unit(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 }

// decode makes UTF-8 of UTF-16LE without its trailing blanks and zeros. Surrogate pairs are put together, also
// where two parts meet; half a pair becomes U+FFFD. Private-use characters stay: cards carry rare
// characters so. The buffer is made once, so that no copy of personal text is left behind.
func decode(parts ...[]byte) []byte {
	units := 0
	for _, p := range parts {
		units += len(p) / 2
	}
	if units == 0 {
		return nil
	}
	at := func(i int) uint16 {
		for _, p := range parts {
			if i < len(p)/2 {
				return unit(p[2*i:])
			}
			i -= len(p) / 2
		}
		return ' '
	}
	for units > 0 && (at(units-1) == ' ' || at(units-1) == 0) {
		units--
	}
	out := make([]byte, 0, 3*units)
	for i := 0; i < units; i++ {
		r := rune(at(i))
		if utf16.IsSurrogate(r) {
			var low rune
			if i+1 < units {
				low = rune(at(i + 1))
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				i++
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
