"""A small program in place of a server: says that it is well at /health, and ends, hangs or falls ill when told to.

    python a_server.py PIDFILE [ending] --port PORT

With "ending" it ends at once. It has a child, whose id it writes into PIDFILE, that doesn't mind SIGTERM.
"""

import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CHILD = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
STATUS = [200]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/end":
            os._exit(3)
        if self.path == "/ill":
            STATUS[0] = 503
        if self.path == "/hang":
            os.kill(os.getpid(), signal.SIGSTOP)
        self.send_response(STATUS[0])
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def main(pids: str, *words: str) -> None:
    print("Here I am.", flush=True)
    if "ending" in words:
        sys.exit("I can't go on.")
    child = subprocess.Popen([sys.executable, "-c", CHILD])
    time.sleep(0.1)
    Path(pids).write_text(str(child.pid))
    ThreadingHTTPServer(("127.0.0.1", int(words[-1])), Handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
