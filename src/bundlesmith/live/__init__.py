"""The catalogue as it is now: what changes is a thin layer over what was built once."""
