"""`bundlesmith explain`: recommends a bundle, and shows what in the request speaks for it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from bundlesmith.pipeline.attribution_plots import Explained
    from bundlesmith.recommendation import Recommendation
    from bundlesmith.recommender import Recommender
    from bundlesmith.request import Request

screen = Console()


def explain(
    run: Annotated[Path, typer.Option("--run", help="The folder of a run.")],
    user: Annotated[str | None, typer.Option(help="A customer that the run knows.")] = None,
    words: Annotated[str, typer.Option(help="What is wanted, in words.")] = "",
    item: Annotated[list[str] | None, typer.Option(help="An item already chosen; may repeat.")] = None,
    budget: Annotated[float | None, typer.Option(help="The most that the whole bundle may cost.")] = None,
    size: Annotated[str, typer.Option(help="How many items: 2:5, or 3.")] = "2:5",
    slot: Annotated[list[str] | None, typer.Option(help="A category that must have an item; may repeat.")] = None,
    out: Annotated[list[Path] | None, typer.Option(help="A .png or .html file to draw; may repeat.")] = None,
    permutations: Annotated[
        int,
        typer.Option(min=0, help="Shapley values from so many orders of the parts; 0: each is left out alone."),
    ] = 0,
) -> None:
    """Recommend a bundle, and show what each item of the history, each word and each rule weighs for it.

    Example: `bundlesmith explain --run runs/demo --words "a weekend camping trip" --budget 250 --out why.html`
    """
    from bundlesmith.cli.show import show_answers
    from bundlesmith.drawing import check_drawing
    from bundlesmith.pipeline.ask import checked_ask
    from bundlesmith.pipeline.attribution_plots import EXPLAIN, as_table, draw
    from bundlesmith.recommender import Recommender

    for path in out or []:
        check_drawing(path, EXPLAIN)
    ask = checked_ask(user=user, words=words, items=item or [], budget=budget, size=size, slots=slot or [])
    with Console(stderr=True).status("Loading the run …") as status:
        recommender = Recommender.load(run)
        request = ask.request(recommender.run)
        status.update("Writing …")
        answers = recommender.recommend([request])
        status.update("Leaving out one part after the other …")
        explained = _explained(recommender, request, answers[0][0], permutations)
    show_answers([ask], [answers[0][:1]], recommender.run.catalogue, screen)
    screen.print(as_table(explained))
    if recommender.run.ranker:
        screen.print("The weights are the model's; the ranker, which chose the items, is not asked.")
    for path in out or []:
        draw(explained, path)
        screen.print(Text(f"Drawn: {path}"), soft_wrap=True)


def _explained(
    recommender: "Recommender", request: "Request", bundle: "Recommendation", permutations: int
) -> "Explained":
    from bundlesmith.explain.facts import short_name
    from bundlesmith.pipeline.attribution_plots import Explained, names_of

    began, catalogue = time.perf_counter(), recommender.catalogue
    found = recommender.attribute(request, bundle.items, permutations)
    written = bundle.items[len(request.items) :]
    names = names_of([short_name(catalogue.titles[catalogue.row(item)]) for item in written])
    return Explained(names, bundle.intent, bundle.explanation, tuple(found), time.perf_counter() - began)
