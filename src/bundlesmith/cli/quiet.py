"""Keeps what libraries tell their developers off the screen of a person who uses the command line.

Our own messages, errors and progress bars stay. `python -W default -m bundlesmith …` shows all warnings again.
"""

import logging
import os
import warnings

_LOGS = (
    "bitsandbytes.backends.cpu.ops",  # warns of a missing kernel for packed 4-bit layers, which none of ours are
    "transformers.trainer_utils",  # says how it sorts checkpoints that were written within a second
)


def quiet_libraries() -> None:
    """Hide notices of coming removals, and progress bars that would break into our own."""
    # at the end of the list: filters that someone set, such as `-W error`, come first
    warnings.simplefilter("ignore", FutureWarning, append=True)
    os.environ.setdefault("TQDM_DISABLE", "1")  # read when tqdm is imported, by whichever library
    for name in _LOGS:
        logging.getLogger(name).setLevel(logging.ERROR)
