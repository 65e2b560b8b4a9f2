package escpos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kiosk/device"
)

// Print prints one slip; see device.ReceiptPrinter. It asks for the state before the first dot, between bands and after the
// cut; Yes needs the printer's word that all before has been processed and a good state after it.
func (p *Printer) Print(ctx context.Context, slip device.Slip) (device.Outcome, error) {
	if err := p.fits(slip); err != nil {
		return device.No, err
	}
	if !p.printing.CompareAndSwap(false, true) {
		return device.No, fmt.Errorf("cannot print: %w", device.ErrBusy)
	}
	defer p.printing.Store(false)
	select {
	case <-p.line:
		defer func() { p.line <- struct{}{} }()
	case <-p.gone:
		return device.No, fmt.Errorf("cannot print: %w", device.ErrGone)
	case <-ctx.Done():
		return device.No, fmt.Errorf("cannot print: %w", ctx.Err())
	}
	if err := p.before(ctx); err != nil {
		return device.No, fmt.Errorf("cannot print: %w", err)
	}
	begun, err := p.dots(ctx, slip)
	if err == nil {
		err = p.confirm(ctx, slip)
	}
	switch {
	case err == nil:
		return device.Yes, nil
	case !begun:
		return device.No, fmt.Errorf("cannot print: %w", err)
	default:
		return device.NotKnown, fmt.Errorf("cannot say whether the slip was printed: %w", err)
	}
}

func (p *Printer) fits(slip device.Slip) error {
	if slip.Image == nil {
		return errors.New("cannot print: no picture")
	}
	w, h := slip.Image.Rect.Dx(), slip.Image.Rect.Dy()
	if w < 1 || w > p.Dots() || h < 1 || h > MaxRows {
		return fmt.Errorf("cannot print: a picture of %d × %d dots does not fit paper of %d × %d", w, h, p.Dots(), MaxRows)
	}
	return nil
}

// before is everything up to the first dot. Whatever goes wrong here, no dot has been sent.
func (p *Printer) before(ctx context.Context) error {
	st, err := p.askAll(ctx)
	switch {
	case errors.Is(err, errSilent) && p.mute():
	case errors.Is(err, errSilent):
		p.noteSilent()
		return err
	case err != nil:
		return err
	default:
		p.note(st)
		if err := st.ready(); err != nil {
			return err
		}
		if !p.synced {
			if err := p.getInStep(ctx); err != nil {
				return err
			}
		}
		if p.dirty || p.fresh {
			if err := p.tidy(ctx); err != nil {
				return err
			}
		}
		if p.owed > 0 {
			if err := p.processed(ctx, p.times.settle); err != nil {
				return err
			}
		}
	}
	return p.send(ctx, concat(cmdInit, cmdButtonsOff), p.times.stall)
}

// dots sends the picture band by band. begun says whether any of it may have left.
func (p *Printer) dots(ctx context.Context, slip device.Slip) (begun bool, err error) {
	asking := p.answers
	for i, b := range bands(slip.Image) {
		if i > 0 && asking {
			switch n, err := p.ask(ctx, 1); {
			case errors.Is(err, errSilent):
				asking = false // the end will show
			case ctx.Err() != nil:
				return true, p.abandon(ctx.Err())
			case err != nil:
				return true, err
			case n&printerOffline != 0:
				p.dirty = true
				return true, p.reason(ctx)
			}
		}
		sent, err := p.band(ctx, b)
		begun = begun || sent > 0
		if err != nil {
			if begun && ctx.Err() != nil {
				return true, p.abandon(err)
			}
			return begun, err
		}
	}
	return begun, nil
}

// band writes one announced band to its end. When ctx ends inside it, zeros take the place of the dots that are
// missing; when not even these go out, or nothing goes out for too long, the link is closed, so that the printer's
// end of it may notice.
func (p *Printer) band(ctx context.Context, b []byte) (sent int, err error) {
	wctx := ctx
	deadline := p.times.stall
	for sent < len(b) {
		if err := wctx.Err(); err != nil {
			if sent == 0 {
				return 0, err
			}
			clear(b[max(sent, bandHead):])
			wctx, deadline = context.WithoutCancel(ctx), p.times.finish
		}
		chunk := b[sent:min(sent+1024, len(b))]
		cctx, cancel := context.WithTimeout(wctx, deadline)
		n, err := p.conn.WriteContext(cctx, chunk)
		cancel()
		sent += n
		switch {
		case err == nil:
		case wctx.Err() != nil: // goes on above
		case errors.Is(err, context.DeadlineExceeded):
			p.dirty = true
			p.lose(device.FaultSilent)
			return sent, fmt.Errorf("printer takes no more bytes: %w", device.ErrGone)
		default:
			p.lose(device.FaultUnplugged)
			return sent, err
		}
	}
	return sent, ctx.Err()
}

// abandon cuts off what was printed of a slip that nobody waits for any more.
func (p *Printer) abandon(cause error) error {
	p.dirty = true
	ctx, cancel := context.WithTimeout(context.Background(), p.times.finish)
	defer cancel()
	if p.send(ctx, concat(cmdInit, end(p.cfg.Profile.Cut)), p.times.finish) == nil {
		p.dirty = false
	}
	return cause
}

// reason asks an off-line printer what happened.
func (p *Printer) reason(ctx context.Context) error {
	st, err := p.askAll(ctx)
	if err != nil {
		return err
	}
	p.note(st)
	if err := st.ready(); err != nil {
		return err
	}
	return errors.New("printer was off-line for a moment")
}

// confirm sends the end of the slip and waits for the printer's word.
func (p *Printer) confirm(ctx context.Context, slip device.Slip) error {
	cmd := concat(p.askEnd)
	if slip.Cut {
		cmd = concat(end(p.cfg.Profile.Cut), p.askEnd)
	}
	p.drain(ctx)
	if err := p.send(ctx, cmd, p.times.stall); err != nil {
		if ctx.Err() != nil {
			return p.abandon(err)
		}
		return err
	}
	p.owed++
	length := time.Duration(slip.Image.Rect.Dy()) * time.Second / slowest
	if err := p.watch(ctx, length); err != nil {
		return err
	}
	st, err := p.askAll(ctx)
	if err != nil {
		return err
	}
	p.note(st)
	return st.ready()
}

// watch waits for the answer to GS r, looking at the state meanwhile because an off-line printer never gives it. For a
// printer that never tells anything it waits as long as the paper takes, and does not know.
func (p *Printer) watch(ctx context.Context, length time.Duration) error {
	begin := time.Now()
	limit := p.times.settle + length
	if !p.answers {
		limit = length + p.times.tick
	}
	tick := time.NewTicker(p.times.tick)
	defer tick.Stop()
	for {
		select {
		case r := <-p.replies:
			p.saw(r)
			switch {
			case r.kind == buffered && p.owed == 0:
				return nil
			case r.kind == realTime && r.b&printerOffline != 0:
				p.late = true
				return p.reason(ctx)
			}
		case <-tick.C:
			if time.Since(begin) > limit {
				p.late = true
				return fmt.Errorf("no word about the end: %w", errSilent)
			}
			if p.answers {
				if err := p.send(ctx, ask(1), p.times.answer); err != nil && !errors.Is(err, errSilent) {
					return err
				}
			}
		case <-ctx.Done():
			p.late = true
			return ctx.Err()
		case <-p.gone:
			return device.ErrGone
		}
	}
}
