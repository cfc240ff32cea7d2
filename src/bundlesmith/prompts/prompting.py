"""From a request to the tokens that a model reads; the one place where training and serving agree on the prompt."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bundlesmith.data.catalogue import Goods
from bundlesmith.decoding.lexicon import ITEMS_BEGIN, Spellings
from bundlesmith.decoding.semantic import hide_codes
from bundlesmith.errors import BundlesmithError
from bundlesmith.prompts import render

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Prompter:
    """Writes prompts for one lexicon and tokenizer.

    Attributes:
        chat: whether the model is decoder-only and goes on after a chat template; an encoder reads the words alone.
        history_tokens: how much of a history is kept, the latest items first.
        most_tokens: the longest prompt; a request that needs more is refused.
    """

    tokenizer: "PreTrainedTokenizerBase"
    lexicon: Spellings
    catalogue: Goods
    chat: bool
    history_tokens: int = 160
    most_tokens: int = 1024

    def request(
        self,
        history: Sequence[int] = (),
        words: str = "",
        items: Sequence[int] = (),
        only: Sequence[int] = (),
    ) -> list[int]:
        """The prompt for a bundle, up to where its first item is written.

        Args:
            history: rows of the customer's items, oldest first.
            words: what is wanted.
            items: rows already chosen.
            only: rows to choose from, if they are few enough to name.

        Raises:
            BundlesmithError: if the request is longer than `most_tokens`.
        """
        text = render(
            "request",
            history=self._texts(self._latest(history)),
            only=self._texts(only),
            items=self._texts(items),
            words=self._plain(" ".join(words.split())),
        )
        return self._chat(text, ITEMS_BEGIN)

    def explain(self, items: Sequence[int]) -> list[int]:
        """The prompt to name and explain a finished bundle."""
        return self._chat(render("explain", items=self._texts(items)), "")

    def spell(self, row: int) -> list[int]:
        """The prompt to spell one item."""
        title, category = self.catalogue.titles[row], self.catalogue.categories[row]
        return self._chat(self._plain(render("spell", title=title, category=category)), ITEMS_BEGIN)

    def said(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of texts as they stand in an answer: with a space before them, and no mark in them."""
        plain = [" " + self._plain(text) for text in texts]
        ids: list[list[int]] = self.tokenizer(plain, add_special_tokens=False)["input_ids"]
        return ids

    def _plain(self, text: str) -> str:
        """A text in which nothing is a special token or a code any more: "<|im_end|>" becomes "< |im_end|>"."""
        return hide_codes(self._special.sub(lambda token: f"{token[0][0]} {token[0][1:]}", text))

    @cached_property
    def _special(self) -> re.Pattern[str]:
        """Any special token as text. T5's tokenizer reads some of them as tokens even where it should split them."""
        added = [str(token) for token in self.tokenizer.added_tokens_decoder.values() if token.special]
        tokens = sorted({*added, *self.tokenizer.all_special_tokens}, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, tokens)) or r"(?!)")

    def _texts(self, rows: Sequence[int]) -> list[str]:
        return [self.lexicon.texts[row] for row in rows]

    def _latest(self, history: Sequence[int]) -> list[int]:
        kept: list[int] = []
        left = self.history_tokens
        for row in reversed(history):
            left -= len(self.lexicon.tokens[row]) + 1
            if left < 0:
                break
            kept.append(row)
        return kept[::-1]

    @cached_property
    def _frame(self) -> tuple[list[int], list[int]]:
        """The chat template around the user's text, which is encoded apart."""
        if not self.chat:
            assert self.tokenizer.eos_token_id is not None
            return [], [int(self.tokenizer.eos_token_id)]
        if self.tokenizer.chat_template is None:
            raise BundlesmithError("The base model has no chat template.", "Choose an instruct model.")
        turns = [{"role": "system", "content": render("system")}, {"role": "user", "content": "\0"}]
        chat = str(self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
        before, _, after = chat.partition("\0")
        return self._encode(before), self._encode(after)

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def _chat(self, text: str, begin: str) -> list[int]:
        before, after = self._frame
        ids = [*before, *self._encode(text), *after]
        if self.chat:
            ids += self._encode(begin)
        if len(ids) > self.most_tokens:
            raise BundlesmithError(
                f'The request has {len(ids)} tokens ("{text[:40]}…"), and at most {self.most_tokens} are read.',
                "Say it in fewer words, or choose fewer items.",
            )
        return ids
