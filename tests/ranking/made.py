"""Evidence of a few bundles of made-up items."""

from collections.abc import Sequence

from bundlesmith.ranking.evidence import Evidence, Numbers, Table, evidence_of, of_bundles


def bundle_evidence(bundles: Sequence[Sequence[int]], intents: Table, vectors: Table, kinds: Numbers) -> Evidence:
    return evidence_of(*of_bundles(bundles, vectors), intents, vectors, kinds)
