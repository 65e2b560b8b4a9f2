CREATE TABLE IF NOT EXISTS codes (
	hash       BLOB PRIMARY KEY,
	terminal   TEXT NOT NULL,
	expires_at INTEGER NOT NULL,
	used_by    BLOB,              -- public key that used it
	epoch      INTEGER            -- which it was given
) STRICT;

CREATE TABLE IF NOT EXISTS terminals (
	number  TEXT PRIMARY KEY,
	epoch   INTEGER NOT NULL,
	serial  TEXT NOT NULL,
	seen_at INTEGER NOT NULL DEFAULT 0,
	beat    BLOB
) STRICT;

-- Certificates of earlier epochs stay: cases kept under them may still come.
CREATE TABLE IF NOT EXISTS certificates (
	terminal    TEXT NOT NULL REFERENCES terminals(number),
	epoch       INTEGER NOT NULL,
	der         BLOB NOT NULL,
	enrolled_at INTEGER NOT NULL,
	PRIMARY KEY (terminal, epoch)
) STRICT;

CREATE TABLE IF NOT EXISTS settings (
	terminal TEXT PRIMARY KEY,
	version  INTEGER NOT NULL,
	sha256   TEXT NOT NULL,
	jws      BLOB NOT NULL,
	set_at   INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS packages (
	code    TEXT NOT NULL,
	version INTEGER NOT NULL,
	sha256  TEXT NOT NULL,
	name_zh TEXT NOT NULL,
	name_en TEXT NOT NULL,
	contact TEXT NOT NULL,
	zip     BLOB NOT NULL,
	PRIMARY KEY (code, version)
) STRICT;

CREATE TABLE IF NOT EXISTS cases (
	key             TEXT NOT NULL,
	body_digest     TEXT NOT NULL,
	terminal        TEXT NOT NULL,
	epoch           INTEGER NOT NULL,
	sequence        INTEGER NOT NULL,
	number          TEXT NOT NULL UNIQUE,
	running         INTEGER UNIQUE,       -- of the platform number; NULL until received
	platform_number TEXT UNIQUE,
	item            TEXT NOT NULL,
	item_version    INTEGER NOT NULL,
	state           TEXT NOT NULL,
	name_masked     TEXT NOT NULL,
	lookup_hash     BLOB NOT NULL,
	envelope        BLOB NOT NULL,
	submitted_at    INTEGER NOT NULL,
	taken_at        INTEGER NOT NULL,
	received_at     INTEGER NOT NULL DEFAULT 0,
	CONSTRAINT case_key_once UNIQUE (key),
	CONSTRAINT sequence_once UNIQUE (terminal, epoch, sequence)
) STRICT;

CREATE TABLE IF NOT EXISTS pages (
	case_key TEXT NOT NULL REFERENCES cases(key),
	digest   TEXT NOT NULL,
	place    INTEGER NOT NULL,
	complete INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (case_key, digest)
) STRICT;

CREATE TABLE IF NOT EXISTS persons (
	tag      BLOB NOT NULL,
	case_key TEXT NOT NULL REFERENCES cases(key),
	PRIMARY KEY (tag, case_key)
) STRICT;

CREATE TABLE IF NOT EXISTS events (
	id       INTEGER PRIMARY KEY,
	case_key TEXT NOT NULL REFERENCES cases(key),
	state    TEXT NOT NULL,
	at       INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS events_of_case ON events(case_key, id);

CREATE TABLE IF NOT EXISTS uploads (
	id       TEXT PRIMARY KEY,
	case_key TEXT NOT NULL,
	digest   TEXT NOT NULL,
	length   INTEGER NOT NULL,
	offset   INTEGER NOT NULL DEFAULT 0,
	complete INTEGER NOT NULL DEFAULT 0,
	UNIQUE (case_key, digest),
	FOREIGN KEY (case_key, digest) REFERENCES pages(case_key, digest)
) STRICT;
