package platform

import (
	"fmt"
	"time"
)

// Errors of a call are of five types, found by errors.As. They carry codes, never text that a stranger wrote.

// Refused is the platform's last word: what was sent will never be taken.
type Refused struct{ Code RefusalCode }

func (e *Refused) Error() string { return fmt.Sprintf("refused for ever: %s", e.Code) }

// Conflict says that the platform knows other bytes under the same key.
type Conflict struct{ Code string }

func (e *Conflict) Error() string { return fmt.Sprintf("conflict: %s", e.Code) }

// TryLater says that the platform cannot answer now. After is what it asked for, 0 when it did not say.
type TryLater struct {
	After  time.Duration
	Status int
}

func (e *TryLater) Error() string {
	return fmt.Sprintf("platform asks to try later: status %d, after %v", e.Status, e.After)
}

// Transport says that no answer came, or one that this contract does not know: cut, late, too large, another
// content type, not JSON, a redirect of a captive portal. Nothing follows from it but trying again.
type Transport struct{ Err error }

func (e *Transport) Error() string { return "no usable answer of the platform: " + e.Err.Error() }

func (e *Transport) Unwrap() error { return e.Err }

// Error makes a problem document an error: any other answer of the platform, such as 401, 403 and 404. For a case
// it means trying again, because nothing in it says that the case will never be taken.
func (p *Problem) Error() string { return fmt.Sprintf("platform answers %d %s", p.Status, p.Code) }

// Codes of problems beside RefusalCode.
const (
	CodeKeyConflict    = "key-conflict"       // 409
	CodeOffsetConflict = "offset-conflict"    // 409
	CodeEnrolment      = "bad-enrolment-code" // 401
	CodeNotEnrolled    = "not-enrolled"       // 403: no certificate, or not the terminal's present one
	CodeUnknownCase    = "unknown-case"       // 404
	CodeNotFound       = "not-found"          // 404
	CodeMalformed      = "malformed"          // 400
	CodeMethod         = "method-not-allowed" // 405
	CodeTusVersion     = "tus-version"        // 412
	CodeTooLarge       = "too-large"          // 413
	CodeMediaType      = "media-type"         // 415
	CodeTooMany        = "too-many"           // 429
	CodeInternal       = "internal"           // 500
	CodeTryLater       = "try-later"          // 503
)
