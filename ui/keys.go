package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"kiosk/ui/kit"
	"kiosk/ui/model"
)

// Listen takes the keys of a canvas. The canvas must hold nothing that takes its focus. A key that is held down counts once.
func (s *Shell) Listen(c fyne.Canvas) {
	if d, ok := c.(desktop.Canvas); ok {
		d.SetOnKeyDown(func(ev *fyne.KeyEvent) { s.post.guard("key", func() { s.Key(ev.Name, shifted()) }) })
		return
	}
	c.SetOnTypedKey(func(ev *fyne.KeyEvent) { s.post.guard("key", func() { s.Key(ev.Name, false) }) })
}

func shifted() bool {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		return d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
	}
	return false
}

// Key does what a key means: arrows and Tab move the ring, Enter and Space press, Esc goes back, F1 calls help, digits and
// letters type or choose. It says whether the key meant anything.
func (s *Shell) Key(name fyne.KeyName, shift bool) bool {
	s.touch()
	switch name {
	case fyne.KeyTab:
		if shift {
			return s.move(-1)
		}
		return s.move(+1)
	case fyne.KeyDown, fyne.KeyRight:
		return s.move(+1)
	case fyne.KeyUp, fyne.KeyLeft:
		return s.move(-1)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		return s.enter()
	case fyne.KeyEscape:
		return s.press("close", "continue", "back")
	case fyne.KeyF1:
		return s.press("help")
	case fyne.KeyPageDown:
		if b := s.screen.Shown().Onward(); b != nil {
			return s.press(b.ID)
		}
		return false
	case fyne.KeyPageUp:
		return s.press("page:prev")
	case fyne.KeyBackspace, fyne.KeyDelete:
		return s.press("key:delete")
	case fyne.KeyPeriod, fyne.KeyMinus:
		return s.press("key:" + string(name))
	}
	if len(name) != 1 {
		return false
	}
	char := strings.ToUpper(string(name))
	return s.press("key:"+char) || s.choose(char)
}

// press presses the first of these that can be pressed.
func (s *Shell) press(ids ...string) bool {
	for _, id := range ids {
		if it := s.screen.Surface().Item(id); it != nil && it.Live() {
			return s.screen.Press(id)
		}
	}
	return false
}

// enter presses what has the ring, else the primary button.
func (s *Shell) enter() bool {
	if id := s.screen.Surface().Focused(); id != "" {
		return s.press(id)
	}
	m := s.screen.Shown()
	switch {
	case m.Overlay != nil: // nothing in a dialog happens without being pointed at
		return false
	case m.Whole != nil:
		return s.press(m.Whole.ID)
	case m.Primary != nil:
		return s.press(m.Primary.ID)
	}
	return false
}

// move puts the ring on the next thing that can be pressed, round and round.
func (s *Shell) move(by int) bool {
	var live []*kit.Item
	at := -1
	for _, it := range s.screen.Items() {
		if !it.Live() || it.Act == nil {
			continue
		}
		if it.ID == s.screen.Surface().Focused() {
			at = len(live)
		}
		live = append(live, it)
	}
	if len(live) == 0 {
		return false
	}
	if at < 0 && by < 0 {
		at = 0
	}
	s.screen.Focus(live[(at+by+len(live))%len(live)].ID)
	return true
}

// choose presses the row with that number.
func (s *Shell) choose(digit string) bool {
	if digit < "1" || digit > "9" {
		return false
	}
	n := int(digit[0] - '0')
	for _, block := range s.screen.Shown().Body {
		switch v := block.(type) {
		case model.Choices:
			for _, row := range v.Rows {
				if row.Number == n {
					return s.press(row.ID)
				}
			}
		case model.Cards:
			for _, card := range v.Cards {
				if card.Number == n {
					return s.press(card.ID)
				}
			}
		}
	}
	return false
}
