"""Runs a program in a process group that dies with whoever started it, however that one dies, children included.

    python process_group.py PROGRAM ARGUMENT ...

Our standard input is a pipe that the starter keeps open and never writes to: at its end (the starter closed it, or was
killed) the whole process group is killed. The same when the program ends, so that no child of it stays behind. SIGTERM
is handed on. Is run by its path, and imports nothing but the standard library.
"""

import os
import signal
import subprocess
import sys
import threading


def main() -> None:
    """Run the program; ends by SIGKILL along with all that is left of its group."""
    program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: program.terminate())
    threading.Thread(target=_until_let_go, daemon=True).start()
    program.wait()
    _kill_all()


def _until_let_go() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    _kill_all()


def _kill_all() -> None:
    os.killpg(os.getpgid(0), signal.SIGKILL)


if __name__ == "__main__":
    main()
