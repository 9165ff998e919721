# Everything Loa needs is installed into .venv by itself; `make run` and `make test` are all a newcomer types.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CAMPAIGN ?= thang-hanh-dong-2027

.PHONY: run test test-slow live-test check format bench docs pictures constraints clean

run: $(VENV)/.installed
	@$(BIN)/loa rehearse $(CAMPAIGN)
	@exec $(BIN)/loa run

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -m "not slow and not live" -n 3 --dist worksteal -q

test-slow: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[specs]"
	$(BIN)/python -m pytest -q tests/channels -k "meta_knows or google_says or google_names"
	$(BIN)/python -m pytest -m slow -q -s

live-test: $(VENV)/.installed-dev
	bash tests/live/install.sh $(BIN)
	$(BIN)/python -m pytest -m live tests/live -q -s

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not slow and not live" -n 3 --dist worksteal -q --cov --cov-report=term:skip-covered

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-dev
	$(BIN)/python -m bench

# what the pages take from the code; tests/test_house.py says when it is stale
docs: $(VENV)/.installed-dev
	$(BIN)/python -m docs.derived

# the pictures of the README, from the real program (needs Debian's chromium and fonts-noto-core)
pictures: $(VENV)/.installed-dev
	$(BIN)/python -m docs.pictures.draw

# exact versions of what is installed now, without addresses
constraints: $(VENV)/.installed-dev
	$(BIN)/python -m pip freeze --exclude-editable --exclude loa | sort -f > constraints.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Loa cần Python 3.11 trở lên / Loa needs Python 3.11 or newer"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Thiếu venv; trên Debian: apt install python3-venv"; exit 1; }

$(VENV)/.installed: $(BIN)/python pyproject.toml constraints.txt
	@echo "Đang cài đặt Loa vào $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,speed]"
	@touch $@
