package model

import "iter"

// Buttons lists everything that can be pressed on the screen in reading order, disabled ones too. While an overlay is up
// only its buttons count.
func (s Screen) Buttons() iter.Seq[*Button] {
	return func(yield func(*Button) bool) {
		if s.Overlay != nil {
			for i := range s.Overlay.Buttons {
				if !yield(&s.Overlay.Buttons[i]) {
					return
				}
			}
			return
		}
		s.under(yield)
	}
}

func (s Screen) under(yield func(*Button) bool) {
	one := func(b *Button) bool { return b == nil || yield(b) }
	many := func(l []Button) bool {
		for i := range l {
			if !yield(&l[i]) {
				return false
			}
		}
		return true
	}
	if !one(s.Whole) {
		return
	}
	for _, block := range s.Body {
		if !eachButton(block, one, many) {
			return
		}
	}
	if s.Pager != nil && (!yield(&s.Pager.Prev) || !one(s.Pager.Next)) {
		return
	}
	if one(s.Back) && one(s.Aux) && one(s.Primary) {
		many(s.Footer)
	}
}

func eachButton(block Block, one func(*Button) bool, many func([]Button) bool) bool {
	switch v := block.(type) {
	case Choices:
		for i := range v.Rows {
			if !one(&v.Rows[i].Button) {
				return false
			}
		}
	case Cards:
		for i := range v.Cards {
			if !one(&v.Cards[i].Button) {
				return false
			}
		}
	case Pad:
		for _, row := range v.Rows {
			if !many(row) {
				return false
			}
		}
	case Letters:
		for _, row := range v.Rows {
			if !many(row) {
				return false
			}
		}
	case SignPad:
		return one(&v.Undo) && one(&v.Clear)
	case Table:
		for i := range v.Rows {
			if !one(v.Rows[i].Edit) {
				return false
			}
		}
	case Thumbs:
		for i := range v.Rows {
			if !one(v.Rows[i].Edit) || !one(v.Rows[i].Delete) {
				return false
			}
		}
	case CaseList:
		for i := range v.Rows {
			if !one(&v.Rows[i].Button) {
				return false
			}
		}
	case Actions:
		return many(v.Buttons)
	}
	return true
}

// WayOn reports whether something leads on from here: an enabled button outside the footer and the pager.
func (s Screen) WayOn() bool {
	aside := map[string]bool{"page:prev": true, "page:next": true}
	for i := range s.Footer {
		aside[s.Footer[i].ID] = true
	}
	for b := range s.Buttons() {
		if !b.Disabled && !aside[b.ID] {
			return true
		}
	}
	return false
}

// Button finds a button by its id, nil when the screen has none.
func (s Screen) Button(id string) *Button {
	for b := range s.Buttons() {
		if b.ID == id {
			return b
		}
	}
	return nil
}

// Onward is the button that turns to the next page, nil on the last page and where there are no pages.
func (s Screen) Onward() *Button {
	for _, id := range []string{"read-on", "page:next"} {
		if b := s.Button(id); b != nil && !b.Disabled {
			return b
		}
	}
	return nil
}

// Previewed is the camera whose live picture the screen shows, "" for none.
func (s Screen) Previewed() string {
	for _, block := range s.Body {
		if p, ok := block.(Preview); ok {
			return p.Camera
		}
	}
	return ""
}

// Pictures lists the ids of the visit's pictures that the screen shows.
func (s Screen) Pictures() []string {
	var ids []string
	for _, block := range s.Body {
		switch v := block.(type) {
		case Picture:
			if v.ID != "" {
				ids = append(ids, v.ID)
			}
		case Thumbs:
			for _, r := range v.Rows {
				if r.Picture != "" {
					ids = append(ids, r.Picture)
				}
			}
		}
	}
	return ids
}
