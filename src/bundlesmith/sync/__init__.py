"""Brings what a shop sells into a running service: `bundlesmith sync`."""
