package sdtsim

import "encoding/binary"

// Codes that the module answers with.
const (
	codeBadChecksum byte = 0x10
	codeBadLength   byte = 0x11
	codeUnknown     byte = 0x21
	codeReadFailed  byte = 0x41
	codeNoCard      byte = 0x80
	codeNotSelected byte = 0x81
	codeDone        byte = 0x90
	codeEmpty       byte = 0x91
	codeFound       byte = 0x9F
)

// obey is the module's state machine. A request runs from LEN to CHK.
func (s *Sim) obey(request []byte) (command Command, code byte, data []byte) {
	if len(request) < 5 {
		return 0, codeBadLength, nil
	}
	command = Command(binary.BigEndian.Uint16(request[2:]))
	var sum byte
	for _, b := range request {
		sum ^= b
	}
	switch {
	case sum != 0:
		return command, codeBadChecksum, nil
	case len(request) != 5:
		return command, codeBadLength, nil
	case s.status != codeDone:
		return command, s.status, nil
	}
	code, data = s.do(command)
	return command, code, data
}

func (s *Sim) do(command Command) (code byte, data []byte) {
	switch command {
	case SelfTest:
		return codeDone, nil
	case Reset: // the field goes off and on: a card that was read is found again
		s.found, s.selected = false, false
		if s.card != nil {
			s.card.read = false
		}
		return codeDone, nil
	case GetNumber:
		b := binary.LittleEndian.AppendUint16(nil, s.sam.Maker)
		b = binary.LittleEndian.AppendUint16(b, s.sam.Model)
		b = binary.LittleEndian.AppendUint32(b, s.sam.Date)
		b = binary.LittleEndian.AppendUint32(b, s.sam.Serial)
		return codeDone, binary.LittleEndian.AppendUint32(b, s.sam.Check)
	case Find:
		s.selected = false
		s.found = s.card != nil && !s.card.read
		if !s.found {
			return codeNoCard, nil
		}
		return codeFound, make([]byte, 4)
	case Select:
		s.selected = s.found && s.card != nil
		s.found = false
		if !s.selected {
			return codeNotSelected, nil
		}
		return codeDone, make([]byte, 8)
	case Read:
		return s.read(false)
	case ReadFingers:
		if s.opt.Old {
			return codeUnknown, nil
		}
		return s.read(true)
	case ReadNewAddress:
		switch {
		case s.opt.Old:
			return codeUnknown, nil
		case s.card == nil || !s.card.read:
			return codeReadFailed, nil
		case len(s.card.newAddress) == 0:
			return codeEmpty, nil
		}
		return codeDone, s.card.newAddress
	}
	return codeUnknown, nil
}

// fingerSize is the size of one fingerprint template.
const fingerSize = 512

// read answers with text and photo, and with templates of nothing but zeros when they are asked for.
func (s *Sim) read(fingers bool) (code byte, data []byte) {
	ready := s.selected && s.card != nil
	s.selected = false // each reading needs its own find and select
	if !ready {
		return codeReadFailed, nil
	}
	s.card.read = true
	data = binary.BigEndian.AppendUint16(nil, textSize)
	data = binary.BigEndian.AppendUint16(data, photoSize)
	if fingers {
		data = binary.BigEndian.AppendUint16(data, uint16(s.card.fingers*fingerSize))
	}
	data = append(data, s.card.text...)
	data = append(data, photo()...)
	if fingers {
		data = append(data, make([]byte, s.card.fingers*fingerSize)...)
	}
	return codeDone, data
}
