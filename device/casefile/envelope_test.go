package casefile

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kiosk/device/identity"
	"kiosk/device/item"
)

// draft is a whole draft of one person, one answer, one page, signed.
func draft() (*Draft, []item.Field) {
	fields := []item.Field{{ID: "name", Type: item.TypeName, From: "applicant.name"}, {ID: "phone", Type: item.TypePhone}}
	d := NewDraft(ItemRef{Code: "test", Version: 1, Digest: DigestOf([]byte("item"))})
	d.SetPerson("applicant", identity.Card{
		Kind: identity.Resident, Name: identity.SecretString("张示例"), Number: identity.SecretString("11010519491231002X"), Photo: []byte{1, 2},
	})
	d.Answer("name", identity.SecretString("张示例"), FromCard)
	d.Answer("phone", identity.SecretString("19900001234"), FromCitizen)
	d.AddPage(PageRecord{Material: "form", Page: 1, Type: "image/jpeg", Digest: DigestOf([]byte("page")), Size: 4})
	d.Sign("true", "applicant", DigestOf([]byte("pledge")), [][]Point{{{1, 2, 3}}}, fields)
	return d, fields
}

func encoded(t testing.TB, e *Envelope) []byte {
	b, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEnvelopeOfAnUnchangedDraftIsTheSame: a store that has half taken one is asked again with the same bytes.
func TestEnvelopeOfAnUnchangedDraftIsTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, fields := draft()
		first := encoded(t, d.Envelope(fields, "zh", "dev", false))
		time.Sleep(time.Hour) // virtual
		if again := encoded(t, d.Envelope(fields, "zh", "dev", true)); !bytes.Equal(first, again) {
			t.Errorf("an hour later it is\n%s\nand was\n%s", again, first)
		}
		d.Answer("phone", identity.SecretString("19900005678"), FromCitizen)
		if again := encoded(t, d.Envelope(fields, "zh", "dev", false)); bytes.Equal(first, again) {
			t.Error("another answer gives the same envelope")
		}
	})
}

func TestEveryChangeVoidsTheSignature(t *testing.T) {
	for name, change := range map[string]func(*Draft){
		"card":          func(d *Draft) { d.SetPerson("applicant", identity.Card{}) },
		"card removed":  func(d *Draft) { d.RemovePerson("applicant") },
		"answer":        func(d *Draft) { d.Answer("phone", identity.Secret{}, FromCitizen) },
		"no answer":     func(d *Draft) { d.RemoveAnswer("phone") },
		"page":          func(d *Draft) { d.AddPage(PageRecord{Material: "form", Page: 2}) },
		"page removed":  func(d *Draft) { d.RemovePage("form", 1) },
		"all forgotten": (*Draft).Wipe,
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := draft()
			ink := d.signatures[0].Strokes[0]
			change(d)
			if d.Signed("true", "applicant") || ink[0] != (Point{}) {
				t.Error("the signature is still there")
			}
		})
	}
}

func TestWhatIsForgottenIsZeroed(t *testing.T) {
	for name, forget := range map[string]func(*Draft){
		"person": func(d *Draft) { d.RemovePerson("applicant"); d.RemoveAnswer("name"); d.RemoveAnswer("phone") },
		"wipe":   (*Draft).Wipe,
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := draft()
			card := d.Person("applicant")
			held := [][]byte{card.Name.Bytes(), card.Number.Bytes(), card.Photo}
			for _, f := range []string{"name", "phone"} {
				v, _, _ := d.Value(f)
				held = append(held, v.Bytes())
			}
			forget(d)
			for i, b := range held {
				if len(bytes.Trim(b, "\x00")) > 0 {
					t.Errorf("buffer %d is not zero", i)
				}
			}
			if d.Person("applicant") != nil || len(d.answers) > 0 {
				t.Error("something is still there")
			}
		})
	}
}

func TestPagesAreNumberedAnew(t *testing.T) {
	d, _ := draft()
	d.AddPage(PageRecord{Material: "form", Page: 2, Size: 2})
	d.AddPage(PageRecord{Material: "other", Page: 1, Size: 3})
	if _, ok := d.RemovePage("form", 3); ok {
		t.Error("a page that is not there was removed")
	}
	d.RemovePage("form", 1)
	if p := d.Pages("form"); len(p) != 1 || p[0].Page != 1 || p[0].Size != 2 {
		t.Errorf("pages are %+v", p)
	}
	if p := d.Pages(""); len(p) != 2 || p[1].Page != 1 {
		t.Errorf("all pages are %+v", p)
	}
}

func TestEnvelopeThatIsNotWhole(t *testing.T) {
	d, fields := draft()
	whole := string(encoded(t, d.Envelope(fields, "zh", "dev", false)))
	if e, err := DecodeEnvelope([]byte(whole)); err != nil || e.Key != d.Key || len(e.Pages) != 1 {
		t.Fatalf("got %+v, %v", e, err)
	}
	for name, text := range map[string]string{
		"nothing":        "",
		"cut":            whole[:len(whole)-2],
		"twice":          whole + whole,
		"format":         strings.Replace(whole, EnvelopeFormat, "kiosk-case/2", 1),
		"key":            strings.Replace(whole, string(d.Key), "../"+string(d.Key[3:]), 1),
		"unknown member": strings.Replace(whole, `"format"`, `"more":1,"format"`, 1),
		"item":           strings.Replace(whole, `"code":"test"`, `"code":""`, 1),
		"page digest":    strings.Replace(whole, string(DigestOf([]byte("page"))), "00", 1),
		"page number":    strings.Replace(whole, `"page":1`, `"page":0`, 1),
		"too large":      whole + strings.Repeat(" ", MaxEnvelope),
	} {
		if text == whole {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := DecodeEnvelope([]byte(text)); err == nil {
			t.Errorf("%s: taken", name)
		} else if strings.Contains(err.Error(), "张示例") || strings.Contains(err.Error(), "19900001234") {
			t.Errorf("%s: the error holds personal data: %v", name, err)
		}
	}
}

func FuzzEnvelope(f *testing.F) {
	d, fields := draft()
	f.Add(encoded(f, d.Envelope(fields, "zh", "dev", false)))
	f.Add([]byte(`{"format":"kiosk-case/1"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeEnvelope(b)
		if err != nil {
			return
		}
		first := encoded(t, e)
		again, err := DecodeEnvelope(first)
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if !bytes.Equal(first, encoded(t, again)) {
			t.Error("it is written differently each time")
		}
	})
}
