package item

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"kiosk/device/durable"
	"kiosk/device/trust"
)

// Package is one checked item package.
type Package struct {
	Item   *Item
	Digest string // SHA-256 of item.json in hex
	Rules  *Rules
	Assets map[string][]byte // by path below assets/
	KID    string            // of the root key that signed it

	manifest string // digest of the manifest, which names every file
}

// Code says why a package was refused. Codes are stable: the platform and the audit log get them.
type Code string

// Codes of refusals.
const (
	BadSignature Code = "bad-signature"
	OlderVersion Code = "older-version"
	Malformed    Code = "malformed"
	TooLarge     Code = "too-large"
	Unreadable   Code = "unreadable" // the file itself, Catalogue.Skipped only
)

// Refusal is the error of a package that is not taken.
type Refusal struct {
	Code Code
	err  error
}

func (r *Refusal) Error() string { return "cannot take the item package: " + r.err.Error() }
func (r *Refusal) Unwrap() error { return r.err }

// RefusalCode is the code of a refusal, "" for other errors.
func RefusalCode(err error) Code {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Code
	}
	return ""
}

func refuse(code Code, format string, args ...any) error {
	return &Refusal{code, fmt.Errorf(format, args...)}
}

// Read checks a signed package: bounds, names, signature, digests and the item itself. Errors are Refusals.
func Read(zipBytes []byte, roots *trust.Roots) (*Package, error) {
	files, err := unzip(zipBytes)
	if err != nil {
		return nil, err
	}
	manifest, sigJSON := files[manifestName], files[signatureName]
	if manifest == nil || sigJSON == nil {
		return nil, refuse(BadSignature, "%s or %s is missing", manifestName, signatureName)
	}
	var s Signature
	if err := strictJSON(sigJSON, &s); err != nil {
		return nil, refuse(BadSignature, "%s: %w", signatureName, err)
	}
	sig, err := s.bytes()
	if err != nil {
		return nil, refuse(BadSignature, "%s: %w", signatureName, err)
	}
	if err := roots.VerifyManifest(manifest, s.KID, sig); err != nil {
		return nil, refuse(BadSignature, "%w", err)
	}
	p, err := assemble(files)
	if err != nil {
		return nil, refuse(Malformed, "%w", err)
	}
	p.KID = s.KID
	return p, nil
}

// ReadUnsigned checks all of a package but its signature: for people who write items, before it is signed. The
// terminal never takes such a package.
func ReadUnsigned(zipBytes []byte) (*Package, error) {
	files, err := unzip(zipBytes)
	if err != nil {
		return nil, err
	}
	if files[manifestName] == nil {
		return nil, refuse(Malformed, "%s is missing", manifestName)
	}
	p, err := assemble(files)
	if err != nil {
		return nil, refuse(Malformed, "%w", err)
	}
	return p, nil
}

// assemble takes manifest and signature out of files and checks the rest.
func assemble(files map[string][]byte) (*Package, error) {
	manifest := files[manifestName]
	delete(files, manifestName)
	delete(files, signatureName)
	it, rules, err := checkManifest(manifest, files)
	if err != nil {
		return nil, err
	}
	p := &Package{Item: it, Rules: rules, Digest: digestOf(files[itemName]), Assets: map[string][]byte{}, manifest: digestOf(manifest)}
	for name, b := range files {
		if name != itemName {
			p.Assets[name[len(assetFolder):]] = b
		}
	}
	return p, nil
}

// unzip reads every file within the bounds. A zip has its own ways to say the same thing twice; all are refused.
func unzip(b []byte) (map[string][]byte, error) {
	if len(b) > MaxPackage {
		return nil, refuse(TooLarge, "the package has more than %d bytes", MaxPackage)
	}
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, refuse(Malformed, "%w", err)
	}
	if len(r.File) > MaxFiles {
		return nil, refuse(TooLarge, "the package has more than %d files", MaxFiles)
	}
	files, total := map[string][]byte{}, 0
	for _, f := range r.File {
		if f.Name != manifestName && f.Name != signatureName {
			if err := checkName(f.Name); err != nil {
				return nil, refuse(Malformed, "%w", err)
			}
		}
		if _, ok := files[f.Name]; ok {
			return nil, refuse(Malformed, "%q stands twice", f.Name)
		}
		if !f.Mode().IsRegular() {
			return nil, refuse(Malformed, "%q is not a plain file", f.Name)
		}
		content, err := unzipOne(f)
		if err != nil {
			return nil, err
		}
		if total += len(content); total > MaxTotal {
			return nil, refuse(TooLarge, "the files have more than %d bytes together", MaxTotal)
		}
		files[f.Name] = content
	}
	return files, nil
}

