package sdt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kiosk/device"
	"kiosk/device/identity"
)

const (
	// tries of one command on a faulty line before the reader counts as lost.
	tries = 3
	// nearby is the pause between two questions for a card that was felt a moment ago.
	nearby = 100 * time.Millisecond
	// grace is how long such a card is looked for. A module that has read a card says "no card" until it
	// was lifted, so a longer wait would only keep the person waiting.
	grace = time.Second
	// silentLimit is for speeds that are not the configured one.
	silentLimit = 500 * time.Millisecond
)

// greet finds the speed at which the module answers, and learns its state and number.
func (r *Reader) greet(ctx context.Context) error {
	baud := []int{r.cfg.Baud}
	if r.line.conn.HasSpeed() {
		baud = append(baud, slices.DeleteFunc(slices.Clone(speeds), func(b int) bool { return b == r.cfg.Baud })...)
	}
	var fault error
	for i, b := range baud {
		if err := r.line.conn.SetSpeed(b); err != nil {
			return err
		}
		r.line.baud, r.line.stale = b, true
		limit := statusLimit
		if i > 0 {
			limit = silentLimit
		}
		_, err := r.line.ask(ctx, CmdStatus, limit)
		switch {
		case err == nil:
			if i > 0 {
				r.log.Warn("ID card reader answers at another speed than configured", "baud", b)
			}
			r.line.worry = 0
			if err := r.checkUp(ctx); !errors.Is(err, ErrOutOfOrder) {
				return err
			}
			return nil
		case !isLineFault(err):
			return err
		case fault == nil || errors.Is(err, errGarbled):
			fault = err
		}
	}
	return lostBy(fault)
}

// lostBy turns the fault of a line into the loss of its reader.
func lostBy(fault error) error {
	if errors.Is(fault, errGarbled) {
		return &lost{device.FaultGarbled, fault}
	}
	return &lost{device.FaultSilent, fault}
}

// persist asks until the line lets an answer through, a few times.
func (r *Reader) persist(ctx context.Context, c Command, limit time.Duration) (Reply, error) {
	for try := 1; ; try++ {
		rep, err := r.line.ask(ctx, c, limit)
		if err == nil || !isLineFault(err) {
			return rep, err
		}
		if try == tries {
			return Reply{}, lostBy(err)
		}
	}
}

// checkUp asks the module for its state and number and keeps both for Status. Its error wraps ErrOutOfOrder, or
// device.ErrGone when nobody answers or another module does than before.
func (r *Reader) checkUp(ctx context.Context) error {
	rep, err := r.persist(ctx, CmdStatus, statusLimit)
	if err != nil {
		return err
	}
	r.state(rep.Code)
	if rep.Code != CodeDone {
		return fmt.Errorf("self-test: %v: %w", rep.Code, ErrOutOfOrder)
	}
	rep, err = r.persist(ctx, CmdNumber, statusLimit)
	if err != nil {
		return err
	}
	if rep.Code != CodeDone {
		return nil // a module without a number still reads; its Serial stays empty
	}
	number, err := ParseNumber(rep.Data)
	if err != nil {
		return &lost{device.FaultGarbled, err}
	}
	if !r.learn(number.String()) {
		return &lost{device.FaultOther, errSwapped}
	}
	return nil
}

// learn keeps the module's number. It reports false when that is not the number known so far.
func (r *Reader) learn(number string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status.Serial != "" {
		return r.status.Serial == number
	}
	r.status.Serial = number
	return true
}

// number is the module's number as it was learned.
func (r *Reader) number() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status.Serial
}

// wait blocks until a card was read, could not be read, ctx ends or the reader is lost.
func (r *Reader) wait(ctx context.Context) (identity.Card, error) {
	if err := r.checkUp(ctx); err != nil {
		return identity.Card{}, err
	}
	var trouble attempt
	for {
		felt, err := r.find(ctx)
		switch {
		case err == nil && felt:
			return r.readFelt(ctx)
		case err == nil:
			trouble = attempt{}
			err = pause(ctx, time.Duration(r.cfg.PollMS)*time.Millisecond)
		default:
			if err = trouble.failed(err, r.cfg.Retries); err == nil {
				err = pause(ctx, nearby)
			}
		}
		if err != nil {
			return identity.Card{}, err
		}
	}
}

// attempt counts failures of the card. Others end everything at once.
type attempt struct{ failures int }

func (a *attempt) failed(err error, most int) error {
	if !isCardFault(err) {
		return err
	}
	if a.failures++; a.failures < most {
		return nil
	}
	if errors.Is(err, device.ErrMedia) {
		return err
	}
	return fmt.Errorf("%w: %w", device.ErrMedia, err)
}

// cardFault is a code that a card which moved, or is not a genuine one, gives.
type cardFault struct {
	step string
	code Code
}

