"""Bundles written token by token: spellings, tries, the grammar, and what every engine does."""
