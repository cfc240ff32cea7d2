"""Tables and colours: how answers, items, scores and examples look in a terminal."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bundlesmith.constraints.rules import AskedRules
from bundlesmith.data.catalogue import Catalogue
from bundlesmith.pipeline.answers import total
from bundlesmith.recommendation import Recommendation

if TYPE_CHECKING:
    from bundlesmith.decoding.lexicon import Lexicon
    from bundlesmith.finetune.examples import Example
    from bundlesmith.finetune.finetune import Lesson
    from bundlesmith.pipeline.ask import Ask
    from bundlesmith.understanding.change import Phrase


def show_answers(
    asks: Sequence["Ask"], answers: Sequence[Sequence[Recommendation]], catalogue: Catalogue, console: Console
) -> None:
    """Each request, and a table for each of its bundles with the explanation below."""
    for ask, found in zip(asks, answers, strict=True):
        console.print(Text(f"\n{_asked(ask)}", style="bold"))
        for bundle in found:
            console.print(_bundle_table(bundle, catalogue))
            console.print(Text(bundle.explanation + "\n"))


def show_understood(said: Sequence[Sequence["Phrase"]], console: Console) -> None:
    """Which words of each request became rules, and which didn't; a line for each that has any."""
    for phrases in said:
        if phrases:
            console.print(Text("; ".join(phrase.said for phrase in phrases), style="dim"))


def _asked(ask: "Ask") -> str:
    """A request on one line: who and what for, then its rules."""
    said = ask.model_dump(exclude_defaults=True)
    keys = sorted(said, key=lambda key: key in AskedRules.model_fields)
    return ", ".join(f"{key}: {said[key]}" for key in keys) or "any"


def _bundle_table(bundle: Recommendation, catalogue: Catalogue) -> Table:
    costs = total(bundle.items, catalogue)
    table = Table(title=Text(bundle.intent), title_justify="left", show_footer=costs is not None)
    table.add_column("Item", footer="Total")
    table.add_column("Title")
    table.add_column("Category")
    table.add_column("Price", justify="right", footer="" if costs is None else f"{costs:.2f}")
    for item in bundle.items:
        row = catalogue.row(item)
        table.add_row(Text(item), *_cells(catalogue, row))
    return table


def _cells(catalogue: Catalogue, row: int) -> list[Text]:
    price = catalogue.price(row)
    cells = (
        catalogue.titles[row],
        " > ".join(catalogue.categories[row]),
        "" if price is None else f"{price:.2f}",
    )
    return [Text(cell) for cell in cells]


def show_items(catalogue: Catalogue, search: str, n: int, console: Console) -> None:
    """A table of the first *n* items whose title or category holds all words of *search*."""
    wanted = search.lower().split()
    texts = (" ".join((catalogue.titles[row], *catalogue.categories[row])).lower() for row in range(len(catalogue)))
    rows = [row for row, text in enumerate(texts) if all(word in text for word in wanted)]
    table = Table("Item", "Title", "Category", "Price", "Stock", caption=f"{min(n, len(rows))} of {len(rows)} items")
    for row in rows[:n]:
        stock = int(catalogue.stock[row])
        table.add_row(Text(catalogue.ids[row]), *_cells(catalogue, row), "not counted" if stock < 0 else str(stock))
    console.print(table)


def show_spellings(lexicon: "Lexicon", console: Console) -> None:
    """A few spellings, and the figures of all."""
    table = Table("Spelling", "Tokens", title="Some spellings", title_justify="left")
    for row in range(0, len(lexicon.texts), max(1, len(lexicon.texts) // 8)):
        table.add_row(Text(lexicon.texts[row]), str(len(lexicon.tokens[row])))
    console.print(table)
    measured = Table("Figure", "Value", title="All spellings", title_justify="left")
    for name, value in (_spelling_figures(lexicon) | _code_figures(lexicon)).items():
        measured.add_row(name, value)
    console.print(measured)


def _spelling_figures(lexicon: "Lexicon") -> dict[str, str]:
    """How long spellings are, and how the trie divides them: branching is the mean over the nodes that lead on."""
    lengths, trie = sorted(map(len, lexicon.tokens)), lexicon.trie
    nodes, leading = len(trie.ends), int((trie.first[1:] > trie.first[:-1]).sum())
    return {
        "items": f"{len(lengths):,}",
        "tokens an item": f"mean {sum(lengths) / len(lengths):.2f}, median {lengths[len(lengths) // 2]}, "
        f"longest {lengths[-1]}",
        "nodes of the trie": f"{nodes:,}",
        "mean branching": f"{(nodes - 1) / leading:.2f}",
    }


def _code_figures(lexicon: "Lexicon") -> dict[str, str]:
    """How well the codes of a semantic spelling tell items apart before those that collide are counted."""
    import numpy as np

    from bundlesmith.decoding.semantic import code_statistics, read_codes

    if lexicon.codebook is None:
        return {}
    levels = len(lexicon.codebook.centroids)
    found = code_statistics(np.array([read_codes(text)[:levels] for text in lexicon.texts]))
    return {
        "items that collided": f"{found.collided:.1%}",
        "largest collision": f"{found.largest} items",
        "balance of each level": ", ".join(f"{balance:.3f}" for balance in found.balance),
        "prefixes up to each level": ", ".join(f"{prefixes:,}" for prefixes in found.prefixes),
    }


def show_scores(found: dict[str, Any], console: Console) -> None:
    """A table a kind of task, of what is in a result's `scores.json`.

    A figure stands with its 95 % interval, and with what a trivial predictor gets if that wins it or comes near.
    """
    for kind, figures in found["kinds"].items():
        title = f"{kind}: {figures['tasks']} tasks, {figures['answered']} answered"
        table = Table("Figure", "Value", "95 % interval", "Trivial", title=title, title_justify="left")
        for name, value in figures.items():
            if name not in ("tasks", "answered"):
                span, trivial = found["intervals"][kind].get(name), found["trivial"][kind].get(name)
                by = found["trivial_methods"][kind].get(name)
                shown = "" if trivial is None else f"{trivial:.4f} ({by})"
                table.add_row(name, "" if value is None else f"{value:.4f}", _span(span), shown)
        console.print(table)


def _span(span: Sequence[float] | None) -> str:
    return "" if span is None else f"{span[0]:.4f} to {span[1]:.4f}"


def show_examples(lesson: "Lesson", seed: int, n: int, console: Console) -> None:
    """The first *n* examples of each kind: prompt tokens dim, answer tokens in colour, every other one underlined."""
    shown: Counter[str] = Counter()
    for example in lesson.writer.epoch(lesson.train, seed):
        if shown[example.kind] < n:
            shown[example.kind] += 1
            console.print(f"\n[bold]{example.kind}[/bold]: {len(example.prompt)} + {len(example.answer)} tokens")
            console.print(_coloured(example, lesson.writer.tokenizer))


def _coloured(example: "Example", tokenizer: Any) -> Text:
    text = Text()
    for tokens, style in ((example.prompt, "dim"), (example.answer, "green")):
        for place, token in enumerate(tokens):
            text.append(tokenizer.decode([token]), style=f"{style} underline" if place % 2 else style)
    return text
