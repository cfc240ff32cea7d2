"""What a shopper says becomes rules, and it is said which were understood."""

from bundlesmith.understanding.change import Change, LastBundle, LastItem, Phrase
from bundlesmith.understanding.understand import Understanding, understand
from bundlesmith.understanding.words import CatalogueWords

__all__ = ["CatalogueWords", "Change", "LastBundle", "LastItem", "Phrase", "Understanding", "understand"]
