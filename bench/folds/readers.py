"""Who reads all that is known of a question at once: an encoder, or a language model. What they read comes as states.

READERS["smollm2"](contexts)        [Q, H], the last hidden state of each text
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bench.folds.crossfit import Domain
from bench.folds.questions import Question
from bundlesmith.base import SMOLLM2, base_path
from bundlesmith.encoder.embedding import embed
from bundlesmith.encoder.words import embed_words
from bundlesmith.explain.facts import short_name
from bundlesmith.ranking.evidence import Table

Reader = Callable[[Sequence[str]], Table]
_BATCH = 32


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True).get_template("context.jinja")


def contexts(domain: Domain, questions: Sequence[Question]) -> list[str]:
    """Each question in words: those of the bundle, and the names of the items that are known."""
    titles, cases = domain.catalogue.titles, domain.cases
    return [
        _template()
        .render(words=cases[each.case].intent.strip(), chosen=[short_name(titles[row]) for row in each.chosen])
        .strip()
        for each in questions
    ]


def last_states(texts: Sequence[str], base: str = SMOLLM2) -> Table:
    """The last hidden state of a causal language model at the last token of each text: [Q, H]; equal texts once."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    path = base_path(base)
    tokenizer = AutoTokenizer.from_pretrained(path)
    model = AutoModel.from_pretrained(path, dtype=torch.float32).eval()
    place = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    ids = tokenizer(list(place))["input_ids"]
    by_length = sorted(range(len(ids)), key=lambda at: len(ids[at]))
    states = np.empty((len(ids), model.config.hidden_size), np.float32)
    with torch.inference_mode():
        for start in range(0, len(by_length), _BATCH):
            some = by_length[start : start + _BATCH]
            longest = len(ids[some[-1]])
            padded = torch.tensor([ids[at] + [0] * (longest - len(ids[at])) for at in some])
            ends = torch.tensor([len(ids[at]) - 1 for at in some])  # what is padded comes after, so it isn't seen
            found = model(input_ids=padded).last_hidden_state
            states[some] = found[torch.arange(len(some)), ends].numpy()
    return states[[place[text] for text in texts]]


READERS: dict[str, Reader] = {"minilm": embed, "words": embed_words, "smollm2": last_states}
"""MiniLM as it comes; both encoders of words, side by side; SmolLM2-135M-Instruct as it comes."""
