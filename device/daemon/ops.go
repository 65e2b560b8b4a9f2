package daemon

import (
	"errors"
	"net/http"
	"strconv"

	"kiosk/device"
	"kiosk/device/casefile"
	"kiosk/device/localapi"
)

// devices lists the peripherals.
func (s *Server) devices(p *Parts, w http.ResponseWriter, _ *request) error {
	list := []localapi.Device{}
	for _, d := range p.Peripherals.Devices() {
		line := localapi.Device{
			Kind: string(d.Kind), Driver: d.Driver, State: string(d.State),
			Link: string(d.Status.Link), Device: string(d.Status.Device),
			Supplies: string(d.Status.Supplies), Data: string(d.Status.Data),
			Model: d.Status.Model, Serial: d.Status.Serial, At: d.Status.At, Why: d.Why,
		}
		for _, id := range d.Status.Faults {
			f := device.FaultByID(id)
			line.Faults = append(line.Faults, localapi.Fault{
				ID: string(f.ID), Text: localapi.Text{ZH: f.ZH, EN: f.EN},
				Do: localapi.Text{ZH: f.DoZH, EN: f.DoEN}, Who: string(f.Who),
			})
		}
		list = append(list, line)
	}
	return answer(w, list)
}

// queue lists the cases on this terminal.
func (s *Server) queue(p *Parts, w http.ResponseWriter, _ *request) error {
	list := []localapi.Entry{}
	if cases := p.Cases(); cases != nil {
		records, err := cases.List()
		if err != nil {
			return err
		}
		for _, c := range records {
			list = append(list, localapi.Entry{
				Number: string(c.Number), PlatformNumber: c.PlatformNumber, Item: c.Item, State: string(c.State),
				Receipt: string(c.Receipt), Pages: c.Pages, KeptAt: c.KeptAt, ReceivedAt: c.ReceivedAt,
				Attempts: c.Attempts, LastError: c.LastError,
			})
		}
	}
	return answer(w, list)
}

// maxNumber bounds a case number in a path.
const maxNumber = 40

// oneCase finds a case by its local or platform number and answers without names.
func (s *Server) oneCase(p *Parts, w http.ResponseWriter, r *request) error {
	number := r.PathValue("number")
	if len(number) > maxNumber {
		return problem(localapi.CodeMalformed, "number is too long")
	}
	progress := p.Progress()
	if progress == nil {
		return problem(localapi.CodeNotFound, "the terminal has no cases yet")
	}
	found, err := progress.ByNumber(r.Context(), number)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return problem(localapi.CodeNotFound, "nobody knows this case")
	}
	return answer(w, aCase(found[0]))
}

func aCase(c casefile.Progress) localapi.Case {
	out := localapi.Case{
		Number: string(c.Number), PlatformNumber: c.PlatformNumber, Name: localapi.Text(c.ItemName), State: c.State,
		Local: c.Local, AsOf: c.AsOf, Events: []localapi.CaseStep{}, Contact: c.Contact,
	}
	for _, e := range c.Events {
		out.Events = append(out.Events, localapi.CaseStep(e))
	}
	return out
}

// How many audit events one call gives.
const (
	standardEvents = 100
	maxEvents      = 1000
)

// audit lists the newest events.
func (s *Server) audit(p *Parts, w http.ResponseWriter, r *request) error {
	n := standardEvents
	if text := r.URL.Query().Get("n"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > maxEvents {
			return problem(localapi.CodeMalformed, "n is a number from 1 to "+strconv.Itoa(maxEvents))
		}
	}
	list, err := p.Audit.Tail(n)
	if err != nil {
		return err
	}
	if list == nil {
		list = []localapi.Event{}
	}
	return answer(w, list)
}

// maxCode bounds an enrolment code.
const maxCode = 64

// enrol takes the one-time code. The app may bring it only while the terminal is nobody's.
func (s *Server) enrol(p *Parts, w http.ResponseWriter, r *request) error {
	var body struct {
		Code string `json:"code"`
	}
	if err := read(w, r, &body); err != nil {
		return err
	}
	if r.who&ops == 0 && p.Standing().Enrolled {
		return problem(localapi.CodeForbidden, "the terminal is enrolled already")
	}
	if body.Code == "" || len(body.Code) > maxCode {
		return problem(localapi.CodeMalformed, "code is missing or too long")
	}
	if err := p.Enrol(r.Context(), body.Code); err != nil {
		var known *localapi.Problem
		if errors.As(err, &known) || errors.Is(err, casefile.ErrOffline) {
			return err
		}
		s.cfg.Log.Warn("enrolment failed", "error", err)
		return problem(localapi.CodeEnrol, "")
	}
	s.Poke()
	w.WriteHeader(http.StatusNoContent)
	return nil
}
