package port

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"kiosk/device"
)

// Serial opens the serial port at path with 8 data bits, no parity, 1 stop bit and no flow control. The
// port is ours alone until Close; a second owner gets an error that wraps device.ErrBusy and ErrGone.
//
// The node is opened twice. The library's descriptor sets the mode and takes the port for us; bytes go
// through a non-blocking one of our own, because the library's Read reports a time-out as (0, nil), which
// io.ReadFull spins on, and its Write cannot be ended at all.
func Serial(path string, baud int) (*Conn, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, openError(path, err)
	}
	if err := checkTerminal(f); err != nil {
		_ = f.Close()
		return nil, openError(path, err)
	}
	s, err := serial.Open(path, mode(baud))
	if err != nil {
		_ = f.Close()
		return nil, openError(path, err)
	}
	return &Conn{
		stream: f,
		speed:  func(baud int) error { return s.SetMode(mode(baud)) },
		closed: s.Close,
	}, nil
}

// checkTerminal refuses files, folders, pipes and /dev/null: they have no line settings, or no deadlines.
func checkTerminal(f *os.File) error {
	if err := f.SetDeadline(time.Time{}); errors.Is(err, os.ErrNoDeadline) {
		return syscall.ENOTTY
	} else if err != nil {
		return err
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var asked error
	err = raw.Control(func(fd uintptr) { _, asked = unix.IoctlGetTermios(int(fd), unix.TCGETS) })
	return errors.Join(err, asked)
}

func mode(baud int) *serial.Mode {
	return &serial.Mode{BaudRate: baud, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit}
}

// openError sorts what can be cured by plugging, rights or waiting from what cannot.
func openError(path string, err error) error {
	kind := device.ErrGone
	pe := (*serial.PortError)(nil)
	isPort := errors.As(err, &pe)
	switch {
	case errors.Is(err, syscall.EBUSY), isPort && pe.Code() == serial.PortBusy:
		return fmt.Errorf("cannot open %q: %w: %w", path, device.ErrGone, device.ErrBusy)
	case errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENOTTY), errors.Is(err, syscall.ENOTDIR):
		kind = device.ErrConfig
	}
	return fmt.Errorf("cannot open %q: %w: %w", path, kind, pathless(err))
}