func (e *cardFault) Error() string { return e.step + ": " + e.code.String() }

// Is makes "card kind not recognised" an ErrKind.
func (e *cardFault) Is(target error) bool {
	return e.code == CodeKind && (target == ErrKind || target == device.ErrKind || target == device.ErrMedia)
}

// isCardFault reports whether the card should be tried again, from find on.
func isCardFault(err error) bool {
	var fault *cardFault
	return errors.As(err, &fault) || errors.Is(err, ErrTorn) || isLineFault(err) && !errors.Is(err, device.ErrGone)
}

// answered judges a code that is not the one hoped for.
func (r *Reader) answered(step string, code Code) error {
	switch code {
	case CodeSelfTest, CodeUnlicensed, CodeUnknownCmd, CodeForbidden:
		r.state(code)
		return fmt.Errorf("%s: %v: %w", step, code, ErrOutOfOrder)
	}
	return &cardFault{step, code}
}

// find asks whether a card lies there. After a fault of the line the module is asked who it is before it is
// believed again: it may have been exchanged meanwhile.
func (r *Reader) find(ctx context.Context) (bool, error) {
	for try := 1; ; try++ {
		rep, err := r.line.ask(ctx, CmdFind, findLimit)
		switch {
		case isLineFault(err):
			if try == tries {
				return false, lostBy(err)
			}
			if err := r.checkUp(ctx); err != nil {
				return false, err
			}
			continue
		case err != nil:
			return false, err
		}
		switch rep.Code {
		case CodeFound, CodeNoCard:
			r.state(CodeDone)
			return rep.Code == CodeFound, nil
		}
		return false, r.answered("find", rep.Code)
	}
}

// readFelt reads the card that find has felt, from find on again when it fails.
func (r *Reader) readFelt(ctx context.Context) (identity.Card, error) {
	defer r.line.wipe()
	var tried attempt
	for {
		card, err := r.take(ctx)
		if err == nil {
			return card, nil
		}
		r.line.wipe()
		last := err
		if err := tried.failed(err, r.cfg.Retries); err != nil {
			return identity.Card{}, err
		}
		r.log.Debug("card was not read, trying again", "why", last)
		felt, err := r.refind(ctx)
		if err != nil {
			return identity.Card{}, err
		}
		if !felt {
			return identity.Card{}, fmt.Errorf("%w: card was lifted too early: %w", device.ErrMedia, last)
		}
	}
}

// refind looks for a card that was there a moment ago.
func (r *Reader) refind(ctx context.Context) (bool, error) {
	for until := time.Now().Add(grace); ; {
		felt, err := r.find(ctx)
		if err != nil && !isCardFault(err) || felt {
			return felt, err
		}
		if !time.Now().Before(until) {
			return false, nil
		}
		if err := pause(ctx, nearby); err != nil {
			return false, err
		}
	}
}

// take selects and reads the card once.
func (r *Reader) take(ctx context.Context) (identity.Card, error) {
	rep, err := r.line.ask(ctx, CmdSelect, selectLimit)
	if err != nil {
		return identity.Card{}, err
	}
	if rep.Code != CodeDone {
		return identity.Card{}, r.answered("select", rep.Code)
	}
	rep, err = r.line.ask(ctx, CmdRead, readLimit)
	if err != nil {
		return identity.Card{}, err
	}
	if rep.Code != CodeDone {
		return identity.Card{}, r.answered("read", rep.Code)
	}
	reading, err := ParseReading(rep.Data, false)
	if err != nil {
		return identity.Card{}, fmt.Errorf("%w: %w", ErrTorn, err)
	}
	card, err := DecodeText(reading.Text)
	if err != nil {
		return identity.Card{}, err
	}
	card.Photo = bytes.Clone(reading.Photo)
	card.Evidence = identity.Evidence{SAM: r.number(), Port: r.cfg.Port}
	if r.cfg.Address {
		if err := r.newAddress(ctx, &card); err != nil {
			card.Wipe()
			return identity.Card{}, err
		}
	}
	return card, nil
}

// newAddress puts the latest additional address in the place of the printed one, if the card has one.
func (r *Reader) newAddress(ctx context.Context, card *identity.Card) error {
	rep, err := r.line.ask(ctx, CmdNewAddress, addressLimit)
	if isLineFault(err) {
		rep, err = r.line.ask(ctx, CmdNewAddress, addressLimit)
	}
	if err != nil {
		return err
	}
	switch rep.Code {
	case CodeEmpty, CodeUnknownCmd: // none on this card; an old module that knows of none
		return nil
	case CodeDone:
	default:
		return r.answered("new address", rep.Code)
	}
	address, err := DecodeNewAddress(rep.Data)
	if err != nil {
		return err
	}
	if !address.Empty() {
		card.Address.Wipe()
		card.Address = address
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
