package item

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"kiosk/device/durable"
	"kiosk/device/trust"
)

// maxCatalogue bounds the number of packages in one folder.
const maxCatalogue = 200

// Catalogue is the signed packages that the terminal has: those it was shipped with and those that came later, the newest
// version of each. Its methods may be called from several goroutines.
type Catalogue struct {
	roots *trust.Roots
	dir   string // accepted later

	mu      sync.Mutex
	list    []*Package // by code
	skipped []Skipped
}

// Skipped is a package that was found and not taken. The terminal works without it.
type Skipped struct {
	File string
	Code Code
	Err  error
}

// OpenCatalogue reads the packages, *.zip, in the shipped folder and in "items" below the state folder, which it makes when
// it is missing. A package that is damaged is skipped; the rest is offered.
func OpenCatalogue(roots *trust.Roots, shipped, state string) (*Catalogue, error) {
	c := &Catalogue{roots: roots, dir: filepath.Join(state, "items")}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot open the items: %w", err)
	}
	for _, dir := range []string{shipped, c.dir} {
		if err := c.load(dir); err != nil {
			return nil, fmt.Errorf("cannot open the items: %w", err)
		}
	}
	return c, nil
}

func (c *Catalogue) load(dir string) error {
	files, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*.zip"))
	if err != nil {
		return err
	}
	if _, err := os.Stat(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for i, file := range files {
		if i == maxCatalogue {
			c.skipped = append(c.skipped, Skipped{file, TooLarge, fmt.Errorf("more than %d packages", maxCatalogue)})
			break
		}
		p, err := readFile(file, c.roots)
		if err != nil {
			code := RefusalCode(err)
			if code == "" {
				code = Unreadable
			}
			c.skipped = append(c.skipped, Skipped{file, code, err})
			continue
		}
		if i, found := c.find(p.Item.Code); !found {
			c.list = slices.Insert(c.list, i, p)
		} else if p.Item.Version > c.list[i].Item.Version {
			c.list[i] = p
		}
	}
	return nil
}

// escapeGlob makes a folder's name mean itself.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

func readFile(file string, roots *trust.Roots) (*Package, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxPackage+1))
	if err != nil {
		return nil, err
	}
	return Read(b, roots)
}

// find returns the place of a code in the list, or where it would stand.
func (c *Catalogue) find(code string) (int, bool) {
	return slices.BinarySearchFunc(c.list, code, func(p *Package, code string) int { return strings.Compare(p.Item.Code, code) })
}

// List returns the packages by code. They are not to be changed.
func (c *Catalogue) List() []*Package {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list)
}

// Find returns the package of a code.
func (c *Catalogue) Find(code string) (*Package, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, ok := c.find(code)
	if !ok {
		return nil, false
	}
	return c.list[i], true
}

// Skipped returns what was found at start and not taken.
func (c *Catalogue) Skipped() []Skipped {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.skipped)
}

// Install checks a package and keeps it; it has been fsynced when Install returns. A Refusal says why not, and the
// old one goes on to hold: bad signature, older than the one there is, same version with another content, damaged.
// The package that holds already is taken again without change.
func (c *Catalogue) Install(zipBytes []byte) (*Package, error) {
	p, err := Read(zipBytes, c.roots)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	i, found := c.find(p.Item.Code)
	if found {
		old := c.list[i]
		switch {
		case p.Item.Version < old.Item.Version:
			return nil, refuse(OlderVersion, "version %d of %q is older than %d, which holds",
				p.Item.Version, p.Item.Code, old.Item.Version)
		case p.Item.Version == old.Item.Version && p.manifest != old.manifest:
			return nil, refuse(OlderVersion, "version %d of %q holds already with other content", p.Item.Version, p.Item.Code)
		case p.Item.Version == old.Item.Version:
			return old, nil
		}
	}
	if err := durable.WriteFile(filepath.Join(c.dir, p.Item.Code+".zip"), zipBytes, 0o600); err != nil {
		return nil, fmt.Errorf("cannot install the item: %w", err)
	}
	if found {
		c.list[i] = p
	} else {
		c.list = slices.Insert(c.list, i, p)
	}
	return p, nil
}
