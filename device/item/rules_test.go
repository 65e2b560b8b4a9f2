package item

import (
	"strconv"
	"strings"
	"sync"
	"testing"
)

func rulesOf(t testing.TB, b []byte) (*Item, *Rules) {
	t.Helper()
	it, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Compile(it)
	if err != nil {
		t.Fatal(err)
	}
	return it, r
}

func TestWhenFollowsTheAnswers(t *testing.T) {
	_, ydds := rulesOf(t, sample(t, application))
	_, two := rulesOf(t, sample(t, example))
	fields := func(kv ...string) Env {
		e := Env{Field: map[string]string{}}
		for i := 0; i < len(kv); i += 2 {
			e.Field[kv[i]] = kv[i+1]
		}
		return e
	}
	agent := Env{Person: map[string]bool{"agent": true}}
	for _, tt := range []struct {
		rules    *Rules
		what, id string
		env      Env
		want     bool
	}{
		{ydds, "field", "waybill", fields("originals", "post"), true},
		{ydds, "field", "waybill", fields("originals", "counter"), false},
		{ydds, "field", "waybill", Env{}, false},
		{ydds, "field", "phone", Env{}, true}, // has no condition
		{ydds, "field", "no-such", Env{}, true},
		{ydds, "material", "proof", fields("matter", "archive"), false},
		{ydds, "material", "proof", fields("matter", "birth"), true},
		{ydds, "material", "proof", Env{}, true},
		{ydds, "material", "form", fields("matter", "archive"), true},
		{ydds, "step", "3", Env{}, true},
		{two, "step", "5", fields("who", "family"), true},
		{two, "step", "5", fields("who", "self"), false},
		{two, "step", "8", Env{}, true},
		{two, "step", "8", agent, false},
		{two, "step", "9", agent, true},
		{two, "field", "agent-name", agent, true},
		{two, "field", "agent-name", Env{}, false},
	} {
		got, err := tt.rules.When(tt.what, tt.id, tt.env)
		if err != nil || got != tt.want {
			t.Errorf("%s %s with %v: %t, %v; want %t", tt.what, tt.id, tt.env, got, err, tt.want)
		}
	}
}

func TestCheckSeesTheValue(t *testing.T) {
	_, r := rulesOf(t, sample(t, example))
	for value, want := range map[string]bool{"1": true, "4": true, "5": false, "": false, "x": false} {
		if got, err := r.Check("copies", value, Env{}); err != nil || got != want {
			t.Errorf("copies of %q: %t, %v; want %t", value, got, err, want)
		}
	}
	if ok, err := r.Check("phone", "anything", Env{}); err != nil || !ok {
		t.Errorf("a field without check: %t, %v", ok, err)
	}
	_, r = rulesOf(t, change(t, application, `"optional": true,
      "min": 6,`, `"optional": true, "check": "value != field.phone && person.applicant && size(value) > 3",
      "message": {"zh": "不要填手机号。", "en": "Not the phone number."},
      "min": 6,`))
	env := Env{Field: map[string]string{"phone": "19900001234"}, Person: map[string]bool{"applicant": true}}
	for value, want := range map[string]bool{"19900001234": false, "1234567": true, "123": false} {
		if got, err := r.Check("case-number", value, env); err != nil || got != want {
			t.Errorf("case number of %q: %t, %v; want %t", value, got, err, want)
		}
	}
}

// TestConditionsAreCheap shows that no condition can hold the terminal: one that is dear is cut.
func TestConditionsAreCheap(t *testing.T) {
	dear := `"check": "` + strings.Repeat(`value.matches('(a*)*b') || `, 12) + `false", "message": {"zh": "不对。", "en": "No."}, `
	_, r := rulesOf(t, change(t, application, `"optional": true,
      "min": 6,`, `"optional": true, `+dear+`"min": 6,`))
	secret := strings.Repeat("a", 200000)
	ok, err := r.Check("case-number", secret, Env{})
	if err == nil || ok {
		t.Fatalf("a dear condition was evaluated: %t, %v", ok, err)
	}
	if strings.Contains(err.Error(), "aaa") {
		t.Error("the error carries the answer")
	}
}

func TestErrorsCarryNoAnswers(t *testing.T) {
	_, r := rulesOf(t, change(t, application, `"optional": true,
      "min": 6,`, `"optional": true, "check": "int(value) > 3", "message": {"zh": "不对。", "en": "No."},
      "min": 6,`))
	if ok, err := r.Check("case-number", "7", Env{}); err != nil || !ok {
		t.Fatalf("7: %t, %v", ok, err)
	}
	const answer = "990102198501010025X"
	_, err := r.Check("case-number", answer, Env{})
	if err == nil || strings.Contains(err.Error(), "99010") {
		t.Errorf("error is %v, want one without the answer", err)
	}
}

func TestRulesServeSeveralGoroutines(t *testing.T) {
	it, r := rulesOf(t, sample(t, example))
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			for range 50 {
				for i := range it.Steps {
					env := Env{Field: map[string]string{"who": []string{"self", "family"}[n%2]}}
					if _, err := r.When("step", strconv.Itoa(i), env); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}

func FuzzCondition(f *testing.F) {
	base := sample(f, application)
	for _, c := range []string{"field.originals == 'post'", "person.applicant", "field['place'].matches('^a*$')", "1 < 2 ? true : false", "field"} {
		f.Add(c)
	}
	it, err := Parse(base)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, c string) {
		changed := *it
		changed.Fields = append([]Field(nil), it.Fields...)
		changed.Fields[7].When = c
		r, err := Compile(&changed)
		if err != nil {
			if c == "" {
				t.Fatal(err)
			}
			return
		}
		_, _ = r.When("field", changed.Fields[7].ID, Env{Field: map[string]string{"originals": "post"}})
	})
}

func BenchmarkWhen(b *testing.B) {
	_, r := rulesOf(b, sample(b, application))
	env := Env{Field: map[string]string{"originals": "post"}}
	for b.Loop() {
		if _, err := r.When("field", "waybill", env); err != nil {
			b.Fatal(err)
		}
	}
}
