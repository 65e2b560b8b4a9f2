package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"

	"kiosk/device"
	"kiosk/device/audit"
	"kiosk/device/paper"
	"kiosk/device/rig"
	"kiosk/device/sealed"
	"kiosk/device/settings"
	"kiosk/device/trust"
	"kiosk/drivers"
	"kiosk/drivers/codes"
)

// planned is a terminal that can be started: everything that configuration says has been checked and nothing has been
// opened or made.
type planned struct {
	cfg        settings.Config
	roots      *trust.Roots
	platform   *trust.Platform
	authority  *x509.CertPool
	recipients []sealed.Recipient
	paper      *paper.Setter
	rig        *rig.Rig
	audit      *audit.Log // set before the rig runs
}

// plan reads the configuration and all that it names. Its errors say the place.
func plan(file string, log *slog.Logger) (*planned, error) {
	cfg, err := settings.Load(file)
	if err != nil {
		return nil, fmt.Errorf("settings.Load: %w", err)
	}
	p := &planned{cfg: cfg}
	var wrong []error
	if p.roots, err = trust.LoadRoots(cfg.Trust.Roots); err != nil {
		wrong = append(wrong, fmt.Errorf("trust.LoadRoots: /trust/roots: %w", err))
	} else if err := p.believe(cfg.Trust.Platform); err != nil {
		wrong = append(wrong, fmt.Errorf("trust.Platform: /trust/platform: %w", err))
	}
	if p.paper, err = paper.New(cfg.Fonts); err != nil {
		wrong = append(wrong, fmt.Errorf("paper.New: /fonts: %w", err))
	}
	p.rig, err = rig.New(cfg.Devices, rig.Parts{
		Drivers: drivers.All,
		Env:     device.Env{Log: log, Dial: (&net.Dialer{}).DialContext},
		Codes:   codes.Finder{},
		Lay:     p.paper.Lay,
		Note:    func(id string, fields ...string) { p.audit.Event(id, fields...) },
	})
	if err != nil {
		wrong = append(wrong, fmt.Errorf("rig.New: %w", err))
	}
	if len(wrong) > 0 {
		return nil, errors.Join(append([]error{fmt.Errorf("cannot use the configuration %q", file)}, wrong...)...)
	}
	return p, nil
}

// close gives the fonts back.
func (p *planned) close() error { return p.paper.Close() }

// believe verifies the platform document and reads the keys in it.
func (p *planned) believe(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	signed, err := io.ReadAll(io.LimitReader(f, trust.MaxDocument+1))
	if err != nil {
		return err
	}
	if p.platform, err = p.roots.Platform(signed); err != nil {
		return err
	}
	p.authority = x509.NewCertPool()
	if !p.authority.AppendCertsFromPEM([]byte(p.platform.CA)) {
		return errors.New("/ca: no certificate in it")
	}
	for i, r := range p.platform.Recipients {
		key, err := sealed.ParsePublicKey(r.Key)
		if err != nil {
			return fmt.Errorf("/recipients/%d/key: %w", i, err)
		}
		p.recipients = append(p.recipients, sealed.Recipient{ID: r.KID, Key: key})
	}
	return nil
}
