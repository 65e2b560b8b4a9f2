package daemon

import (
	"net/http"
	"runtime/debug"
	"strconv"

	"kiosk/device/localapi"
)

// route is one line of the table.
type route struct {
	method string
	path   string
	who    right
	serve  func(*Server, *Parts, http.ResponseWriter, *request) error
}

// routes is the whole local API. What is not here does not exist, and who is not named here may not.
var routes = []route{
	{"GET", localapi.PathState, app | staff | ops, (*Server).state},
	{"GET", localapi.PathEvents, app | staff | ops, (*Server).events},
	{"POST", localapi.PathIntents, app, (*Server).intent},
	{"GET", localapi.PathPictures + "{id}", app, (*Server).picture},
	{"GET", localapi.PathCameras + "{name}/preview", app, (*Server).preview},
	{"GET", localapi.PathDevices, staff | ops, (*Server).devices},
	{"GET", localapi.PathQueue, staff | ops, (*Server).queue},
	{"GET", localapi.PathCases + "{number}", staff | ops, (*Server).oneCase},
	{"GET", localapi.PathAudit, ops, (*Server).audit},
	{"POST", localapi.PathEnrol, app | ops, (*Server).enrol}, // app only while unenrolled
}

// request is a checked request: the caller may make it.
type request struct {
	*http.Request
	who right
}

// maxBody of a POST, in bytes.
const maxBody = 256 << 10

// handler builds the one handler of the table.
func (s *Server) handler() http.Handler {
	byPath := map[string][]route{}
	for _, r := range routes {
		byPath[r.path] = append(byPath[r.path], r)
	}
	mux := http.NewServeMux()
	for path, list := range byPath {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { s.dispatch(list, w, r) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.dispatch(nil, w, r) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.survive(w, r)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

// dispatch checks who calls before it says anything about what there is.
func (s *Server) dispatch(list []route, w http.ResponseWriter, r *http.Request) {
	c, has := rights(s.cfg.Access, r)
	if fromBrowser(r) {
		s.refuse(w, r, c, problem(localapi.CodeForbidden, "requests of web pages are not taken"))
		return
	}
	if has == 0 {
		s.refuse(w, r, c, problem(localapi.CodeForbidden, "this user has no rights here"))
		return
	}
	if list == nil {
		s.refuse(w, r, c, problem(localapi.CodeNotFound, "there is no such route"))
		return
	}
	for _, route := range list {
		if route.method != r.Method {
			continue
		}
		if route.who&has == 0 {
			s.refuse(w, r, c, problem(localapi.CodeForbidden, "this route is for "+names(route.who)))
			return
		}
		parts := s.parts.Load()
		if parts == nil {
			w.Header().Set("Retry-After", "1")
			write(w, problem(localapi.CodeStarting, ""))
			return
		}
		if err := route.serve(s, parts, w, &request{r, has}); err != nil {
			s.refuse(w, r, c, asProblem(s.cfg.Log, err))
		}
		return
	}
	w.Header().Set("Allow", list[0].method)
	p := problem(localapi.CodeNotFound, "this route has another method")
	p.Status = http.StatusMethodNotAllowed
	s.refuse(w, r, c, p)
}

// names lists rights for people.
func names(who right) string {
	text := ""
	for _, one := range []right{app, staff, ops} {
		if who&one != 0 {
			if text != "" {
				text += ", "
			}
			text += one.String()
		}
	}
	return text
}

// refuse answers with a problem and notes it: the code and the kernel's word on the caller, nothing that was sent.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, c caller, p *localapi.Problem) {
	uid := "unknown"
	if c.err == nil && c.uid <= 999999 { // more does not fit into the event
		uid = strconv.FormatUint(uint64(c.uid), 10)
	}
	s.cfg.Log.Info("request refused", "code", p.Code, "status", p.Status, "method", r.Method, "uid", uid)
	if parts := s.parts.Load(); parts != nil {
		parts.Audit.Event(EventRefused, "code", p.Code, "uid", uid)
	}
	write(w, p)
}

// EventRefused is the audit event of a request that was not served.
const EventRefused = "api-refused"

// survive answers for a handler that panicked.
func (s *Server) survive(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	// The value of a panic may quote what a citizen typed: only places are written.
	s.cfg.Log.Error("request handler panicked", "method", r.Method, "stack", string(debug.Stack()))
	write(w, problem(localapi.CodeInternal, ""))
}
