"""What a shopper says becomes rules, and it is said which were understood."""

from bundlesmith.understanding.change import FieldChange, LastBundle, LastItem, Phrase
from bundlesmith.understanding.understand import Understanding, understand
from bundlesmith.understanding.words import CatalogueWords

__all__ = ["CatalogueWords", "FieldChange", "LastBundle", "LastItem", "Phrase", "Understanding", "understand"]
