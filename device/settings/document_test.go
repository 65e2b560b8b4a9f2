package settings

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"kiosk/device/trust"
	"kiosk/device/trust/sign"
)

// bench is a root and a document that it may sign.
type bench struct {
	t     *testing.T
	key   *sign.Key
	roots *trust.Roots
}

func newBench(t *testing.T) *bench {
	t.Helper()
	key, err := sign.Generate("root-1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := sign.Roots(key)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := trust.ParseRoots(b)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t, key, roots}
}

const me = "360001"

func document(version int) Document {
	return Document{
		Format: DocumentFormat, Terminal: me, Version: version, Times: StandardTimes, Volume: 3,
		Hours: Hours{"09:00", "18:00"}, Items: []string{"ydds"},
	}
}

func encode(t *testing.T, d Document) string {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func (b *bench) sign(payload string) []byte {
	b.t.Helper()
	signed, err := b.key.Document(trust.KindSettings, []byte(payload))
	if err != nil {
		b.t.Fatal(err)
	}
	return signed
}

// refused applies a document that must not be taken and checks that what holds goes on to hold.
func (b *bench) refused(signed []byte, want Code) {
	b.t.Helper()
	current := document(5)
	got, hash, err := Apply(current, signed, b.roots, me)
	if RefusalCode(err) != want {
		b.t.Errorf("got %q (%v), want %q", RefusalCode(err), err, want)
	}
	if !reflect.DeepEqual(got, current) || hash != "" {
		b.t.Errorf("what holds has changed to %+v, hash %q", got, hash)
	}
}

func TestApplyTakesANewerDocument(t *testing.T) {
	b := newBench(t)
	signed := b.sign(encode(t, document(6)))
	for _, current := range []Document{Standard, document(5), document(6)} {
		got, hash, err := Apply(current, signed, b.roots, me)
		if err != nil || !reflect.DeepEqual(got, document(6)) || hash != Hash(signed) || len(hash) != 64 {
			t.Errorf("over version %d: %+v, %q, %v", current.Version, got, hash, err)
		}
	}
}

func TestApplyRefusesBadSignature(t *testing.T) {
	b := newBench(t)
	b.refused(newBench(t).sign(encode(t, document(6))), BadSignature)
	signed := b.sign(encode(t, document(6)))
	parts := strings.Split(string(signed), ".")
	other := strings.Split(string(b.sign(encode(t, document(7)))), ".")
	b.refused([]byte(parts[0]+"."+other[1]+"."+parts[2]), BadSignature)
	platform, err := b.key.Document(trust.KindPlatform, []byte(encode(t, document(6))))
	if err != nil {
		t.Fatal(err)
	}
	b.refused(platform, BadSignature)
}

func TestApplyRefusesWrongTerminal(t *testing.T) {
	b := newBench(t)
	d := document(6)
	d.Terminal = "360002"
	b.refused(b.sign(encode(t, d)), WrongTerminal)
}

func TestApplyRefusesOlderVersion(t *testing.T) {
	b := newBench(t)
	b.refused(b.sign(encode(t, document(4))), OlderVersion)
	same := document(5)
	same.Volume = 9
	b.refused(b.sign(encode(t, same)), OlderVersion)
}

func TestApplyRefusesOutOfRange(t *testing.T) {
	b := newBench(t)
	for name, change := range map[string]func(*Document){
		"volume":          func(d *Document) { d.Volume = 11 },
		"negative volume": func(d *Document) { d.Volume = -1 },
		"idle of nothing": func(d *Document) { d.Times.Idle = 0 },
		"idle of a day":   func(d *Document) { d.Times.Idle = sec(86400) },
		"long countdown":  func(d *Document) { d.Times.Countdown = sec(301) },
		"long platform":   func(d *Document) { d.Times.Platform = sec(121) },
		"version":         func(d *Document) { d.Version = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			d := document(6)
			change(&d)
			b.refused(b.sign(encode(t, d)), OutOfRange)
		})
	}
}

func TestApplyRefusesMalformed(t *testing.T) {
	b := newBench(t)
	good := encode(t, document(6))
	for name, payload := range map[string]string{
		"no JSON":        "volume: 5",
		"unknown member": strings.Replace(good, `"volume"`, `"colour":1,"volume"`, 1),
		"member twice":   strings.Replace(good, `"volume":3`, `"volume":3,"volume":4`, 1),
		"missing timer":  strings.Replace(good, `"help":300`, `"help":300,"no":1`, 1),
		"missing items":  strings.Replace(good, `,"items":["ydds"]`, ``, 1),
		"hours":          strings.Replace(good, "09:00", "9 am", 1),
		"code of item":   strings.Replace(good, "ydds", "../../etc", 1),
		"other format":   strings.Replace(good, "settings/1", "settings/9", 1),
		"text as number": strings.Replace(good, `"volume":3`, `"volume":"3"`, 1),
		"range and more": strings.Replace(strings.Replace(good, `"volume":3`, `"volume":99`, 1), "09:00", "x", 1),
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			b.refused(b.sign(payload), Malformed)
		})
	}
	b.t = t
	b.refused([]byte("not a jws"), Malformed)
	b.refused(nil, Malformed)
}

func TestEveryTimerHasBothBounds(t *testing.T) {
	times := reflect.TypeFor[Times]()
	for i := range times.NumField() {
		for _, v := range []Seconds{0, sec(100000)} {
			d := document(6)
			reflect.ValueOf(&d.Times).Elem().Field(i).Set(reflect.ValueOf(v))
			if _, err := ParseDocument([]byte(encode(t, d))); RefusalCode(err) != OutOfRange {
				t.Errorf("%s of %v: %v", times.Field(i).Name, v.D(), err)
			}
		}
	}
}

func TestStoreKeepsTheSignedForm(t *testing.T) {
	b := newBench(t)
	state := t.TempDir()
	s := NewStore(state)
	if d, hash, err := s.Load(Standard, b.roots, me); err != nil || hash != "" || !reflect.DeepEqual(d, Standard) {
		t.Fatalf("nothing kept yet: %+v, %q, %v", d, hash, err)
	}
	signed := b.sign(encode(t, document(6)))
	if err := s.Save(signed); err != nil {
		t.Fatal(err)
	}
	d, hash, err := NewStore(state).Load(Standard, b.roots, me)
	if err != nil || hash != Hash(signed) || !reflect.DeepEqual(d, document(6)) {
		t.Errorf("after a restart: %+v, %q, %v", d, hash, err)
	}
	// Somebody works on the disk.
	file := filepath.Join(state, fileName)
	for name, text := range map[string][]byte{
		"cut":             signed[:len(signed)-5],
		"of another root": newBench(t).sign(encode(t, document(9))),
		"empty":           nil,
		"long":            []byte(strings.Repeat("A", trust.MaxDocument+10)),
	} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		d, hash, err := s.Load(Standard, b.roots, me)
		if err == nil || hash != "" || !reflect.DeepEqual(d, Standard) {
			t.Errorf("%s: %+v, %q, %v; want the defaults and an error", name, d, hash, err)
		}
	}
	if err := NewStore(filepath.Join(state, "no")).Save(signed); err == nil {
		t.Error("saved into a folder that is not there")
	}
}
