# Everything people do with this project. `make help` lists it.
SHELL    := /bin/sh
BIN      := out/bin
UI       := x11 migrated_fynedo no_emoji
HEADLESS := ci migrated_fynedo no_emoji
PROGRAMS := kioskd kioskctl kioskhub kiosksim kioskdemo

help: ## list what there is to do
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

go: # the one prerequisite
	@command -v go >/dev/null || { echo "make: Go 1.26 or newer must be on the PATH (https://go.dev/dl)."; exit 1; }
	@go version | grep -qE 'go1\.(2[6-9]|[3-9][0-9])' || { echo "make: Go 1.26 or newer is needed, this is $$(go version)."; exit 1; }

setup: go ## install the Debian packages that are missing
	@packaging/setup.sh test

build: go ## build all programs into out/bin
	@mkdir -p $(BIN)
	CGO_ENABLED=0 go build -trimpath -o $(BIN)/ $(addprefix ./cmd/,$(PROGRAMS))
	CGO_ENABLED=1 go build -trimpath -tags '$(UI)' -o $(BIN)/ ./cmd/kiosk ./cmd/kioskdock

demo: go ## a whole terminal at work: with a display to touch, without one two visits played into out/demo
	@packaging/setup.sh demo
	@$(MAKE) --no-print-directory build
	$(BIN)/kioskdemo

check: go ## format, vet, staticcheck, layers
	@test -z "$$(gofmt -l . | tee /dev/stderr)"
	CGO_ENABLED=0 go vet -tags '$(HEADLESS)' ./...
	CGO_ENABLED=0 go tool staticcheck -tags '$(HEADLESS)' ./...
	CGO_ENABLED=0 go test -tags '$(HEADLESS)' -count=1 ./cmd -run 'TestLayers|TestBorders'

test: setup build check ## everything that proves this build
	CGO_ENABLED=0 go test -tags '$(HEADLESS)' ./...

torture: setup build ## kill the daemon at every write, fsync, rename and send, then at random moments
	KIOSK_TORTURE=full CGO_ENABLED=0 go test -tags '$(HEADLESS)' -count=1 -timeout 90m -v -run 'TestKill' ./cmd/kioskd

teeth: go ## take out what the promises stand on, one by one: a named test must fail each time
	packaging/teeth.sh

bench: setup build ## figures as ratios, both sides in one run
	CGO_ENABLED=0 go test -tags '$(HEADLESS)' -run '^$$' -bench . -benchtime 200x ./sync/queue ./drivers/sdt
	CGO_ENABLED=0 go test -tags '$(HEADLESS)' -run '^$$' -bench . -benchtime 20x ./cmd/kioskd
	CGO_ENABLED=0 go test -tags '$(HEADLESS)' -run '^$$' -bench . -benchtime 3x ./cmd/kiosk

fuzz: go ## each fuzz target for a while (FUZZTIME=30s)
	@for p in $$(grep -rl --include='*_test.go' 'func Fuzz' . | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -rhoE --include='*_test.go' 'func Fuzz[A-Za-z0-9]+' $$p | sed 's/func //' | sort -u); do \
	    echo "$$p $$f"; CGO_ENABLED=0 go test -tags '$(HEADLESS)' -run '^$$' -fuzz "^$$f\$$" -fuzztime $${FUZZTIME:-30s} $$p || exit 1; \
	  done; done

.PHONY: help go setup build demo check test torture teeth bench fuzz
