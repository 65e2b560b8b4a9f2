package sdt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kiosk/drivers/port"
)

// How long the module may take, from the end of a request to the end of its reply, the time on the line
// of a reading not counted. Public programs allow 100 ms to 3 s; these are at the generous end.
const (
	findLimit    = 500 * time.Millisecond
	selectLimit  = 500 * time.Millisecond
	statusLimit  = time.Second
	readLimit    = 3 * time.Second
	addressLimit = 3 * time.Second
	writeLimit   = time.Second

	// gapLimit ends a reply that has begun and does not go on: cut, or the short frame of one board that
	// announces more bytes than it sends.
	gapLimit = 400 * time.Millisecond
	// quiet is the silence after which nothing of an old reply is expected any more.
	quiet = 50 * time.Millisecond
	// babble bounds the wait for silence.
	babble = 500 * time.Millisecond
)

// line asks and gets answers, one at a time. Only one goroutine uses it.
type line struct {
	conn  *port.Conn
	baud  int
	dec   Decoder
	req   [requestSize]byte
	stale bool // something of an old reply may still come
	worry int  // grows with faults, shrinks with replies
}

// What a fault adds to worry, its bound, and where a line counts as poor: two faults within few replies.
const (
	faultWorry = 4
	mostWorry  = 16
	poorWorry  = 2 * faultWorry
)

func (l *line) poor() bool { return l.worry >= poorWorry }

// ask sends a command and returns the reply, which is valid until the next ask or wipe. A reply whose time is over
// gives errSilent (nothing came) or errGarbled (something came); ctx's end gives ctx's error, and errors
// of the port wrap device.ErrGone.
func (l *line) ask(ctx context.Context, c Command, limit time.Duration) (Reply, error) {
	r, err := l.once(ctx, c, limit)
	if err == nil && r.Code == CodeChecksum {
		r, err = l.once(ctx, c, limit) // our bytes were hurt on their way: say it once more
	}
	if err == nil && (r.Code == CodeChecksum || r.Code == CodeLength) {
		err = fmt.Errorf("%w: %v", errGarbled, r.Code)
	}
	switch {
	case isLineFault(err):
		l.worry = min(l.worry+faultWorry, mostWorry)
		return Reply{}, fmt.Errorf("command %v: %w", c, err)
	case err != nil:
		return Reply{}, err
	}
	l.worry = max(l.worry-1, 0)
	return r, nil
}

func isLineFault(err error) bool { return errors.Is(err, errSilent) || errors.Is(err, errGarbled) }

func (l *line) once(ctx context.Context, c Command, limit time.Duration) (Reply, error) {
	l.dec.Wipe()
	if l.stale {
		if err := l.settle(ctx); err != nil {
			return Reply{}, err
		}
	}
	l.stale = true // until the reply is here, whole
	wctx, cancel := context.WithTimeout(ctx, writeLimit)
	_, err := l.conn.WriteContext(wctx, AppendRequest(l.req[:0], c))
	cancel()
	switch {
	case ctx.Err() != nil:
		return Reply{}, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return Reply{}, errSilent // nobody takes our bytes
	case err != nil:
		return Reply{}, err
	}
	if c == CmdRead {
		limit += WireTime(MaxReply, l.baud)
	}
	r, err := l.answer(ctx, limit)
	if err == nil {
		l.stale = l.dec.Held()
	}
	return r, err
}

// answer reads until a reply is whole or the time is over.
func (l *line) answer(ctx context.Context, limit time.Duration) (Reply, error) {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var wrong error // a reply that failed; the true one may stand behind it
	heard := false
	for {
		piece, done := limited, context.CancelFunc(func() {})
		switch {
		case wrong != nil:
			piece, done = context.WithTimeout(limited, quiet)
		case heard:
			piece, done = context.WithTimeout(limited, gapLimit)
		}
		n, err := l.conn.ReadContext(piece, l.dec.Free())
		done()
		switch {
		case ctx.Err() != nil:
			return Reply{}, ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			if !heard {
				return Reply{}, errSilent
			}
			r, err := l.dec.Stalled()
			switch {
			case err == nil:
				return r, nil
			case wrong == nil:
				wrong = err
			}
			return Reply{}, fmt.Errorf("%w: %w", errGarbled, wrong)
		case err != nil:
			return Reply{}, err
		}
		heard = true
		l.dec.Took(n)
		r, err := l.dec.Next()
		switch {
		case err == nil:
			return r, nil
		case !errors.Is(err, ErrMore):
			wrong = err
		}
	}
}

// settle throws away what is left of an old reply. A line that does not fall silent is used all the same: the
// decoder finds a reply in noise, if there is one.
func (l *line) settle(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, babble)
	defer cancel()
	_, err := l.conn.Drain(limited, quiet)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !errors.Is(err, context.DeadlineExceeded):
		return err
	}
	l.stale = false
	return nil
}

// wipe zeroes what the last reply left.
func (l *line) wipe() { l.dec.Wipe() }
