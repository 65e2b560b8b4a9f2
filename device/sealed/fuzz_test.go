package sealed

import (
	"bytes"
	"crypto/sha256"
	"io"
	"testing"
)

// naiveSeal is the body's construction a second time, over the whole plaintext at once.
func naiveSeal(key, plain []byte) []byte {
	aead, err := newAEAD(key)
	if err != nil {
		panic(err)
	}
	var out []byte
	for i := byte(0); ; i++ {
		n := min(len(plain), ChunkSize)
		last := n == len(plain)
		iv := []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, i, 0}
		if last {
			iv[11] = 1
		}
		out = aead.Seal(out, iv, plain[:n], nil)
		if plain = plain[n:]; last {
			return out
		}
	}
}

func digest(b []byte) Digest { return sha256.Sum256(b) }

// FuzzHead: nothing that is read as a head and verifies differs from what was signed.
func FuzzHead(f *testing.F) {
	key, priv := terminalKey(f), platformKey(f)
	good := seal(f, []byte("x"), testHeader(), Signer{"360001", key}, Recipient{"p", priv.PublicKey()})[:HeadSize]
	f.Add(good[:1500], 0, byte(0))
	f.Add([]byte(magic), 9, byte(1))
	f.Fuzz(func(t *testing.T, front []byte, at int, flip byte) {
		// The signature changes with each run, so corpus entries are laid over this run's good head.
		for _, block := range [][]byte{append(bytes.Clone(front), make([]byte, HeadSize)...)[:HeadSize], bytes.Clone(good)} {
			if at >= 0 && at < len(block) {
				block[at] ^= flip
			}
			head, err := ReadHead(bytes.NewReader(block))
			if err != nil {
				continue
			}
			if _, err := head.Verify(&key.PublicKey); err == nil && !bytes.Equal(block, good) {
				t.Error("another head than the signed one verified")
			}
		}
	})
}

// FuzzBody: the stream gives what the naive version gives however it is cut into writes, and opens nothing else.
func FuzzBody(f *testing.F) {
	f.Add([]byte("plain"), 1, 3, 2, byte(1))
	f.Add([]byte{}, 0, 1, 0, byte(0))
	f.Add([]byte("0123456789abcdef"), 2*ChunkSize/16, 1000, ChunkSize, byte(128))
	f.Fuzz(func(t *testing.T, seed []byte, repeat, step, at int, flip byte) {
		if repeat < 0 || repeat*len(seed) > 4*ChunkSize || step < 1 {
			return
		}
		plain := bytes.Repeat(seed, repeat)
		var file memFile
		w, err := Create(&file)
		if err != nil {
			t.Fatal(err)
		}
		for rest := plain; len(rest) > 0; {
			n := min(step, len(rest))
			if step < ChunkSize/64 && len(rest) > ChunkSize/64 {
				n = ChunkSize / 64
			}
			if _, err := w.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		b, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		body := file.b[HeadSize:]
		if !bytes.Equal(body, naiveSeal(w.key, plain)) || b.Digest != digest(body) || b.Size != int64(len(body)) || !validSize(b.Size) {
			t.Fatal("the stream differs from the naive version")
		}
		if d, n := w.Plain(); d != digest(plain) || n != int64(len(plain)) {
			t.Fatal("digest of the plaintext is wrong")
		}
		check := func(body []byte) ([]byte, error) {
			r, err := newReader(w.key, int64(len(body)), digest(body), bytes.NewReader(body))
			if err != nil {
				return nil, err
			}
			return io.ReadAll(r)
		}
		if got, err := check(body); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("got %d bytes, %v", len(got), err)
		}
		if at >= 0 && at < len(body) && flip != 0 {
			body[at] ^= flip
			if _, err := check(body); err == nil {
				t.Error("a changed body opened")
			}
			body[at] ^= flip
			if _, err := check(body[:at]); err == nil {
				t.Error("a cut body opened")
			}
		}
	})
}
