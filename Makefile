# "make help" lists the targets.
#
# All builds use the same flags, so that tests run what is shipped. HAVE_FDATASYNC lets
# SQLite sync a file without its timestamps, which is faster and writes less to flash.

GO        ?= go
CGO_CFLAGS := -O2 -DHAVE_FDATASYNC=1
TAGS      := sqlite_omit_load_extension
FUZZTIME  ?= 60s
SEED      ?= 1
KILLS     ?= 100
MESSAGES  ?= 500
CUTS      ?= 50
LINT      := v2.15.0
SBOM      := v1.10.0

# A test that fails must fail its target also where its output goes through grep.
SHELL       := /bin/bash
.SHELLFLAGS := -o pipefail -c

export CGO_ENABLED = 1
export CGO_CFLAGS TAGS SBOM

.PHONY: help run test test-web screenshots race fuzz crash power trouble matrix soak strangers attack hosted listen memory bench lint fmt build man deb apt-repo openapi types e2e clean setup

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 8

setup:
	@scripts/setup.sh

run: build ## start the gateway on a modem, or on a simulated network if there is none
	@bin/simgate try

# The default limit of go test, ten minutes, is too short for gateway on a busy machine.
test: setup ## run all tests, with the race detector and in random order
	$(GO) test -tags $(TAGS) -race -shuffle=on -timeout 20m ./...

test-web: setup ## walk through the pages with headless Chromium, if there is one
	$(GO) test -tags "$(TAGS) web" -count=1 -timeout 10m -run TestWeb ./cmd/simgate
	$(GO) test -tags "$(TAGS) web" ./api/web/translation

screenshots: setup ## make the pictures of the documentation from the running demo, with headless Chromium
	@mkdir -p docs/pictures
	$(GO) test -tags "$(TAGS) web" -count=1 -timeout 5m -run TestWebScreenshots ./cmd/simgate -web.screenshots=$(CURDIR)/docs/pictures

race: setup ## run the tests of concurrent code five times
	$(GO) test -tags $(TAGS) -race -shuffle=on -count=5 -timeout 60m ./modem/... ./gateway/... ./api/...

fuzz: setup ## fuzz each parser for FUZZTIME (60s)
	@scripts/fuzz.sh $(FUZZTIME) $(TAGS)

crash: setup ## kill -9 the daemon KILLS (100) times while it sends MESSAGES (500)
	$(GO) test -tags $(TAGS) -count=1 -timeout 2h -run TestKill -v ./cmd/simgate -kills=$(KILLS) -messages=$(MESSAGES)

power: setup ## cut the power of a daemon that sends CUTS (50) times, and start it on what the disk has kept
	$(GO) test -tags $(TAGS) -count=1 -timeout 30m -run TestPowerCuts -v ./cmd/simgate -cuts=$(CUTS)

trouble: setup ## fill the disk of a daemon and empty it, beside slow clients
	$(GO) test -tags $(TAGS) -count=1 -timeout 30m -run TestFullDisk -v ./cmd/simgate

matrix: setup ## let each command of start, send and receive fail at each octet
	$(GO) test -tags $(TAGS) -count=1 -timeout 30m -run TestFaultMatrix -v ./modem -matrix | grep -E 'cases|^(---|ok|FAIL)|^    --- FAIL'

soak: setup ## simulate thirty days of nine modems with random faults, and random histories of budgets
	$(GO) test -tags $(TAGS) -count=1 -timeout 60m -run TestSoak -v ./gateway -soak.days=30 -soak.messages=10000 -soak.seed=$(SEED) | grep -vE 'level='
	$(GO) test -tags $(TAGS) -count=1 -timeout 60m -run TestBudgetsHold -v ./gateway/line -histories=20 | grep -vE 'level='

strangers: setup ## simulate a month of strangers and honest people at the guard, ten times, and a week at the budgets of a SIM
	$(GO) test -tags $(TAGS) -count=1 -timeout 60m -run TestStrangersAndPeople -v ./gateway/guard -histories=10 -days=30 -seed=$(SEED)
	$(GO) test -tags $(TAGS) -count=1 -timeout 60m -run TestStrangersUseUp ./gateway -histories=10 -days=7 -seed=$(SEED)

attack: setup ## flood the web form of an app of a running daemon for ten minutes, while people verify themselves
	$(GO) test -tags $(TAGS) -count=1 -timeout 30m -run TestAttack -v ./cmd/simgate -attack.for=10m -attack.rate=500

hosted: build ## let published clients with a built-in host use simgate, in a network namespace
	@scripts/hosted.sh bin/simgate

listen: build ## have pocketsphinx listen to digits among other voices, beside espeak-ng alone
	@scripts/listen.sh bin/simgate

memory: build ## measure the memory of the daemon with four modems
	@SIMGATE_BIN=$(CURDIR)/bin/simgate $(GO) test -tags $(TAGS) -count=1 -run TestMemory -v ./cmd/simgate | grep -E 'MB|^(ok|FAIL)'

bench: build ## measure the performance
	@scripts/bench.sh $(TAGS)

lint: setup bin/golangci-lint-$(LINT) ## check the code and the imports between the packages, for 32 bits too
	$(GO) vet -tags $(TAGS) ./...
	bin/golangci-lint-$(LINT) run --build-tags $(TAGS)
	@if command -v arm-linux-gnueabi-gcc >/dev/null; then \
		echo "$(GO) vet ./... for ARM, where an int has 32 bits"; \
		GOARCH=arm GOARM=6 CC=arm-linux-gnueabi-gcc CGO_CFLAGS=-O0 $(GO) vet -tags $(TAGS) ./...; \
	else \
		echo "Not checked for 32 bits: gcc-arm-linux-gnueabi is not installed, which make deb installs."; \
	fi

bin/golangci-lint-$(LINT):
	@mkdir -p bin
	GOBIN=$(CURDIR)/bin CGO_CFLAGS= $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT)
	@mv bin/golangci-lint $@

fmt: ## format the code
	$(GO) fmt ./...

# Nothing is said where nothing is compiled, so that "make run" ends with its greeting.
build: setup ## build bin/simgate
	@test -e bin/simgate || echo "Building bin/simgate. The first time this compiles SQLite: one to ten minutes."
	@$(GO) build -trimpath -tags $(TAGS) -o bin/simgate ./cmd/simgate

man: setup ## write the man pages to dist/man, and the completions to dist/completion
	@$(GO) test -tags $(TAGS) -count=1 -run TestManPages ./cmd/simgate -man=$(CURDIR)/dist/man
	@mkdir -p dist/completion
	@for shell in bash zsh fish; do $(GO) run -tags $(TAGS) ./cmd/simgate completion $$shell > dist/completion/simgate.$$shell || exit 1; done

deb: man ## build the Debian packages for amd64, arm64 and armhf into dist
	@scripts/deb.sh dist $(ARCHS)

apt-repo: ## make a signed apt source of the packages in dist/apt; APT_KEY is the id of your key
	@scripts/apt-repo.sh dist dist/apt

openapi: ## check the description of the API with redocly, and the types that are made of it
	@scripts/openapi.sh api/openapi.yaml
	@scripts/types.sh --check api/client/typescript/simgate.d.ts api/openapi.yaml

types: ## write the TypeScript types of the API, with npm
	@scripts/types.sh api/openapi.yaml api/client/typescript/simgate.d.ts

e2e: ## prove the packages in dist: contents, each architecture under qemu, fresh Debian 12 and 13
	@scripts/e2e.sh $(PARTS)

clean: ## remove build results and the state of make run
	rm -rf bin dist .simgate .simgate-*
