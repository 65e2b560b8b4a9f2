package settings

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"kiosk/device/durable"
	"kiosk/device/trust"
)

// fileName is the accepted document in the state folder, in its signed form.
const fileName = "settings.jws"

// Store keeps the accepted signed document in the state folder. It is verified again each time it is loaded, so a file
// that was changed on the disk is not believed.
type Store struct {
	file string
}

// NewStore uses a file in the state folder, which must exist.
func NewStore(state string) *Store { return &Store{filepath.Join(state, fileName)} }

// Save keeps a document that Apply has accepted. It has been fsynced when Save returns.
func (s *Store) Save(signed []byte) error {
	if err := durable.WriteFile(s.file, signed, 0o600); err != nil {
		return fmt.Errorf("cannot keep the settings: %w", err)
	}
	return nil
}

// Load returns the document kept and its hash; defaults and "" when there is none. With an error, too, it returns the
// defaults: they hold.
func (s *Store) Load(defaults Document, roots *trust.Roots, terminal string) (Document, string, error) {
	f, err := os.Open(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return defaults, "", nil
	}
	if err != nil {
		return defaults, "", fmt.Errorf("cannot load the settings: %w", err)
	}
	defer f.Close()
	signed, err := io.ReadAll(io.LimitReader(f, trust.MaxDocument+1))
	if err != nil {
		return defaults, "", fmt.Errorf("cannot load the settings: %w", err)
	}
	return Apply(defaults, signed, roots, terminal)
}
