package casefile

// Receipt is a receipt before it is laid out: what stands on the paper, from top to bottom. Nothing on it is
// personal but the numbers. The same Receipt gives the raster that is printed and the plain text.
type Receipt struct {
	Site      string // name of the place
	Title     string // 收存回执
	Copy      bool   // printed a second time: marked 补打
	Item      string // everyday name
	Rows      []Row
	Number    Number // printed large
	Ticket    Ticket // as a QR code
	Notes     []string
	Contact   string
	PrintedAt string
	Lang      string
}

// Row is a label and a value.
type Row struct {
	Label, Value string
	Big          bool
}
