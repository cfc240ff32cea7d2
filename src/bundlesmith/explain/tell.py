"""What may be said of a bundle, from what is known of it and of what decided it.

tell(facts_of(request, bundle.items, catalogue), "en", run.roles, grounds)
"""

from collections.abc import Sequence

from bundlesmith.explain.facts import BundleFacts
from bundlesmith.explain.grounds import NO_GROUNDS, Grounds
from bundlesmith.explain.heading import plain_heading
from bundlesmith.explain.reasons import reasons
from bundlesmith.explain.roles import Roles
from bundlesmith.explain.sentences import explanations
from bundlesmith.told import Sayings


def tell(
    facts: BundleFacts,
    language: str,
    roles: Roles,
    grounds: Grounds = NO_GROUNDS,
    earlier: Sequence[Sayings] | None = None,
) -> Sayings:
    """What may be said of a bundle.

    Args:
        facts: the bundle, and what is known of its request and customer.
        language: "en" or "zh".
        roles: tells what items are for.
        grounds: what decided the bundle, if a ranker did.
        earlier: what is said of the bundles before it, if it stands beside others: it isn't said again.
    """
    beside = earlier or ()
    why = reasons(facts, language, roles, grounds, {reason.text for each in beside for reason in each.reasons})
    said = [claim for each in why for claim in each.claims]
    heard = " ".join(each.text for sayings in beside for each in sayings.explanations)
    return Sayings(
        tuple(explanations(facts, language, roles, grounds, said, None if earlier is None else len(beside), heard)),
        tuple(why),
        plain_heading(facts, roles, language),
        facts.item_id(grounds.missing.row) if grounds.missing else None,
    )