// unzipOne trusts no size that the zip states: it counts.
func unzipOne(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, refuse(Malformed, "%q: %w", f.Name, err)
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if len(content) > MaxFile {
		return nil, refuse(TooLarge, "%q has more than %d bytes", f.Name, MaxFile)
	}
	if err != nil {
		return nil, refuse(Malformed, "%q: %w", f.Name, err)
	}
	return content, nil
}

// ReadFolder checks the item in a folder, item.json and assets/, as it is before it is packed.
func ReadFolder(dir string) (*Package, error) {
	p, _, err := readSource(dir)
	return p, err
}

// Pack checks the item in a folder and writes the unsigned package to out. The same files always give the same bytes.
func Pack(dir, out string) (*Package, error) {
	p, files, err := readSource(dir)
	if err != nil {
		return nil, err
	}
	b, err := zipBytes(files)
	if err != nil {
		return nil, fmt.Errorf("cannot pack %q: %w", dir, err)
	}
	if err := durable.WriteFile(out, b, 0o644); err != nil {
		return nil, fmt.Errorf("cannot pack %q: %w", dir, err)
	}
	return p, nil
}

// readSource returns the item in a folder and the files of its package, manifest included.
func readSource(dir string) (*Package, map[string][]byte, error) {
	files, err := readFolder(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the item in %q:\n%w", dir, err)
	}
	manifest, _, _, err := build(files)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the item in %q:\n%w", dir, err)
	}
	p, err := assemble(withManifest(files, manifest))
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the item in %q:\n%w", dir, err)
	}
	return p, withManifest(files, manifest), nil
}

func withManifest(files map[string][]byte, manifest []byte) map[string][]byte {
	all := maps.Clone(files)
	all[manifestName] = manifest
	return all
}

// Sign puts a signature into a package, in place of one that is there. signer is the offline root's key.
func Sign(unsigned []byte, kid string, signer func(manifest []byte) []byte) ([]byte, error) {
	if _, err := ReadUnsigned(unsigned); err != nil {
		return nil, err
	}
	files, err := unzip(unsigned)
	if err != nil {
		return nil, err
	}
	sig := Signature{KID: kid, Sig: base64.RawURLEncoding.EncodeToString(signer(files[manifestName]))}
	if files[signatureName], err = json.Marshal(sig); err != nil {
		return nil, fmt.Errorf("cannot sign the package: %w", err)
	}
	return zipBytes(files)
}

// readFolder reads item.json and the files below assets/. Anything else in the folder is refused but a README.md,
// which is for people and stays behind.
func readFolder(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if name == "README.md" {
			return nil
		}
		if err := checkName(name); err != nil {
			return err
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%q is not a plain file", name)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Size() > MaxFile || len(files) >= MaxFiles-2 {
			return fmt.Errorf("more than %d bytes in %q, or more than %d files", MaxFile, name, MaxFiles-2)
		}
		files[name], err = os.ReadFile(file)
		return err
	})
	if err == nil && files[itemName] == nil {
		err = fmt.Errorf("there is no %s", itemName)
	}
	return files, err
}

// zipBytes writes files in the order of their names, all with the same time and mode.
func zipBytes(files map[string][]byte) ([]byte, error) {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, name := range names {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
		h.SetMode(0o644)
		f, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(files[name]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if buf.Len() > MaxPackage {
		return nil, fmt.Errorf("the package has more than %d bytes", MaxPackage)
	}
	return buf.Bytes(), nil
}
