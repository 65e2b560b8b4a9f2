package hub

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"kiosk/device/casefile"
	"kiosk/device/sealed"
	"kiosk/sync/platform"
)

// withUpload hands in a case with one page of n bytes and begins its upload.
func withUpload(t *testing.T, b *box, n int) (handedIn, string) {
	t.Helper()
	h := b.handIn(sealing{}, noise(n))
	if _, err := b.client.PutCase(t.Context(), h.key, h.file); err != nil {
		t.Fatal(err)
	}
	id, err := b.client.CreateUpload(t.Context(), h.key, h.pages[0].digest, int64(len(h.pages[0].file)))
	if err != nil {
		t.Fatal(err)
	}
	return h, id
}

func offset(t *testing.T, b *box, id string) int64 {
	t.Helper()
	n, err := b.client.UploadOffset(t.Context(), id, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestUploadGoesOnAfterCuts cuts the line inside each of the first three requests and restarts the hub once.
func TestUploadGoesOnAfterCuts(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, dir)
	b := enrolled(t, s, "360001")
	h, id := withUpload(t, b, 3*platform.Chunk)
	size := int64(len(h.pages[0].file))
	var last int64
	for _, cut := range []int64{1, 100_000, platform.Chunk - 1} {
		s.Hub.SetFault(&Fault{CutBody: cut, Times: 1, Match: func(r *http.Request) bool { return r.Method == http.MethodPatch }})
		var tr *platform.Transport
		if err := b.upload(h, 0); !errors.As(err, &tr) {
			t.Fatalf("cut after %d bytes: %v", cut, err)
		}
		got := offset(t, b, id)
		if got != last+cut {
			t.Errorf("offset after the cut is %d, want %d", got, last+cut)
		}
		last = got
	}
	s.Kill()
	s = serve(t, dir)
	b.connect(s)
	if got := offset(t, b, id); got != last {
		t.Errorf("offset after the crash is %d, was %d", got, last)
	}
	if err := b.upload(h, 0); err != nil {
		t.Fatal(err)
	}
	if got := offset(t, b, id); got != size {
		t.Errorf("offset at the end is %d, want %d", got, size)
	}
	stored, err := os.ReadFile(s.Hub.pages.path(h.key, h.pages[0].digest))
	if err != nil || !bytes.Equal(stored, h.pages[0].file) {
		t.Errorf("stored page differs: %d bytes, %v", len(stored), err)
	}
	b.send(h)
}

// TestTornTail leaves bytes in the file that were never counted, as a crash between write and commit does.
func TestTornTail(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h, _ := withUpload(t, b, 50_000)
	path := s.Hub.pages.path(h.key, h.pages[0].digest)
	if err := os.WriteFile(path, noise(len(h.pages[0].file)), 0o600); err != nil {
		t.Fatal(err)
	}
	b.send(h)
}

func TestUploadIsFoundAgain(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h, id := withUpload(t, b, 1000)
	again, err := b.client.CreateUpload(t.Context(), h.key, h.pages[0].digest, int64(len(h.pages[0].file)))
	if err != nil || again != id {
		t.Errorf("the same page again goes to %q, %v; before it went to %q", again, err, id)
	}
	_, err = b.client.CreateUpload(t.Context(), h.key, h.pages[0].digest, int64(len(h.pages[0].file))+1)
	wantConflict(t, err)
}

func TestTusRefusals(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h, id := withUpload(t, b, 1000)
	file := h.pages[0].file
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	meta := "case " + b64(h.key) + ",digest " + b64(h.pages[0].digest)
	key := string(casefile.NewKey())
	patch := []string{"Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream", "Upload-Offset", "0"}
	with := func(headers []string, name, value string) []string {
		out := append([]string(nil), headers...)
		for i := 0; i < len(out); i += 2 {
			if out[i] == name {
				out[i+1] = value
			}
		}
		return out
	}
	post := []string{"Tus-Resumable", "1.0.0", "Upload-Length", strconv.Itoa(len(file)), "Upload-Metadata", meta}
	for _, c := range []struct {
		name, method, path string
		body               []byte
		headers            []string
		status             int
		code               string
	}{
		{"version of create", "POST", "/v1/uploads", nil, with(post, "Tus-Resumable", "0.2.2"), 412, platform.CodeTusVersion},
		{"no length", "POST", "/v1/uploads", nil, with(post, "Upload-Length", "x"), 400, platform.CodeMalformed},
		{"short length", "POST", "/v1/uploads", nil, with(post, "Upload-Length", "4096"), 400, platform.CodeMalformed},
		{"huge length", "POST", "/v1/uploads", nil, with(post, "Upload-Length", strconv.Itoa(maxUpload+1)), 413, platform.CodeTooLarge},
		{"no metadata", "POST", "/v1/uploads", nil, with(post, "Upload-Metadata", ""), 400, platform.CodeMalformed},
		{"metadata not base64", "POST", "/v1/uploads", nil, with(post, "Upload-Metadata", "case ***,digest ***"), 400, platform.CodeMalformed},
		{"metadata twice", "POST", "/v1/uploads", nil, with(post, "Upload-Metadata", meta+",case "+b64(key)), 400, platform.CodeMalformed},
		{"metadata too long", "POST", "/v1/uploads", nil, with(post, "Upload-Metadata", meta+",x "+strings.Repeat("A", 2000)), 400, platform.CodeMalformed},
		{"digest in capitals", "POST", "/v1/uploads", nil, with(post, "Upload-Metadata", "case "+b64(h.key)+",digest "+b64(strings.Repeat("A", 64))), 400, platform.CodeMalformed},
		{"path as a case", "POST", "/v1/uploads", nil, with(post, "Upload-Metadata", "case "+b64("../../../../../../../../etc/passw")+",digest "+b64(h.pages[0].digest)), 400, platform.CodeMalformed},
		{"unknown case", "POST", "/v1/uploads", nil, with(post, "Upload-Metadata", "case "+b64(key)+",digest "+b64(h.pages[0].digest)), 404, platform.CodeUnknownCase},
		{"version of patch", "PATCH", "/v1/uploads/" + id, file, with(patch, "Tus-Resumable", ""), 412, platform.CodeTusVersion},
		{"content type", "PATCH", "/v1/uploads/" + id, file, with(patch, "Content-Type", "text/plain"), 415, platform.CodeMediaType},
		{"wrong offset", "PATCH", "/v1/uploads/" + id, file[1:], with(patch, "Upload-Offset", "1"), 409, platform.CodeOffsetConflict},
		{"no offset", "PATCH", "/v1/uploads/" + id, file, with(patch, "Upload-Offset", ""), 400, platform.CodeMalformed},
		{"negative offset", "PATCH", "/v1/uploads/" + id, file, with(patch, "Upload-Offset", "-1"), 400, platform.CodeMalformed},
		{"overlong", "PATCH", "/v1/uploads/" + id, append(bytes.Clone(file), 0), patch, 413, platform.CodeTooLarge},
		{"unknown upload", "PATCH", "/v1/uploads/" + strings.Repeat("0", 32), file, patch, 404, platform.CodeNotFound},
	} {
		res := b.raw(c.method, c.path, bytes.NewReader(c.body), c.headers...)
		if got := code(t, res); res.StatusCode != c.status || got != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.name, res.StatusCode, got, c.status, c.code)
		}
	}
	if n := offset(t, b, id); n != 0 {
		t.Errorf("after all that the offset is %d", n)
	}
	if res := b.raw("HEAD", "/v1/uploads/"+id, http.NoBody); res.StatusCode != 412 || res.Header.Get("Tus-Version") != "1.0.0" {
		t.Errorf("HEAD without version: %d", res.StatusCode)
	}
	b.send(h)
}

