package hub

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kiosk/device/sealed"
	"kiosk/sync/platform"
)

// Bounds of an upload.
const (
	minUpload  = sealed.HeadSize + 1
	maxUpload  = sealed.HeadSize + sealed.MaxBody
	blockSize  = 1 << 20          // fsynced and counted at once
	blockStall = 60 * time.Second // a sender must bring a block, or its end, in this time
	maxMeta    = 1024
)

// pageFiles are the sealed pages on disk, one folder for each case. What of a file counts is said by Upload.Offset in the store.
type pageFiles struct {
	dir   string
	locks [32]sync.Mutex // by upload id; held while a block is written, never while one is awaited
}

func (p *pageFiles) path(key, digest string) string { return filepath.Join(p.dir, key, digest) }

var lockSeed = maphash.MakeSeed()

func (p *pageFiles) lock(id string) *sync.Mutex {
	return &p.locks[maphash.String(lockSeed, id)%uint64(len(p.locks))]
}

// create makes the empty file and its folder, both durable.
func (p *pageFiles) create(key, digest string) error {
	path := p.path(key, digest)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close(), syncDir(filepath.Dir(path)), syncDir(p.dir))
}

// write puts a block in its place and fsyncs.
func (p *pageFiles) write(u Upload, block []byte) error {
	f, err := os.OpenFile(p.path(u.CaseKey, u.Digest), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(block, u.Offset)
	return errors.Join(err, f.Sync(), f.Close())
}

// whole says whether a file of full length is the sealed page that was announced.
func (p *pageFiles) whole(u Upload) (bool, error) {
	f, err := os.Open(p.path(u.CaseKey, u.Digest))
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	head, err := sealed.ReadHead(f)
	if errors.Is(err, sealed.ErrHead) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if head.Claimed.Body.Hex() != u.Digest {
		return false, nil
	}
	err = sealed.CheckBody(head.Claimed, f)
	if errors.Is(err, sealed.ErrBody) {
		return false, nil
	}
	return err == nil, err
}

func (h *Hub) optionsUploads(w http.ResponseWriter, _ *http.Request, _ Terminal) error {
	tusVersion(w)
	w.Header().Set("Tus-Extension", "creation")
	w.Header().Set("Tus-Max-Size", strconv.FormatInt(maxUpload, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func tusVersion(w http.ResponseWriter) {
	w.Header().Set("Tus-Resumable", platform.TusVersion)
	w.Header().Set("Tus-Version", platform.TusVersion)
}

// tus checks the protocol version of a request.
func tus(w http.ResponseWriter, r *http.Request) error {
	tusVersion(w)
	if r.Header.Get("Tus-Resumable") != platform.TusVersion {
		return &problem{status: http.StatusPreconditionFailed, code: platform.CodeTusVersion, title: "tus 1.0.0 is spoken here"}
	}
	return nil
}

func (h *Hub) createUpload(w http.ResponseWriter, r *http.Request, t Terminal) error {
	if err := tus(w, r); err != nil {
		return err
	}
	length, err := strconv.ParseInt(r.Header.Get("Upload-Length"), 10, 64)
	if err != nil || length < minUpload {
		return bad("upload length is not that of a sealed file")
	}
	if length > maxUpload {
		return errTooLarge
	}
	key, digest, err := uploadMetadata(r.Header.Get("Upload-Metadata"))
	if err != nil {
		return err
	}
	c, err := h.store.Case(r.Context(), key)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err != nil || c.Terminal != t.Number || !slices.ContainsFunc(c.Pages, func(p Page) bool { return p.Digest == digest }) {
		return errUnknownCase
	}
	if err := h.pages.create(key, digest); err != nil {
		return fmt.Errorf("cannot make a page: %w", err)
	}
	var id [16]byte
	_, _ = rand.Read(id[:])
	u, err := h.store.AddUpload(r.Context(), Upload{ID: hex.EncodeToString(id[:]), CaseKey: key, Digest: digest, Length: length})
	if errors.Is(err, ErrConflict) {
		return errConflict
	}
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/uploads/"+u.ID)
	w.Header().Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
	w.WriteHeader(http.StatusCreated)
	return nil
}

// uploadMetadata reads "case BASE64,digest BASE64".
func uploadMetadata(s string) (key, digest string, err error) {
	if len(s) > maxMeta {
		return "", "", bad("upload metadata is too long")
	}
	values := map[string]string{}
	for pair := range strings.SplitSeq(s, ",") {
		name, b64, _ := strings.Cut(strings.TrimSpace(pair), " ")
		b, err := base64.StdEncoding.DecodeString(b64)
		if _, twice := values[name]; err != nil || twice {
			return "", "", bad("upload metadata cannot be read")
		}
		values[name] = string(b)
	}
	key, digest = values["case"], values["digest"]
	if !sealed.ValidCase(key) || len(digest) != 64 || strings.Trim(digest, "0123456789abcdef") != "" {
		return "", "", bad("upload metadata names no case or no digest")
	}
	return key, digest, nil
}

// upload finds the caller's upload.
func (h *Hub) upload(ctx context.Context, id string, t Terminal) (Upload, error) {
	u, err := h.store.Upload(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return Upload{}, errNone
	}
	if err != nil {
		return Upload{}, err
	}
	c, err := h.store.Case(ctx, u.CaseKey)
	if err != nil {
		return Upload{}, err
	}
	if c.Terminal != t.Number {
		return Upload{}, errNone
	}
	return u, nil
}

func (h *Hub) headUpload(w http.ResponseWriter, r *http.Request, t Terminal) error {
	if err := tus(w, r); err != nil {
		return err
	}
	u, err := h.upload(r.Context(), r.PathValue("id"), t)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
	w.Header().Set("Upload-Length", strconv.FormatInt(u.Length, 10))
	return nil
}

func (h *Hub) patchUpload(w http.ResponseWriter, r *http.Request, t Terminal) error {
	if err := tus(w, r); err != nil {
		return err
	}
	if r.Header.Get("Content-Type") != "application/offset+octet-stream" {
		return errMediaType
	}
	offset, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 {
		return bad("upload offset is missing")
	}
	u, err := h.upload(r.Context(), r.PathValue("id"), t)
	if err != nil {
		return err
	}
	if offset != u.Offset {
		return errOffset
	}
	if r.ContentLength > u.Length-offset {
		return errTooLarge
	}
	if u.Offset, err = h.takeBlocks(w, r, u); err != nil {
		return err
	}
	w.Header().Set("Upload-Offset", strconv.FormatInt(u.Offset, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

var errOffset = &problem{status: http.StatusConflict, code: platform.CodeOffsetConflict, title: "not the offset up to which bytes are there"}

// takeBlocks writes a body block by block. What a cut body brought is counted too.
func (h *Hub) takeBlocks(w http.ResponseWriter, r *http.Request, u Upload) (int64, error) {
	deadline := http.NewResponseController(w)
	defer func() { _ = deadline.SetReadDeadline(time.Time{}) }()
	block := make([]byte, min(blockSize, max(u.Length-u.Offset, 1)))
	for u.Offset < u.Length {
		_ = deadline.SetReadDeadline(time.Now().Add(blockStall)) // of the connection, so by its clock
		n, readErr := fill(r.Body, block[:min(int64(len(block)), u.Length-u.Offset)])
		if n > 0 {
			// A body that breaks off ends its request; what came counts all the same.
			if err := h.takeBlock(context.WithoutCancel(r.Context()), u, block[:n]); err != nil {
				return u.Offset, err
			}
			u.Offset += int64(n)
		}
		if readErr == io.EOF {
			return u.Offset, nil
		}
		if readErr != nil {
			return u.Offset, bad("body is cut off")
		}
	}
	var more [1]byte
	if n, _ := io.ReadFull(r.Body, more[:]); n > 0 {
		return u.Offset, errTooLarge
	}
	return u.Offset, nil
}

// fill reads until block is full. Unlike io.ReadFull it tells a body that ends, io.EOF, from one that is cut.
func fill(r io.Reader, block []byte) (n int, err error) {
	for n < len(block) && err == nil {
		var m int
		m, err = r.Read(block[n:])
		n += m
	}
	if n == len(block) {
		err = nil
	}
	return n, err
}

// takeBlock writes one block at u.Offset, if the upload still stands there, and checks the page when it was the last.
func (h *Hub) takeBlock(ctx context.Context, u Upload, block []byte) error {
	lock := h.pages.lock(u.ID)
	lock.Lock()
	defer lock.Unlock()
	now, err := h.store.Upload(ctx, u.ID)
	if errors.Is(err, ErrNotFound) {
		return errNone
	}
	if err != nil {
		return err
	}
	if now.Offset != u.Offset {
		return errOffset // somebody else has sent these bytes meanwhile
	}
	if err := h.pages.write(u, block); err != nil {
		return fmt.Errorf("cannot write a page: %w", err)
	}
	end := u.Offset + int64(len(block))
	if end == u.Length {
		ok, err := h.pages.whole(u)
		if err != nil {
			return fmt.Errorf("cannot check a page: %w", err)
		}
		if !ok {
			err := errors.Join(os.Truncate(h.pages.path(u.CaseKey, u.Digest), 0), h.store.DropUpload(ctx, u.ID))
			if err != nil {
				return fmt.Errorf("cannot throw an upload away: %w", err)
			}
			return refused(platform.PageAltered, "not the page that was announced")
		}
	}
	return h.store.SetOffset(ctx, u.ID, end, end == u.Length)
}
