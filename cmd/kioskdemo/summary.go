package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"kiosk/cmd/stage"
	"kiosk/device/casefile"
)

// summary compares what paper, terminal and platform say, and tells it to a person. It fails when they do not agree.
func summary(ctx context.Context, s *stage.Stage, dir string, records []record, out io.Writer) error {
	cases, err := s.Cases(ctx)
	if err != nil {
		return err
	}
	list, err := s.Ctl(ctx, "queue", "list")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "queue.txt"), list, 0o644); err != nil {
		return err
	}
	var wrong []error
	fmt.Fprintln(out)
	for i, r := range records {
		ticket, err := ticketOn(filepath.Join(dir, fmt.Sprintf("receipt-%d.png", i+1)))
		if err != nil {
			return err
		}
		at := 0
		for _, c := range cases {
			if c.Number == r.LocalNumber && c.PlatformNumber == r.PlatformNumber && c.Missing == 0 {
				at++
			}
		}
		switch {
		case string(ticket.Number) != r.LocalNumber:
			wrong = append(wrong, fmt.Errorf("receipt %d says %s, the visit %s", i+1, ticket.Number, r.LocalNumber))
		case at != 1:
			wrong = append(wrong, fmt.Errorf("case %s is at the platform %d times", r.LocalNumber, at))
		case !bytes.Contains(list, []byte(r.LocalNumber)) && !bytes.Contains(list, []byte(casefile.Number(r.LocalNumber).Spaced())):
			wrong = append(wrong, fmt.Errorf("kioskctl queue list does not know %s", r.LocalNumber))
		}
		var total int64
		for _, st := range r.Steps {
			total += st.MS
		}
		fmt.Fprintf(out, "visit %d   收存号 %s   平台编号 %s   %d screens in %.1f s   waiting before/at leaving/in the end: %d/%d/%d\n",
			i+1, casefile.Number(r.LocalNumber).Spaced(), r.PlatformNumber, len(r.Steps), float64(total)/1000, r.Queue.Before, r.Queue.AtHome, r.Queue.After)
	}
	fmt.Fprintf(out, "\n%s\nThe codes on both receipts, the terminal's queue and the platform's console agree: %v\n", list, len(wrong) == 0)
	fmt.Fprintf(out, "Pictures, receipts and visit.json are in %s\n", dir)
	return errors.Join(wrong...)
}

// ticketOn reads the code on a printed receipt.
func ticketOn(file string) (casefile.Ticket, error) {
	f, err := os.Open(file)
	if err != nil {
		return casefile.Ticket{}, err
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return casefile.Ticket{}, fmt.Errorf("cannot read %s: %w", file, err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return casefile.Ticket{}, err
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return casefile.Ticket{}, fmt.Errorf("cannot find a code on %s: %w", file, err)
	}
	return casefile.ParseTicket(result.GetText())
}
