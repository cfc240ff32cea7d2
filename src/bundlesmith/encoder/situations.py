"""Situations of shoppers and what each needs: `situations/*.jsonl`, of all departments.

Written by a large language model from general knowledge; it saw no catalogue and no request that anything here is
measured by. What is learnt from them (`bundlesmith.encoder.tune`) and looked up in them (`bundlesmith.ranking.needs`)
holds for any shop.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bundlesmith.files import read_lines
from bundlesmith.hashes import hash_files

SITUATIONS = Path(__file__).with_name("situations")


@dataclass(frozen=True, slots=True)
class Situation:
    """What a set is called, the types of products that belong into it, and what people say who want it."""

    name: str
    needs: tuple[str, ...]
    words: tuple[str, ...]


@lru_cache(maxsize=1)
def situations_hash() -> str:
    """Names all of them: a ranker that was learnt beside others is another one."""
    return hash_files(*sorted(SITUATIONS.glob("*.jsonl")))


@lru_cache(maxsize=1)
def situations() -> tuple[Situation, ...]:
    """All that the package ships."""
    rows = [json.loads(line) for path in sorted(SITUATIONS.glob("*.jsonl")) for line in read_lines(path)]
    return tuple(Situation(row["name"], tuple(row["needs"]), tuple(row["words"])) for row in rows)
