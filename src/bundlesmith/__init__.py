"""Bundlesmith writes sets of catalogue items that belong together, with a fine-tuned language model.

Light to import: the heavy libraries are loaded by the names that need them, at first use.
"""

from importlib import import_module
from importlib.metadata import version
from typing import Any

__version__ = version("bundlesmith")

_HOME = {
    "BundlesmithError": "bundlesmith.errors",
    "Catalogue": "bundlesmith.data.catalogue",
    "Recommendation": "bundlesmith.recommendation",
    "Recommender": "bundlesmith.recommender",
    "Request": "bundlesmith.request",
    "Rules": "bundlesmith.constraints.rules",
    "Run": "bundlesmith.run",
}
__all__ = ["BundlesmithError", "Catalogue", "Recommendation", "Recommender", "Request", "Rules", "Run"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'bundlesmith' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
