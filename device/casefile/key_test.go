package casefile

import (
	"strings"
	"testing"
)

func TestNumberIsReadBackAsItWasWritten(t *testing.T) {
	for _, p := range []NumberParts{
		{"360001", 1, 1}, {"000000", 99, 999999}, {"999999", 10, 42},
	} {
		n, err := NewNumber(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{string(n), n.Spaced(), string(n[:6]) + "-" + string(n[6:])} {
			got, parts, err := ParseNumber(text)
			if err != nil || got != n || parts != p {
				t.Errorf("%q is read as %q, %+v, %v", text, got, parts, err)
			}
		}
	}
}

func TestNumberOutOfBoundsIsNotWritten(t *testing.T) {
	for _, p := range []NumberParts{
		{"36001", 1, 1}, {"36000x", 1, 1}, {"360001", 0, 1}, {"360001", 100, 1}, {"360001", 1, 0}, {"360001", 1, 1000000},
	} {
		if n, err := NewNumber(p); err == nil {
			t.Errorf("%+v is written as %q", p, n)
		}
	}
}

// TestCheckDigit has a number that other libraries use as their example of ISO 7064 MOD 11,10: 794623.
func TestCheckDigit(t *testing.T) {
	if got := mod1110("79462"); got != 3 {
		t.Errorf("check digit of 79462 is %d, want 3", got)
	}
}

// TestEveryWrongDigitIsNoticed: one digit mistyped, anywhere.
func TestEveryWrongDigitIsNoticed(t *testing.T) {
	n, err := NewNumber(NumberParts{"360001", 1, 42})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		for d := byte('0'); d <= '9'; d++ {
			wrong := []byte(n)
			if wrong[i] == d {
				continue
			}
			wrong[i] = d
			if _, _, err := ParseNumber(string(wrong)); err == nil {
				t.Errorf("%s for %s is taken", wrong, n)
			}
		}
	}
}

func TestTicket(t *testing.T) {
	n, _ := NewNumber(NumberParts{"360001", 1, 1})
	want := Ticket{n, NewLookupCode()}
	if got, err := ParseTicket(want.String()); err != nil || got != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, text := range []string{
		"", "K1.", "K2" + want.String()[2:], string(n), "http://example.com/", want.String() + ".A", want.String()[:30],
		"K1." + string(n) + "." + strings.ToLower(string(want.Code)), "K1." + strings.Repeat("0", 15) + "." + string(want.Code),
		want.String() + strings.Repeat(" ", 64),
	} {
		if got, err := ParseTicket(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func FuzzTicket(f *testing.F) {
	n, _ := NewNumber(NumberParts{"360001", 1, 1})
	f.Add(Ticket{n, NewLookupCode()}.String())
	f.Add("K1.360001 01 000001 7.AAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseTicket(text)
		if err != nil {
			return
		}
		if again, err := ParseTicket(got.String()); err != nil || again != got {
			t.Errorf("%q gives %v and that gives %v, %v", text, got, again, err)
		}
	})
}
