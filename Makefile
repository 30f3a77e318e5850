PYTHON := .venv/bin/python
CHECKERS := tests/node_modules/.package-lock.json
LIGHTHOUSE := tools/lighthouse/node_modules/.package-lock.json
CATALOGUES := $(wildcard locale/id/*/*.po locale/django/id/*/*.po)
# An Indonesian message must match the English one in these points; msgfmt compares others.
SHARED := endpunc endwhitespace newlines pythonbraceformat startwhitespace xmltags
COMPARE := .venv/bin/pofilter --progress=none --language=id $(SHARED:%=--test=%)
unexport PYTHONHOME PYTHONPATH

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /make \1	/p' Makefile | expand -t 18

run: export PORTAL_DEBUG = 0
run: export PORTAL_STATIC_ROOT = $(CURDIR)/staticfiles
run: staticfiles ## set up the portal and serve it on http://127.0.0.1:8000 (PORT=8001, PORTAL_DATA_DIR=folder)
	@exec setpriv --pdeathsig TERM $(PYTHON) manage.py serve # so that the server ends when make is killed

dev: export PORTAL_DEBUG = 1
dev: environment ## serve for developers: reload when a file changes, show errors
	@exec $(PYTHON) manage.py serve

test: test-environment $(CHECKERS) ## run all tests that this machine can run, with a sample of the pages in a browser (ARGS="-k health")
	@$(PYTHON) -m pytest $(ARGS)

quick: test-environment $(CHECKERS) ## run the tests without browsers, servers and sweeps over the whole site, on all cores (ARGS="-k search")
	@$(PYTHON) -m pytest -n auto --dist worksteal -m "not browser and not system and not slow" --hypothesis-profile=quick $(ARGS)

test-postgres: test-environment $(CHECKERS) ## run the tests on a temporary PostgreSQL server (ARGS="-k triggers")
	@$(PYTHON) -m tests.support.postgres $(PYTHON) -m pytest $(ARGS)

test-pages: test-environment $(CHECKERS) ## test every page in the browser: takes minutes
	@$(PYTHON) -m pytest tests/browser/test_pages.py --every-page $(ARGS)

lighthouse: test-environment staticfiles $(LIGHTHOUSE) ## measure pages on a simulated phone; use an idle machine
	@$(PYTHON) -m tools.lighthouse.measure

bench: test-environment staticfiles ## measure speed, size and memory for docs/bench.md: ten minutes on an idle machine
	@PORTAL_STATIC_ROOT=$(CURDIR)/staticfiles $(PYTHON) -m tools.bench

soak: MINUTES = 60
soak: test-environment staticfiles ## measure how memory and open files of a busy portal grow per hour (MINUTES=20)
	@PORTAL_STATIC_ROOT=$(CURDIR)/staticfiles $(PYTHON) -m tools.soak $(MINUTES)

cluster: test-environment staticfiles ## run nginx, two nodes, PostgreSQL and its standby on five addresses, as root, until Ctrl-C
	@PORTAL_STATIC_ROOT=$(CURDIR)/staticfiles $(PYTHON) -m tools.cluster

drill: test-environment staticfiles ## break the database, the disk and the workers, for docs/drill.md: ten minutes, as root
	@PORTAL_STATIC_ROOT=$(CURDIR)/staticfiles $(PYTHON) -m tools.drill

guide: export PORTAL_STATIC_ROOT = $(CURDIR)/staticfiles
guide: test-environment staticfiles ## take the pictures of the two guides again
	@$(PYTHON) -m tools.guide_pictures

licences: environment ## list the licences of all packages, and of the data in them, in docs/licences.md
	@$(PYTHON) -m tools.licences >docs/licences.part && mv docs/licences.part docs/licences.md

lint: export DJANGO_SETTINGS_MODULE = tests.settings
lint: test-environment ## check style, templates, settings, migrations and messages
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	find templates -name '*.html' -exec .venv/bin/djade --check --target-version 6.1 {} +
	$(PYTHON) manage.py check --fail-level WARNING
	$(PYTHON) manage.py makemigrations --check --dry-run
	@before=$$(mktemp -d); trap "rm -r $$before" EXIT; cp -r locale $$before; \
		$(MAKE) -s messages && diff -ru $$before/locale locale || \
		{ echo "locale/ was not up to date: commit what make messages changed." >&2; exit 1; }

messages: test-environment ## bring locale/ up to date with the code and compile it; fails and lists missing entries
	$(PYTHON) manage.py makemessages --locale id --no-location --no-obsolete \
		--extension html,txt,py,xhtml,opf \
		--ignore tests --ignore tools --ignore staticfiles
	@sed -i '/^"POT-Creation-Date:/d' locale/id/*/*.po # it changes with every run
	@for po in $(CATALOGUES); do msgfmt --check -o $${po%.po}.mo $$po || exit; done
	@faults=$$(for po in $(CATALOGUES); do \
		msgattrib --untranslated $$po; msgattrib --only-fuzzy $$po; $(COMPARE) $$po; done); \
		[ -z "$$faults" ] || { printf '%s\n' "$$faults"; exit 1; }

environment:
	@bin/environment portal

test-environment:
	@bin/environment test

# Collects into another folder and moves it at the end, so that readers never get half of it. The lock
# on bin/environment waits for the commands of a killed make.
staticfiles: requirements/portal.txt $(shell find $(wildcard static */static)) | environment
	@echo "Collecting static files …"
	@[ -w . ] || ! echo "The static files cannot be collected: this user may not write $(CURDIR)." >&2
	@flock bin/environment sh -ec 'rm -rf staticfiles.part; mkdir staticfiles.part; \
		PORTAL_STATIC_ROOT="$$PWD/staticfiles.part" $(PYTHON) manage.py collectstatic --noinput --verbosity 0; \
		rm -rf staticfiles; mv staticfiles.part staticfiles'

# Without npm or a network, pytest skips the tests that need these packages, and names them.
%/node_modules/.package-lock.json: %/package-lock.json
	@! command -v npm >/dev/null || (cd $* && npm ci --ignore-scripts --silent && touch node_modules/.package-lock.json) \
		|| echo "npm could not install what $< names."

.PHONY: help run dev test quick test-postgres test-pages lighthouse bench soak cluster drill guide licences lint messages environment test-environment
