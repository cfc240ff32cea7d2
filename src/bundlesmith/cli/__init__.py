"""The command line: `bundlesmith COMMAND`. What a user did wrong is one clear line and exit code 2."""

from bundlesmith.cli.app import main

__all__ = ["main"]
