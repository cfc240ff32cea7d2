"""Hashes of files and texts, by which folders know what they were made from."""

import hashlib
from pathlib import Path


def hash_files(*paths: Path) -> str:
    """SHA-256 of the bytes of *paths*, in the order given, as 16 hex digits."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def hash_texts(*texts: str) -> str:
    """SHA-256 of *texts*, in the order given, as 16 hex digits."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()[:16]
