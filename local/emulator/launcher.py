"""Start MiniStack, an unmodified dependency, with the corrections.

EMULATOR_WITHOUT leaves corrections out, so that their checks can be seen to fail: names with commas between
them, or `all` for plain MiniStack. `launcher.py --list` prints the names.

EMULATOR_ENDS_WITH_STDIN=1 ends it and all its workers when its standard input closes, so that it never outlives
the process that started it.
"""

import os
import signal
import sys
import threading

import corrections
from ministack import app


def main():
    if "--list" in sys.argv:
        print("\n".join(corrections.CORRECTIONS))
        return
    without = os.environ.get("EMULATOR_WITHOUT", "")
    if without != "all":
        corrections.apply(set(filter(None, without.split(","))))
    if os.environ.get("EMULATOR_ENDS_WITH_STDIN"):
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    sys.argv = ["ministack"]
    app.main()


def _end_with_stdin():
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
