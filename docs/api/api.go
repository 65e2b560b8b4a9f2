// Package api holds the contracts of the terminal as files: schemas, OpenAPI documents and catalogues.
// It contains no logic.
package api

import "embed"

// Files are the contracts by name, for example "kioskd.schema.json".
//
//go:embed *.json
var Files embed.FS
