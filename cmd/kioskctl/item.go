package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"kiosk/device/durable"
	"kiosk/device/item"
	"kiosk/device/trust"
	"kiosk/device/trust/sign"
)

type itemCmd struct {
	Check itemCheckCmd `cmd:"" help:"Check an item's folder, or a package."`
	Pack  itemPackCmd  `cmd:"" help:"Check an item's folder and write the unsigned package."`
	Sign  itemSignCmd  `cmd:"" help:"Put the root's signature into a package."`
}

// described is what is said of a good item.
type described struct {
	Code    string `json:"code"`
	Version int    `json:"version"`
	Name    string `json:"name"`
	Digest  string `json:"sha256"`
	KID     string `json:"kid,omitempty"`
}

func (d *desk) good(p *item.Package, done string) error {
	v := described{p.Item.Code, p.Item.Version, p.Item.Names.Everyday.ZH, p.Digest, p.KID}
	return d.show(v, func() {
		fmt.Fprintf(d.out, "%s: %s version %d, %s\n", done, v.Code, v.Version, clean(v.Name))
	})
}

type itemCheckCmd struct {
	Path  string `arg:"" help:"Folder with item.json, or a package." type:"path"`
	Roots string `help:"Root key set; with it a package's signature is checked, too." type:"existingfile" placeholder:"FILE"`
}

// Run checks without leaving anything behind.
func (c *itemCheckCmd) Run(d *desk) error {
	info, err := os.Stat(c.Path)
	if err != nil {
		return fmt.Errorf("cannot check the item: %w", err)
	}
	if info.IsDir() {
		dir, err := os.MkdirTemp("", "kioskctl-*")
		if err != nil {
			return fmt.Errorf("cannot check the item: %w", err)
		}
		defer os.RemoveAll(dir)
		p, err := item.Pack(c.Path, filepath.Join(dir, "item.zip"))
		if err != nil {
			return err
		}
		return d.good(p, "right")
	}
	b, err := readBounded(c.Path, item.MaxPackage)
	if err != nil {
		return fmt.Errorf("cannot check the package: %w", err)
	}
	if c.Roots == "" {
		p, err := item.ReadUnsigned(b)
		if err != nil {
			return err
		}
		return d.good(p, "right, signature not checked")
	}
	roots, err := trust.LoadRoots(c.Roots)
	if err != nil {
		return err
	}
	p, err := item.Read(b, roots)
	if err != nil {
		return err
	}
	return d.good(p, "right, signed by "+p.KID)
}

type itemPackCmd struct {
	Dir string `arg:"" help:"Folder with item.json and assets/." type:"existingdir"`
	Out string `short:"o" required:"" help:"The package to write." type:"path" placeholder:"FILE"`
}

// Run packs.
func (c *itemPackCmd) Run(d *desk) error {
	p, err := item.Pack(c.Dir, c.Out)
	if err != nil {
		return err
	}
	return d.good(p, "packed")
}

type itemSignCmd struct {
	File string `arg:"" help:"The package; it is replaced by the signed one." type:"existingfile"`
	rootKey
}

// Run signs in place.
func (c *itemSignCmd) Run(d *desk) error {
	b, err := readBounded(c.File, item.MaxPackage)
	if err != nil {
		return fmt.Errorf("cannot sign the package: %w", err)
	}
	key, err := sign.Load(c.Key, c.KID)
	if err != nil {
		return err
	}
	signed, err := item.Sign(b, key.KID, key.Manifest)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(c.File, signed, 0o644); err != nil {
		return fmt.Errorf("cannot sign the package: %w", err)
	}
	p, err := item.ReadUnsigned(signed)
	if err != nil {
		return err
	}
	p.KID = key.KID
	return d.good(p, "signed")
}

// readBounded reads a file that must not be larger than limit.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%q has more than %d bytes", path, limit)
	}
	return b, nil
}
