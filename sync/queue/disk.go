package queue

import (
	"errors"
	"os"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// disk is the file system as this package changes it. Everything that a kept case rests on goes through it, so that a test
// can count the calls, fail each and end the process at each.
type disk struct {
	// before is asked ahead of each call; its error takes the place of the call. Syncs ask at the same time. nil in the product.
	before func(call) error
	// fsync stands in for (*os.File).Sync, of files and folders. nil in the product.
	fsync func(*os.File) error
}

// call is one change.
type call struct {
	op   string // mkdir, create, write, sync, rename, syncdir, remove, commit
	path string
	to   string // of a rename
	file *file  // of a create, write or sync
	off  int64  // of a write
	data []byte // of a write
}

func (d disk) ask(c call) error {
	if d.before == nil {
		return nil
	}
	return d.before(c)
}

// file is an open file that is written through a disk.
type file struct {
	disk disk
	f    *os.File
	path string // at creation
	end  int64
}

func (d disk) create(path string) (*file, error) {
	f := &file{disk: d, path: path}
	if err := d.ask(call{op: "create", path: path, file: f}); err != nil {
		return nil, err
	}
	var err error
	if f.f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *file) Write(p []byte) (int, error) {
	n, err := f.WriteAt(p, f.end)
	f.end += int64(n)
	return n, err
}

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	if err := f.disk.ask(call{op: "write", path: f.path, file: f, off: off, data: p}); err != nil {
		return 0, err
	}
	return f.f.WriteAt(p, off)
}

// syncFile returns when the file's bytes are on the medium. Everything the project promises about kept files stands on
// this function and on syncDir.
func (d disk) syncFile(f *file) error {
	if err := d.ask(call{op: "sync", path: f.path, file: f}); err != nil {
		return err
	}
	return d.flush(f.f)
}

// syncFiles syncs several files, a few at a time, so that the waits for the medium overlap. All have been tried when it returns.
func syncFiles(files []*file) error {
	room := make(chan struct{}, 8)
	errs := make([]error, len(files))
	var group sync.WaitGroup
	for i, f := range files {
		room <- struct{}{}
		group.Go(func() {
			errs[i] = f.disk.syncFile(f)
			<-room
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// syncDir returns when the folder's names are on the medium.
func (d disk) syncDir(path string) error {
	if err := d.ask(call{op: "syncdir", path: path}); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return d.flush(f)
}

func (d disk) flush(f *os.File) error {
	if d.fsync != nil {
		return d.fsync(f)
	}
	return f.Sync()
}

func (d disk) rename(from, to string) error {
	if err := d.ask(call{op: "rename", path: from, to: to}); err != nil {
		return err
	}
	return os.Rename(from, to)
}

func (d disk) remove(path string) error {
	if err := d.ask(call{op: "remove", path: path}); err != nil {
		return err
	}
	return os.Remove(path)
}

func (d disk) mkdir(path string) error {
	if err := d.ask(call{op: "mkdir", path: path}); err != nil {
		return err
	}
	return os.Mkdir(path, 0o700)
}

// commit runs one transaction; bbolt fsyncs before it returns.
func (d disk) commit(db *bolt.DB, change func(*bolt.Tx) error) error {
	if err := d.ask(call{op: "commit", path: db.Path()}); err != nil {
		return err
	}
	return db.Update(change)
}

// copies is one sealed file in every folder. A write is done when all have it.
type copies []*file

func (c copies) Write(p []byte) (int, error) {
	for _, f := range c {
		if n, err := f.Write(p); err != nil {
			return n, err
		}
	}
	return len(p), nil
}

func (c copies) WriteAt(p []byte, off int64) (int, error) {
	for _, f := range c {
		if n, err := f.WriteAt(p, off); err != nil {
			return n, err
		}
	}
	return len(p), nil
}

func (c copies) close() {
	for _, f := range c {
		_ = f.f.Close() // nothing hangs on it: what counts was synced before
	}
}