// TestChunkedOverlong sends more than was announced without saying how much beforehand.
func TestChunkedOverlong(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h, id := withUpload(t, b, 1000)
	body := struct{ *bytes.Reader }{bytes.NewReader(append(bytes.Clone(h.pages[0].file), make([]byte, 10)...))}
	res := b.raw("PATCH", "/v1/uploads/"+id, body, "Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream", "Upload-Offset", "0")
	if got := code(t, res); res.StatusCode != 413 || got != platform.CodeTooLarge {
		t.Errorf("%d %s", res.StatusCode, got)
	}
	if n := offset(t, b, id); n != int64(len(h.pages[0].file)) {
		t.Errorf("offset is %d, the page has %d", n, len(h.pages[0].file))
	}
	b.send(h)
}

// TestTwoSendersOfOnePage lets two connections send the same page at once; both end, and the page is whole.
func TestTwoSendersOfOnePage(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h, _ := withUpload(t, b, 4*platform.Chunk)
	errs := make(chan error, 2)
	for range 2 {
		go func() { errs <- b.upload(h, 0) }()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	b.send(h)
}

func TestSmallChunks(t *testing.T) {
	s := serve(t, t.TempDir())
	b := enrolled(t, s, "360001")
	h, id := withUpload(t, b, 100)
	file := h.pages[0].file
	for at := 0; at < len(file); at += 1000 {
		part := file[at:min(at+1000, len(file))]
		res := b.raw("PATCH", "/v1/uploads/"+id, bytes.NewReader(part), "Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream", "Upload-Offset", strconv.Itoa(at))
		if res.StatusCode != http.StatusNoContent || res.Header.Get("Upload-Offset") != strconv.Itoa(at+len(part)) {
			t.Fatalf("at %d: %d, offset %q", at, res.StatusCode, res.Header.Get("Upload-Offset"))
		}
	}
	b.send(h)
	if len(file) < sealed.HeadSize {
		t.Error("the file is too short to be cut up")
	}
}
