package hub

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"kiosk/sync/platform"
)

// AddCase stores a new case. That a key is taken once rests on the constraint case_key_once: the row is
// inserted first, and only a broken constraint makes us look at what is there.
func (s *SQLite) AddCase(ctx context.Context, c NewCase) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO cases (key, body_digest, terminal, epoch, sequence, number, item, item_version, state,
			name_masked, lookup_hash, envelope, submitted_at, taken_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			c.Key, c.BodyDigest, c.Terminal, c.Epoch, c.Sequence, c.Number, c.Item, c.ItemVersion, platform.ProgressKept,
			c.NameMasked, c.LookupHash, c.Envelope, ms(c.SubmittedAt), ms(c.TakenAt))
		if unique(err) {
			var digest string
			err := tx.QueryRowContext(ctx, "SELECT body_digest FROM cases WHERE key = ?", c.Key).Scan(&digest)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			if digest != c.BodyDigest {
				return ErrConflict
			}
			return nil
		}
		if err != nil {
			return err
		}
		for i, p := range c.Pages {
			if _, err := tx.ExecContext(ctx, "INSERT INTO pages (case_key, digest, place) VALUES (?, ?, ?)", c.Key, p.Digest, i); err != nil {
				return err
			}
		}
		for _, tag := range c.Persons {
			if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO persons (tag, case_key) VALUES (?, ?)", tag, c.Key); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO events (case_key, state, at) VALUES (?, ?, ?)", c.Key, platform.ProgressKept, ms(c.SubmittedAt))
		return err
	})
}

const caseQuery = `SELECT key, body_digest, terminal, epoch, sequence, number, COALESCE(platform_number, ''), item, item_version, state,
	name_masked, lookup_hash, submitted_at, taken_at, received_at FROM cases c`

func scanCase(row interface{ Scan(...any) error }) (c Case, err error) {
	var submitted, taken, received int64
	err = row.Scan(&c.Key, &c.BodyDigest, &c.Terminal, &c.Epoch, &c.Sequence, &c.Number, &c.PlatformNumber, &c.Item, &c.ItemVersion, &c.State,
		&c.NameMasked, &c.LookupHash, &submitted, &taken, &received)
	c.SubmittedAt, c.TakenAt, c.ReceivedAt = fromMS(submitted), fromMS(taken), fromMS(received)
	return c, err
}

func scanPage(row interface{ Scan(...any) error }) (p Page, err error) {
	err = row.Scan(&p.Digest, &p.Complete)
	return p, err
}

// cases runs a case query and adds the pages of each.
func (s *SQLite) cases(ctx context.Context, query string, args ...any) ([]Case, error) {
	all, err := list(ctx, s.read, scanCase, query, args...)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Pages, err = list(ctx, s.read, scanPage, "SELECT digest, complete FROM pages WHERE case_key = ? ORDER BY place", all[i].Key)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func one[T any](all []T, err error) (v T, _ error) {
	if err != nil {
		return v, err
	}
	if len(all) == 0 {
		return v, ErrNotFound
	}
	return all[0], nil
}

// Case finds a case by its key.
func (s *SQLite) Case(ctx context.Context, key string) (Case, error) {
	return one(s.cases(ctx, caseQuery+" WHERE key = ?", key))
}

// Envelope is the opened envelope of a case.
func (s *SQLite) Envelope(ctx context.Context, key string) (b []byte, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT envelope FROM cases WHERE key = ?", key).Scan(&b)
	return b, notFound(err)
}

// Receive makes a case received, once.
func (s *SQLite) Receive(ctx context.Context, key string, at time.Time, number func(int) string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		var given sql.NullInt64
		if err := tx.QueryRowContext(ctx, "SELECT running FROM cases WHERE key = ?", key).Scan(&given); err != nil {
			return notFound(err)
		}
		if given.Valid {
			return nil
		}
		var running int
		if err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(running), 0) + 1 FROM cases").Scan(&running); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE cases SET running = ?, platform_number = ?, state = ?, received_at = ? WHERE key = ?",
			running, number(running), platform.ProgressReceived, ms(at), key)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO events (case_key, state, at) VALUES (?, ?, ?)", key, platform.ProgressReceived, ms(at))
		return err
	})
}

