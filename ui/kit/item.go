package kit

import "kiosk/ui/look"

// Role says what an item is to a person.
type Role string

// Roles.
const (
	RoleButton Role = "button"
	RoleCard   Role = "card"
	RoleChoice Role = "choice"
	RoleRow    Role = "row"
	RoleKey    Role = "key"
	RoleInk    Role = "ink"
	RoleText   Role = "text" // can be read, not pressed
)

// Item is one thing on the screen as a person, the focus ring or a robot sees it. Touch and keys end in the
// same place: Surface.Press.
type Item struct {
	ID       string
	Role     Role
	Label    string
	Hint     string // second line, reason why it is disabled
	Rect     Rect   // on the panel; the target's, not the picture's
	Disabled bool
	Selected bool
	// Act is what pressing does; nil for text.
	Act func()

	show func(pressed bool)
	ink  *Ink
}

// Live tells whether pressing it does something.
func (it *Item) Live() bool { return !it.Disabled && (it.Act != nil || it.ink != nil) }

// Text is one line of text that a sheet draws, for tests: what it needs and what it has.
type Text struct {
	Text  string
	Style look.Style
	Width float32 // needed
	Box   Rect    // given
	Cut   bool    // shortened with an ellipsis
}
