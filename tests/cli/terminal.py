#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: terminal.py COMMAND [QUESTION ANSWER] ...
Runs COMMAND (for a shell) with a terminal of its own, and there types each ANSWER when its
QUESTION is shown. Prints what was to be seen there, and whether the terminal was left
showing what is typed; ends with the status of COMMAND."""
import os
import pty
import select
import sys
import termios

command, *dialogue = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execvp("sh", ["sh", "-c", command])
seen = b""
at = 0
while select.select([terminal], [], [], 20)[0]:
    try:
        seen += os.read(terminal, 4096)
    except OSError:  # nobody has it open any more
        break
    if dialogue and dialogue[0].encode() in seen[at:]:
        at = len(seen)
        os.write(terminal, dialogue[1].encode().decode("unicode_escape").encode())
        dialogue = dialogue[2:]
print(seen.decode().replace("\r", ""))
print("echo" if termios.tcgetattr(terminal)[3] & termios.ECHO else "no echo")
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
