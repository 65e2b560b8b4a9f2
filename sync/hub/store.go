package hub

import (
	"context"
	"errors"
	"time"
)

// Store holds what the hub knows. Every method that writes has committed to disk when it returns nil, and writes all
// or nothing. Methods may run at the same time. What must be unique (case keys, local and platform numbers, sequences of a
// terminal, package versions) is kept so by constraints of the database, not by looking first.
type Store interface {
	// AddCode stores the hash of an enrolment code.
	AddCode(ctx context.Context, c Code) error
	// Enrol uses up the code with that hash: it raises the terminal's epoch and stores the certificate that issue returns. A code
	// that was used by the same public key before gives what it gave then. ErrNoCode otherwise.
	Enrol(ctx context.Context, e Enrolment, issue func(terminal string, epoch int) (cert []byte, err error)) (Terminal, error)

	Terminal(ctx context.Context, number string) (Terminal, error)
	Terminals(ctx context.Context) ([]Terminal, error)
	// Certificate is the one that the terminal enrolled at that epoch.
	Certificate(ctx context.Context, number string, epoch int) ([]byte, error)
	// Saw stores the newest heartbeat.
	Saw(ctx context.Context, number string, at time.Time, beat []byte) error

	// PutSettings replaces a terminal's document by a newer one; ErrConflict for an older version or other bytes.
	PutSettings(ctx context.Context, s Settings) error
	Settings(ctx context.Context, terminal string) (Settings, error)
	// PutPackage adds a version; ErrConflict when that version exists with other bytes.
	PutPackage(ctx context.Context, p Package) error
	// Packages lists the newest version of each, ordered by code, without their bytes.
	Packages(ctx context.Context) ([]Package, error)
	Package(ctx context.Context, code string, version int) (Package, error)

	// AddCase stores a new case with its pages. When the key is there with the same body digest it changes nothing. ErrConflict
	// when the key has another digest or another case has its number.
	AddCase(ctx context.Context, c NewCase) error
	Case(ctx context.Context, key string) (Case, error)
	// Envelope is the opened one, personal.
	Envelope(ctx context.Context, key string) ([]byte, error)
	// Receive makes a case received and gives it its platform number, once.
	Receive(ctx context.Context, key string, at time.Time, number func(running int) string) error
	// AddEvent appends the authority's word about the case with that local or platform number.
	AddEvent(ctx context.Context, number, state string, at time.Time) error
	// Cases lists the newest first, at most limit.
	Cases(ctx context.Context, limit int) ([]Case, error)
	CasesByPerson(ctx context.Context, tag []byte, limit int) ([]Case, error)
	CaseByNumber(ctx context.Context, number string) (Case, error)
	Events(ctx context.Context, key string) ([]Event, error)

	// AddUpload stores a new upload, or returns the one that there is for the same case and digest.
	AddUpload(ctx context.Context, u Upload) (Upload, error)
	Upload(ctx context.Context, id string) (Upload, error)
	// SetOffset says that so many bytes are fsynced; complete says that the page is whole.
	SetOffset(ctx context.Context, id string, offset int64, complete bool) error
	DropUpload(ctx context.Context, id string) error

	Close() error
}

// Errors of a Store. Everything else means that it cannot answer now.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("exists with other content")
	ErrNoCode   = errors.New("no such enrolment code")
)

// Code lets one terminal enrol once.
type Code struct {
	Hash     []byte
	Terminal string
	Expires  time.Time
}

// Enrolment is a request with a code.
type Enrolment struct {
	CodeHash  []byte
	PublicKey []byte // SPKI, DER
	Serial    string // of the machine
	At        time.Time
}

// Terminal is what the hub knows of one.
type Terminal struct {
	Number     string
	Epoch      int
	Serial     string
	Cert       []byte // DER, the present one
	EnrolledAt time.Time
	SeenAt     time.Time // zero: never
	Beat       []byte    // JSON of the last heartbeat, or nil
}

// Settings is a desired document, signed elsewhere.
type Settings struct {
	Terminal string
	Version  int
	SHA256   string
	JWS      []byte
	At       time.Time
}

// Package is one version of an item.
type Package struct {
	Code           string
	Version        int
	SHA256         string
	NameZH, NameEN string
	Contact        string
	Zip            []byte
}

// NewCase is a case as it comes in.
type NewCase struct {
	Case
	Envelope []byte   // opened
	Persons  [][]byte // look-up tags
}

// Case is a case without its envelope. NameMasked is all that is personal.
type Case struct {
	Key            string
	BodyDigest     string // of the sealed body of the envelope
	Terminal       string
	Epoch          int
	Sequence       int
	Number         string // local
	PlatformNumber string // "" until received
	Item           string
	ItemVersion    int
	State          string
	NameMasked     string
	LookupHash     []byte
	Pages          []Page // in the order of the head
	SubmittedAt    time.Time
	TakenAt        time.Time // when the envelope came
	ReceivedAt     time.Time
}

// Missing lists the pages that have not come whole.
func (c *Case) Missing() []string {
	missing := []string{}
	for _, p := range c.Pages {
		if !p.Complete {
			missing = append(missing, p.Digest)
		}
	}
	return missing
}

// Page is one sealed page of a case, by the digest of its sealed body.
type Page struct {
	Digest   string
	Complete bool
}

// Event is one line of a case's history.
type Event struct {
	State string
	At    time.Time
}

// Upload is a page on its way in. Offset counts bytes that are fsynced.
type Upload struct {
	ID       string
	CaseKey  string
	Digest   string
	Length   int64
	Offset   int64
	Complete bool
}
