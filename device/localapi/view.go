package localapi

import "time"

// ViewKind says which screen is shown. The screen ids are those of the screen inventory in docs/handbook.
type ViewKind string

// Views. The comment names the screen and the member of View that carries its content.
const (
	ViewAttract    ViewKind = "attract"    // A01
	ViewHome       ViewKind = "home"       // A02, State.Home
	ViewClosed     ViewKind = "closed"     // A06, State.Terminal.Reason
	ViewPairing    ViewKind = "pairing"    // M05, Pairing
	ViewGuide      ViewKind = "guide"      // B01, Guide
	ViewConsent    ViewKind = "consent"    // B02, Consent
	ViewWays       ViewKind = "ways"       // B03, Ways
	ViewCard       ViewKind = "card"       // B04, Card
	ViewCardFailed ViewKind = "card-fail"  // E01, Card
	ViewScanCode   ViewKind = "scan-code"  // B05, Scan: paper code under the document camera
	ViewField      ViewKind = "field"      // C01, C02 or C04 by Field.Input
	ViewCapture    ViewKind = "capture"    // C07, Capture
	ViewReview     ViewKind = "review"     // C08, Capture
	ViewSign       ViewKind = "sign"       // C09, Sign
	ViewCheck      ViewKind = "check"      // C10, Check
	ViewCases      ViewKind = "cases"      // C11, Cases
	ViewCase       ViewKind = "case"       // C12, Cases.List[Cases.Open]
	ViewSubmitting ViewKind = "submitting" // D01, Submit
	ViewReceived   ViewKind = "received"   // D02, Done
	ViewKept       ViewKind = "kept"       // D03, Done
	ViewPrinting   ViewKind = "printing"   // D04, Done
	ViewTake       ViewKind = "take"       // D05, Done
	ViewGoodbye    ViewKind = "goodbye"    // D07, Goodbye
	ViewPrinter    ViewKind = "printer"    // E05, Trouble
	ViewNetwork    ViewKind = "network"    // E06, Trouble
	ViewDevice     ViewKind = "device"     // E09, Trouble
	ViewRestarted  ViewKind = "restarted"  // E11, Restarted
	ViewHelp       ViewKind = "help"       // the help sheet over any screen; State.Terminal.Phone
)

// View is one screen's content. Kind says which member is set; all others are nil.
type View struct {
	Kind      ViewKind   `json:"kind"`
	Guide     *Guide     `json:"guide,omitempty"`
	Consent   *Consent   `json:"consent,omitempty"`
	Ways      *Ways      `json:"ways,omitempty"`
	Card      *ReadCard  `json:"card,omitempty"`
	Scan      *Scan      `json:"scan,omitempty"`
	Field     *Field     `json:"field,omitempty"`
	Capture   *Capture   `json:"capture,omitempty"`
	Sign      *Sign      `json:"sign,omitempty"`
	Check     *Check     `json:"check,omitempty"`
	Cases     *Cases     `json:"cases,omitempty"`
	Submit    *Submit    `json:"submit,omitempty"`
	Done      *Done      `json:"done,omitempty"`
	Goodbye   *Goodbye   `json:"goodbye,omitempty"`
	Trouble   *Trouble   `json:"trouble,omitempty"`
	Restarted *Restarted `json:"restarted,omitempty"`
	Pairing   *Pairing   `json:"pairing,omitempty"`
}

// Guide is B01.
type Guide struct {
	Summary  Text   `json:"summary"`
	Who      Text   `json:"who"`
	Needs    []Text `json:"needs"`
	Minutes  int    `json:"minutes"`
	Fee      Text   `json:"fee"`
	Result   Text   `json:"result"`
	Contact  Text   `json:"contact"`
	Network  string `json:"network"`  // O1 O2 O3
	Identity string `json:"identity"` // L0..L3
	// NoReceipt is set when the printer does not work: said before anybody begins.
	NoReceipt bool `json:"no_receipt,omitempty"`
}

// Consent is B02: one purpose per row.
type Consent struct {
	Purposes []Purpose `json:"purposes"`
	// Notice is true when all are duties: they are told, "next" goes on and nothing can be refused but the visit.
	Notice bool `json:"notice"`
}

