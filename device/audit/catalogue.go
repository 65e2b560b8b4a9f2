package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	api "kiosk/docs/api"
)

// Format is the only format of the catalogue.
const Format = "kiosk-events/1"

// Severity grades an event.
type Severity string

// Severities.
const (
	Info    Severity = "info"    // normal work
	Notice  Severity = "notice"  // worth knowing
	Warning Severity = "warning" // somebody should look when there is time
	Alarm   Severity = "alarm"   // somebody has to look
)

// Kind is one event of the catalogue.
type Kind struct {
	ID       string           `json:"id"`
	Severity Severity         `json:"severity"`
	ZH       string           `json:"zh"`
	EN       string           `json:"en"`
	Fields   map[string]Field `json:"fields"` // those it may have
}

// Field says which values fit.
type Field struct {
	Type   string   `json:"type"`
	Values []string `json:"values,omitempty"` // of an enum
	Or     []string `json:"or,omitempty"`     // words that fit beside the type
}

// The types are so narrow that no name, ID number or phone number fits.
var (
	codePattern    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	countPattern   = regexp.MustCompile(`^[0-9]{1,6}$`)
	msPattern      = regexp.MustCompile(`^[0-9]{1,7}$`)
	numberPattern  = regexp.MustCompile(`^[0-9]{15}$`)
	versionPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.+-]{0,63}$`)
	longDigits     = regexp.MustCompile(`[0-9]{7}`)
)

var types = map[string]func(f Field, value string) bool{
	"enum": func(f Field, value string) bool { return slices.Contains(f.Values, value) },
	"code": func(_ Field, value string) bool {
		return codePattern.MatchString(value) && !longDigits.MatchString(value)
	},
	"count":  func(_ Field, value string) bool { return countPattern.MatchString(value) },
	"ms":     func(_ Field, value string) bool { return msPattern.MatchString(value) },
	"number": func(_ Field, value string) bool { return numberPattern.MatchString(value) },
	"version": func(_ Field, value string) bool {
		return value == "dev" || versionPattern.MatchString(value) && strings.Contains(value, ".") && !longDigits.MatchString(value)
	},
}

// Fits reports whether a value may stand in the field.
func (f Field) Fits(value string) bool {
	return slices.Contains(f.Or, value) || types[f.Type](f, value)
}

// Catalogue returns every event there is, by id. It is not to be changed.
func Catalogue() (map[string]Kind, error) { return catalogue() }

var catalogue = sync.OnceValues(func() (map[string]Kind, error) {
	b, err := api.Files.ReadFile("events.json")
	if err != nil {
		return nil, fmt.Errorf("cannot read the event catalogue: %w", err)
	}
	return parseCatalogue(b)
})

func parseCatalogue(b []byte) (map[string]Kind, error) {
	var file struct {
		Format     string            `json:"format"`
		About      string            `json:"about"`
		Severities map[string]string `json:"severities"`
		Types      map[string]string `json:"types"`
		Events     []Kind            `json:"events"`
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("cannot read the event catalogue: %w", err)
	}
	if file.Format != Format {
		return nil, fmt.Errorf("cannot read the event catalogue: format is %q, want %q", file.Format, Format)
	}
	all := map[string]Kind{}
	for _, k := range file.Events {
		if _, twice := all[k.ID]; twice || !codePattern.MatchString(k.ID) || file.Severities[string(k.Severity)] == "" || k.ZH == "" || k.EN == "" {
			return nil, fmt.Errorf("cannot read the event catalogue: event %q stands twice or is not whole", k.ID)
		}
		for name, f := range k.Fields {
			if types[f.Type] == nil || (f.Type == "enum") != (len(f.Values) > 0) {
				return nil, fmt.Errorf("cannot read the event catalogue: field %q of event %q has no right type", name, k.ID)
			}
		}
		all[k.ID] = k
	}
	return all, nil
}
