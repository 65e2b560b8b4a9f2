package escpossim

// realTimeScan finds DLE EOT n in the stream, wherever it stands.
type realTimeScan struct{ last [2]byte }

func (r *realTimeScan) feed(b byte) (n byte, ok bool) {
	ok = r.last == [2]byte{0x10, 0x04} && b >= 1 && b <= 4
	r.last = [2]byte{r.last[1], b}
	return b, ok
}

// stopped reports whether the head stands still. Called with mu held, like all here.
func (s *Sim) stopped() bool {
	return s.paper == PaperOut || s.cover || s.jam || s.cutter || s.hot
}

// status is the answer to DLE EOT n.
func (s *Sim) status(n byte) byte {
	b := byte(0x12)
	or := func(is bool, bits byte) {
		if is {
			b |= bits
		}
	}
	failed := s.jam || s.cutter || s.hot
	switch n {
	case 1:
		or(s.stopped(), 0x08)
	case 2:
		or(s.cover, 0x04)
		or(s.paper == PaperOut, 0x20)
		or(failed, 0x40)
	case 3:
		or(s.jam, 0x04)
		or(s.cutter, 0x08)
		or(s.hot, 0x40)
	case 4:
		or(s.paper != PaperOK, 0x0C)
		or(s.paper == PaperOut, 0x60)
	}
	return b
}

// block is the automatic status.
func (s *Sim) block() [4]byte {
	b := [4]byte{0x10, 0, 0, 0x0F}
	or := func(is bool, i int, bits byte) {
		if is {
			b[i] |= bits
		}
	}
	or(s.stopped(), 0, 0x08)
	or(s.cover, 0, 0x20)
	or(s.jam, 1, 0x04)
	or(s.cutter, 1, 0x08)
	or(s.hot, 1, 0x40)
	or(s.paper != PaperOK, 2, 0x03)
	or(s.paper == PaperOut, 2, 0x0C)
	return b
}

// buffered is the answer to GS r n.
func (s *Sim) buffered(n byte) byte {
	if n == 1 && s.paper != PaperOK {
		return 0x03
	}
	return 0
}

// answer says something unless the line is mute or behind.
func (s *Sim) answer(b []byte) {
	if s.faults.Mute {
		return
	}
	if s.faults.Behind {
		b, s.held = s.held, append([]byte(nil), b...)
	}
	s.say(b)
}

// say writes to whoever is there. A link that fails is noticed by Serve.
func (s *Sim) say(b []byte) {
	if s.link != nil && len(b) > 0 {
		_, _ = s.link.Write(b)
	}
}
