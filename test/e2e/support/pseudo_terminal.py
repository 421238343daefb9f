"""Runs a command in a terminal of 40 lines of 120 columns, shows what it prints, and ends as it ends.

    pseudo_terminal.py <seconds> <command> [argument...]
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

seconds, command = float(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    os.execvp(command[0], command)

deadline = time.monotonic() + seconds
while True:
    ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
    if not ready:  # pty.fork made it the leader of its session: all of it ends
        os.killpg(pid, signal.SIGKILL)
        break
    try:
        printed = os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody has the terminal open any more
        break
    if not printed:
        break
    sys.stdout.buffer.write(printed)
    sys.stdout.flush()

sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF)
