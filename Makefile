# Short names for what is done often; `make` lists them. Run in the virtual environment.
.PHONY: help check fast test long report
help:
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/'
check: ## linters, types, declared dependencies, spelling
	ruff check . && ruff format --check . && mypy && deptry src && codespell
fast: ## the tests that start no process, train nothing and open no browser
	pytest -m "not slow"
test: ## what CI runs: everything but the tests marked long
	pytest
long: ## the tests that take minutes each
	pytest -m long
report: ## reports/report.html of the archived study, in about a minute
	dvc repro prepare && tinyner report --from results/full.jsonl.xz --from quarter-=results/quarter.jsonl.xz --from weak-=results/quarter-weak.jsonl.xz
