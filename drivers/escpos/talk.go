package escpos

import (
	"context"
	"errors"
	"strings"
	"time"

	"kiosk/device"
)

// read is the goroutine that sorts what comes.
func (p *Printer) read() {
	var s sorter
	buf := make([]byte, 256)
	for {
		n, err := p.conn.ReadContext(p.ctx, buf)
		s.Feed(buf[:n], func(r reply) {
			select {
			case p.replies <- r:
			default: // nobody listens and the box is full: more answers than questions
			}
		})
		p.waste.Add(int64(s.waste))
		s.waste = 0
		if err != nil {
			p.lose(device.FaultUnplugged)
			return
		}
	}
}

// saw counts the answers to GS r and ESC v, which have no name on them: one that comes late must not be taken for the next.
func (p *Printer) saw(r reply) {
	if r.kind == buffered && p.owed > 0 {
		p.owed--
	}
}

// drain throws old answers away. When one may still be under way it waits until none has come for a while.
func (p *Printer) drain(ctx context.Context) {
	if !p.late {
		for {
			select {
			case r := <-p.replies:
				p.saw(r)
				continue
			default:
				return
			}
		}
	}
	p.late = false
	t := time.NewTimer(p.times.quiet)
	defer t.Stop()
	for {
		select {
		case r := <-p.replies:
			p.saw(r)
			t.Reset(p.times.quiet)
		case <-t.C:
			return
		case <-ctx.Done():
			p.late = true
			return
		case <-p.gone:
			return
		}
	}
}

// send writes a command within the time that d allows.
func (p *Printer) send(ctx context.Context, b []byte, d time.Duration) error {
	wctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	n, err := p.conn.WriteContext(wctx, b)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && n == 0:
		return ctx.Err()
	case n > 0 || !errors.Is(err, context.DeadlineExceeded):
		p.lose(device.FaultUnplugged) // half a command is out, or the link is broken
		return device.ErrGone
	}
	return errSilent
}

// hear waits for a reply of a kind.
func (p *Printer) hear(ctx context.Context, want kind, d time.Duration) (reply, error) {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case r := <-p.replies:
			p.saw(r)
			if r.kind == want {
				return r, nil
			}
		case <-t.C:
			p.late = true
			return reply{}, errSilent
		case <-ctx.Done():
			p.late = true
			return reply{}, ctx.Err()
		case <-p.gone:
			return reply{}, device.ErrGone
		}
	}
}

func (p *Printer) question(ctx context.Context, cmd []byte, want kind, d time.Duration) (reply, error) {
	p.drain(ctx)
	if err := p.send(ctx, cmd, d); err != nil {
		return reply{}, err
	}
	return p.hear(ctx, want, d)
}

// ask asks DLE EOT n, a second time when a printer that has answered before does not.
func (p *Printer) ask(ctx context.Context, n byte) (byte, error) {
	r, err := p.question(ctx, ask(n), realTime, p.times.answer)
	if p.answers && errors.Is(err, errSilent) {
		r, err = p.question(ctx, ask(n), realTime, p.times.answer)
	}
	return r.b, err
}

// askAll asks DLE EOT 1 to 4.
func (p *Printer) askAll(ctx context.Context) (state, error) {
	var st state
	for n, to := range []*byte{&st.printer, &st.cause, &st.fault, &st.paper} {
		b, err := p.ask(ctx, byte(n+1))
		if err != nil {
			return state{}, err
		}
		*to = b
	}
	return st, nil
}

// maxFlush is how often zeros are tried. Each may cost as much blank paper as they are rows.
const maxFlush = 3

// getInStep makes sure that an on-line printer is between two commands, not inside a picture whose sender has
// gone: then it takes all commands for dots, and only zeros bring it back. It finds out, too, how the printer is
// asked for the end, and what it is called. errSilent means that it is still out of step.
func (p *Printer) getInStep(ctx context.Context) error {
	err := p.findEnd(ctx)
	if errors.Is(err, errSilent) && p.flushed < maxFlush {
		p.flushed++
		if err := p.send(ctx, make([]byte, flush), p.times.stall); err != nil {
			return err
		}
		p.dirty = true
		err = p.findEnd(ctx)
	}
	if err != nil {
		return err
	}
	p.synced, p.flushed = true, 0
	if p.dirty {
		if err := p.tidy(ctx); err != nil {
			return err
		}
	}
	if err := p.send(ctx, concat(cmdInit, cmdChinese, cmdButtonsOff, cmdAutoOff), p.times.stall); err != nil {
		return err
	}
	return p.askName(ctx)
}

// findEnd tries the commands that are answered when all before them has been processed.
func (p *Printer) findEnd(ctx context.Context) error {
	var err error
	for _, cmd := range [][]byte{cmdGSr, cmdESCv} {
		p.askEnd = cmd
		if err = p.processed(ctx, p.times.sync); !errors.Is(err, errSilent) {
			return err
		}
		p.owed--
	}
	p.askEnd, p.owed = cmdGSr, 0
	return err
}

// askName fills model and serial number. A printer that does not know GS I has none.
func (p *Printer) askName(ctx context.Context) error {
	p.mu.Lock()
	known := p.status.Model != ""
	p.mu.Unlock()
	if known {
		return nil
	}
	var texts [3]string
	for i, n := range []byte{'B', 'C', 'D'} {
		r, err := p.question(ctx, askInfo(n), info, p.times.answer)
		if errors.Is(err, errSilent) {
			break
		}
		if err != nil {
			return err
		}
		texts[i] = r.text
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.Model = strings.TrimSpace(texts[0] + " " + texts[1])
	p.status.Serial = texts[2]
	return nil
}

// processed asks for the end of everything so far and waits until that has been answered, and all that were asked before it. A printer that was
// switched off meanwhile forgot those: when something came and nothing follows, they are forgotten here, too.
func (p *Printer) processed(ctx context.Context, d time.Duration) error {
	if err := p.send(ctx, p.askEnd, p.times.stall); err != nil {
		return err
	}
	p.owed++
	wait := d
	for {
		_, err := p.hear(ctx, buffered, wait)
		switch {
		case errors.Is(err, errSilent) && wait != d:
			p.owed = 0
			return nil
		case err != nil || p.owed == 0:
			return err
		}
		wait = 4 * p.times.quiet
	}
}

// tidy cuts off what is left of a slip that was never finished, so that nobody gets it with his own.
func (p *Printer) tidy(ctx context.Context) error {
	if err := p.send(ctx, concat(cmdInit, end(p.cfg.Profile.Cut)), p.times.stall); err != nil {
		return err
	}
	p.dirty, p.fresh = false, false
	return p.processed(ctx, p.times.settle)
}

func concat(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}
