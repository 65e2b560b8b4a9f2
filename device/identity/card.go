// Package identity is what a card says about a person: number with its check digit, name, dates,
// photo, and how such values are masked and wiped. It knows no reader and no protocol.
package identity

// Kind is the kind of identity card.
type Kind string

// The four cards that an SAM reader hands out (GA/T 490 and the layouts of 2017 and 2023).
const (
	Resident         Kind = "resident"          // 居民身份证
	ForeignResident  Kind = "foreign-resident"  // 外国人永久居留身份证, 2017 layout, marker I
	ForeignResident2 Kind = "foreign-resident2" // 外国人永久居留身份证, 2023 layout, marker Y
	HMTResident      Kind = "hmt-resident"      // 港澳台居民居住证, marker J
)

// Card is one card, read whole. Its Secrets and Photo are wiped together.
type Card struct {
	Kind      Kind
	Name      Secret // Chinese name as on the card; may be empty on foreign cards
	LatinName Secret // foreign cards only
	Sex       string // GB/T 2261.1: "0" unknown, "1" male, "2" female, "9" not stated
	Nation    string // GB/T 3304 number "01".."56", "97", "98"; resident cards only
	Country   string // three letters, foreign cards only
	Birth     Secret // YYYYMMDD
	Address   Secret
	Number    Secret // 18 characters, 15 on ForeignResident
	Pass      Secret // 通行证号码 on HMTResident
	Issuer    string
	ValidFrom string // YYYYMMDD
	ValidTo   string // YYYYMMDD or "长期"
	Photo     []byte // the reader's opaque block ("WLT"), 1024 bytes
	Evidence  Evidence
}

// Evidence says which reader the words came from. A chip that no platform has checked is
// a claim, so Verified stays false on the terminal.
type Evidence struct {
	SAM      string `json:"sam"`  // module number, aa.bb-YYYYMMDD-nnnnnnnnnn-nnnnnnnnnn
	Port     string `json:"port"` // the path the reader was opened at
	Verified bool   `json:"verified"`
}

// Wipe zeroes all that is personal.
func (c *Card) Wipe() {
	for _, s := range []Secret{c.Name, c.LatinName, c.Birth, c.Address, c.Number, c.Pass} {
		s.Wipe()
	}
	clear(c.Photo)
	*c = Card{}
}

// DisplayName is the Chinese name, or the Latin one where there is none.
func (c *Card) DisplayName() Secret {
	if c.Name.Empty() {
		return c.LatinName
	}
	return c.Name
}
