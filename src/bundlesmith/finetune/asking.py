"""Questions to a language model behind any OpenAI-compatible endpoint, in parallel, each asked once.

Every answer is in a SQLite file as soon as it comes, so that whatever ends a command, the same command goes on from
there.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track

from bundlesmith.errors import BundlesmithError, need
from bundlesmith.hashes import hash_texts

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI, OpenAIError

RETRIES = 5
"""How often a question is asked again after 429, a failure of the server or a lost connection, ever more slowly."""
_PATIENCE = 120.0
"""Seconds to wait for an answer."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Whom to ask, and how.

    Attributes:
        url: up to and with `/v1`.
        key_env: the environment variable that holds the key; endpoints that ask for none don't need it.
        workers: how many questions are under way at a time.
        max_tokens: the longest answer.
    """

    url: str
    model: str
    key_env: str = "OPENAI_API_KEY"
    workers: int = 4
    max_tokens: int = 300


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came; *cut* if it was ended at the most tokens."""

    text: str
    cut: bool


def ask(prompts: Sequence[str], endpoint: Endpoint, cache: Path, console: Console) -> tuple[list[Reply], int]:
    """Answers to *prompts*, and how many questions were asked for them; the others were in *cache*.

    Raises:
        BundlesmithError: if the endpoint can't be reached, refuses, or answers otherwise than with a chat completion.
            What was answered before is in *cache*.
    """
    with _opened(cache) as answers:
        keys = {prompt: hash_texts(endpoint.model, str(endpoint.max_tokens), prompt) for prompt in prompts}
        missing = {prompt: key for prompt, key in keys.items() if answers.get(key) is None}
        if missing:
            _ask_all(missing, endpoint, answers, cache, console)
        found = [answers.get(keys[prompt]) for prompt in prompts]
    return [said for said in found if said is not None], len(missing)


class _Answers:
    """A table of answers by key; what is put there is on the disk."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        with connection:
            connection.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, text TEXT, cut INTEGER)")

    def get(self, key: str) -> Reply | None:
        row = self.connection.execute("SELECT text, cut FROM answers WHERE key = ?", (key,)).fetchone()
        return Reply(row[0], bool(row[1])) if row else None

    def put(self, key: str, said: Reply) -> None:
        with self.connection:
            self.connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (key, said.text, said.cut))


@contextmanager
def _opened(cache: Path) -> Iterator[_Answers]:
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(cache)) as connection:
            yield _Answers(connection)
    except (OSError, sqlite3.Error) as error:
        raise BundlesmithError(
            f'The cache "{cache}" could not be used: {error}.', "Name another file with --cache."
        ) from error


def _ask_all(missing: dict[str, str], endpoint: Endpoint, answers: _Answers, cache: Path, console: Console) -> None:
    """Ask what is missing; the first failure ends it, once what is under way has been answered and put away."""
    need("openai", "bundlesmith distil", "distil")
    from openai import OpenAI, OpenAIError

    secret = os.environ.get(endpoint.key_env) or "none"
    pool = ThreadPoolExecutor(endpoint.workers)
    futures: dict[Future[Reply], str] = {}
    try:
        with OpenAI(base_url=endpoint.url, api_key=secret, max_retries=RETRIES, timeout=_PATIENCE) as client:
            _check_reached(client)
            futures = {pool.submit(_one, client, endpoint, prompt): key for prompt, key in missing.items()}
            try:
                done = as_completed(list(futures))
                for future in track(done, "Asking", len(futures), console=console, transient=True):
                    answers.put(futures[future], future.result())
                    del futures[future]
            finally:
                pool.shutdown(cancel_futures=True)
    except OpenAIError as error:
        raise _explained(error, endpoint, cache) from error
    finally:
        for future, key in futures.items():
            if not future.cancelled() and future.exception() is None:
                answers.put(key, future.result())


def _check_reached(client: "OpenAI") -> None:
    """Ask something without retries, so that a wrong address is told at once; any answer will do."""
    from openai import APIStatusError

    try:
        client.with_options(max_retries=0).models.list()
    except APIStatusError:
        return


def _one(client: "OpenAI", endpoint: Endpoint, prompt: str) -> Reply:
    answer = client.chat.completions.create(
        model=endpoint.model,
        messages=[{"role": "user", "content": prompt}],
        max_completion_tokens=endpoint.max_tokens,
    )
    choices = getattr(answer, "choices", None)  # a page of HTML comes back as it is
    if not choices:
        raise BundlesmithError(
            f'The endpoint "{endpoint.url}" answered with no chat completion: {str(answer)[:80]}',
            "Its URL mostly ends in /v1.",
        )
    return Reply(choices[0].message.content or "", choices[0].finish_reason == "length")


def _explained(error: "OpenAIError", endpoint: Endpoint, cache: Path) -> BundlesmithError:
    """What failed, and what to do about it, for one who goes on with the same command."""
    from openai import APIConnectionError, APIStatusError

    kept = f'What was answered is kept in "{cache}": the same command goes on from there.'
    if isinstance(error, APIConnectionError):
        reason = error.__cause__ or error
        what = f'The endpoint "{endpoint.url}" can\'t be reached: {reason}.'
        return BundlesmithError(what, f"See whether it runs and its URL ends in /v1. {kept}")
    if isinstance(error, APIStatusError):
        return BundlesmithError(_refusal(error, endpoint), f"{_remedy(error.status_code, endpoint)} {kept}")
    return BundlesmithError(f'The endpoint "{endpoint.url}" failed: {error}', kept)


def _refusal(error: "APIStatusError", endpoint: Endpoint) -> str:
    body = error.body
    said = str(body["message"]) if isinstance(body, dict) and body.get("message") else error.message
    return f'The endpoint "{endpoint.url}" answered {error.status_code}: {" ".join(said.split())[:300]}'


def _remedy(status: int, endpoint: Endpoint) -> str:
    if status in (401, 403):
        state = "holds a key that it refuses" if os.environ.get(endpoint.key_env) else "is not set"
        return f"${endpoint.key_env} {state}: put a valid key there, or name another variable with --api-key-env."
    if status == 404:
        return f'See whether it has the model "{endpoint.model}" and the URL ends in /v1.'
    if status == 429:
        return f"That was after {RETRIES} retries. Wait, or use fewer --workers."
    return "Mend what it says."
