"""What a language needs for its messages to be understood: a table of patterns, and how things are said.

    load_language("en").patterns

A language is a file: `en.yaml`, `zh.yaml`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

import yaml

from bundlesmith.constraints.rules import CAPS, FLAGS
from bundlesmith.understanding.text import MONEY, NUMBER, PADDING

PhraseKind = Literal[
    "any_budget", "sets", "any_price", "allow_all", "no_conditions", "any_kind",
    "let_go", "unneeded", "owned", "prices", "max_price", "min_price", "sizes", "below",
    "above", "least", "most", "exactly", "budget", "budgets", "least_budget", "unclear", "cheaper",
    "add_some", "another", "nicer", "bigger", "smaller", "exclude", "exclude_known", "drop", "have", "keep", "swap",
    "swap_rest", "cheaper_swap", "add", "also", "slots", "slots_of_things", "needed", "only", "named", "allergic",
    "corrected", "activity",
]  # fmt: skip
"""What a pattern says; it may be one of `RULE_KINDS`, too."""
ANY_FLAGS = tuple(f"any_{name}" for name in FLAGS)
"""Kinds that say that such a rule needn't hold."""
RULE_KINDS = (*CAPS, *FLAGS, *ANY_FLAGS)
"""Kinds that are named after a rule."""
NAMES = frozenset((
    "exclude", "exclude_known", "drop", "have", "owned", "keep", "swap", "swap_rest", "cheaper_swap", "add", "also",
    "slots", "slots_of_things", "needed", "only", "unneeded", "allergic", "activity",
))  # fmt: skip
"""Kinds of pattern after which things are named."""

_NUMBERS = {
    "{n}": f"{NUMBER}{PADDING}*",
    "{c}": f"{MONEY}{PADDING}*",
    "{a}": f"[{NUMBER}{MONEY}]{PADDING}*",
}

CHANGES = frozenset((
    "cheaper", "add_some", "another", "nicer", "bigger", "smaller", "in_stock", "exclude", "drop", "keep", "swap",
    "cheaper_swap",
))  # fmt: skip
"""Kinds that somebody may say not to do."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way of saying one thing.

    Attributes:
        kind: what is said.
        cue: what it is said with; numbers in it are read in order.
        tail: what must follow the things that are named after the cue; "" for nothing.
        factor: for "cheaper", what the last total is multiplied with.
    """

    kind: PhraseKind
    cue: re.Pattern[str]
    tail: re.Pattern[str] | None = None
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class ActPattern:
    """How one act is said.

    Attributes:
        act: its name.
        whole: whether a message is this act only if nothing of it is left.
        cue: what it is said with.
    """

    act: str
    whole: bool
    cue: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Language:
    """A language.

    Attributes:
        code: "en", "zh".
        patterns: in this order; a part of a message that one has taken is not read by later ones.
        unrelated: what stands before a pattern with a number without currency that is no rule ("children under 3").
        rates, stories: what follows, or stands before, an amount that something else costs.
        lacking, lacked: what stands behind, or before, "no tools" that are told to be lacking.
        broken: words for things that are no use any more.
        units: words for what is counted and is no thing ("twelve hours").
        corrects: what stands between what was said first and what counts.
        weak: words that count little beside another act ("ok, bye").
        negation: what stands, with a few words, before "more than 30" when it means at most that.
        refusal: what stands right before a pattern that is not to be done ("don't drop the tent").
        definite, indefinite: what stands before a thing that is meant, and before any such thing.
        apart: what may stand between a number and the things: that they differ.
        joiner: what stands between things in a list.
        instead: what stands between a thing and what is wanted in its stead.
        after: what follows a name that is not only the beginning of a longer one.
        suffix: empty words after a name ("items", "stuff").
        references: places in the last bundle by their names ("first one"), with a negative place from its end;
            several of them, and "dearest" and "cheapest", too.
        vague: words of a wish that alone point nowhere ("gift").
        filler: words and phrases that alone are no wish.
        begins, ends: words that a wish doesn't begin, or end, with.
        opens: how a message begins that is another wish, not a remark on the last.
        pointing: words that mean what is shown.
        refines: how a message begins that adds to the wish and doesn't replace it.
        behind: what is said with words behind names ("tents only"), by kind.
        question: how a message is made that asks something.
        wishing: and what is made so and is a wish.
        recipient: for whom a wish is.
        besides: what stands between two wishes.
        whose: how a wish says for whom or what it is.
        comes_to: how a message begins with one more wish, for which something comes to the set.
        acts: what a message may be, before any rule.
        topics: what the assistant can't do, by name.
        written: what people write in short.
        shorthand: and what it stands for.
        mended: words of the patterns in which typing errors are mended.
        said: how what was understood is said, and why something was not.
        rules: what is said of each rule: how it is "named", what is said to "loosen" it, and what an "offer" to do so
            begins with.
    """

    code: str
    patterns: tuple[Pattern, ...]
    unrelated: re.Pattern[str]
    rates: re.Pattern[str]
    stories: re.Pattern[str]
    lacking: re.Pattern[str]
    lacked: re.Pattern[str]
    broken: re.Pattern[str]
    units: re.Pattern[str]
    corrects: re.Pattern[str]
    weak: re.Pattern[str]
    negation: re.Pattern[str]
    refusal: re.Pattern[str]
    definite: re.Pattern[str]
    indefinite: re.Pattern[str]
    apart: re.Pattern[str]
    joiner: re.Pattern[str]
    instead: re.Pattern[str]
    after: re.Pattern[str]
    suffix: re.Pattern[str]
    references: tuple[tuple[re.Pattern[str], int | str | list[int]], ...]
    vague: re.Pattern[str]
    filler: re.Pattern[str]
    begins: re.Pattern[str]
    ends: re.Pattern[str]
    opens: re.Pattern[str]
    pointing: re.Pattern[str]
    refines: re.Pattern[str]
    behind: tuple[tuple[PhraseKind, re.Pattern[str]], ...]
    question: re.Pattern[str]
    wishing: re.Pattern[str]
    recipient: re.Pattern[str]
    besides: re.Pattern[str]
    whose: re.Pattern[str]
    comes_to: re.Pattern[str]
    acts: tuple[ActPattern, ...]
    topics: tuple[tuple[str, re.Pattern[str]], ...]
    written: re.Pattern[str]
    shorthand: dict[str, str]
    mended: frozenset[str]
    said: dict[str, str]
    rules: dict[str, dict[str, str]]

    def written_out(self, text: str) -> str:
        """A text without what is written in short."""
        return self.written.sub(lambda match: self.shorthand[match[0].lower().replace("’", "'")], text)


