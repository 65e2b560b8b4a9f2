// Package model says what a screen shows and what a tap means, without any toolkit. Of turns the daemon's state and the
// few things that live only on the screen into a Screen; Reduce turns an Action into the next Local and perhaps an intent
// for the daemon. Both are pure: the same input gives the same output, so an app that was killed shows the same step again.
package model

import "kiosk/device/localapi"

// Screen describes one screen completely, in one language. Whoever draws it needs nothing else but the pictures that
// Preview, Picture and Thumbs name. All texts are ready to show: grouped, masked, in the visit's language.
type Screen struct {
	ID   string // of the screen inventory: "A01", "C04", …; "wait" while the daemon is away
	Key  string // changes when this is another screen for the person: input is ignored for a moment then
	Lang string // "zh" or "en"

	Header Header
	Banner *Notice // one line under the header: offline, printer away. It never covers controls
	Title  string  // the question; never empty but on A01, which has its own Lead
	Hint   string  // why, what to have ready; may be empty
	Body   []Block // from top to bottom
	Pager  *Pager  // under the body when it has more than one page

	Back    *Button // bottom left; nil where nothing can be gone back to
	Aux     *Button // between the two
	Primary *Button // bottom right
	Footer  []Button
	Overlay *Overlay // over everything; the screen under it takes no input
	// Whole makes the whole surface (but the footer) one target: the attract screen.
	Whole *Button
}

// Header is the line on top.
type Header struct {
	Site   string
	Place  string
	Number string // of the terminal, "" before enrolment
	Online bool
	Link   string // "联网正常", "网络中断"
	Clock  string // "09:41"
	Item   string // everyday name of the item that is being done; may be empty
	Step   *Step
}

// Step is "第 2 步，共 5 步：拍材料".
type Step struct {
	N, Of int
	Label string // the whole sentence
}

// Tone colours a button, a notice or a mark; each tone has its own icon, so that colour is never the only sign.
type Tone string

// Tones. The zero value is a secondary button, a plain notice.
const (
	Plain   Tone = ""
	Primary Tone = "primary"
	Quiet   Tone = "quiet"
	Danger  Tone = "danger"
	Info    Tone = "info"
	Warn    Tone = "warn"
	Success Tone = "success"
	Waiting Tone = "waiting"
)

// Button is anything that can be pressed. IDs are stable and the same in both languages: "next", "back", "help",
// "choice:VALUE", "card:CODE", "key:5", "edit:field:ID" … and unique on a screen.
type Button struct {
	ID       string
	Label    string
	Icon     string // name of an icon, may be empty
	Tone     Tone
	Disabled bool
	Why      string // one line under a disabled button
	Action   Action // what pressing it does; meaningless while disabled
}

// Pager is "第 1 页，共 3 页" with its buttons, ids "page:prev" and "page:next". Next is nil where the primary button,
// "read-on", turns the pages.
type Pager struct {
	Page, Of int // from 1
	Label    string
	Prev     Button
	Next     *Button
}

// Overlay is a dialog or sheet over the screen.
type Overlay struct {
	ID      string // "A05", "help", "offline", "leave"
	Title   string
	Big     string // a large number or telephone number; may be empty
	Body    []Block
	Buttons []Button // the first is the safe one and has the focus
}

// Block is one part of a body. The set is closed: Paragraph, Notice, Prompt, Choices, Cards, Facts, Purposes, FieldFace,
// Pad, Letters, Preview, Picture, SignPad, Table, Thumbs, Steps, Ticket, Timeline, CaseList, Actions, Gap.
type Block interface{ block() }

// TextStyle of a paragraph.
type TextStyle string

// Styles.
const (
	BodyText TextStyle = ""
	Lead     TextStyle = "lead"    // home title size: "点一下屏幕开始"
	Section  TextStyle = "section" // a heading inside the body
	Muted    TextStyle = "muted"
	Small    TextStyle = "small" // caption size
)

// Paragraph of running text.
type Paragraph struct {
	Text   string
	Style  TextStyle
	Centre bool
}

// Notice is a box with icon and text.
type Notice struct {
	Tone Tone // Info, Warn, Danger, Success
	Text string
	More string // second sentence: what to do; may be empty
}

// Prompt is the moving picture of a device: what to do with which slot.
type Prompt struct {
	Device string // one of Devices
	Stage  Stage
	Text   string // the sentence under the picture; may be empty when title says it
}

// Devices are the pictures that a Prompt may ask for: "paper" lies under the camera, "clock" waits, "wiped" is the end.
var Devices = []string{"card", "code", "paper", "printer", "take-slip", "offline", "staff", "screen", "clock", "wiped"}

// Stage of a device prompt.
type Stage string

// Stages.
const (
	StageAsk  Stage = ""     // frames run: do this
	StageWork Stage = "work" // the device works: hold still
	StageDone Stage = "done" // a tick
	StageFail Stage = "fail" // a cross
)

// Choices are rows of which one is taken.
type Choices struct{ Rows []Choice }

// Choice is one row. The whole row is the target.
type Choice struct {
	Button
	Hint     string
	Number   int // 1…9 for the keypad, 0 none
	Selected bool
}

// Cards are the home screen's items, two columns.
type Cards struct{ Cards []Card }

// Card is one item on the home screen.
type Card struct {
	Button   // Label is the everyday name
	Official string
	Tags     []string
	Number   int // for the keypad
}

// Facts are short labelled texts, for example what to bring.
type Facts struct {
	Title string // may be empty
	Rows  []Fact
}

// Fact is one of them. Several texts make a list.
type Fact struct {
	Icon  string
	Label string
	Texts []string
}

