"""Promotions that lie: a target program that reports a promotion as done, and has done nothing."""

from collections.abc import Sequence

from lab.hosts import Lab

FOLDER = "/usr/local/lib/continuance/target"
LIES = "/var/lib/continuance/lies"
LIAR = f'''"""Stands before the honest program, and lies about as many promotions as its file says."""

import base64
import json
import sys
from pathlib import Path

from target import honest

LIES = Path("{LIES}")


def main():
    order = json.loads(base64.b64decode(sys.argv[1]))
    left = int(LIES.read_text()) if LIES.exists() else 0
    if order["command"] != "promote" or not left:
        honest.main()
        return
    LIES.write_text(str(left - 1))
    print(json.dumps({{"outcome": "succeeded", "evidence": {{}}}}))
'''
"""Replaces the program's `main`, which it keeps as `honest`."""


def let_lie(lab: Lab, hosts: Sequence[str], times: int) -> None:
    """Let the next *times* promotions of each of *hosts* be reported as done, and do nothing."""
    for host in hosts:
        lab.inside(
            host, "sh", "-c", f"cd {FOLDER} && {{ test -e honest.py || mv main.py honest.py; }} && cat > main.py", stdin=LIAR
        )
        lab.inside(host, "tee", LIES, stdin=str(times))


def make_honest(lab: Lab, hosts: Sequence[str]) -> None:
    """Undo it."""
    for host in hosts:
        lab.inside(host, "sh", "-c", f"cd {FOLDER} && {{ test ! -e honest.py || mv honest.py main.py; }}; rm -f {LIES}")
