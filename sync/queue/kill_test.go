package queue

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"kiosk/device/sealed"
)

// The test binary runs itself as a child that keeps cases and kills itself at the nth call to the disk. Its environment says where
// it works and when it dies.
const (
	envDir      = "QUEUE_TEST_DIR"
	envKill     = "QUEUE_TEST_KILL"
	envTerminal = "QUEUE_TEST_TERMINAL"
	envPlatform = "QUEUE_TEST_PLATFORM"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(envDir); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child keeps cases and writes to standard output, unbuffered, what it is about to keep, what was acknowledged, and at the end how
// many calls that took.
func child(dir string) error {
	at, err := strconv.Atoi(os.Getenv(envKill))
	if err != nil {
		return err
	}
	raw, err := hex.DecodeString(os.Getenv(envTerminal))
	if err != nil {
		return err
	}
	if terminal, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), raw); err != nil {
		return err
	}
	if platform, err = sealed.ParsePrivateKey(os.Getenv(envPlatform)); err != nil {
		return err
	}
	calls := 0
	die := func() error {
		if calls++; calls == at {
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return nil
	}
	q, _, err := open(config(dir, 2), inTurn(disk{
		before: func(call) error { return die() },
		fsync:  func(*os.File) error { return die() }, // also between a call and the next
	}))
	if err != nil {
		return err
	}
	q.db.NoSync = true // what a killed process wrote, the kernel still has: fsync makes no difference here
	for i := range 2 {
		key := newKey()
		fmt.Println("begin", key)
		envelope, pages := killContent(key, i)
		e, err := keep(q, key, envelope, pages...)
		if err != nil {
			return err
		}
		fmt.Println("kept", key, e.Sequence)
	}
	fmt.Println("calls", calls)
	return q.Close()
}

// killContent is what the ith case of a child holds: derived from its key, so that the parent can tell.
func killContent(key string, i int) (envelope []byte, pages [][]byte) {
	for n := range i + 1 {
		pages = append(pages, bytes.Repeat(fmt.Appendf(nil, "page %d of %s. ", n, key), 5000)) // more than one chunk
	}
	sum := sha256.Sum256([]byte(key))
	return append([]byte("envelope of "+key), sum[:]...), pages
}

// TestKilledAtEveryCall kills a process at every call it makes to the disk, from opening to closing, now and then a second one
// on what the first left, and compares what is there with a plain map of what was acknowledged.
func TestKilledAtEveryCall(t *testing.T) {
	t.Parallel()
	raw, err := terminal.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text, err := sealed.MarshalPrivateKey(platform)
	if err != nil {
		t.Fatal(err)
	}
	type promise struct {
		sequence int // 0: begun, not acknowledged
		nth      int
	}
	run := func(dir string, at int, model map[string]promise) (killed bool, calls int) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), envDir+"="+dir, envKill+"="+strconv.Itoa(at), envTerminal+"="+hex.EncodeToString(raw), envPlatform+"="+text)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
				t.Fatalf("child %d: %v: %s", at, err, stderr.Bytes())
			}
			killed = true
		}
		nth := 0
		for line := range strings.Lines(string(out)) {
			f := strings.Fields(line)
			switch f[0] {
			case "begin":
				model[f[1]] = promise{nth: nth}
				nth++
			case "kept":
				p := model[f[1]]
				p.sequence, _ = strconv.Atoi(f[2])
				model[f[1]] = p
			case "calls":
				calls, _ = strconv.Atoi(f[1])
			}
		}
		return killed, calls
	}
	check := func(dir string, model map[string]promise) {
		t.Helper()
		q, r, err := openQuick(config(dir, 2), disk{})
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		if len(r.Damaged) > 0 || r.Rebuilt || r.Lost > 0 {
			t.Fatalf("report %+v", r)
		}
		numbers := map[int]string{}
		for key, p := range model {
			e, found := q.Find(key)
			if p.sequence > 0 && (!found || e.Sequence != p.sequence) {
				t.Fatalf("number %d was acknowledged and does not stand: %+v", p.sequence, e)
			}
			if !found {
				continue
			}
			if other, twice := numbers[e.Sequence]; twice {
				t.Fatalf("number %d stands for %s and %s", e.Sequence, key, other)
			}
			numbers[e.Sequence] = key
			envelope, pages := killContent(key, p.nth)
			if err := checkCase(q, key, envelope, pages...); err != nil {
				t.Fatal(err)
			}
		}
		if len(q.Entries()) != len(numbers) {
			t.Fatalf("%d entries, %d cases begun are found", len(q.Entries()), len(numbers))
		}
		for _, name := range files(t, dir) {
			if key, _, ok := strings.Cut(filepath.Base(name), "."); ok && len(key) == 32 {
				if _, found := q.Find(key); !found {
					t.Fatalf("%s belongs to nothing", name)
				}
			}
		}
	}

	_, total := run(t.TempDir(), 0, map[string]promise{})
	if total < 50 {
		t.Fatalf("a child that lives makes %d calls", total)
	}
	adopted := 0
	for at := 1; at <= total; at++ {
		dir, model := t.TempDir(), map[string]promise{}
		if killed, _ := run(dir, at, model); !killed {
			t.Fatalf("child lived beyond call %d of %d", at, total)
		}
		if at%3 == 0 {
			run(dir, (at*7)%total+1, model) // starts by mending, may be killed at that
		}
		check(dir, model)
		for _, p := range model {
			if p.sequence == 0 {
				adopted++
			}
		}
	}
	t.Logf("killed at %d calls; %d cases were begun and not acknowledged", total, adopted)
}
