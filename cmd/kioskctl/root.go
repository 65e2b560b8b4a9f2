package main

import (
	"fmt"
	"os"
	"path/filepath"

	"kiosk/device/durable"
	"kiosk/device/trust/sign"
)

type rootCmd struct {
	New rootNewCmd `cmd:"" help:"Make a root key and the key set that terminals are installed with."`
}

type rootNewCmd struct {
	Out string `short:"o" required:"" help:"Folder to write to; made when missing." type:"path" placeholder:"DIR"`
	KID string `help:"Id of the key." default:"root-1"`
}

// Run makes root.key and roots.json. It never replaces a key.
func (c *rootNewCmd) Run(d *desk) error {
	key, err := sign.Generate(c.KID)
	if err != nil {
		return err
	}
	roots, err := sign.Roots(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Out, 0o700); err != nil {
		return fmt.Errorf("cannot make the root: %w", err)
	}
	private, public := filepath.Join(c.Out, c.KID+".key"), filepath.Join(c.Out, "roots.json")
	if _, err := os.Stat(public); err == nil {
		return fmt.Errorf("cannot make the root: %q is there already", public)
	}
	if err := key.Save(private); err != nil {
		return err
	}
	if err := durable.WriteFile(public, roots, 0o644); err != nil {
		return fmt.Errorf("cannot make the root: %w", err)
	}
	return d.show(map[string]string{"kid": c.KID, "key": private, "roots": public}, func() {
		fmt.Fprintf(d.out, "key   %s  keep it off every network\nroots %s  install it on terminals\n", private, public)
	})
}
