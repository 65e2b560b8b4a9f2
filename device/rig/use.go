package rig

import (
	"context"
	"errors"
	"fmt"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/identity"
	"kiosk/device/session"
)

var _ session.Peripherals = (*Rig)(nil)

// ReadCard waits for a card on the reader. It fails with ErrGone at once when the reader is not there, so that
// the visit can say so; a reader that comes back is open again for the next call.
func (r *Rig) ReadCard(ctx context.Context) (identity.Card, error) {
	var card identity.Card
	err := again(ctx, func() error {
		return use(ctx, r, device.KindIDCardReader, func(reader device.IDCardReader) (err error) {
			card, err = reader.Read(ctx)
			return err
		})
	})
	if err != nil {
		card.Wipe()
		return identity.Card{}, fmt.Errorf("cannot read a card: %w", err)
	}
	return card, nil
}

// Look shows the document camera's frames until ctx ends.
func (r *Rig) Look(ctx context.Context, show func(device.Frame)) error {
	err := again(ctx, func() error {
		return use(ctx, r, device.KindCamera, func(camera device.Camera) error {
			return camera.Stream(ctx, show)
		})
	})
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("cannot look through the camera: %w", err)
	}
	return nil
}

// FindCodes returns the texts of the QR codes in a picture.
func (r *Rig) FindCodes(ctx context.Context, jpeg []byte) ([]string, error) {
	if r.parts.Codes == nil {
		return nil, errors.New("cannot find codes: no code finder")
	}
	texts, err := r.parts.Codes.Find(ctx, jpeg)
	if err != nil {
		return nil, fmt.Errorf("cannot find codes: %w", err)
	}
	return texts, nil
}

// Print lays the receipt out in the printer's width and prints it. It is never tried twice here: whether
// paper came out is the printer's word, and a second slip is the citizen's wish.
func (r *Rig) Print(ctx context.Context, receipt casefile.Receipt) (device.Outcome, error) {
	outcome := device.No
	err := use(ctx, r, device.KindReceiptPrinter, func(printer device.ReceiptPrinter) error {
		if r.parts.Lay == nil {
			return errors.New("no layout")
		}
		slip, err := r.parts.Lay(receipt, printer.Dots())
		if err != nil {
			return err
		}
		outcome = device.NotKnown // until the printer has spoken, also when its driver panics
		outcome, err = printer.Print(ctx, slip)
		return err
	})
	if err != nil {
		return outcome, fmt.Errorf("cannot print the receipt: %w", err)
	}
	return outcome, nil
}

// use finds the slot of a kind and gives its peripheral to f as what it is.
func use[P device.Peripheral](ctx context.Context, r *Rig, kind device.Kind, f func(P) error) error {
	s := r.of(kind)
	if s == nil {
		return fmt.Errorf("no %s is configured: %w", kind, device.ErrGone)
	}
	return s.use(ctx, func(p device.Peripheral) error {
		as, ok := p.(P)
		if !ok {
			return fmt.Errorf("driver %q opened something that is not a %s: %w", s.driver.Name, kind, device.ErrConfig)
		}
		return f(as)
	})
}

// again tries once more after an error that nobody acts on.
func again(ctx context.Context, f func() error) error {
	err := f()
	if err == nil || ctx.Err() != nil {
		return err
	}
	for _, known := range []error{device.ErrGone, device.ErrMedia, device.ErrBusy, device.ErrConfig} {
		if errors.Is(err, known) {
			return err
		}
	}
	return f()
}
