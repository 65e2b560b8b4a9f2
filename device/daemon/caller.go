package daemon

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"

	"golang.org/x/sys/unix"

	"kiosk/device/settings"
)

// right is a set of those who may call a route.
type right uint8

// Rights. One user may have several.
const (
	app   right = 1 << iota // the screen
	staff                   // people of the hall
	ops                     // operations
)

func (r right) String() string {
	switch {
	case r&ops != 0:
		return "ops"
	case r&staff != 0:
		return "staff"
	case r&app != 0:
		return "app"
	}
	return "nobody"
}

// caller is the process at the other end, by the kernel's word.
type caller struct {
	uid uint32
	err error // why the kernel did not say
}

type callerKey struct{}

// withCaller asks the kernel once per connection.
func withCaller(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, callerKey{}, peer(c))
}

func peer(c net.Conn) caller {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return caller{err: errors.New("not a unix socket")}
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return caller{err: err}
	}
	var cred *unix.Ucred
	var asked error
	err = raw.Control(func(fd uintptr) {
		cred, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err = errors.Join(err, asked); err != nil {
		return caller{err: err}
	}
	return caller{uid: cred.Uid}
}

// rights of whoever sent a request.
func rights(access settings.Access, r *http.Request) (caller, right) {
	c, ok := r.Context().Value(callerKey{}).(caller)
	if !ok || c.err != nil {
		return c, 0
	}
	var has right
	if slices.Contains(access.App, c.uid) {
		has |= app
	}
	if slices.Contains(access.Staff, c.uid) {
		has |= staff
	}
	if slices.Contains(access.Ops, c.uid) {
		has |= ops
	}
	return c, has
}

// host is the only name that requests may carry; localapi's client sends it.
const host = "kioskd"

// fromBrowser recognises requests that a web page made: nothing that a citizen reaches may steer the daemon.
func fromBrowser(r *http.Request) bool {
	if r.Host != host {
		return true
	}
	for name := range r.Header {
		if name == "Origin" || name == "Referer" || len(name) > 10 && name[:10] == "Sec-Fetch-" {
			return true
		}
	}
	return false
}
