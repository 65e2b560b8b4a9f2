package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"kiosk/cmd/stage"
	"kiosk/cmd/stage/display"
	"kiosk/device/localapi"
	"kiosk/drivers/sdt/sdtsim"
)

// pattern is one spelling of one planted value.
type pattern struct {
	value string // what it is: "name", "page 3"
	form  string // how it is spelt: "utf-16le in base64"
	bytes []byte
}

// finder looks for planted values in files, in every spelling in which bytes end up on a disk by mistake.
type finder struct{ patterns []pattern }

// text plants a value of letters and digits.
func (f *finder) text(value, text string) {
	chinese, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	if err != nil {
		panic(err)
	}
	units := utf16.Encode([]rune(text))
	var little, big []byte
	var lower, upper strings.Builder
	for _, u := range units {
		little, big = append(little, byte(u), byte(u>>8)), append(big, byte(u>>8), byte(u))
		if u < 0x80 {
			lower.WriteByte(byte(u))
			upper.WriteByte(byte(u))
		} else {
			fmt.Fprintf(&lower, `\u%04x`, u)
			fmt.Fprintf(&upper, `\u%04X`, u)
		}
	}
	f.raw(value, "utf-8", []byte(text))
	f.raw(value, "utf-16le", little)
	f.raw(value, "utf-16be", big)
	f.raw(value, "gb18030", chinese)
	f.add(value, "json, lower", []byte(lower.String()))
	f.add(value, "json, upper", []byte(upper.String()))
}

// raw plants bytes, as they are and as text carries bytes.
func (f *finder) raw(value, form string, b []byte) {
	f.add(value, form, b)
	f.add(value, form+" in hex, lower", []byte(hex.EncodeToString(b)))
	f.add(value, form+" in hex, upper", []byte(strings.ToUpper(hex.EncodeToString(b))))
	for at := range 3 { // bytes that lie before the value shift it against base64's groups of three
		from, to := (8*at+5)/6, 8*(at+len(b))/6 // letters that are made of the value's bits alone
		shifted := append(make([]byte, at), b...)
		f.add(value, fmt.Sprintf("%s in base64, shifted by %d", form, at), []byte(base64.RawStdEncoding.EncodeToString(shifted)[from:to]))
		f.add(value, fmt.Sprintf("%s in base64 of addresses, shifted by %d", form, at), []byte(base64.RawURLEncoding.EncodeToString(shifted)[from:to]))
	}
}

// add takes one spelling, unless the value has it already: digits are the same in most.
func (f *finder) add(value, form string, b []byte) {
	if !slices.ContainsFunc(f.patterns, func(p pattern) bool { return p.value == value && bytes.Equal(p.bytes, b) }) {
		f.patterns = append(f.patterns, pattern{value, form, b})
	}
}

// windowSize is how many bytes of a picture are looked for as one: a torn or wrapped picture is found by its windows.
const windowSize = 32

// picture plants windows of a picture, spread over it. Runs of one byte are everywhere and stand for no picture.
func (f *finder) picture(value string, b []byte) {
	const windows = 12
	for i := range windows {
		w := b[i*(len(b)-windowSize)/(windows-1):][:windowSize]
		different := map[byte]bool{}
		for _, c := range w {
			different[c] = true
		}
		if len(different) >= windowSize/2 {
			f.raw(fmt.Sprintf("%s, window %d", value, i), "bytes", w)
		}
	}
}

// find is one place where a planted value lies.
type find struct {
	file string
	pattern
}

// searched is what a search went through.
type searched struct {
	files int
	bytes int64
	finds []find
}

