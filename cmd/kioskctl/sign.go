package main

import (
	"fmt"

	"kiosk/device/durable"
	"kiosk/device/settings"
	"kiosk/device/trust"
	"kiosk/device/trust/sign"
)

type signCmd struct {
	Platform signPlatformCmd `cmd:"" help:"Sign the document that says where the platform is and for whom cases are sealed."`
	Settings signSettingsCmd `cmd:"" help:"Sign a terminal's settings."`
}

// rootKey names the key to sign with.
type rootKey struct {
	Key string `required:"" help:"The root's private key, PEM." type:"existingfile" placeholder:"FILE"`
	KID string `required:"" help:"Id of the key in the root key set."`
}

// document is what both commands take.
type document struct {
	File string `arg:"" help:"The document, JSON." type:"existingfile"`
	Out  string `short:"o" help:"Where to write; FILE with .jws behind it unless given." type:"path" placeholder:"FILE"`
	rootKey
}

type signPlatformCmd struct{ document }

// Run checks the document as a terminal would, then signs it.
func (c *signPlatformCmd) Run(d *desk) error {
	return c.sign(d, trust.KindPlatform, func(b []byte) error {
		_, err := trust.ParsePlatform(b)
		return err
	})
}

type signSettingsCmd struct{ document }

// Run checks the document as a terminal would, then signs it.
func (c *signSettingsCmd) Run(d *desk) error {
	return c.sign(d, trust.KindSettings, func(b []byte) error {
		_, err := settings.ParseDocument(b)
		return err
	})
}

func (c *document) sign(d *desk, kind trust.Kind, check func([]byte) error) error {
	payload, err := readBounded(c.File, trust.MaxDocument)
	if err != nil {
		return fmt.Errorf("cannot sign: %w", err)
	}
	if err := check(payload); err != nil {
		return fmt.Errorf("cannot sign %q: %w", c.File, err)
	}
	key, err := sign.Load(c.Key, c.KID)
	if err != nil {
		return err
	}
	signed, err := key.Document(kind, payload)
	if err != nil {
		return err
	}
	out := c.Out
	if out == "" {
		out = c.File + ".jws"
	}
	if err := durable.WriteFile(out, signed, 0o644); err != nil {
		return fmt.Errorf("cannot sign: %w", err)
	}
	return d.show(map[string]string{"file": out, "kid": c.KID, "kind": string(kind)}, func() {
		fmt.Fprintf(d.out, "signed %s with %s\n", out, c.KID)
	})
}
