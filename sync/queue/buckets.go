package queue

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// The buckets of STATE/queue.db. Every value is a CRC-32C, 4 bytes big endian, over bucket, key and JSON, and then the JSON:
// bbolt has checksums for its own two pages only.
var (
	// entries: case key → Entry. What a file's head cannot say is here only: state, attempts, due time, answer, outcome.
	bucketEntries = []byte("entries")
	// numbers: epoch, two digits → the sequence that the next case gets. Written with each case, never counted down.
	bucketNumbers = []byte("numbers")
	// mark: "mark" → the one small record of PutMark, absent while there is none.
	bucketMark = []byte("mark")
)

var keyMark = []byte("mark")

const (
	lockName    = "queue.lock"
	dbName      = "queue.db"
	dbAside     = "queue.db.damaged" // the last one that could not be read; there is never more than one
	lockTimeout = 5 * time.Second
	maxRecord   = 64 << 10
)

// records is all that a bbolt file says.
type records struct {
	entries map[string]Entry
	next    int // 0: not known
	mark    []byte
	bad     []place // records whose checksum or form is wrong
}

// place is where a record stands.
type place struct{ bucket, key []byte }

var errDatabase = errors.New("bbolt file is damaged")

// openDB opens the file and reads all of it. The caller holds the lock. The error wraps errDatabase if the file itself is wrong and may be put aside;
// it does not for a lock that another process holds, or a disk that cannot be read.
func openDB(path string, epoch int) (db *bolt.DB, rec records, err error) {
	file, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, rec, err
	}
	if len(file) > 0 { // bbolt writes the first pages of an empty one
		if err := checkPages(file); err != nil {
			return nil, rec, fmt.Errorf("%w: %w", errDatabase, err)
		}
	}
	// What the look at the pages did not find may still fault or panic. It ends here, not the process.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			db, err = nil, fmt.Errorf("%w: %v", errDatabase, r) // what was opened is left behind: closing it may fault again
		}
	}()
	db, err = bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout, FreelistType: bolt.FreelistMapType})
	var errno syscall.Errno
	switch {
	case err == nil:
	case len(file) > 0 && !errors.Is(err, bolterrors.ErrTimeout) && !errors.As(err, &errno):
		return nil, rec, fmt.Errorf("%w: %w", errDatabase, err)
	default:
		return nil, rec, err
	}
	rec, err = readAll(db, epoch)
	if err != nil {
		_ = db.Close()
		return nil, rec, fmt.Errorf("%w: %w", errDatabase, err)
	}
	return db, rec, nil
}

func readAll(db *bolt.DB, epoch int) (records, error) {
	rec := records{entries: map[string]Entry{}}
	err := db.View(func(tx *bolt.Tx) error {
		if b := tx.Bucket(bucketEntries); b != nil {
			if err := b.ForEach(func(k, v []byte) error {
				var e Entry
				if err := unwrap(bucketEntries, k, v, &e); err != nil || e.Key != string(k) || e.check() != nil {
					rec.bad = append(rec.bad, place{bucketEntries, bytes.Clone(k)})
					return nil
				}
				rec.entries[e.Key] = e
				return nil
			}); err != nil {
				return err
			}
		}
		if b := tx.Bucket(bucketNumbers); b != nil {
			key := epochKey(epoch)
			if v := b.Get(key); v != nil {
				if err := unwrap(bucketNumbers, key, v, &rec.next); err != nil {
					rec.next = 0
					rec.bad = append(rec.bad, place{bucketNumbers, key})
				}
			}
		}
		if b := tx.Bucket(bucketMark); b != nil {
			if v := b.Get(keyMark); v != nil {
				if err := unwrap(bucketMark, keyMark, v, &rec.mark); err != nil {
					rec.mark = nil
					rec.bad = append(rec.bad, place{bucketMark, keyMark})
				}
			}
		}
		return nil
	})
	return rec, err
}

// aside puts a damaged file where people can look at it, in place of an earlier one.
func (d disk) aside(state string) error {
	if err := d.rename(filepath.Join(state, dbName), filepath.Join(state, dbAside)); err != nil {
		return err
	}
	return d.syncDir(state)
}

func putEntry(tx *bolt.Tx, e Entry) error { return put(tx, bucketEntries, []byte(e.Key), e) }

func deleteEntry(tx *bolt.Tx, key string) error { return remove(tx, place{bucketEntries, []byte(key)}) }

func remove(tx *bolt.Tx, p place) error {
	b, err := tx.CreateBucketIfNotExists(p.bucket)
	if err != nil {
		return err
	}
	return b.Delete(p.key)
}

func putNext(tx *bolt.Tx, epoch, next int) error {
	return put(tx, bucketNumbers, epochKey(epoch), next)
}

func putMark(tx *bolt.Tx, mark []byte) error {
	if mark == nil {
		return remove(tx, place{bucketMark, keyMark})
	}
	return put(tx, bucketMark, keyMark, mark)
}

func put(tx *bolt.Tx, bucket, key []byte, v any) error {
	b, err := tx.CreateBucketIfNotExists(bucket)
	if err != nil {
		return err
	}
	value, err := wrap(bucket, key, v)
	if err != nil {
		return err
	}
	return b.Put(key, value)
}

func epochKey(epoch int) []byte { return fmt.Appendf(nil, "%02d", epoch) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(bucket, key, text []byte) uint32 {
	return crc32.Checksum(slices.Concat(bucket, []byte{0}, key, []byte{0}, text), castagnoli)
}

func wrap(bucket, key []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(text) > maxRecord {
		return nil, ErrTooLarge
	}
	return append(binary.BigEndian.AppendUint32(nil, checksum(bucket, key, text)), text...), nil
}

// unwrap checks a value and decodes it. Nothing in v points into value, which bbolt takes back with the transaction.
func unwrap(bucket, key, value []byte, v any) error {
	if len(value) < 4 || len(value) > 4+maxRecord {
		return errors.New("record has no checksum or is too long")
	}
	text := bytes.Clone(value[4:])
	if binary.BigEndian.Uint32(value) != checksum(bucket, key, text) {
		return errors.New("checksum of the record is wrong")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one value in the record")
	}
	return nil
}
