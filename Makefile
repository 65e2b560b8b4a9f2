# Everything people do with this project. `make help` lists it.
UITAGS   := x11 migrated_fynedo no_emoji
TESTTAGS := ci migrated_fynedo no_emoji

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  \1\t\2/' | expand -t 12
.PHONY: help
