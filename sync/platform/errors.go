package platform

import (
	"errors"
	"fmt"
	"strings"
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

// Codes that Code gives to answers that carry none.
const (
	NoAnswer = "no-answer" // Transport
	TryAgain = "try-later" // TryLater
)

// Code names the error of a call for lists, logs and the audit log: lower case letters and hyphens, at most 64. It is "" for nil
// and for errors that are not of this package. A code that a stranger could have written is "unknown".
func Code(err error) string {
	var refused *Refused
	var conflict *Conflict
	var problem *Problem
	switch {
	case errors.As(err, new(*Transport)):
		return NoAnswer
	case errors.As(err, new(*TryLater)):
		return TryAgain
	case errors.As(err, &refused):
		return "refused-" + stable(string(refused.Code))
	case errors.As(err, &conflict):
		return stable(conflict.Code)
	case errors.As(err, &problem):
		return "problem-" + stable(problem.Code)
	}
	return ""
}

func stable(code string) string {
	if code == "" || len(code) > 48 || code[0] == '-' || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz-") != "" {
		return "unknown"
	}
	return code
}

// RetryAfter is how long the platform asked to wait, 0 when it did not.
func RetryAfter(err error) time.Duration {
	var later *TryLater
	if errors.As(err, &later) {
		return later.After
	}
	return 0
}