// in looks through every file below dir but those below the folders that are left out. Links are not followed; what is no plain
// file holds nothing.
func (f *finder) in(t *testing.T, dir string, leaveOut ...string) searched {
	t.Helper()
	var s searched
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || slices.Contains(leaveOut, path) {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		for _, p := range f.patterns { // a name is a place, too
			if bytes.Contains([]byte(d.Name()), p.bytes) {
				s.finds = append(s.finds, find{path, p})
			}
		}
		if !d.Type().IsRegular() {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s.files++
		s.bytes += int64(len(b))
		for _, p := range f.patterns {
			if bytes.Contains(b, p.bytes) {
				s.finds = append(s.finds, find{path, p})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// spellings spell a text as programs do that know nothing of the finder.
func spellings(t *testing.T, text string) map[string][]byte {
	t.Helper()
	encoded := func(b []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	written := map[string][]byte{
		"utf-8":    []byte(text),
		"utf-16le": encoded(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().Bytes([]byte(text))),
		"utf-16be": encoded(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().Bytes([]byte(text))),
		"gb18030":  encoded(simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))),
		"json":     encoded(json.Marshal(map[string]string{"value": text})),
	}
	all := maps.Clone(written)
	for form, b := range written {
		maps.Copy(all, carried(form, b))
	}
	escaped := strconv.QuoteToASCII(text) // as many languages write JSON
	all["json, lower"] = []byte(escaped)
	parts := strings.Split(escaped, `\u`)
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.ToUpper(parts[i][:4]) + parts[i][4:]
	}
	all["json, upper"] = []byte(strings.Join(parts, `\u`))
	return all
}

// carried is bytes as text carries them, behind a few others.
func carried(form string, b []byte) map[string][]byte {
	all := map[string][]byte{form: b}
	for _, before := range []string{"", "x", "xy", "xyz"} {
		whole := append([]byte(before), b...)
		whole = append(whole, "..."...)
		all[form+" in hex behind "+before] = []byte(hex.EncodeToString(whole))
		all[form+" in HEX behind "+before] = fmt.Appendf(nil, "%X", whole)
		all[form+" in base64 behind "+before] = []byte(base64.StdEncoding.EncodeToString(whole))
		all[form+" in base64url behind "+before] = []byte(base64.URLEncoding.EncodeToString(whole))
	}
	return all
}

// prove plants every value in every spelling, each in a file of its own deep below dir, and wants the finder to find each. Then it
// takes them away.
func (f *finder) prove(t *testing.T, dir string, texts map[string]string, pictures map[string][]byte) {
	t.Helper()
	canary := filepath.Join(dir, "canary", "below")
	if err := os.MkdirAll(canary, 0o700); err != nil {
		t.Fatal(err)
	}
	planted := map[string]string{} // file: value
	plant := func(value, form string, b []byte) {
		file := filepath.Join(canary, fmt.Sprintf("%d", len(planted)))
		whole := slices.Concat(bytes.Repeat([]byte{0xA5, 0, 'n'}, 700), b, []byte("\nmore\n"))
		if err := os.WriteFile(file, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		planted[file] = value + " as " + form
	}
	for value, text := range texts {
		for form, b := range spellings(t, text) {
			plant(value, form, b)
		}
	}
	for value, b := range pictures {
		for form, b := range carried("bytes", b) {
			plant(value, form, b)
		}
	}
	got := map[string][]string{}
	for _, found := range f.in(t, dir).finds {
		got[found.file] = append(got[found.file], found.value)
	}
	for file, what := range planted {
		value, _, _ := strings.Cut(what, " as ")
		if !slices.ContainsFunc(got[file], func(v string) bool { return v == value || strings.HasPrefix(v, value+", window ") }) {
			t.Errorf("the finder does not find %s", what)
		}
	}
	t.Logf("canary: %d of %d planted spellings are found", len(got), len(planted))
	if err := os.RemoveAll(filepath.Join(dir, "canary")); err != nil {
		t.Fatal(err)
	}
}

// planted is a person whose traces are looked for, and the pictures that were seen of her and her papers.
type planted struct {
	texts    map[string]string
	pictures map[string][]byte
}

const (
	plantedPerson = "minority"
	plantedPhone  = "19900001234"
)

func plant(t *testing.T) *planted {
	t.Helper()
	p, ok := sdtsim.Sample(plantedPerson)
	if !ok {
		t.Fatal("no such person")
	}
	return &planted{
		texts: map[string]string{
			"name": p.Name, "number": p.Number, "address": p.Address, "birth": p.Birth, "phone": plantedPhone,
			"lower half of the number": p.Number[8:], "street": string([]rune(p.Address)[4:]),
		},
		pictures: map[string][]byte{"photo": photoOnTheWire(t)},
	}
}

// photoOnTheWire takes the photo out of a reading as it crosses the wire.
func photoOnTheWire(t *testing.T) []byte {
	t.Helper()
	frames, err := os.ReadFile("../../drivers/sdt/testdata/frames.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(frames)) {
		if fields := strings.Fields(line); fields[0] == "reply/card/"+plantedPerson {
			b, err := hex.DecodeString(fields[2])
			if err != nil {
				t.Fatal(err)
			}
			const before = 5 + 2 + 3 + 4 + 256 // preamble, LEN, code, two sizes, text
			return b[before : len(b)-1]
		}
	}
	t.Fatal("no such frame")
	return nil
}

// finder knows all that was planted.
func (p *planted) finder() *finder {
	f := &finder{}
	for _, value := range slices.Sorted(maps.Keys(p.texts)) {
		f.text(value, p.texts[value])
	}
	for _, value := range slices.Sorted(maps.Keys(p.pictures)) {
		f.picture(value, p.pictures[value])
	}
	return f
}

// citizen is that person at the terminal. Every picture that she is shown is remembered.
func (p *planted) citizen(t *testing.T, s *stage.Stage) *stage.Citizen {
	c := resident(s)
	c.Person, c.Answers["phone"] = plantedPerson, plantedPhone
	see := func(name, id string) {
		b, err := s.API.Picture(t.Context(), id)
		if err != nil {
			t.Errorf("picture of %s: %v", name, err)
			return
		}
		p.pictures[fmt.Sprintf("%s %d", name, len(p.pictures))] = b
	}
	c.Before = func(st localapi.State, _ string) {
		switch view := st.Visit.View; view.Kind {
		case localapi.ViewReview:
			see("page", view.Capture.Shot)
		case localapi.ViewCheck:
			for _, page := range view.Check.Pages {
				see("thumbnail", page.Picture)
			}
		}
	}
	return c
}

// toCheck serves until "check your answers" is shown, when form and pages are there, and asks to see the answers unmasked.
func (p *planted) toCheck(t *testing.T, s *stage.Stage) localapi.State {
	t.Helper()
	var at localapi.State
	_, err := p.citizen(t, s).Serve(t.Context(), func(st localapi.State) bool {
		at = st
		return st.Visit.View.Kind == localapi.ViewCheck
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(at.Visit.View.Check.Pages) != 2 {
		t.Fatalf("%d pages were captured", len(at.Visit.View.Check.Pages))
	}
	tap(t, s, localapi.Intent{ID: "reveal-" + at.Boot, Kind: localapi.IntentReveal})
	revealed := func() bool {
		st, err := s.API.State(t.Context())
		return err == nil && st.Visit.View.Check != nil && st.Visit.View.Check.Revealed
	}
	await(t, "the answers unmasked", revealed)
	return at
}

// tap sends an intent on the step that is shown now.
func tap(t *testing.T, s *stage.Stage, in localapi.Intent) {
	t.Helper()
	st, err := s.API.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in.Step = st.Visit.Step
	if err := s.API.Intent(t.Context(), in); err != nil {
		t.Fatalf("cannot %s on %s: %v", in.Kind, st.Visit.View.Kind, err)
	}
}

// drafts are the files of drafts on the terminal, with their sizes.
func drafts(t *testing.T, s *stage.Stage) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	err := filepath.WalkDir(filepath.Join(s.State(), "sealed", "drafts"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			all[path] = info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// clean searches all of the terminal's folders: state with queue and audit log, temporary files, log, socket and configuration. hub and sim
// are not the terminal.
func (p *planted) clean(t *testing.T, s *stage.Stage, when string) {
	t.Helper()
	f := p.finder()
	got := f.in(t, s.Dir, s.HubDir(), filepath.Dir(s.Printed()))
	for _, found := range got.finds {
		t.Errorf("%s: %s lies in %s (%s)", when, found.value, found.file, found.form)
	}
	t.Logf("%s: %d files, %d bytes, %d patterns of %d texts and %d pictures: %d finds",
		when, got.files, got.bytes, len(f.patterns), len(p.texts), len(p.pictures), len(got.finds))
}

// TestNothingPersonalIsLeft plays visits of all kinds and ends, and then looks into every file of the terminal for what it has been
// told, in every spelling. The finder is proved first.
func TestNothingPersonalIsLeft(t *testing.T) {
	t.Parallel()
	s := setWith(t, stage.Options{Verbose: true})
	// The app shows all of it meanwhile; what it logs and leaves in its home is searched with the rest.
	screen, err := display.Start(t.Context(), t.TempDir(), 1080, 1920)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(screen.Close)
	if err := s.StartApp(t.Context(), screen.Name); err != nil {
		t.Fatal(err)
	}
	if err := screen.AwaitPicture(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := plant(t)
	ctx := t.Context()

	filed, err := p.citizen(t, s).Serve(ctx, nil)
	if err != nil || filed.PlatformNumber == "" {
		t.Fatalf("filed: %+v, %v", filed, err)
	}
	p.toCheck(t, s)
	tap(t, s, localapi.Intent{ID: "cancel", Kind: localapi.IntentCancel})
	await(t, "the end of the cancelled visit", func() bool {
		st, err := s.API.State(ctx)
		return err == nil && st.Visit.View.Kind != localapi.ViewCheck
	})
	if left := drafts(t, s); len(left) != 0 {
		t.Errorf("a cancelled visit leaves %v", left)
	}
	p.clean(t, s, "running")

	p.toCheck(t, s)
	if err := s.KillDaemon(); err != nil {
		t.Fatal(err)
	}
	p.clean(t, s, "killed")
	if v := afterwards(t, s, p.citizen(t, s)); !v.Restarted || v.Kept {
		t.Errorf("after the kill the person is told %+v", v)
	}

	c := p.citizen(t, s)
	c.Item, c.Way = "jdcx", "card"
	if v, err := c.Serve(ctx, nil); err != nil || len(v.Cases) != 1 || v.Cases[0].Number != filed.Number {
		t.Fatalf("query by card: %+v, %v", v, err)
	}

	if err := s.StopHub(); err != nil {
		t.Fatal(err)
	}
	if v, err := p.citizen(t, s).Serve(ctx, nil); err != nil || v.Number == "" || v.PlatformNumber != "" {
		t.Fatalf("offline: %+v, %v", v, err)
	}
	if err := s.StopDaemon(); err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob(filepath.Join(s.State(), "sealed", "cases", "*"))
	if err != nil || len(kept) < 6 {
		t.Fatalf("%d sealed files are on disk, want those of two cases (%v)", len(kept), err)
	}
	p.finder().prove(t, filepath.Join(s.State(), "sealed"), p.texts, p.pictures)
	p.clean(t, s, "stopped")
}

// TestDraftIsNoise: what a killed visit had captured is on disk as noise, and gone after the next start.
func TestDraftIsNoise(t *testing.T) {
	t.Parallel()
	s := setWith(t, stage.Options{Verbose: true})
	p := plant(t)
	p.toCheck(t, s)
	if err := s.KillDaemon(); err != nil {
		t.Fatal(err)
	}
	before := drafts(t, s)
	whole := int64(0)
	for value, b := range p.pictures {
		if strings.HasPrefix(value, "page") {
			whole += int64(len(b))
		}
	}
	size := int64(0)
	for _, n := range before {
		size += n
	}
	if len(before) < 2 || size < whole {
		t.Fatalf("%d files with %d bytes lie there, two pages of %d bytes were captured", len(before), size, whole)
	}
	p.clean(t, s, "killed")
	if err := s.StartDaemon(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left := drafts(t, s); len(left) != 0 {
		t.Errorf("after the restart there is still %v", left)
	}
	t.Logf("%d files with %d bytes of noise, none after the restart", len(before), size)
}
