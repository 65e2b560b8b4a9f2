// Package schema holds JSON from outside against the contracts in docs/api and says, one line for each
// problem, where it is wrong and how. It reads no other files and no network.
package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	api "kiosk/docs/api"
)

// maxDepth bounds nesting, maxProblems the list that is shown.
const (
	maxDepth    = 32
	maxProblems = 50
)

// Problem is one thing that is wrong. Place is a JSON pointer, empty for the whole document.
type Problem struct {
	Place string
	What  string
	Range bool // a number that is outside its bounds, nothing else
}

// String is one line: place, then what is wrong.
func (p Problem) String() string {
	if p.Place == "" {
		return "(document): " + p.What
	}
	return p.Place + ": " + p.What
}

// Problems is an error that has a line for each problem.
type Problems []Problem

// Error joins the lines.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Add appends a problem.
func (ps *Problems) Add(place, format string, args ...any) {
	*ps = append(*ps, Problem{Place: place, What: fmt.Sprintf(format, args...)})
}

// OnlyRange reports whether all is well but for numbers outside their bounds.
func (ps Problems) OnlyRange() bool {
	return len(ps) > 0 && !slices.ContainsFunc(ps, func(p Problem) bool { return !p.Range })
}

// Err is nil when there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// Schema is one compiled contract.
type Schema struct{ s *jsonschema.Schema }

// Load compiles a contract of docs/api by its file name. References lead to other files there only.
func Load(name string) (*Schema, error) {
	c := jsonschema.NewCompiler()
	c.UseLoader(contracts{})
	s, err := c.Compile(base + name)
	if err != nil {
		return nil, fmt.Errorf("cannot load the contract %q: %w", name, err)
	}
	return &Schema{s}, nil
}

const base = "contract:///"

// contracts loads from docs/api.
type contracts struct{}

func (contracts) Load(url string) (any, error) {
	name, ok := strings.CutPrefix(url, base)
	if !ok {
		return nil, fmt.Errorf("cannot load %q: contracts refer to each other only", url)
	}
	b, err := api.Files.ReadFile(path.Clean(name))
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(b))
}

// Decode checks b and decodes it into v. A member that stands twice is refused, because readers differ in which
// of the two they take. The error is Problems when the text is JSON.
func (s *Schema) Decode(b []byte, v any) error {
	if err := scan(b); err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return Problems{{What: "not JSON: " + err.Error()}}
	}
	if err := s.s.Validate(doc); err != nil {
		verr, ok := err.(*jsonschema.ValidationError)
		if !ok {
			return err
		}
		return flatten(verr)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return Problems{{What: err.Error()}}
	}
	return nil
}

// scan checks that b is one JSON value, not too deep, with no member twice.
func scan(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := scanValue(d, "", 0); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return Problems{{What: "more than one JSON value"}}
	}
	return nil
}

func scanValue(d *json.Decoder, place string, depth int) error {
	if depth > maxDepth {
		return Problems{{Place: place, What: fmt.Sprintf("nested deeper than %d", maxDepth)}}
	}
	t, err := d.Token()
	if err != nil {
		return notJSON(d, err)
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for i := 0; d.More(); i++ {
		child := fmt.Sprintf("%s/%d", place, i)
		if delim == '{' {
			t, err := d.Token()
			if err != nil {
				return notJSON(d, err)
			}
			name, _ := t.(string)
			child = place + "/" + escape(name)
			if seen[name] {
				return Problems{{Place: child, What: "stands twice"}}
			}
			seen[name] = true
		}
		if err := scanValue(d, child, depth+1); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return notJSON(d, err)
	}
	return nil
}

func notJSON(d *json.Decoder, err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return Problems{{What: fmt.Sprintf("not JSON at byte %d: %v", d.InputOffset(), err)}}
}

func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// flatten makes a list of the leaves of the validator's tree, ordered by place.
func flatten(e *jsonschema.ValidationError) Problems {
	var ps Problems
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		for _, c := range e.Causes {
			walk(c)
		}
		if len(e.Causes) > 0 {
			return
		}
		place := ""
		for _, part := range e.InstanceLocation {
			place += "/" + escape(part)
		}
		ranged := false
		switch e.ErrorKind.(type) {
		case *kind.Minimum, *kind.Maximum:
			ranged = true
		}
		for _, what := range words(e.ErrorKind) {
			ps = append(ps, Problem{place, what, ranged})
		}
	}
	walk(e)
	slices.SortStableFunc(ps, func(a, b Problem) int { return strings.Compare(a.Place, b.Place) })
	ps = slices.Compact(ps)
	if len(ps) > maxProblems {
		ps = append(ps[:maxProblems], Problem{What: "more problems follow"})
	}
	return ps
}

var english = message.NewPrinter(language.English)

// words says what is wrong in plain words, for the kinds that our contracts use.
func words(k jsonschema.ErrorKind) []string {
	switch k := k.(type) {
	case *kind.Required:
		return each(k.Missing, "member %q is missing")
	case *kind.AdditionalProperties:
		return each(k.Properties, "unknown member %q")
	case *kind.Enum:
		return []string{fmt.Sprintf("%s is not one of %s", show(k.Got), show(k.Want))}
	case *kind.Const:
		return []string{fmt.Sprintf("%s is not %s", show(k.Got), show(k.Want))}
	case *kind.Pattern:
		return []string{fmt.Sprintf("%s does not fit the pattern %s", show(k.Got), k.Want)}
	case *kind.Minimum:
		return []string{fmt.Sprintf("%s is less than %s", decimal(k.Got), decimal(k.Want))}
	case *kind.Maximum:
		return []string{fmt.Sprintf("%s is more than %s", decimal(k.Got), decimal(k.Want))}
	case *kind.Type:
		return []string{fmt.Sprintf("want %s, got %s", strings.Join(k.Want, " or "), k.Got)}
	default:
		return []string{strings.ReplaceAll(k.LocalizedString(english), "\n", " ")}
	}
}

func each(names []string, format string) []string {
	var out []string
	for _, n := range names {
		out = append(out, fmt.Sprintf(format, n))
	}
	return out
}

func decimal(r *big.Rat) string {
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// show writes a value as JSON, cut where it is long.
func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "this value"
	}
	r := []rune(string(b))
	if len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return string(r)
}
