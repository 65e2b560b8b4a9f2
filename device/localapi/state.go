// Package localapi is the daemon's local API as its clients see it: wire types and a client, nothing else.
// It is a leaf. HTTP/1.1 and JSON on a unix socket; docs/api/local.md lists the routes.
//
// Personal values in these types are masked unless the person asked to see them, for ten seconds.
package localapi

import "time"

// Text in both languages. ZH is never empty.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In returns the text in "zh" or "en", Chinese where English is missing.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.ZH
}

// State is everything the screen needs. The first line of GET /v1/events is a whole State, and so is every later line:
// a change is the new State with a higher Seq. Seq grows by one with each line of one daemon's life; Boot tells
// lives apart.
type State struct {
	Seq      uint64    `json:"seq"`
	Boot     string    `json:"boot"`
	Terminal Terminal  `json:"terminal"`
	Network  Network   `json:"network"`
	Queue    Queue     `json:"queue"`
	Home     []Card    `json:"home"`
	Warnings []Warning `json:"warnings"`
	Visit    Visit     `json:"visit"`
}

// Terminal is who this terminal is.
type Terminal struct {
	Number   string `json:"number,omitempty"` // six digits, once enrolled
	Site     Text   `json:"site"`             // shown in the header
	Place    Text   `json:"place"`            // where it stands
	Phone    string `json:"phone"`            // to call when nothing helps
	Enrolled bool   `json:"enrolled"`
	Version  string `json:"version"`
	Open     bool   `json:"open"`  // inside opening hours
	Hours    string `json:"hours"` // "00:00-24:00"
	Volume   int    `json:"volume"`
	Settings int    `json:"settings"` // version of the remote settings in force, 0 none
	// Reason why the terminal serves nobody now: "", "unenrolled", "closed", "broken".
	Reason string `json:"reason,omitempty"`
}

// Network is the link to the platform as it was last seen.
type Network struct {
	Online bool      `json:"online"`
	Since  time.Time `json:"since"`
}

// Queue counts cases that the platform has not received.
type Queue struct {
	Waiting     int `json:"waiting"`
	Quarantined int `json:"quarantined"`
}

// Card is one item on the home screen.
type Card struct {
	Code      string `json:"code"`
	Everyday  Text   `json:"everyday"`
	Official  Text   `json:"official"`
	Icon      string `json:"icon"`
	Tags      []Text `json:"tags,omitempty"`
	Available bool   `json:"available"`
	Why       Text   `json:"why,omitzero"` // when not available
}

// Warning is something staff or ops should know. Absent means healthy.
type Warning struct {
	Code     string `json:"code"`
	Severity string `json:"severity"` // "low", "high"
	Text     Text   `json:"text"`
	Who      string `json:"who"` // citizen, staff, ops
}

// Visit is the visit's state: which screen, with what on it, and which intents are valid now.
type Visit struct {
	ID    string `json:"id,omitempty"` // "" while nobody is here
	Phase string `json:"phase"`
	// Step changes only when the set of valid intents changes; an intent names the step it was made on.
	Step     string    `json:"step"`
	Lang     string    `json:"lang"` // "zh" or "en"
	Item     *ItemName `json:"item,omitempty"`
	Progress *Progress `json:"progress,omitempty"`
	View     View      `json:"view"`
	Intents  []string  `json:"intents"`
	// Warning is set while the idle dialog is up; the view under it stays.
	Warning *IdleWarning `json:"warning,omitempty"`
	// Personal is true once personal data was shown to the app in this visit.
	Personal bool `json:"personal"`
}

// ItemName names the chosen item.
type ItemName struct {
	Code     string `json:"code"`
	Everyday Text   `json:"everyday"`
	Official Text   `json:"official"`
}

// Progress is "step 2 of 5: take pictures".
type Progress struct {
	N     int  `json:"n"`
	Of    int  `json:"of"`
	Label Text `json:"label"`
}

// IdleWarning counts down to the end of the visit.
type IdleWarning struct {
	Seconds int `json:"seconds"`
}

// Intents, the kinds a tap can be. Visit.Intents lists those that are valid now.
const (
	IntentStart    = "start"     // A01: begin, go to the home screen
	IntentChoose   = "choose"    // A02: Item
	IntentLanguage = "language"  // Value "zh" or "en"
	IntentNext     = "next"      // go on
	IntentBack     = "back"      // one step back
	IntentCancel   = "cancel"    // end the visit and wipe
	IntentContinue = "continue"  // A05: still here
	IntentTouch    = "touch"     // any touch: extends the idle clock, changes nothing
	IntentAgree    = "agree"     // B02: all purposes shown
	IntentRefuse   = "refuse"    // B02
	IntentWay      = "way"       // B03: Value "card", "code", "number"
	IntentAnswer   = "answer"    // C01 C02 C04: Field, Value
	IntentSkip     = "skip"      // an optional field or material
	IntentShoot    = "shoot"     // C07
	IntentKeepPage = "keep-page" // C08
	IntentRetake   = "retake"    // C08
	IntentDelete   = "delete"    // C08, C10: Material, Page
	IntentMore     = "more"      // C07/C08: another page of this material
	IntentEdit     = "edit"      // C10: Field, Material or Person; comes back to C10
	IntentReveal   = "reveal"    // C10, C12: show values for ten seconds
	IntentSign     = "sign"      // C09: Strokes; "next" or submit follows at once
	IntentSubmit   = "submit"    // C10 or C09, the last step
	IntentPrint    = "print"     // print the receipt, or print it again marked as a copy
	IntentNoPrint  = "no-print"  // go on without paper
	IntentRetry    = "retry"     // try a device again
	IntentOpen     = "open"      // C11: Index
	IntentFinish   = "finish"    // end of the visit
	IntentHelp     = "help"      // 找人帮忙: shows phone and place; the clock is held for a while
	IntentClose    = "close"     // close the help sheet
	IntentEnrol    = "enrol"     // M05: Value is the one-time code
)

// Intent is what a tap asks for. ID is made by the client; the same ID twice is harmless.
type Intent struct {
	ID       string    `json:"id"`
	Step     string    `json:"step"`
	Kind     string    `json:"kind"`
	Item     string    `json:"item,omitempty"`
	Field    string    `json:"field,omitempty"`
	Value    string    `json:"value,omitempty"`
	Material string    `json:"material,omitempty"`
	Person   string    `json:"person,omitempty"`
	Page     int       `json:"page,omitempty"`
	Index    int       `json:"index,omitempty"`
	Strokes  [][]Point `json:"strokes,omitempty"`
}

// Point of a stroke: x, y in thousandths of the pad's width, t in ms since the first touch.
type Point struct {
	X int `json:"x"`
	Y int `json:"y"`
	T int `json:"t"`
}
