package identity

import (
	"errors"
	"testing"
	"time"
)

// All numbers are invented or, the first one, printed as the example of GB 11643.
func TestCheckNumber(t *testing.T) {
	for _, c := range []struct {
		number string
		want   error
	}{
		{"11010519491231002X", nil},
		{"11010519491231002x", nil},
		{"990102198501010025", nil},
		{"932682198501010017", nil},
		{"810000199408230021", nil},
		{"990102198501010026", ErrCheck},
		{"990102198501010052", ErrCheck}, // two digits changed places
		{"110105194912310021", ErrCheck},
		{"11010519491331002X", ErrBirth}, // month 13
		{"11010519490229002X", ErrBirth}, // no leap year
		{"X1010519491231002X", ErrDigits},
		{"11010519491231002Y", ErrDigits},
		{"１101051949123100"[:18], ErrDigits}, // a wide digit: 18 bytes
		{"", ErrLength},
		{"110105491231002", ErrLength}, // first generation
		{"11010519491231002X ", ErrLength},
	} {
		if err := CheckNumber(c.number); !errors.Is(err, c.want) {
			t.Errorf("%q: got %v, want %v", c.number, err, c.want)
		}
	}
}

// Every single wrong digit and every two neighbours that changed places are found: that is what MOD 11-2 promises.
func TestCheckNumberFindsSlips(t *testing.T) {
	const good = "990102198501010025"
	for i := range good {
		for d := byte('0'); d <= '9'; d++ {
			b := []byte(good)
			if b[i] == d {
				continue
			}
			b[i] = d
			if CheckNumber(string(b)) == nil {
				t.Errorf("digit %d as %c passes", i, d)
			}
		}
		if i > 0 && good[i] != good[i-1] {
			b := []byte(good)
			b[i], b[i-1] = b[i-1], b[i]
			if CheckNumber(string(b)) == nil {
				t.Errorf("digits %d and %d may change places", i-1, i)
			}
		}
	}
}

func TestCheckForeignNumber(t *testing.T) {
	for _, c := range []struct {
		number string
		want   error
	}{
		{"SAU326885010117", nil},
		{"SAU326885010118", ErrCheck},
		{"SAV326885010117", ErrCheck},
		{"sau326885010117", ErrDigits},
		{"SA1326885010117", ErrDigits},
		{"SAU32688501011A", ErrDigits},
		{"SAU32688501011", ErrLength},
		{"", ErrLength},
	} {
		if err := CheckForeignNumber(c.number); !errors.Is(err, c.want) {
			t.Errorf("%q: got %v, want %v", c.number, err, c.want)
		}
	}
}

func TestCanonNumber(t *testing.T) {
	if got := CanonNumber("11010519491231002x"); got != "11010519491231002X" {
		t.Errorf("got %q", got)
	}
}

func TestBirthOf(t *testing.T) {
	if got, err := BirthOf("990102198501010025"); got != "19850101" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := BirthOf("990102198501010026"); got != "" || !errors.Is(err, ErrCheck) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestCheckPhone(t *testing.T) {
	for phone, want := range map[string]error{
		"19900001234": nil, "13800000000": nil,
		"12900001234": ErrDigits, "29900001234": ErrDigits, "1990000123a": ErrDigits,
		"1990000123": ErrLength, "199000012345": ErrLength, "": ErrLength,
	} {
		if err := CheckPhone(phone); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", phone, err, want)
		}
	}
}

func TestNationName(t *testing.T) {
	for code, want := range map[string]string{
		"01": "汉", "05": "维吾尔", "25": "水", "26": "东乡", "56": "基诺", "97": "其他", "98": "外国血统中国籍人士",
		"": "", "00": "", "57": "", "58": "", "99": "", "1": "", "001": "", "-1": "", "+1": "", "1a": "",
	} {
		if got := NationName(code); got != want {
			t.Errorf("%q is %q, want %q", code, got, want)
		}
	}
	seen := map[string]bool{}
	for _, n := range nations {
		if seen[n] || n == "" {
			t.Errorf("%q is there twice", n)
		}
		seen[n] = true
	}
	if len(seen) != 56 {
		t.Errorf("%d nations, want 56", len(seen))
	}
}

// FuzzNumber: a number that passes has a date inside, and loses its check when any digit changes.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"11010519491231002X", "990102198501010025", "SAU326885010117", "", "x", "99010219850101002五"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, number string) {
		_ = CheckForeignNumber(number)
		_ = CheckPhone(number)
		if CheckNumber(number) != nil {
			return
		}
		birth, err := BirthOf(number)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := time.Parse("20060102", birth); err != nil {
			t.Fatal(err)
		}
		if CheckNumber(CanonNumber(number)) != nil {
			t.Fatal("the canonical form does not pass")
		}
		b := []byte(number)
		b[0] = '0' + (b[0]-'0'+1)%10
		if CheckNumber(string(b)) == nil {
			t.Fatal("a changed digit passes")
		}
	})
}
