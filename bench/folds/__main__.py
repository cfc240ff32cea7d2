"""What each part adds to the ranker, on folds by session over all sessions but those of the test split.

    BUNDLEREC_DIR=folder make bench-folds
    BUNDLEREC_DIR=folder python -m bench.folds [--folds 5] [--only 0 1] [--parts NAME …] [--without-votes]

All that is learnt is cross-fitted: the ranker of a fold sees no bundle of its sessions; a part is learnt in product
with rankers of two inner folds, which never saw the bundles that they score. What was measured is kept in `--out`, and
not measured again. `--without-votes` is the control: there the ranker knows of no bundles, so a part that reads has to
be significant, or else the instrument is broken.

Figures, fixed before: nats of the wanted item (-log of its chance), then R@10 (the share of wanted items among the ten
likeliest); of all items beside the others of their bundle, of complements (of another category than all others) and of
first items, by words alone. p: paired permutations by session, pooled over the domains, by Holm over all parts.
"""

import argparse
import os
from pathlib import Path

from bench.folds.crossfit import Domain
from bench.folds.figures import table
from bench.folds.parts import PARTS, Fold, measure
from bench.quality import do, domains, steps
from bench.table import publish


def main() -> None:
    """Measure what isn't measured yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of folds; without it all")
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=PARTS, metavar="PART")
    parser.add_argument("--without-votes", action="store_true", help="the control")
    parser.add_argument("--out", type=Path, default=Path("build/folds"))
    given = parser.parse_args()
    if not (source := os.environ.get("BUNDLEREC_DIR")):
        raise SystemExit("BUNDLEREC_DIR is not set: name the folder with DOMAIN.items.jsonl, DOMAIN.sessions.jsonl ….")
    numbers = list(range(given.folds)) if given.only is None else given.only
    if wrong := [number for number in numbers if not 0 <= number < given.folds]:
        raise SystemExit(f"--only {wrong[0]}: with --folds {given.folds} there are 0 to {given.folds - 1}.")
    found = []
    for each in domains(Path(source)):
        prepare, *_ = steps(each, (), (), given.out)
        do(prepare, given.out / each.name / "steps")
        domain = Domain.of(prepare.out.parent, given.out / each.name / "vectors")
        for number in numbers:
            fold = Fold(domain, given.out / each.name, given.folds, number, not given.without_votes)
            found += measure(fold, each.name, given.parts)
    publish("folds-without-votes" if given.without_votes else "folds", table(found))


if __name__ == "__main__":
    main()
