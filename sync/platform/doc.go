// Package platform speaks the platform API from the terminal's side: wire types and requests generated
// from docs/api/platform.yaml, and over them a client that bounds what it reads, sorts answers into the
// kinds a caller acts on, sends pages by tus 1.0 and enrols by EST (RFC 7030). It knows neither queue nor cases.
package platform

//go:generate go tool oapi-codegen -config oapi.yaml ../../docs/api/platform.yaml
