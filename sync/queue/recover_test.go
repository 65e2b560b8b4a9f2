package queue

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"testing"

	bolt "go.etcd.io/bbolt"

	"kiosk/device/sealed"
)

// threeCases makes a closed queue with three cases and returns their keys.
func threeCases(t *testing.T, folders int) (Config, []string) {
	t.Helper()
	cfg := config(t.TempDir(), folders)
	q, _ := openTest(t, cfg, disk{})
	var keys []string
	for range 3 {
		key := newKey()
		mustKeep(t, q, key, []byte("envelope of "+key), []byte("page one"), []byte("page two"))
		keys = append(keys, key)
	}
	if err := q.Update(keys[1], func(e *Entry) error { e.State = "received"; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	return cfg, keys
}

func checkAll(t *testing.T, q *Queue, keys []string) {
	t.Helper()
	for i, key := range keys {
		if e, _ := q.Find(key); e.Sequence != i+1 || string(e.Note) != "note of "+key[:4] || !e.KeptAt.Equal(testTime) {
			t.Errorf("case %d is %+v", i+1, e)
		}
		if err := checkCase(q, key, []byte("envelope of "+key), []byte("page one"), []byte("page two")); err != nil {
			t.Error(err)
		}
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDamagedBboltIsBuiltAgain(t *testing.T) {
	cfg, keys := threeCases(t, 1)
	path := filepath.Join(cfg.State, dbName)
	good := load(t, path)
	noise := make([]byte, len(good))
	_, _ = rand.Read(noise)
	metas := bytes.Clone(good)
	clear(metas[:2*4096])
	leaves := bytes.Clone(good)
	copy(leaves[2*4096:], noise[2*4096:])
	cases := map[string][]byte{"noise": noise, "no meta pages": metas, "only meta pages": leaves, "text": []byte("hello"), "one byte": {0}}
	for _, pages := range []int{1, 2, 3, 4, 5} {
		cases["cut after page "+string(rune('0'+pages))] = good[:pages*4096]
	}
	for name, db := range cases {
		write(t, path, db)
		q, r, err := Open(cfg)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !r.Rebuilt || len(r.Adopted) != 3 || len(r.Damaged) > 0 {
			t.Errorf("%s: report %+v", name, r)
		}
		if got := load(t, filepath.Join(cfg.State, dbAside)); !bytes.Equal(got, db) {
			t.Errorf("%s: the damaged file is not the one put aside", name)
		}
		checkAll(t, q, keys)
		if e, _ := q.Find(keys[1]); e.State != Kept {
			t.Errorf("%s: state %q is not known from files", name, e.State)
		}
		if q.next != 4 {
			t.Errorf("%s: next number is %d", name, q.next)
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	q, r := openTest(t, cfg, disk{})
	if r.Rebuilt || len(r.Adopted) != 3 {
		t.Errorf("missing: report %+v", r)
	}
	checkAll(t, q, keys)
	aside, err := filepath.Glob(filepath.Join(cfg.State, "*damaged*"))
	if err != nil || len(aside) != 1 {
		t.Errorf("put aside: %v, %v", aside, err)
	}
}

// TestAnyByteOfBboltMayRot: whatever byte of the file changes, the queue opens, and all cases stand with their numbers.
func TestAnyByteOfBboltMayRot(t *testing.T) {
	t.Parallel()
	cfg, keys := threeCases(t, 1)
	path := filepath.Join(cfg.State, dbName)
	good := load(t, path)
	var places []int
	for page := 0; page < len(good); page += 4096 {
		for at := page; at < page+96; at += 5 { // headers, meta pages, first elements
			places = append(places, at)
		}
	}
	for at := 0; at < len(good); at += 97 {
		if good[at] != 0 {
			places = append(places, at)
		}
	}
	rebuilt, lost := 0, 0
	for _, at := range places {
		db := bytes.Clone(good)
		db[at] ^= 0xa5
		write(t, path, db)
		q, r, err := openQuick(cfg, disk{})
		if err != nil {
			t.Fatalf("byte %d: %v", at, err)
		}
		if r.Rebuilt {
			rebuilt++
		}
		lost += r.Lost
		checkAll(t, q, keys)
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d places: built again %d times, %d records lost and found", len(places), rebuilt, lost)
	if rebuilt == 0 || lost == 0 {
		t.Error("no damage was noticed")
	}
}

func TestRecordWithWrongChecksum(t *testing.T) {
	cfg, keys := threeCases(t, 1)
	db, err := bolt.Open(filepath.Join(cfg.State, dbName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketEntries)
		v := bytes.Clone(b.Get([]byte(keys[1])))
		v = bytes.Replace(v, []byte(`"attempts":0`), []byte(`"attempts":9`), 1)
		if err := b.Put([]byte(keys[1]), v); err != nil {
			return err
		}
		// A whole record under another key is no record of that key either.
		return b.Put([]byte(keys[2]), bytes.Clone(b.Get([]byte(keys[0]))))
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	q, r := openTest(t, cfg, disk{})
	if r.Rebuilt || r.Lost != 2 || len(r.Adopted) != 2 {
		t.Errorf("report %+v", r)
	}
	checkAll(t, q, keys)
}

func TestDamagedFilesAreToldAndLeft(t *testing.T) {
	cfg, keys := threeCases(t, 1)
	cases := filepath.Join(cfg.Folders[0], casesDir)
	page := filepath.Join(cases, pageName(keys[0], 1))
	envelope := filepath.Join(cases, envelopeName(keys[2]))
	goodPage, goodEnvelope := load(t, page), load(t, envelope)
	if err := os.Remove(page); err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(goodEnvelope)
	bad[100] ^= 1
	write(t, envelope, bad)
	before := len(files(t, cases))

	q, r := openTest(t, cfg, disk{})
	if len(r.Damaged) != 2 || r.Removed != 0 {
		t.Errorf("report %+v", r)
	}
	for key, want := range map[string]string{keys[0]: Damaged, keys[1]: "received", keys[2]: Damaged} {
		if e, _ := q.Find(key); e.State != want {
			t.Errorf("state is %q, not %q", e.State, want)
		}
	}
	if _, ok := q.Next(testTime); ok {
		t.Error("a damaged case is offered")
	}
	if _, _, err := q.OpenFile(FileRef{Name: filepath.Base(page), Size: 1}); err == nil {
		t.Error("a missing file opened")
	}
	if _, _, err := q.OpenFile(FileRef{Name: "../state/queue.db"}); err == nil {
		t.Error("a path opened")
	}
	if got := len(files(t, cases)); got != before {
		t.Errorf("%d files, %d before", got, before)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}

	write(t, page, goodPage)
	write(t, envelope, goodEnvelope)
	q, r = openTest(t, cfg, disk{})
	if len(r.Damaged) != 0 {
		t.Errorf("report %+v", r)
	}
	checkAll(t, q, keys)
	if e, ok := q.Next(testTime); !ok || e.Key != keys[0] {
		t.Errorf("next is %+v, %v", e, ok)
	}

	// Rot in a body does not show at the start, which reads heads; Check finds it.
	goodPage[len(goodPage)-1] ^= 1
	write(t, page, goodPage)
	if err := q.Check(keys[0]); err == nil {
		t.Error("Check vouches for a rotten page")
	}
}

func TestSecondFolderIsMended(t *testing.T) {
	cfg, keys := threeCases(t, 2)
	if err := os.RemoveAll(cfg.Folders[1]); err != nil { // a new disk
		t.Fatal(err)
	}
	gone := filepath.Join(cfg.Folders[0], casesDir, pageName(keys[1], 0))
	q, r := openTest(t, cfg, disk{})
	if len(r.Mended) != 9 || len(r.Damaged) != 0 {
		t.Errorf("report %+v", r)
	}
	checkAll(t, q, keys)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	b := load(t, gone)
	b[20] ^= 4
	write(t, gone, b)
	q, r = openTest(t, cfg, disk{})
	if !slices.Equal(r.Mended, []string{gone}) {
		t.Errorf("report %+v", r)
	}
	checkAll(t, q, keys)

	// Rebuilt from the second folder alone.
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Folders, cfg.State = cfg.Folders[1:], t.TempDir()
	q, r = openTest(t, cfg, disk{})
	if len(r.Adopted) != 3 {
		t.Errorf("report %+v", r)
	}
	checkAll(t, q, keys)
}

func TestWhatBelongsToNothing(t *testing.T) {
	cfg, keys := threeCases(t, 1)
	cases := filepath.Join(cfg.Folders[0], casesDir)
	page := load(t, filepath.Join(cases, pageName(keys[0], 0)))
	orphan, draft := newKey(), newKey()
	write(t, filepath.Join(cases, pageName(orphan, 0)), page)
	if err := os.Mkdir(filepath.Join(cfg.Folders[0], draftsDir, draft), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(cfg.Folders[0], draftsDir, draft, "001"), page)
	// Envelopes that nobody can vouch for: another case's, another terminal's.
	moved := newKey()
	write(t, filepath.Join(cases, envelopeName(moved)), load(t, filepath.Join(cases, envelopeName(keys[0]))))
	other := cfg
	other.State, other.Folders = t.TempDir(), []string{t.TempDir()}
	other.Signer.Key = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	strange := newKey()
	oq, _ := openTest(t, other, disk{})
	mustKeep(t, oq, strange, []byte("e"))
	write(t, filepath.Join(cases, envelopeName(strange)), load(t, filepath.Join(other.Folders[0], casesDir, envelopeName(strange))))
	write(t, filepath.Join(cases, "lost+found"), nil)

	q, r := openTest(t, cfg, disk{})
	if r.Removed != 2 || len(r.Damaged) != 2 || len(r.Adopted) != 0 {
		t.Errorf("report %+v", r)
	}
	for _, key := range []string{moved, strange} {
		if _, ok := q.Find(key); ok {
			t.Error("an envelope that nobody vouches for was adopted")
		}
		if _, err := os.Stat(filepath.Join(cases, envelopeName(key))); err != nil {
			t.Errorf("it was removed: %v", err)
		}
	}
	if _, err := os.Stat(filepath.Join(cases, pageName(orphan, 0))); err == nil {
		t.Error("a page without an envelope is left")
	}
	checkAll(t, q, keys)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}

	// After a new key the terminal's own old files still verify.
	cfg.Earlier = append(cfg.Earlier, cfg.Signer.Key.Public())
	cfg.Signer.Key = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	q, r = openTest(t, cfg, disk{})
	if len(r.Damaged) != 2 {
		t.Errorf("report after a new key %+v", r)
	}
	checkAll(t, q, keys)
}

func TestEpochBeginsAnew(t *testing.T) {
	cfg, keys := threeCases(t, 1)
	cfg.Epoch = 2
	q, _ := openTest(t, cfg, disk{})
	e := mustKeep(t, q, newKey(), []byte("e"))
	if e.Epoch != 2 || e.Sequence != 1 {
		t.Errorf("first case of the epoch is %d, %d", e.Epoch, e.Sequence)
	}
	if old, ok := q.BySequence(1, 1); !ok || old.Key != keys[0] {
		t.Errorf("old number finds %+v", old)
	}
	if found, ok := q.BySequence(2, 1); !ok || found.Key != e.Key {
		t.Errorf("new number finds %+v", found)
	}
}

// TestTerminalCannotOpenWhatItKept tries with everything on disk and the terminal's own key.
func TestTerminalCannotOpenWhatItKept(t *testing.T) {
	cfg := config(t.TempDir(), 1)
	q, _ := openTest(t, cfg, disk{})
	secret := []byte("示例 11010519491231002X 19900001234")
	e := mustKeep(t, q, newKey(), slices.Concat([]byte("envelope "), secret), slices.Concat([]byte("page "), secret))
	if err := q.PutMark([]byte("after")); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := read(q, e.Pages[0], platform); err != nil {
		t.Fatalf("the platform cannot: %v", err)
	}

	var everything [][]byte
	for _, name := range files(t, filepath.Dir(cfg.State)) {
		b := load(t, name)
		everything = append(everything, b)
		sum := sha256.Sum256(slices.Concat([]byte("page "), secret))
		if bytes.Contains(b, secret) || bytes.Contains(b, secret[:6]) || bytes.Contains(b, sum[:]) {
			t.Errorf("%s tells what was kept", name)
		}
	}
	own := must(hpke.NewDHKEMPrivateKey(must(terminal.ECDH())))
	scalar := must(terminal.Bytes())
	for _, ref := range e.Files() {
		if _, _, err := read(q, ref, own); err == nil {
			t.Errorf("the terminal's own key opens %s", ref.Name)
		}
		file := load(t, filepath.Join(cfg.Folders[0], casesDir, ref.Name))
		body := file[sealed.HeadSize:]
		iv := make([]byte, 12)
		iv[11] = 1 // one chunk, the last
		tries := 0
		for _, b := range append(everything, scalar) {
			for at := 0; at+32 <= len(b); at++ {
				if b[at] == 0 && bytes.Equal(b[at:at+32], make([]byte, 32)) && at > 0 {
					continue // zeros were tried where they begin
				}
				gcm := must(cipher.NewGCM(must(aes.NewCipher(b[at : at+32]))))
				if _, err := gcm.Open(nil, iv, body, nil); err == nil {
					t.Errorf("32 bytes on disk open %s", ref.Name)
				}
				tries++
			}
		}
		if tries < 2000 {
			t.Errorf("%d tries only", tries)
		}
	}
}