// AddEvent appends a state to a received case.
func (s *SQLite) AddEvent(ctx context.Context, number, state string, at time.Time) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		var key string
		err := tx.QueryRowContext(ctx, "SELECT key FROM cases WHERE (number = ? OR platform_number = ?) AND running IS NOT NULL", number, number).Scan(&key)
		if err != nil {
			return notFound(err)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE cases SET state = ? WHERE key = ?", state, key); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO events (case_key, state, at) VALUES (?, ?, ?)", key, state, ms(at))
		return err
	})
}

// Cases lists the newest first.
func (s *SQLite) Cases(ctx context.Context, limit int) ([]Case, error) {
	return s.cases(ctx, caseQuery+" ORDER BY rowid DESC LIMIT ?", limit)
}

// CasesByPerson lists the cases with a look-up tag, newest first.
func (s *SQLite) CasesByPerson(ctx context.Context, tag []byte, limit int) ([]Case, error) {
	return s.cases(ctx, caseQuery+" WHERE key IN (SELECT case_key FROM persons WHERE tag = ?) ORDER BY submitted_at DESC, rowid DESC LIMIT ?", tag, limit)
}

// CaseByNumber finds a case by its local or platform number.
func (s *SQLite) CaseByNumber(ctx context.Context, number string) (Case, error) {
	return one(s.cases(ctx, caseQuery+" WHERE number = ? OR platform_number = ?", number, number))
}

// Events lists a case's history, oldest first.
func (s *SQLite) Events(ctx context.Context, key string) ([]Event, error) {
	return list(ctx, s.read, func(row interface{ Scan(...any) error }) (e Event, err error) {
		var at int64
		err = row.Scan(&e.State, &at)
		e.At = fromMS(at)
		return e, err
	}, "SELECT state, at FROM events WHERE case_key = ? ORDER BY id", key)
}

const uploadQuery = "SELECT id, case_key, digest, length, offset, complete FROM uploads"

func scanUpload(row interface{ Scan(...any) error }) (u Upload, err error) {
	err = row.Scan(&u.ID, &u.CaseKey, &u.Digest, &u.Length, &u.Offset, &u.Complete)
	return u, err
}

// AddUpload stores a new upload or finds the one there is.
func (s *SQLite) AddUpload(ctx context.Context, u Upload) (Upload, error) {
	_, err := s.write.ExecContext(ctx, "INSERT INTO uploads (id, case_key, digest, length) VALUES (?, ?, ?, ?)", u.ID, u.CaseKey, u.Digest, u.Length)
	if err != nil && !unique(err) {
		return Upload{}, err
	}
	there, err := scanUpload(s.read.QueryRowContext(ctx, uploadQuery+" WHERE case_key = ? AND digest = ?", u.CaseKey, u.Digest))
	if err == nil && there.Length != u.Length {
		err = ErrConflict
	}
	return there, notFound(err)
}

// Upload finds one by id.
func (s *SQLite) Upload(ctx context.Context, id string) (Upload, error) {
	u, err := scanUpload(s.read.QueryRowContext(ctx, uploadQuery+" WHERE id = ?", id))
	return u, notFound(err)
}

// SetOffset says how much is fsynced, and whether the page is whole.
func (s *SQLite) SetOffset(ctx context.Context, id string, offset int64, complete bool) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE uploads SET offset = ?, complete = ? WHERE id = ?", offset, complete, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(ErrNotFound, err)
		}
		_, err = tx.ExecContext(ctx, "UPDATE pages SET complete = ? WHERE (case_key, digest) = (SELECT case_key, digest FROM uploads WHERE id = ?)", complete, id)
		return err
	})
}

// DropUpload forgets an upload, so that it can begin again.
func (s *SQLite) DropUpload(ctx context.Context, id string) error {
	_, err := s.write.ExecContext(ctx, "DELETE FROM uploads WHERE id = ?", id)
	return err
}