// Purpose is one row of B02.
type Purpose struct {
	ID        string `json:"id"`
	Basis     string `json:"basis"` // duty, consent, separate
	Title     Text   `json:"title"`
	Text      Text   `json:"text"`
	Recipient Text   `json:"recipient"`
	Keep      Text   `json:"keep"`
	Law       Text   `json:"law"`
}

// Ways is B03. Each way may be closed, with the reason.
type Ways struct {
	List []Way `json:"list"`
}

// Way is one way to be identified or to find a case.
type Way struct {
	ID        string `json:"id"` // card, code, number
	Available bool   `json:"available"`
	Why       Text   `json:"why,omitzero"`
}

// ReadCard is B04 and E01.
type ReadCard struct {
	Person Text `json:"person"` // whose card
	// Hint is true after the first hint time: "lift it and lay it down again".
	Hint    bool `json:"hint,omitempty"`
	Tries   int  `json:"tries"` // failed readings so far
	Reading bool `json:"reading,omitempty"`
	// Read is set for a moment after a good reading.
	Read *ReadDone `json:"read,omitempty"`
	// Other lists the other ways on, E01: "code", "number", "counter".
	Other []string `json:"other,omitempty"`
	// Why: "media" unreadable or lifted too early, "kind" card of another kind, "gone" the reader was lost, "same" the same
	// card was laid down for a second person.
	Why string `json:"why,omitempty"`
}

// ReadDone tells that the card was read; the person may take it.
type ReadDone struct {
	Name string `json:"name"` // masked
}

// Scan is B05.
type Scan struct {
	Camera  string `json:"camera"` // for GET /v1/cameras/NAME/preview
	Problem string `json:"problem,omitempty"`
	Hint    bool   `json:"hint,omitempty"`
}

// Field is one question.
type Field struct {
	ID       string   `json:"id"`
	Type     string   `json:"type"`
	Input    string   `json:"input"` // "text", "choice", "pad"
	Ask      Text     `json:"ask"`
	Hint     Text     `json:"hint,omitzero"`
	Optional bool     `json:"optional,omitempty"`
	Choices  []Choice `json:"choices,omitempty"`
	Value    string   `json:"value,omitempty"` // what is there now, masked
	Chosen   string   `json:"chosen,omitempty"`
	Max      int      `json:"max,omitempty"` // characters
	AllowX   bool     `json:"allow_x,omitempty"`
	AllowDot bool     `json:"allow_dot,omitempty"`
	Group    []int    `json:"group,omitempty"` // digits are shown in groups of these sizes
	Error    Text     `json:"error,omitzero"`
}

// Choice is one row.
type Choice struct {
	Value string `json:"value"`
	Label Text   `json:"label"`
	Hint  Text   `json:"hint,omitzero"`
}

// Capture is C07 and C08.
type Capture struct {
	Camera    string `json:"camera"`
	Material  string `json:"material"`
	Name      Text   `json:"name"`
	Hint      Text   `json:"hint"`
	Review    []Text `json:"review"`
	N         int    `json:"n"` // which material, from 1
	Of        int    `json:"of"`
	Page      int    `json:"page"` // being taken or reviewed, from 1
	MaxPages  int    `json:"max_pages"`
	Optional  bool   `json:"optional,omitempty"`
	CanMore   bool   `json:"can_more,omitempty"`
	Lost      bool   `json:"lost,omitempty"`  // the camera is away; pages taken so far are safe
	Shot      string `json:"shot,omitempty"`  // C08: id for GET /v1/visit/pictures/ID
	Taken     int    `json:"taken"`           // pages of this material kept so far
	Looking   bool   `json:"looking"`         // frames are coming
	Saving    bool   `json:"saving,omitzero"` // the page is being sealed
	SaveError bool   `json:"save_error,omitzero"`
}

// Sign is C09.
type Sign struct {
	Person Text   `json:"person"`
	Title  Text   `json:"title"`
	Text   Text   `json:"text"`
	Last   bool   `json:"last"` // submit follows
	Error  Text   `json:"error,omitzero"`
	Name   string `json:"name"` // masked
}

// Check is C10.
type Check struct {
	Rows     []Row  `json:"rows"`
	Pages    []Page `json:"pages"`
	Problems []Text `json:"problems,omitempty"`
	Revealed bool   `json:"revealed,omitempty"`
	Seconds  int    `json:"seconds,omitempty"` // until masked again
	Last     bool   `json:"last"`              // submit follows; else "next"
}