// Purposes are the rows of a notice or consent.
type Purposes struct{ Rows []Purpose }

// Purpose is one row: what for, and under it labelled facts (who receives it, how long, which law).
type Purpose struct {
	ID    string
	Basis string // "法定职责", "需要您同意", "需要您单独同意"
	Tone  Tone
	Title string
	Text  string
	Facts []Fact
}

// FieldFace is the read-only face of what is typed.
type FieldFace struct {
	Label  string
	Value  string // grouped for reading
	Ghost  string // shown muted while Value is empty: what is there now (masked), or an example
	Caret  bool
	Error  string // stands under the face; the wrong value stays
	Digits int    // typed so far
	Of     int    // most that fit, 0 unknown
}

// Pad is the number pad: rows of keys. Keys abut; ids "key:0" … "key:X", "key:delete", "key:clear".
type Pad struct{ Rows [][]Button }

// Letters is the letter keyboard: rows of keys, ten per row at most; ids as in Pad.
type Letters struct{ Rows [][]Button }

// Preview shows the live picture of a camera.
type Preview struct {
	Camera  string // for GET /v1/cameras/NAME/preview
	Guide   string // "page" draws the outline of a sheet, "code" a square
	Looking bool   // frames come; false shows Caption on an empty frame
	Caption string
}

// Picture shows one picture of the visit.
type Picture struct {
	ID  string // for GET /v1/visit/pictures/ID; "" an empty frame
	Alt string
}

// SignPad takes ink. A finished stroke is Action{Kind: ActStroke, Stroke: …}.
type SignPad struct {
	ID      string               // "sign-pad"
	Strokes [][]localapi.Point   // ink so far
	Ghost   string               // "请在这里签名"
	Name    string               // masked, under the line
	Clear   Button               // id "sign:clear"
	Undo    Button               // id "sign:undo"
	Locked  bool                 // takes no ink now
	Limits  struct{ Points int } // points that still fit
}

// Table is label, value, source, and perhaps a button to change the row.
type Table struct{ Rows []TableRow }

// TableRow is one row.
type TableRow struct {
	Label, Value, Source string
	Edit                 *Button // id "edit:field:ID" or "edit:person:ID"
}

// Thumbs are the captured pages.
type Thumbs struct {
	Title string
	Rows  []Thumb
}

// Thumb is one page.
type Thumb struct {
	Picture string // for GET /v1/visit/pictures/ID
	Label   string
	Edit    *Button // "edit:material:ID:PAGE"
	Delete  *Button // "delete:material:ID:PAGE"
}

// Steps are named steps ticked one by one.
type Steps struct{ Rows []StepRow }

// StepRow is one of them.
type StepRow struct {
	ID    string
	Label string
	State StepState
}

// StepState of a step.
type StepState string

// States.
const (
	StepTodo StepState = "todo"
	StepNow  StepState = "now"
	StepDone StepState = "done"
)

// Ticket is a number people take with them, with its QR code.
type Ticket struct {
	Rows []TicketNumber
	QR   string // content of the code; "" draws none
	Note string // under the code
}

// TicketNumber is a captioned number in digits.
type TicketNumber struct {
	Caption string
	Number  string // grouped
	Big     bool
}

// Timeline is a case's history, oldest first.
type Timeline struct{ Rows []TimelineRow }

// TimelineRow is one state reached or, with Done false, still to come.
type TimelineRow struct {
	Label, At string
	Done, Now bool
	Tone      Tone
}

// CaseList is the list of cases.
type CaseList struct{ Rows []CaseRow }

// CaseRow is one case; Label is its everyday name. ID "case:INDEX".
type CaseRow struct {
	Button
	Number    string
	State     string
	StateTone Tone
	At        string
}

// Actions is a column of wide buttons in the body: ways on.
type Actions struct{ Buttons []Button }

// Gap is one line of air.
type Gap struct{}

func (Paragraph) block() {}
func (Notice) block()    {}
func (Prompt) block()    {}
func (Choices) block()   {}
func (Cards) block()     {}
func (Facts) block()     {}
func (Purposes) block()  {}
func (FieldFace) block() {}
func (Pad) block()       {}
func (Letters) block()   {}
func (Preview) block()   {}
func (Picture) block()   {}
func (SignPad) block()   {}
func (Table) block()     {}
func (Thumbs) block()    {}
func (Steps) block()     {}
func (Ticket) block()    {}
func (Timeline) block()  {}
func (CaseList) block()  {}
func (Actions) block()   {}
func (Gap) block()       {}

// Action is what a press means: something local, or an intent for the daemon.
type Action struct {
	Kind   ActionKind
	Text   string // ActType: the character; ActPick: the choice; ActSheet: which sheet, "" closes
	N      int    // ActPage: +1 or -1
	Stroke []localapi.Point
	// Intent carries Kind and its parameters. ID and Step are filled in by Reduce and the caller.
	Intent localapi.Intent
}

// ActionKind is the closed set of actions.
type ActionKind string

// Actions.
const (
	ActNone   ActionKind = ""
	ActIntent ActionKind = "intent" // send Intent
	ActType   ActionKind = "type"   // a character typed
	ActDelete ActionKind = "delete" // the last character
	ActClear  ActionKind = "clear"  // all that was typed, or all ink
	ActPick   ActionKind = "pick"   // a choice selected, not sent
	ActPage   ActionKind = "page"   // paged lists
	ActSheet  ActionKind = "sheet"  // open or close a local sheet
	ActStroke ActionKind = "stroke" // a finished stroke of ink
	ActUndo   ActionKind = "undo"   // the last stroke
	ActAnswer ActionKind = "answer" // send what was typed or picked
	ActSign   ActionKind = "sign"   // send the ink
)