_GROUP = re.compile(r"(?<!\\)\((?!\?)")
_BLOCK = re.compile(r"^\S.*(?:\n .*)+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Compiler:
    """How a table's patterns are compiled. Every repetition is bounded, so that no text takes more than linear time.

    Attributes:
        space: what a space in a pattern means.
        before, after: what bounds a pattern.
        words: what names in braces mean.
    """

    space: str
    before: str
    after: str
    words: dict[str, str]

    def __call__(self, text: str, bounded: bool = True) -> re.Pattern[str]:
        """Compile one pattern; its plain groups are never captured."""
        for _ in range(3):  # words are made of words
            for name, meaning in self.words.items():
                text = text.replace(f"{{{name}}}", f"({meaning})")
        for name, meaning in _NUMBERS.items():
            text = text.replace(name, meaning)
        text = _GROUP.sub("(?:", text).replace(" ", self.space)
        return re.compile(f"{self.before}(?:{text}){self.after}" if bounded else text)

    def lines(self, text: str) -> re.Pattern[str]:
        """Compile patterns, one or more a line."""
        return self("|".join(line.strip() for line in text.splitlines() if line.strip()))

    def table(self, text: str) -> tuple[Pattern, ...]:
        """Compile a table: a kind on a line (and a factor), and under it, indented, the ways to say it, one a line.

        What must follow the things that are named stands after ">>".
        """
        return tuple(self._pattern(block) for block in _BLOCK.findall(text))

    def _pattern(self, block: str) -> Pattern:
        heading, *lines = block.splitlines()
        kind, _, factor = heading.partition(" ")
        cues = [line.strip().partition(">>") for line in lines]
        tail = cues[0][2].strip(" ")
        kinds: tuple[Any, ...] = (*get_args(PhraseKind), *RULE_KINDS)
        known = next(one for one in kinds if one == kind)
        cue = self("|".join(cue.strip() for cue, _, _ in cues))
        return Pattern(known, cue, self(tail, False) if tail else None, float(factor or 1))


_PLAIN = [
    "unrelated", "rates", "stories", "lacking", "lacked", "broken", "units", "corrects", "weak",
    "negation", "refusal", "definite", "indefinite", "apart", "joiner", "instead", "after",
    "suffix", "vague", "filler", "begins", "ends", "opens", "pointing", "refines", "question", "wishing", "recipient",
    "besides", "whose", "comes_to",
]  # fmt: skip


@cache
def load_language(code: str) -> Language:
    """The language of a file beside this one: `en.yaml` for "en"."""
    text = files(__package__).joinpath(f"{code}.yaml").read_text("utf-8")
    values: dict[str, Any] = yaml.safe_load(text)
    make = Compiler(*(values[name] for name in ("space", "left", "right", "words")))
    return Language(
        code=code,
        patterns=make.table(values["table"]),
        references=tuple((make(name, False), place) for name, place in values["references"].items()),
        behind=tuple((kind, make(cue, False)) for kind, cue in values["behind"].items()),
        acts=tuple(ActPattern(act["act"], act.get("whole", False), make.lines(act["say"])) for act in values["acts"]),
        topics=tuple((name, make.lines(say)) for name, say in values["topics"].items()),
        written=_one_of(values["written"]),
        shorthand=values["written"],
        mended=frozenset(values["mended"].split()),
        said=values["said"],
        rules=values["rules"],
        **{name: make(values[name], name in ("vague", "filler", "begins", "ends")) for name in _PLAIN},
    )


def _one_of(words: Iterable[str]) -> re.Pattern[str]:
    """Any of some words, the longest first; none of no words."""
    ordered = sorted(map(re.escape, words), key=len, reverse=True)
    return re.compile(rf"(?<![\w'’-])(?:{'|'.join(ordered) or '(?!)'})(?![\w'’-])", re.IGNORECASE)
