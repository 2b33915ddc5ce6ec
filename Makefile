# Short names for what is done often; `make` lists them. Run in the virtual environment.
.PHONY: help check fast test long thorough report lock licences sbom audit
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
thorough: ## the tests by properties, on other examples each time, and twenty times as many
	pytest -m "not slow" --hypothesis-profile=thorough
report: ## reports/report.html of the archived study, in about a minute
	dvc repro prepare && tinyner report --from results/full.jsonl.xz --from quarter-=results/quarter.jsonl.xz --from weak-=results/quarter-weak.jsonl.xz --from decoders-=results/decoders.jsonl.xz
lock: ## requirements.lock anew, with hashes (pip install uv)
	( grep '^#' requirements.lock; ( echo "-c constraints.txt"; grep -vE '^(-|#|torch==)' requirements.txt; \
	  printf '%s\n' filelock sympy networkx mpmath setuptools ) | \
	  uv pip compile - --universal --python-version 3.11 --generate-hashes --no-header --quiet ) > requirements.lock.new
	mv requirements.lock.new requirements.lock
licences: ## docs/licences.md anew; fails for a licence that nobody has looked at
	python bench/licences.py > docs/licences.md
sbom: ## sbom.json, all that is locked and torch, as CycloneDX (pip install cyclonedx-bom)
	{ cat requirements.lock; grep '^torch==' requirements.txt; } | cyclonedx-py requirements - --pyproject pyproject.toml --output-reproducible -o sbom.json
audit: ## known vulnerabilities of what is locked and of torch (pip install pip-audit); needs its service on the network
	pip-audit --strict --require-hashes --disable-pip -r requirements.lock
	grep '^torch==' requirements.txt | pip-audit --strict --no-deps --disable-pip -r /dev/stdin
