package platform

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
)

const (
	// TusVersion is the protocol version that client and platform speak (tus.io, 1.0.0, core and creation).
	TusVersion = "1.0.0"
	// Chunk is the size of one PATCH. A cut costs at most this much again.
	Chunk = 1 << 20
	// rounds without a byte of progress before Upload gives up; the caller tries again later.
	maxIdleRounds = 4
)

// Upload sends the sealed file of one page, size bytes of file, and returns when the platform has fsynced all of it.
// digest is the one that the envelope's head announces. It goes on where the platform says it is: after a cut, after a conflict,
// after a restart of either side. It ends with an error when the platform takes no more, and may then be called again.
func (c *Client) Upload(ctx context.Context, key, digest string, file io.ReaderAt, size int64) error {
	id, err := c.CreateUpload(ctx, key, digest, size)
	if err != nil {
		return err
	}
	offset, err := c.UploadOffset(ctx, id, size)
	if err != nil {
		return err
	}
	for idle := 0; offset < size; {
		next, err := c.PatchUpload(ctx, id, offset, io.NewSectionReader(file, offset, min(Chunk, size-offset)), size)
		var conflict *Conflict
		if errors.As(err, &conflict) && conflict.Code == CodeOffsetConflict {
			next, err = c.UploadOffset(ctx, id, size)
		}
		if err != nil {
			return err
		}
		if next <= offset {
			if idle++; idle == maxIdleRounds {
				return &Transport{errors.New("upload does not get on")}
			}
		} else {
			idle = 0
		}
		offset = next
	}
	return nil
}

// CreateUpload asks for a place to send a page to and returns its id.
func (c *Client) CreateUpload(ctx context.Context, key, digest string, size int64) (string, error) {
	b64 := base64.StdEncoding.EncodeToString
	p := &CreateUploadParams{
		TusResumable:   TusVersion,
		UploadLength:   size,
		UploadMetadata: "case " + b64([]byte(key)) + ",digest " + b64([]byte(digest)),
	}
	var id string
	err := c.call(ctx, 0, func(ctx context.Context) (*http.Response, error) { return c.requests.CreateUpload(ctx, p) },
		func(res *http.Response) error {
			var err error
			if res.StatusCode != http.StatusCreated {
				err = fmt.Errorf("status %d", res.StatusCode)
			} else {
				id, err = c.uploadID(res.Header.Get("Location"))
			}
			if err != nil {
				return &Transport{err}
			}
			return nil
		})
	return id, err
}

// uploadID takes the id out of a location, which must be on this platform.
func (c *Client) uploadID(location string) (string, error) {
	u, err := url.Parse(location)
	if err != nil || location == "" {
		return "", errors.New("location of the upload is missing")
	}
	u = c.base.ResolveReference(u)
	dir, id := path.Split(u.Path)
	if u.Scheme != c.base.Scheme || u.Host != c.base.Host || dir != "/v1/uploads/" || len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
		return "", errors.New("location of the upload is somewhere else")
	}
	return id, nil
}

// UploadOffset asks how much of an upload of size bytes has arrived.
func (c *Client) UploadOffset(ctx context.Context, id string, size int64) (int64, error) {
	var offset int64
	err := c.call(ctx, 0, func(ctx context.Context) (*http.Response, error) {
		return c.requests.HeadUpload(ctx, id, &HeadUploadParams{TusResumable: TusVersion})
	}, func(res *http.Response) error {
		var err error
		offset, err = uploadOffset(res, http.StatusOK, size)
		return err
	})
	return offset, err
}

// PatchUpload sends the bytes of chunk from offset on and returns the platform's new offset.
func (c *Client) PatchUpload(ctx context.Context, id string, offset int64, chunk *io.SectionReader, size int64) (int64, error) {
	p := &PatchUploadParams{TusResumable: TusVersion, UploadOffset: offset}
	var next int64
	err := c.call(ctx, chunk.Size(), func(ctx context.Context) (*http.Response, error) {
		return c.requests.PatchUploadWithBody(ctx, id, p, "application/offset+octet-stream", chunk, func(_ context.Context, r *http.Request) error {
			r.ContentLength = chunk.Size()
			return nil
		})
	}, func(res *http.Response) error {
		var err error
		next, err = uploadOffset(res, http.StatusNoContent, size)
		return err
	})
	return next, err
}

func uploadOffset(res *http.Response, status int, size int64) (int64, error) {
	if res.StatusCode != status {
		return 0, &Transport{fmt.Errorf("status %d", res.StatusCode)}
	}
	n, err := strconv.ParseInt(res.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || n < 0 || n > size {
		return 0, &Transport{errors.New("offset of the upload makes no sense")}
	}
	return n, nil
}
