"""Batches of answers written by Ray Data: vLLM engines with our processors, on this machine or on a cluster of Ray's.

    with ray_writer("demo", run, VllmSettings(), engines=1) as write:
        asyncio.run(write_all(writings, write))

A cluster is found by `RAY_ADDRESS`; its machines must see the run at the same path.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

from bundlesmith.decoding.engine import GenerationRequest
from bundlesmith.decoding.writer import Token
from bundlesmith.engines.vllm.command import engine_environment, engine_words
from bundlesmith.engines.vllm.settings import VllmSettings
from bundlesmith.engines.vllm.shops import RUN, STORE
from bundlesmith.errors import need
from bundlesmith.pipeline.batch import WriteAll
from bundlesmith.pipeline.flat import packed, with_noise
from bundlesmith.pipeline.following import last_token
from bundlesmith.run import Run

_BATCH = 64
"""Orders that are handed to an engine together."""
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DATA_DISABLE_PROGRESS_BARS": "1"}


@contextmanager
def ray_writer(name: str, run: Run, settings: VllmSettings, engines: int = 1) -> Iterator[WriteAll]:
    """Something that writes batches; Ray is started for it, or found, and left.

    Args:
        name: by which requests ask for the run.
        run: what writes.
        settings: how each vLLM runs.
        engines: the most of them at once.

    Raises:
        BundlesmithError: if Ray or vLLM isn't installed, or vLLM can't run it.
    """
    need("ray", "predict --ray", "ray")
    kwargs = engine_kwargs(name, run, settings)
    os.environ.update(_QUIET)
    import ray

    variables = engine_environment(settings) | {RUN: f"{name}={run.folder.absolute()}", STORE: ""}
    ray.init(
        runtime_env={"env_vars": variables},
        include_dashboard=False,
        logging_level=logging.WARNING,
        log_to_driver=False,
        ignore_reinit_error=True,
    )
    try:
        yield lambda generations: _written(generations, kwargs, settings, engines)
    finally:
        ray.shutdown()


def engine_kwargs(name: str, run: Run, settings: VllmSettings) -> dict[str, Any]:
    """The arguments of vLLM's engine that aren't its defaults, of which "model" is one."""
    plainly = replace(settings, leaps=False)  # our worker was not tried among Ray's
    words = [*engine_words({name: run.folder}, plainly), "--disable-log-stats"]
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.utils.argparse_utils import FlexibleArgumentParser

    parser = AsyncEngineArgs.add_cli_args(FlexibleArgumentParser())
    given, plain = (AsyncEngineArgs.from_cli_args(parser.parse_args(each)) for each in (words, words[:2]))
    names = [field.name for field in fields(AsyncEngineArgs)]
    values = {each: getattr(given, each) for each in names if getattr(given, each) != getattr(plain, each)}
    return values | {"model": given.model}


def _written(
    generations: Sequence[GenerationRequest], kwargs: dict[str, Any], settings: VllmSettings, engines: int
) -> list[list[Token]]:
    import ray.data

    data = ray.data.from_items([_row(at, generation, settings) for at, generation in enumerate(generations)])
    found = _processor(kwargs, settings, engines)(data).take_all()
    return [_tokens(row) for row in sorted(found, key=lambda row: int(row["at"]))]


def _row(at: int, generation: GenerationRequest, settings: VllmSettings) -> dict[str, Any]:
    room = max(1, settings.context - len(generation.reads))
    asked = {
        "reads": generation.reads,
        "room": room,
        "last": last_token(generation),
        "rules": packed(with_noise(generation.rules, generation.noise)),
    }
    return {"at": at, **asked}


def _processor(kwargs: dict[str, Any], settings: VllmSettings, engines: int) -> Any:
    from ray.data.llm import build_processor, vLLMEngineProcessorConfig

    engine = {name: value for name, value in kwargs.items() if name != "model"}
    config = vLLMEngineProcessorConfig(
        model_source=kwargs["model"],
        engine_kwargs=engine,
        batch_size=_BATCH,
        concurrency=engines,
        log_engine_metrics=False,
        placement_group_config={"bundle_per_worker": {"CPU": 1}} if settings.eager else None,
        chat_template_stage=False,
        tokenize_stage=False,
        detokenize_stage=False,
        prepare_multimodal_stage=False,
    )
    return build_processor(config, preprocess=_asked, postprocess=_answer)


def _asked(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": row["at"],
        "tokenized_prompt": row["reads"],
        "sampling_params": {
            "temperature": 0.0,
            "max_tokens": row["room"],
            "logprobs": 0,  # of the written token alone
            "stop_token_ids": [row["last"]],
            "detokenize": False,
            "extra_args": row["rules"],
        },
    }


def _answer(row: dict[str, Any]) -> dict[str, Any]:
    tokens = [int(token) for token in row["generated_tokens"]]
    logprobs = [_logprob(each, token) for each, token in zip(row["logprobs"], tokens, strict=True)]
    return {"at": row["at"], "tokens": tokens, "logprobs": logprobs}


def _logprob(found: Any, token: int) -> float:
    """Of a token, in what went through Arrow: keys may have become text, or pairs."""
    each = dict(found)
    return float((each.get(token) or each[str(token)])["logprob"])


def _tokens(row: dict[str, Any]) -> list[Token]:
    return [Token(int(token), float(logprob)) for token, logprob in zip(row["tokens"], row["logprobs"], strict=True)]