// Row is label, value, source.
type Row struct {
	Field  string `json:"field,omitempty"` // for edit; "" cannot be edited
	Person string `json:"person,omitempty"`
	Label  Text   `json:"label"`
	Value  Text   `json:"value"`  // masked unless revealed
	Source string `json:"source"` // card, citizen
}

// Page is one captured page with its thumbnail.
type Page struct {
	Material string `json:"material"`
	Name     Text   `json:"name"`
	Page     int    `json:"page"`
	Picture  string `json:"picture"` // id for GET /v1/visit/pictures/ID
}

// Cases is C11 and C12.
type Cases struct {
	List    []Case    `json:"list"`
	Open    int       `json:"open"`
	AsOf    time.Time `json:"as_of"`
	Local   bool      `json:"local"`   // the platform was away: only what this terminal knows
	Masked  bool      `json:"masked"`  // found by number only
	Loading bool      `json:"loading"` // asked, no answer yet
}

// Case is one case as somebody may see it.
type Case struct {
	Number         string     `json:"number"`
	PlatformNumber string     `json:"platform_number,omitempty"`
	Name           Text       `json:"name"`
	State          string     `json:"state"` // kept received accepted supplement done refused
	Local          bool       `json:"local"`
	AsOf           time.Time  `json:"as_of"`
	Events         []CaseStep `json:"events"`
	Contact        string     `json:"contact,omitempty"`
}

// CaseStep is one line of a case's history.
type CaseStep struct {
	State string    `json:"state"`
	At    time.Time `json:"at"`
}

// Submit is D01: named steps, ticked one by one.
type Submit struct {
	Steps []SubmitStep `json:"steps"`
	Long  bool         `json:"long,omitempty"` // after 5 s: still working
}

// SubmitStep is one of "seal", "keep", "send", "number".
type SubmitStep struct {
	ID   string `json:"id"`
	Done bool   `json:"done"`
}

// Done is D02, D03, D04 and D05.
type Done struct {
	Number         string `json:"number"`
	PlatformNumber string `json:"platform_number,omitempty"`
	Ticket         string `json:"ticket"` // text of the QR code
	Lines          []Text `json:"lines,omitempty"`
	Contact        Text   `json:"contact,omitzero"`
	Printer        bool   `json:"printer"` // a receipt can be printed
	Copy           bool   `json:"copy,omitempty"`
	Refused        bool   `json:"refused,omitempty"` // the platform will never take it; the lines say what to do
	TakeBy         string `json:"take_by,omitempty"` // YYYY-MM-DD: go to the counter if nothing was heard by then
	// Printed: "" not tried, yes, no, not-known.
	Printed string `json:"printed,omitempty"`
	Seconds int    `json:"seconds,omitempty"` // until the screen ends by itself
}

// Goodbye is D07.
type Goodbye struct {
	Wiped bool   `json:"wiped"`
	Why   string `json:"why"` // done, cancelled, timeout
}

// Trouble is E05, E06 and E09: what is wrong, what still holds, ways on are Visit.Intents.
type Trouble struct {
	Device  string `json:"device,omitempty"` // kind
	Fault   Text   `json:"fault"`
	Do      Text   `json:"do,omitzero"`
	Printed string `json:"printed,omitempty"` // yes, no, not-known
	Number  string `json:"number,omitempty"`  // local number, when something is kept
	Ticket  string `json:"ticket,omitempty"`
	Kept    bool   `json:"kept"`
}

// Restarted is E11.
type Restarted struct {
	Kept           bool   `json:"kept"`
	Number         string `json:"number,omitempty"`
	PlatformNumber string `json:"platform_number,omitempty"`
	Ticket         string `json:"ticket,omitempty"`
	Printed        string `json:"printed"` // yes, no, not-known; "" when nothing was kept
	CanPrint       bool   `json:"can_print"`
}

// Pairing is M05.
type Pairing struct {
	Serial  string `json:"serial"`
	Hub     string `json:"hub"`
	Busy    bool   `json:"busy,omitempty"`
	Problem Text   `json:"problem,omitzero"`
}
