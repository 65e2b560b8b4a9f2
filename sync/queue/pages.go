package queue

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
)

// bbolt trusts its file: one wrong byte in a page can make it panic, fault, or run for ever, and a terminal with such a file would
// never start again. So the pages are looked at before bbolt sees them. The layout is that of bbolt's format version 2
// (go.etcd.io/bbolt, internal/common: page.go, meta.go, bucket.go), numbers in the machine's own byte order:
//
//	page     id 8, flags 2, count 2, overflow 4 (pages that follow and belong to it), then elements
//	meta     magic 4, version 4, page size 4, flags 4, root 8, sequence 8, freelist 8, pages in use 8, transaction 8, FNV-64a 8
//	branch   element: position of the key from here 4, key size 4, page 8
//	leaf     element: flags 4 (1: bucket), position of the key from here 4, key size 4, value size 4
//	bucket   a leaf's value: root page 8, sequence 8; with root 0 a whole small page follows
//	freelist ids of free pages, 8 each; count 0xffff: the first 8 bytes are the count
const (
	pageHeader   = 16
	flagBranch   = 1
	flagLeaf     = 2
	flagFreelist = 16
	flagBucket   = 1
	noFreelist   = ^uint64(0)
	boltMagic    = 0xED0CDAED
	boltVersion  = 2
	maxDepth     = 32
)

var order = binary.NativeEndian

// pages is a bbolt file that is being looked at.
type pages struct {
	file []byte
	size uint64 // of a page
	used uint64 // pages below this are in use or free
	seen map[uint64]bool
}

// checkPages says what is wrong with the structure of a bbolt file. It says nothing about the records in it.
func checkPages(file []byte) error {
	p := pages{file: file, seen: map[uint64]bool{}}
	root, free, err := p.meta()
	if err != nil {
		return err
	}
	if err := p.tree(root, 0, false); err != nil {
		return err
	}
	if free != noFreelist {
		return p.freelist(free)
	}
	return nil
}

// meta finds the newer of the two meta pages that is whole.
func (p *pages) meta() (root, free uint64, err error) {
	var newest uint64
	for _, size := range []uint64{4096, 1024, 2048, 8192, 16384, 32768, 65536} {
		for i := range uint64(2) {
			at := i*size + pageHeader
			if at+64 > uint64(len(p.file)) {
				continue
			}
			m := p.file[at : at+64]
			sum := fnv.New64a()
			_, _ = sum.Write(m[:56])
			if order.Uint32(m) != boltMagic || order.Uint32(m[4:]) != boltVersion || uint64(order.Uint32(m[8:])) != size ||
				order.Uint64(m[56:]) != sum.Sum64() {
				continue
			}
			if tx := order.Uint64(m[48:]); p.size == 0 || tx > newest {
				newest, p.size = tx, size
				root, free, p.used = order.Uint64(m[16:]), order.Uint64(m[32:]), order.Uint64(m[40:])
			}
		}
	}
	switch {
	case p.size == 0:
		return 0, 0, errors.New("no meta page is whole")
	case p.used < 4 || p.used > uint64(len(p.file))/p.size:
		return 0, 0, fmt.Errorf("%d pages in %d bytes", p.used, len(p.file))
	}
	return root, free, nil
}

// page returns a page with its overflow. Each may be reached once.
func (p *pages) page(id uint64) (page []byte, flags, count int, err error) {
	if id < 2 || id >= p.used {
		return nil, 0, 0, fmt.Errorf("page %d is out of bounds", id)
	}
	page = p.file[id*p.size:]
	more := uint64(order.Uint32(page[12:]))
	if order.Uint64(page) != id || more >= p.used-id {
		return nil, 0, 0, fmt.Errorf("page %d has a wrong header", id)
	}
	for i := id; i <= id+more; i++ {
		if p.seen[i] {
			return nil, 0, 0, fmt.Errorf("page %d is used twice", i)
		}
		p.seen[i] = true
	}
	return page[:(more+1)*p.size], int(order.Uint16(page[8:])), int(order.Uint16(page[10:])), nil
}

// tree walks a bucket's pages, of the root bucket or of one in it. Buckets within those are not ours.
func (p *pages) tree(id uint64, depth int, inner bool) error {
	page, flags, count, err := p.page(id)
	if err != nil {
		return err
	}
	switch {
	case depth > maxDepth:
		return errors.New("pages are nested too deeply")
	case flags == flagLeaf:
		return p.leaf(page, count, depth, inner)
	case flags != flagBranch || count == 0:
		return fmt.Errorf("page %d is neither branch nor leaf", id)
	}
	var last []byte
	for i := range count {
		element, err := span(page, pageHeader+16*i, 16)
		if err != nil {
			return err
		}
		key, err := span(page, pageHeader+16*i+int(order.Uint32(element)), int(order.Uint32(element[4:])))
		if err != nil {
			return err
		}
		if i > 0 && bytes.Compare(last, key) >= 0 {
			return fmt.Errorf("keys of page %d are out of order", id)
		}
		last = key
		if err := p.tree(order.Uint64(element[8:]), depth+1, inner); err != nil {
			return err
		}
	}
	return nil
}

func (p *pages) leaf(page []byte, count, depth int, inner bool) error {
	var last []byte
	for i := range count {
		at := pageHeader + 16*i
		element, err := span(page, at, 16)
		if err != nil {
			return err
		}
		keySize := int(order.Uint32(element[8:]))
		entry, err := span(page, at+int(order.Uint32(element[4:])), keySize+int(order.Uint32(element[12:])))
		if err != nil {
			return err
		}
		key, value := entry[:keySize], entry[keySize:]
		if i > 0 && bytes.Compare(last, key) >= 0 {
			return errors.New("keys of a leaf are out of order")
		}
		last = key
		isBucket := order.Uint32(element) == flagBucket
		switch {
		case isBucket == inner || !isBucket && order.Uint32(element) != 0:
			return errors.New("a bucket stands where none may, or none where one must")
		case !isBucket:
			continue
		case len(value) < 16:
			return errors.New("a bucket is too short")
		}
		if root := order.Uint64(value); root != 0 {
			err = p.tree(root, depth+1, true)
		} else if small := value[16:]; len(small) < pageHeader || order.Uint16(small[8:]) != flagLeaf {
			err = errors.New("a small bucket has no page")
		} else {
			err = p.leaf(small, int(order.Uint16(small[10:])), depth+1, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *pages) freelist(id uint64) error {
	page, flags, count, err := p.page(id)
	if err != nil {
		return err
	}
	if flags != flagFreelist {
		return fmt.Errorf("page %d is no freelist", id)
	}
	ids := page[pageHeader:]
	n := uint64(count)
	if count == 0xffff {
		n, ids = order.Uint64(ids), ids[8:]
	}
	if n > uint64(len(ids))/8 {
		return errors.New("freelist is too long")
	}
	for i := range n {
		free := order.Uint64(ids[8*i:])
		if free < 2 || free >= p.used || p.seen[free] {
			return fmt.Errorf("page %d cannot be free", free)
		}
		p.seen[free] = true
	}
	return nil
}

// span is n bytes of b from at on, if they are there.
func span(b []byte, at, n int) ([]byte, error) {
	if at < 0 || n < 0 || at > len(b) || n > len(b)-at {
		return nil, errors.New("something points out of its page")
	}
	return b[at : at+n], nil
}
