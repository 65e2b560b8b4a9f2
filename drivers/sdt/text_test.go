package sdt

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"kiosk/device/identity"
	"kiosk/drivers/sdt/sdtsim"
)

// text is the block of a sample with a change.
func text(t testing.TB, sample string, change func(*sdtsim.Person)) []byte {
	t.Helper()
	p, ok := sdtsim.Sample(sample)
	if !ok {
		t.Fatalf("no sample %q", sample)
	}
	if change != nil {
		change(&p)
	}
	b, err := p.Text()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRareNames(t *testing.T) {
	for _, name := range []string{
		"张三",
		"\U00020BB7示例",         // a surname outside the basic plane: surrogates
		"\U0002A6D6\U00030000", // two of them
		"示\uE863例",             // private use, as some cards carry
		"阿不都热西提·吾布力卡司木江",                        // fifteen characters, no blank left
		"\U00020BB7" + strings.Repeat("例", 13),  // fifteen units
		"A B",                                   // inner blanks stay
		"\U0002B740 \u3400\uFA1F",               // compatibility characters are not folded
		strings.Repeat("\U00020000", 7) + "末",   // a pair at an odd place
		"\u9FBA\u9FBB" + string(rune(0x10FFFF)), // the last code point
	} {
		card, err := DecodeText(text(t, "resident", func(p *sdtsim.Person) { p.Name = name }))
		if err != nil || card.Name.Reveal() != name {
			t.Errorf("%q became %q, %v", name, card.Name.Reveal(), err)
		}
	}
}

func TestHalfAPairIsShownAsSuch(t *testing.T) {
	b := text(t, "resident", nil)
	b[4], b[5] = 0x42, 0xD8 // a high surrogate with a blank behind it
	card, err := DecodeText(b)
	if err != nil || card.Name.Reveal() != "张三\uFFFD" {
		t.Errorf("%q, %v", card.Name.Reveal(), err)
	}
}

func TestLongEnglishName(t *testing.T) {
	for _, name := range []string{
		"SAMPLE, PERSON WITH A VERY LONG NAME",           // 36: one character goes on
		"SAMPLE, PERSON WITH A LONG LONG OF",             // 34
		"SAMPLE, PERSON WITH A VERY LONG NA ME",          // a blank is the 35th
		"SAMPLE, PERSON WITH A VERY LONG NAME AND SOME",  // 45
		"SAMPLE, PERSON WITH A VERY LONG NAME AND SOMEX", // 46: full
	} {
		card, err := DecodeText(text(t, "foreign2", func(p *sdtsim.Person) { p.LatinName = name }))
		if err != nil || card.LatinName.Reveal() != name {
			t.Errorf("%q became %q, %v", name, card.LatinName.Reveal(), err)
		}
	}
}

func TestTornTexts(t *testing.T) {
	for _, c := range []struct {
		name, sample string
		change       func(*sdtsim.Person)
	}{
		{"check digit", "resident", func(p *sdtsim.Person) { p.Number = "110105194912310021" }},
		{"number too short", "resident", func(p *sdtsim.Person) { p.Number = "11010519491231002" }},
		{"no number", "hmt", func(p *sdtsim.Person) { p.Number = "" }},
		{"number of the old kind on a new card", "foreign2", func(p *sdtsim.Person) { p.Number = "SAU326885010117" }},
		{"check of the old foreign number", "foreign", func(p *sdtsim.Person) { p.Number = "SAU326885010118" }},
		{"new number on the old kind", "foreign", func(p *sdtsim.Person) { p.Number = "9326821985010" }},
		{"birth is another", "resident", func(p *sdtsim.Person) { p.Birth = "19491230" }},
		{"birth is no date", "foreign", func(p *sdtsim.Person) { p.Birth = "19850230" }},
		{"no birth", "foreign", func(p *sdtsim.Person) { p.Birth = "" }},
		{"no name", "resident", func(p *sdtsim.Person) { p.Name = "" }},
		{"no name at all", "foreign2", func(p *sdtsim.Person) { p.Name, p.LatinName = "", "" }},
		{"control character in the name", "resident", func(p *sdtsim.Person) { p.Name = "张\x1b@" }},
		{"line end in the address", "minority", func(p *sdtsim.Person) { p.Address = "示例\n示例" }},
		{"C1 control in the issuer", "hmt", func(p *sdtsim.Person) { p.Issuer = "示例\u0085" }},
		{"valid from", "resident", func(p *sdtsim.Person) { p.ValidFrom = "20201301" }},
		{"valid to", "minority", func(p *sdtsim.Person) { p.ValidTo = "2035010" }},
		{"valid to before from", "minority", func(p *sdtsim.Person) { p.ValidTo = "20140101" }},
		{"valid from for ever", "resident", func(p *sdtsim.Person) { p.ValidFrom = "长期" }},
	} {
		card, err := DecodeText(text(t, c.sample, c.change))
		if !errors.Is(err, ErrTorn) || card.Kind != "" {
			t.Errorf("%s: %v, kind %q", c.name, err, card.Kind)
		}
		p, _ := sdtsim.Sample(c.sample)
		c.change(&p)
		for _, secret := range []string{p.Number, p.Birth, p.Name} {
			if err != nil && secret != "" && strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error tells %q", c.name, secret)
			}
		}
	}
	for _, size := range []int{0, 255, 257} {
		if _, err := DecodeText(make([]byte, size)); !errors.Is(err, ErrTorn) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestMarkersOnlyOfKnownLayouts(t *testing.T) {
	known := 0
	for marker := range rune(0x10000) {
		if 0xD800 <= marker && marker < 0xE000 {
			continue
		}
		b := text(t, "resident", nil)
		b[markerAt], b[markerAt+1] = byte(marker), byte(marker>>8)
		_, err := DecodeText(b)
		if !errors.Is(err, ErrKind) {
			known++
		}
	}
	if known != 4 {
		t.Errorf("%d markers are known, want blank, I, J and Y", known)
	}
}

func TestCodesThatAreOnlyUnknown(t *testing.T) {
	card, err := DecodeText(text(t, "resident", func(p *sdtsim.Person) { p.Sex, p.Nation = "3", "57" }))
	if err != nil || card.Sex != "0" || card.Nation != "" {
		t.Errorf("sex %q, nation %q, %v", card.Sex, card.Nation, err)
	}
	card, err = DecodeText(text(t, "foreign", func(p *sdtsim.Person) { p.Country = "S1U" }))
	if err != nil || card.Country != "" {
		t.Errorf("country %q, %v", card.Country, err)
	}
}

func TestFieldsFilledWithZeros(t *testing.T) {
	b := text(t, "resident", nil)
	for at := 4; at < 30; at++ {
		b[at] = 0
	}
	card, err := DecodeText(b)
	if err != nil || card.Name.Reveal() != "张三" {
		t.Errorf("%q, %v", card.Name.Reveal(), err)
	}
}

func TestNewAddressWithAndWithoutLength(t *testing.T) {
	plain := []byte{0x3A, 0x79, 0x8B, 0x4F, ' ', 0} // 示例 and a blank
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"plain", plain, "示例"},
		{"with length", append([]byte{0, 6}, plain...), "示例"},
		{"full", []byte(strings.Repeat("\x3A\x79", 35)), strings.Repeat("示", 35)},
		{"full with length", append([]byte{0, 70}, strings.Repeat("\x3A\x79", 35)...), strings.Repeat("示", 35)},
		{"nothing", nil, ""},
		{"blank", []byte{' ', 0, ' ', 0}, ""},
	} {
		s, err := DecodeNewAddress(c.data)
		if err != nil || s.Reveal() != c.want {
			t.Errorf("%s: %q, %v", c.name, s.Reveal(), err)
		}
	}
	for _, data := range [][]byte{make([]byte, 3), make([]byte, 74), {7, 0}, {0x1B, 0, 0x3A, 0x79}} {
		if _, err := DecodeNewAddress(data); !errors.Is(err, ErrTorn) {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	}
}

// FuzzText decodes any block. What comes out is valid UTF-8 without control characters, with a number whose
// check digit holds, and it shares no memory with the block.
func FuzzText(f *testing.F) {
	for _, name := range sdtsim.Samples() {
		f.Add(text(f, name, nil), uint64(0))
		f.Add(text(f, name, nil), uint64(1))
	}
	f.Fuzz(func(t *testing.T, b []byte, hurt uint64) {
		if len(b) > 2*TextSize {
			return
		}
		if rnd := rand.New(rand.NewPCG(hurt, 0)); hurt > 0 && len(b) > 0 {
			b[rnd.IntN(len(b))] ^= byte(rnd.Uint32())
		}
		card, err := DecodeText(b)
		if err != nil {
			if !errors.Is(err, ErrTorn) && !errors.Is(err, ErrKind) {
				t.Fatalf("unknown error %v", err)
			}
			if card.Kind != "" || !card.Number.Empty() {
				t.Fatal("half a card")
			}
			return
		}
		for _, s := range []identity.Secret{card.Name, card.LatinName, card.Birth, card.Address, card.Number, card.Pass} {
			if !utf8.Valid(s.Bytes()) || strings.ContainsFunc(s.Reveal(), isControl) {
				t.Fatal("text is not clean")
			}
		}
		check := identity.CheckNumber
		if card.Kind == identity.ForeignResident {
			check = identity.CheckForeignNumber
		}
		number := card.Number.Reveal()
		clear(b)
		if err := check(number); err != nil || card.Number.Reveal() != number {
			t.Fatalf("number does not hold: %v", err)
		}
		if _, err := time.Parse("20060102", card.ValidFrom); err != nil {
			t.Fatal(err)
		}
	})
}
