// Package audit writes what happened on the terminal, for those who answer for it. Every event comes from one documented
// catalogue, docs/api/events.json, which says what fields it may have and what fits in them: codes, counts, local numbers
// of cases. What does not fit is not written, so personal data stays out by construction and not by care.
//
// The log is lines of JSON in one file and one older file. It is no store of truth: a power cut may take its last lines.
package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"kiosk/device/localapi"
)

// Bounds.
const (
	MaxFile = 4 << 20 // bytes of the file; then it becomes the older one, in place of the one before
	MaxTail = 1000    // events that Tail can tell
	maxLine = 4096
)

// refused is written in place of an event that does not fit the catalogue.
const refused = "audit-refused"

// Log is the audit log of one terminal. Its methods may be called from several goroutines.
type Log struct {
	path  string
	log   *slog.Logger
	kinds map[string]Kind
	max   int64

	mu     sync.Mutex
	file   *os.File // nil after a failure, opened again with the next event
	size   int64
	recent []localapi.Event
	failed bool // the last write did not work; said once
	closed bool
}

// Open continues the log at path; its folder must exist. The older file is path with ".1".
func Open(path string, log *slog.Logger) (*Log, error) {
	return open(path, log, MaxFile)
}

func open(path string, log *slog.Logger, max int64) (*Log, error) {
	kinds, err := Catalogue()
	if err != nil {
		return nil, err
	}
	l := &Log{path: path, log: log, kinds: kinds, max: max}
	for _, name := range []string{l.older(), path} {
		if err := l.remember(name); err != nil {
			return nil, fmt.Errorf("cannot open the audit log: %w", err)
		}
	}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("cannot open the audit log: %w", err)
	}
	return l, nil
}

func (l *Log) older() string { return l.path + ".1" }

// remember takes the newest events of a file into memory. Lines that were cut by a crash are passed over.
func (l *Log) remember(name string) error {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(make([]byte, 0, maxLine), maxLine)
	for s.Scan() {
		var e localapi.Event
		if json.Unmarshal(s.Bytes(), &e) == nil && e.ID != "" {
			l.keep(e)
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return nil // not our line; what is behind it is lost to Tail only
	}
	return s.Err()
}

func (l *Log) keep(e localapi.Event) {
	if len(l.recent) == MaxTail {
		l.recent = slices.Delete(l.recent, 0, 1)
	}
	l.recent = append(l.recent, e)
}

// open opens the file and closes a line that a crash has left open.
func (l *Log) open() error {
	f, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	size := info.Size()
	if size > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, size-1); err == nil && last[0] != '\n' {
			n, _ := f.Write([]byte("\n"))
			size += int64(n)
		}
	}
	l.file, l.size = f, size
	return nil
}

// Event writes one event of the catalogue: key, value, key, value … An event that is not in it, or a field or value that
// does not fit, is written as "audit-refused" with the id only. Event never fails for its caller and blocks on the disk's
// cache only.
func (l *Log) Event(id string, fields ...string) {
	e := localapi.Event{At: time.Now().UTC().Truncate(time.Millisecond), ID: id}
	var ok bool
	if e.Fields, ok = l.check(id, fields); !ok {
		if _, known := l.kinds[id]; !known {
			id = "unknown" // it could be anything
		}
		e.ID, e.Fields = refused, map[string]string{"id": id}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.keep(e)
	err := l.write(e)
	if err != nil && !l.failed {
		l.log.Error("cannot write the audit log", "err", err)
	}
	l.failed = err != nil
}

// check holds an event against the catalogue.
func (l *Log) check(id string, fields []string) (map[string]string, bool) {
	kind, ok := l.kinds[id]
	if !ok || len(fields)%2 != 0 {
		return nil, false
	}
	out := map[string]string{}
	for pair := range slices.Chunk(fields, 2) {
		f, known := kind.Fields[pair[0]]
		if _, twice := out[pair[0]]; !known || twice || !f.Fits(pair[1]) {
			return nil, false
		}
		out[pair[0]] = pair[1]
	}
	return out, true
}

func (l *Log) write(e localapi.Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if l.file != nil && l.size+int64(len(line)) > l.max {
		err := l.file.Close()
		l.file = nil
		if err := errors.Join(err, os.Rename(l.path, l.older())); err != nil {
			return err
		}
	}
	if l.file == nil {
		if err := l.open(); err != nil {
			return err
		}
	}
	n, err := l.file.Write(line)
	l.size += int64(n)
	if err != nil {
		err = errors.Join(err, l.file.Close())
		l.file = nil
	}
	return err
}

// Tail returns at most n events, oldest first, and never more than MaxTail.
func (l *Log) Tail(n int) ([]localapi.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := slices.Clone(l.recent[max(0, len(l.recent)-max(n, 0)):])
	for i := range out {
		out[i].Fields = maps.Clone(out[i].Fields)
	}
	return out, nil
}

// Close flushes the file to the disk. Later events are dropped.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.file == nil {
		return nil
	}
	err := errors.Join(l.file.Sync(), l.file.Close())
	l.file = nil
	if err != nil {
		return fmt.Errorf("cannot close the audit log: %w", err)
	}
	return nil
}
