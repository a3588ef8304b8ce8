# Two commands: `make run` makes the results, `make test` passes the tests. Each sets up what it needs
# in .venv, once.
.POSIX:
.PHONY: run test cases verify rerun refresh check-sources unlock path lint docs cluster bench pins clean
PYTHON = python3.11
BIN = .venv/bin

run: path .venv/run.stamp
	$(BIN)/snakemake --cores 4

test: path .venv/test.stamp
	$(BIN)/python -m pytest

# Are the results as the run recorded them, and do all types follow from the sources?
verify: path .venv/run.stamp
	$(BIN)/smstra verify

# Every other case whose tables are in the project, but for lau-europe, which benchmarks/ runs.
cases: path .venv/run.stamp
	$(BIN)/snakemake --cores 4 --config cases=be-origin,be-income,dk,se-stockholm,se,es,eu-cities,eu-nuts3
	$(BIN)/smstra verify

# Everything once more, held against what was there before, which moves to shipped/ and stays.
rerun: path .venv/run.stamp
	test -d shipped || mv results shipped
	$(BIN)/snakemake --cores 4 --forceall
	for m in shipped/*/audit/manifest.jsonl; do $(BIN)/smstra verify --manifest "$$m" || exit; done

# These two ask the network. MORE="--config cases=be" names one case, datasets=... one table.
refresh: path .venv/run.stamp
	$(BIN)/snakemake refresh --cores 4 --keep-going $(MORE)

check-sources: path .venv/run.stamp
	$(BIN)/smstra check-sources

# A killed run leaves Snakemake's lock; only when no other run is going on.
unlock:
	$(BIN)/snakemake --unlock

path:
	@case "$$PWD" in *" "*) echo "smstra: $$PWD: Snakemake cannot start jobs from a path with a space in it; move the folder to a path without one." >&2; exit 1;; esac

lint: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/Snakefile workflow/rules
	$(BIN)/snakemake --lint

# The documentation as a site, in site/.
docs: .venv/test.stamp
	$(BIN)/mkdocs build

# What Snakemake needs to submit jobs to Slurm (docs/cluster.md).
cluster: .venv/cluster.stamp

# Some of them look at the results of `make run`.
bench: run .venv/test.stamp
	$(BIN)/python benchmarks/all.py

# The pins are hashed, so pip refuses anything that is not what was tested. Compiled once: where Python may keep
# nothing (PYTHONDONTWRITEBYTECODE), each of a hundred jobs would do it again.
.venv/run.stamp: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv || python3 -m venv .venv
	$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "smstra: Python 3.11 is needed, this is " + sys.version.split()[0] + "; make .venv with python3.11 -m venv .venv")'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q workflow/lib
	touch $@

.venv/test.stamp: .venv/run.stamp requirements-test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	touch $@

.venv/cluster.stamp: .venv/run.stamp requirements-cluster.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-cluster.txt
	touch $@

# For maintainers: write the pins anew after a change of pyproject.toml (needs uv).
PINS = uv pip compile pyproject.toml --extra build --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet
pins:
	$(PINS) --output-file requirements.txt
	$(PINS) --extra cluster --output-file requirements-cluster.txt
	$(PINS) --extra docs --extra test --output-file requirements-test.txt

clean:
	rm -rf .venv results .snakemake site
