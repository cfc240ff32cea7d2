"""What may be said of a bundle, from what is known of it and of what decided it.

tell(facts_of(request, bundle.items, catalogue), "en", run.roles, grounds)
"""

from bundlesmith.explain.facts import BundleFacts
from bundlesmith.explain.grounds import NO_GROUNDS, Grounds
from bundlesmith.explain.heading import plain_heading
from bundlesmith.explain.reasons import reasons
from bundlesmith.explain.roles import Roles
from bundlesmith.explain.sentences import explanations
from bundlesmith.told import Sayings


def tell(facts: BundleFacts, language: str, roles: Roles, grounds: Grounds = NO_GROUNDS) -> Sayings:
    """What may be said of a bundle.

    Args:
        facts: the bundle, and what is known of its request and customer.
        language: "en" or "zh".
        roles: tells what items are for.
        grounds: what decided the bundle, if a ranker did.
    """
    why = reasons(facts, language, roles, grounds)
    said = [claim for each in why for claim in each.claims]
    return Sayings(
        tuple(explanations(facts, language, roles, grounds, said)),
        tuple(why),
        plain_heading(facts, roles, language),
        facts.item_id(grounds.missing.row) if grounds.missing else None,
    )
