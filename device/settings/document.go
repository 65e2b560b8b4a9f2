package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"kiosk/device/schema"
	"kiosk/device/trust"
)

// DocumentFormat is the only format of a settings document.
const DocumentFormat = "kiosk-settings/1"

// Code says why a settings document was refused. Codes are stable: the platform and the audit log get them.
type Code string

// Codes of refusals.
const (
	BadSignature  Code = "bad-signature"
	WrongTerminal Code = "wrong-terminal"
	OlderVersion  Code = "older-version"
	OutOfRange    Code = "out-of-range"
	Malformed     Code = "malformed"
)

// Refusal is the error of a document that is not applied. What holds stays as it is.
type Refusal struct {
	Code Code
	err  error
}

func (r *Refusal) Error() string { return "cannot apply the settings: " + r.err.Error() }
func (r *Refusal) Unwrap() error { return r.err }

// RefusalCode is the code of a refusal, "" for other errors.
func RefusalCode(err error) Code {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Code
	}
	return ""
}

func refuse(code Code, format string, args ...any) error {
	return &Refusal{code, fmt.Errorf(format, args...)}
}

var remoteContract = sync.OnceValues(func() (*schema.Schema, error) { return schema.Load("settings.schema.json") })

// ParseDocument checks a settings document that has been verified, or one that is about to be signed. Its error is a
// Refusal: OutOfRange when only values are outside their bounds, Malformed otherwise.
func ParseDocument(payload []byte) (Document, error) {
	s, err := remoteContract()
	if err != nil {
		return Document{}, err
	}
	var d Document
	err = s.Decode(payload, &d)
	if ps, ok := errors.AsType[schema.Problems](err); ok && ps.OnlyRange() {
		return Document{}, refuse(OutOfRange, "%w", err)
	}
	if err != nil {
		return Document{}, refuse(Malformed, "%w", err)
	}
	return d, nil
}

// Hash is the hash that terminal and platform compare to know that the same settings are in force: SHA-256 of the
// signed document's bytes in hex.
func Hash(signed []byte) string {
	sum := sha256.Sum256(signed)
	return hex.EncodeToString(sum[:])
}

// Apply verifies a signed document and says what holds from now on, with its hash. On any error, a Refusal, current goes
// on to hold and is returned. The document that holds already is taken again without change.
func Apply(current Document, signed []byte, roots *trust.Roots, terminal string) (Document, string, error) {
	signed = []byte(strings.TrimSpace(string(signed)))
	next, err := open(signed, roots, terminal)
	if err != nil {
		return current, "", err
	}
	switch {
	case next.Version < current.Version:
		return current, "", refuse(OlderVersion, "version %d is older than %d, which holds", next.Version, current.Version)
	case next.Version == current.Version && !reflect.DeepEqual(next, current):
		return current, "", refuse(OlderVersion, "version %d holds already with other content", next.Version)
	}
	return next, Hash(signed), nil
}

func open(signed []byte, roots *trust.Roots, terminal string) (Document, error) {
	payload, err := roots.Verify(trust.KindSettings, signed)
	if errors.Is(err, trust.ErrMalformed) {
		return Document{}, refuse(Malformed, "%w", err)
	}
	if err != nil {
		return Document{}, refuse(BadSignature, "%w", err)
	}
	next, err := ParseDocument(payload)
	if err != nil {
		return Document{}, err
	}
	if next.Terminal != terminal {
		return Document{}, refuse(WrongTerminal, "they are for terminal %q", next.Terminal)
	}
	return next, nil
}
