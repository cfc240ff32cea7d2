"""What a shopper says becomes rules, and it is said which were understood. Knows nothing about models."""

from bundlesmith.serve.understanding.change import Change, LastBundle, LastItem, Phrase
from bundlesmith.serve.understanding.understand import Understanding, understand
from bundlesmith.serve.understanding.words import CatalogueWords

__all__ = ["CatalogueWords", "Change", "LastBundle", "LastItem", "Phrase", "Understanding", "understand"]
