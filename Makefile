# clientele: see README.md for users, CONTRIBUTING.md for developers, src/README.md for the map.
#
#   make demo          all set-up, then the main job on real data    (KEEP=1 leaves the server up)
#   make check         all set-up, then every test
#   make, make install, make installcheck     as any PGXS extension, with PG_CONFIG=
#   make unit|data|newcomer|fuzz|regress|pgtap|isolation|security|docs|tap|static|sanitize  [T=name]   one kind of test
#   make versions     the SQL suites on PostgreSQL 17 and 18, fetched for the purpose; not part of check
#   make bench-NAME    test/bench/NAME.sh: our figure and the peers' from one run

EXTENSION = clientele
EXTVERSION = $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" clientele.control)
MODULE_big = clientele

# The install script is these parts in this order: each after what it depends on. A module has one part, of its own
# name, unless its parts are listed here.
PARTS_rfm = score summary bins segments rfm tracking
PARTS_splink = functions conditions import export
PARTS_consent = rules ledger state events decide source views guard
MODULES_IN_ORDER = core types text similarity rfm metrics clv affinity sequence linkage search splink golden steward consent
SQL_PARTS = src/core/header.sql \
	$(foreach m,$(MODULES_IN_ORDER),$(foreach p,$(or $(PARTS_$(m)),$(m)),src/$(m)/$(p).sql)) \
	src/core/footer.sql
ifneq ($(filter-out $(SQL_PARTS),$(wildcard src/*/*.sql)),)
$(error $(filter-out $(SQL_PARTS),$(wildcard src/*/*.sql)) is no part of the install script: see MODULES_IN_ORDER and PARTS_)
endif

SOURCES = $(sort $(wildcard src/*/*.c))
OBJS = $(SOURCES:.c=.o)
# A file that includes no server header is a pure kernel; the unit tests and fuzzers link only these.
KERNELS = $(sort $(shell grep -L '^.include "postgres.h"' $(SOURCES)))
# Libraries of their own, mapped only by the backend that calls into them.
LAZY_LIBS = $(patsubst src/%/shim.cc,clientele_%$(DLSUFFIX),$(wildcard src/*/shim.cc))

