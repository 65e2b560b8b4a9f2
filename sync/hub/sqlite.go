package hub

import (
	"bytes"
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed schema.sql
var schema string

// schemaVersion is stored in the file; a file of a newer hub is not opened.
const schemaVersion = 1

// SQLite is a Store in one file, in WAL mode, with every commit fsynced. One connection writes; readers have their own.
type SQLite struct {
	write, read *sql.DB
}

var _ Store = (*SQLite)(nil)

// OpenSQLite opens or makes the file.
func OpenSQLite(path string) (*SQLite, error) {
	dsn := func(mode string) string {
		q := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}, "_txlock": {mode}}
		return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
	}
	s := new(SQLite)
	var err error
	if s.write, err = sql.Open("sqlite", dsn("immediate")); err != nil {
		return nil, fmt.Errorf("cannot open the store: %w", err)
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open("sqlite", dsn("deferred")); err != nil {
		_ = s.write.Close()
		return nil, fmt.Errorf("cannot open the store: %w", err)
	}
	s.read.SetMaxOpenConns(4)
	if err := s.prepare(); err != nil {
		_ = s.Close()
		return nil, fmt.Errorf("cannot open the store: %w", err)
	}
	return s, nil
}

func (s *SQLite) prepare() error {
	var version int
	if err := s.write.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > schemaVersion {
		return fmt.Errorf("it has schema %d, this hub knows %d", version, schemaVersion)
	}
	if _, err := s.write.Exec(schema); err != nil {
		return err
	}
	_, err := s.write.Exec(fmt.Sprintf("PRAGMA user_version = %d", schemaVersion))
	return err
}

// Close ends all work.
func (s *SQLite) Close() error { return errors.Join(s.read.Close(), s.write.Close()) }

// tx runs do in one write transaction.
func (s *SQLite) tx(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("cannot begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := do(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("cannot commit: %w", err)
	}
	return nil
}

// unique reports whether err is a broken UNIQUE or PRIMARY KEY constraint.
func unique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// Times are stored as Unix milliseconds, 0 for none.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMS(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// AddCode stores the hash of an enrolment code.
func (s *SQLite) AddCode(ctx context.Context, c Code) error {
	_, err := s.write.ExecContext(ctx, "INSERT INTO codes (hash, terminal, expires_at) VALUES (?, ?, ?)", c.Hash, c.Terminal, ms(c.Expires))
	return err
}

