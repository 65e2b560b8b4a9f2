package item

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// ManifestFormat is the only format of a package's manifest.
const ManifestFormat = "kiosk-item-manifest/1"

// Names of the files that every package has.
const (
	itemName      = "item.json"
	manifestName  = "manifest.json"
	signatureName = "manifest.sig"
	assetFolder   = "assets/"
)

// Bounds of a package.
const (
	MaxPackage = 32 << 20 // bytes of the zip
	MaxFile    = 8 << 20  // bytes of each file in it
	MaxTotal   = 64 << 20 // bytes of all files in it
	MaxFiles   = 200
)

// Manifest names every other file of a package by its digest. Its exact bytes are signed.
type Manifest struct {
	Format  string            `json:"format"`
	Code    string            `json:"code"`
	Version int               `json:"version"`
	Files   map[string]string `json:"files"` // path → SHA-256 in hex
}

// Signature is the content of manifest.sig.
type Signature struct {
	KID string `json:"kid"`
	Sig string `json:"sig"` // 64 bytes, base64url without padding
}

// bytes of the signature.
func (s Signature) bytes() ([]byte, error) {
	return base64.RawURLEncoding.Strict().DecodeString(s.Sig)
}

// build makes the manifest of a package's files: item.json and assets, by path.
func build(files map[string][]byte) ([]byte, *Item, *Rules, error) {
	it, rules, err := parse(files[itemName])
	if err != nil {
		return nil, nil, nil, err
	}
	m := Manifest{Format: ManifestFormat, Code: it.Code, Version: it.Version, Files: map[string]string{}}
	for name, b := range files {
		m.Files[name] = digestOf(b)
	}
	b, err := json.MarshalIndent(m, "", "  ") // maps are written in the order of their keys
	if err != nil {
		return nil, nil, nil, err
	}
	return append(b, '\n'), it, rules, nil
}

// checkManifest holds the manifest against the files that came with it.
func checkManifest(manifest []byte, files map[string][]byte) (*Item, *Rules, error) {
	want, it, rules, err := build(files)
	if err != nil {
		return nil, nil, err
	}
	var have Manifest
	if err := strictJSON(manifest, &have); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", manifestName, err)
	}
	if bytes.Equal(have.canonical(), want) {
		return it, rules, nil
	}
	switch {
	case have.Format != ManifestFormat:
		return nil, nil, fmt.Errorf("%s: format is %q, want %q", manifestName, have.Format, ManifestFormat)
	case have.Code != it.Code || have.Version != it.Version:
		return nil, nil, fmt.Errorf("%s is for %q version %d, item.json for %q version %d",
			manifestName, have.Code, have.Version, it.Code, it.Version)
	}
	for name, b := range files {
		if have.Files[name] == "" {
			return nil, nil, fmt.Errorf("%q is not in %s", name, manifestName)
		}
		if have.Files[name] != digestOf(b) {
			return nil, nil, fmt.Errorf("%q has another digest than %s says", name, manifestName)
		}
	}
	return nil, nil, fmt.Errorf("%s names files that are not in the package", manifestName)
}

// canonical writes a manifest as build does.
func (m *Manifest) canonical() []byte {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil
	}
	return append(b, '\n')
}

// checkName refuses every path that could leave the package or look like another: only item.json and plain names
// under assets/.
func checkName(name string) error {
	if name == itemName {
		return nil
	}
	rest, ok := strings.CutPrefix(name, assetFolder)
	if !ok || rest == "" || path.Clean(name) != name || len(name) > 120 {
		return fmt.Errorf("%q does not belong into a package: want item.json and assets/…", clip(name))
	}
	for part := range strings.SplitSeq(rest, "/") {
		if part == "" || part[0] == '.' || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
			return fmt.Errorf("%q is no name for an asset: want a-z, 0-9, hyphen, underscore and point", clip(name))
		}
	}
	return nil
}

func clip(s string) string {
	if len(s) > 120 {
		return s[:120]
	}
	return s
}

// strictJSON decodes one value and refuses unknown members and anything behind it.
func strictJSON(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one value")
	}
	return nil
}