DATA_built = clientele--$(EXTVERSION).sql
DATA = $(wildcard updates/clientele--*.sql)
ifneq ($(wildcard doc/*.md),)
DOCS = $(wildcard doc/*.md)
endif
EXTRA_CLEAN = clientele--*.sql build $(wildcard src/*/*.d src/*/*.o src/*/*.bc) $(LAZY_LIBS) $(TOOLS)
TOOLS = $(patsubst %.c,%,$(wildcard tools/*.c))

REGRESS = $(sort $(patsubst sql/%.sql,%,$(wildcard sql/*.sql)))
REGRESS_OPTS = --load-extension=clientele

# Vectors are arguments of inlined functions only, so that it does not matter how the ABI passes them.
WARNINGS = -Wall -Wextra -Wmissing-prototypes -Wdeclaration-after-statement -Wno-psabi
WARNINGS_CXX = -Wall -Wextra
PG_CPPFLAGS = -isystem $(shell $(PG_CONFIG) --includedir-server) -Isrc -DCLT_VERSION='"$(EXTVERSION)"'
# Sums of floats are the same on every machine: no fused multiply-add.
PG_CFLAGS = $(WARNINGS) $(if $(WERROR),-Werror) -ffp-contract=off
# What is our own is bound when the library is linked: a fifth of what loading it takes, which the first call of a session waits for.
SHLIB_LINK = -licuuc -licui18n -lm -Wl,-Bsymbolic

PG_CONFIG ?= pg_config

# The goals below need no server to begin with (they install one), and PGXS has a "check" of its own.
KINDS = static unit data newcomer fuzz harness regress pgtap isolation security docs tap sanitize
PRIVATE_GOALS = check demo smith versions tools tools/% bench-% unit-programs fuzz-programs $(KINDS)
ifeq ($(filter $(PRIVATE_GOALS),$(MAKECMDGOALS)),)
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq ($(wildcard $(PGXS)),)
$(error $(PG_CONFIG) finds no PGXS: install postgresql-server-dev-15 (tools/setup does), or say make PG_CONFIG=/path/to/pg_config)
endif
include $(PGXS)

all: $(DATA_built) $(LAZY_LIBS)

clientele--$(EXTVERSION).sql: $(SQL_PARTS) clientele.control Makefile
	cat $(SQL_PARTS) | sed 's/@extschema@/clientele/g' > $@.tmp && mv $@.tmp $@

src/%.o: src/%.c Makefile
	$(CC) $(CFLAGS) $(CPPFLAGS) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<
-include $(OBJS:.o=.d)

SHIM_LINK_phone = -lphonenumber
clientele_%$(DLSUFFIX): src/%/shim.cc src/%/shim.h Makefile
	$(CXX) -std=c++17 -O2 -g -fPIC -fvisibility=hidden -shared $(WARNINGS_CXX) $(if $(WERROR),-Werror) \
		-isystem $(shell $(PG_CONFIG) --includedir-server) -Isrc -o $@ $< $(SHIM_LINK_$*)
install: install-lazy-libs
install-lazy-libs: $(LAZY_LIBS) installdirs-lib
	$(if $(LAZY_LIBS),$(INSTALL_SHLIB) $(LAZY_LIBS) '$(DESTDIR)$(pkglibdir)/')
.PHONY: install-lazy-libs

else
# ---- private servers, tests, demo: nothing of the system's is touched --------------------------

.PHONY: check demo versions tools $(KINDS)

check:
	@tools/setup && test/run $(KINDS)
$(KINDS) versions:
	@tools/setup && test/run $@
demo:
	@tools/setup --demo && tools/demo
# slow, and not part of check: random queries by sqlsmith; QUERIES=, SEEDS=
.PHONY: smith
smith:
	@tools/setup && test/run smith
bench-%:
	@tools/setup && test/bench/$*.sh
tools: $(TOOLS)
tools/%: tools/%.c
	$(CC) -O2 -g -Wall -Wextra -Isrc -o $@ $<

# Unit tests: a program a file, linked with all kernels. FLAVOUR and UNIT_CFLAGS choose the sanitizers.
FLAVOUR ?= plain
UNIT_CFLAGS ?= -O1 -g
UNIT_DIR = build/unit-$(FLAVOUR)
UNIT_CC ?= cc
UNIT_FLAGS = $(UNIT_CFLAGS) $(WARNINGS) -Werror -ffp-contract=off -Isrc -Itest/unit
UNIT_TESTS = $(patsubst test/unit/%.c,$(UNIT_DIR)/%,$(wildcard test/unit/test_*.c)) \
	$(patsubst test/unit/%.cc,$(UNIT_DIR)/%,$(wildcard test/unit/test_*.cc))
FUZZERS = $(patsubst test/fuzz/%.c,$(UNIT_DIR)/%,$(wildcard test/fuzz/fuzz_*.c))
UNIT_KERNELS = $(patsubst src/%.c,$(UNIT_DIR)/%.o,$(KERNELS))

unit-programs: $(UNIT_TESTS)
fuzz-programs: $(FUZZERS)
.SECONDARY: $(UNIT_KERNELS)
$(UNIT_DIR)/%.o: src/%.c
	@mkdir -p $(@D)
	$(UNIT_CC) $(UNIT_FLAGS) -MMD -MP -c -o $@ $<
$(UNIT_DIR)/test_%: test/unit/test_%.c test/unit/tap.h $(UNIT_KERNELS)
	@mkdir -p $(@D)
	$(UNIT_CC) $(UNIT_FLAGS) -MMD -MP -MF $@.d -o $@ $< $(UNIT_KERNELS) -lm -licuuc -licui18n
# The shims are tested with the C++ library below them, without a server and without sanitizers (that library has none).
$(UNIT_DIR)/test_phone_oracle: test/unit/test_phone_oracle.cc src/phone/shim.cc src/phone/shim.h \
		src/types/phone_parse.c src/types/phone_read.c test/unit/tap.h
	@mkdir -p $(@D)/oracle
	cd $(@D)/oracle && cc $(WARNINGS) -Werror -O1 -g -I$(CURDIR)/src -c $(CURDIR)/src/types/phone_parse.c $(CURDIR)/src/types/phone_read.c
	$(CXX) -std=c++17 $(WARNINGS_CXX) -Werror -O1 -g -DCLT_NO_SERVER -Isrc -Itest/unit -o $@ \
		$< src/phone/shim.cc $(@D)/oracle/*.o -lphonenumber
$(UNIT_DIR)/fuzz_%: test/fuzz/fuzz_%.c $(UNIT_KERNELS)
	@mkdir -p $(@D)
	clang $(UNIT_FLAGS) -fsanitize=fuzzer -MMD -MP -MF $@.d -o $@ $< $(UNIT_KERNELS) -lm -licuuc -licui18n
-include $(UNIT_KERNELS:.o=.d) $(addsuffix .d,$(UNIT_TESTS) $(FUZZERS))
endif