// Enrol uses up a code.
func (s *SQLite) Enrol(ctx context.Context, e Enrolment, issue func(string, int) ([]byte, error)) (Terminal, error) {
	var number string
	err := s.tx(ctx, func(tx *sql.Tx) error {
		var expires int64
		var usedBy []byte
		var usedEpoch sql.NullInt64
		err := tx.QueryRowContext(ctx, "SELECT terminal, expires_at, used_by, epoch FROM codes WHERE hash = ?", e.CodeHash).
			Scan(&number, &expires, &usedBy, &usedEpoch)
		if errors.Is(err, sql.ErrNoRows) || (err == nil && ms(e.At) >= expires) {
			return ErrNoCode
		}
		if err != nil {
			return err
		}
		var epoch int
		err = tx.QueryRowContext(ctx, "SELECT epoch FROM terminals WHERE number = ?", number).Scan(&epoch)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if usedBy != nil {
			// The answer to this very request may have been lost.
			if bytes.Equal(usedBy, e.PublicKey) && usedEpoch.Int64 == int64(epoch) {
				return nil
			}
			return ErrNoCode
		}
		if epoch++; epoch > 99 {
			return fmt.Errorf("cannot enrol terminal %q: all 99 epochs are used", number)
		}
		cert, err := issue(number, epoch)
		if err != nil {
			return err
		}
		for _, q := range []struct {
			sql  string
			args []any
		}{
			{"UPDATE codes SET used_by = ?, epoch = ? WHERE hash = ?", []any{e.PublicKey, epoch, e.CodeHash}},
			{"INSERT INTO terminals (number, epoch, serial) VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE SET epoch = excluded.epoch, serial = excluded.serial", []any{number, epoch, e.Serial}},
			{"INSERT INTO certificates (terminal, epoch, der, enrolled_at) VALUES (?, ?, ?, ?)", []any{number, epoch, cert, ms(e.At)}},
		} {
			if _, err := tx.ExecContext(ctx, q.sql, q.args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Terminal{}, err
	}
	return s.Terminal(ctx, number)
}

const terminalQuery = `SELECT t.number, t.epoch, t.serial, t.seen_at, t.beat, c.der, c.enrolled_at
	FROM terminals t JOIN certificates c ON c.terminal = t.number AND c.epoch = t.epoch`

func scanTerminal(row interface{ Scan(...any) error }) (t Terminal, err error) {
	var seen, enrolled int64
	err = row.Scan(&t.Number, &t.Epoch, &t.Serial, &seen, &t.Beat, &t.Cert, &enrolled)
	t.SeenAt, t.EnrolledAt = fromMS(seen), fromMS(enrolled)
	return t, err
}

// Terminal finds one.
func (s *SQLite) Terminal(ctx context.Context, number string) (Terminal, error) {
	t, err := scanTerminal(s.read.QueryRowContext(ctx, terminalQuery+" WHERE t.number = ?", number))
	return t, notFound(err)
}

// Terminals lists all by number.
func (s *SQLite) Terminals(ctx context.Context) ([]Terminal, error) {
	return list(ctx, s.read, scanTerminal, terminalQuery+" ORDER BY t.number")
}

// list scans all rows of a query.
func list[T any](ctx context.Context, db *sql.DB, scan func(interface{ Scan(...any) error }) (T, error), query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// Certificate finds the one of an epoch.
func (s *SQLite) Certificate(ctx context.Context, number string, epoch int) (der []byte, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT der FROM certificates WHERE terminal = ? AND epoch = ?", number, epoch).Scan(&der)
	return der, notFound(err)
}

// Saw stores the newest heartbeat.
func (s *SQLite) Saw(ctx context.Context, number string, at time.Time, beat []byte) error {
	_, err := s.write.ExecContext(ctx, "UPDATE terminals SET seen_at = ?, beat = ? WHERE number = ?", ms(at), beat, number)
	return err
}

// PutSettings replaces a document by a newer one.
func (s *SQLite) PutSettings(ctx context.Context, d Settings) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		var version int
		var sum string
		err := tx.QueryRowContext(ctx, "SELECT version, sha256 FROM settings WHERE terminal = ?", d.Terminal).Scan(&version, &sum)
		switch {
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return err
		case err == nil && version == d.Version && sum == d.SHA256:
			return nil
		case err == nil && version >= d.Version:
			return fmt.Errorf("settings version %d: %w", version, ErrConflict)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO settings (terminal, version, sha256, jws, set_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (terminal) DO UPDATE SET version = excluded.version, sha256 = excluded.sha256, jws = excluded.jws, set_at = excluded.set_at`,
			d.Terminal, d.Version, d.SHA256, d.JWS, ms(d.At))
		return err
	})
}

// Settings finds a terminal's document.
func (s *SQLite) Settings(ctx context.Context, terminal string) (Settings, error) {
	d := Settings{Terminal: terminal}
	var at int64
	err := s.read.QueryRowContext(ctx, "SELECT version, sha256, jws, set_at FROM settings WHERE terminal = ?", terminal).
		Scan(&d.Version, &d.SHA256, &d.JWS, &at)
	d.At = fromMS(at)
	return d, notFound(err)
}

// PutPackage adds a version of an item.
func (s *SQLite) PutPackage(ctx context.Context, p Package) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO packages (code, version, sha256, name_zh, name_en, contact, zip) VALUES (?, ?, ?, ?, ?, ?, ?)",
			p.Code, p.Version, p.SHA256, p.NameZH, p.NameEN, p.Contact, p.Zip)
		if !unique(err) {
			return err
		}
		var sum string
		if err := tx.QueryRowContext(ctx, "SELECT sha256 FROM packages WHERE code = ? AND version = ?", p.Code, p.Version).Scan(&sum); err != nil {
			return err
		}
		if sum != p.SHA256 {
			return fmt.Errorf("package %q version %d: %w", p.Code, p.Version, ErrConflict)
		}
		return nil
	})
}

// Packages lists the newest version of each.
func (s *SQLite) Packages(ctx context.Context) ([]Package, error) {
	return list(ctx, s.read, func(row interface{ Scan(...any) error }) (p Package, err error) {
		err = row.Scan(&p.Code, &p.Version, &p.SHA256, &p.NameZH, &p.NameEN, &p.Contact)
		return p, err
	}, `SELECT code, version, sha256, name_zh, name_en, contact FROM packages p
		WHERE version = (SELECT MAX(version) FROM packages WHERE code = p.code) ORDER BY code`)
}

// Package finds one version.
func (s *SQLite) Package(ctx context.Context, code string, version int) (Package, error) {
	p := Package{Code: code, Version: version}
	err := s.read.QueryRowContext(ctx, "SELECT sha256, name_zh, name_en, contact, zip FROM packages WHERE code = ? AND version = ?", code, version).
		Scan(&p.SHA256, &p.NameZH, &p.NameEN, &p.Contact, &p.Zip)
	return p, notFound(err)
}
