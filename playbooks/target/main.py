"""The program that carries out commands on a host: one order in, one line of JSON out.

It needs Python 3.9 and nothing else. Whoever waits for it may be gone before it ends: it does not care, and the next order waits
for its lock. With a second argument it carries out a program of the user's own instead, under the same lock and the same epoch.
Only what a command needs is imported: somebody is waiting.
"""

from __future__ import annotations

import binascii
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from .guard import Guard
from .order import FailedError, Order, UnclearError, decode

MODULES: Mapping[str, str] = {
    "start": "acts",
    "cut_replication": "acts",
    "promote": "acts",
    "set_synchronous": "acts",
    "repoint": "acts",
    "demote": "acts",
    "rejoin": "rejoin",
    "read_positions": "answers",
    "role": "answers",
    "follows": "answers",
    "synchronous": "answers",
    "withdraw_route": "haproxy",
    "reroute": "haproxy",
    "routed": "haproxy",
    "withdraw_page": "pages",
    "page_withdrawn": "pages",
}
"""Where each command and each question is found, as a function of that name."""

OF_DATABASES = frozenset({"acts", "rejoin", "answers"})
LOOKS = frozenset({"read_positions", "role", "follows", "synchronous", "routed", "page_withdrawn"})


def carry_out(order: Order, program: Sequence[str] = ()) -> dict[str, Any]:
    """Do what *order* says under its lock, by *program* if there is one; return what is reported."""
    name = order.details["question"] if order.command == "verify" else order.command
    try:
        with Guard(order) as guard:
            if guard.has_done():
                return {"outcome": "succeeded", "evidence": {"already": True}}
            guard.admit()
            evidence = _own(order, guard, program) if program else _act(name, order, guard)
            if name not in LOOKS:
                guard.done()
            return {"outcome": "succeeded", "evidence": evidence}
    except FailedError as failed:
        return {"outcome": "failed", "evidence": failed.evidence}
    except UnclearError as unclear:
        return {"outcome": "unknown", "evidence": {"reason": str(unclear)}}
    except Exception as error:  # a full disk, a torn memory, an answer that is none
        return {"outcome": "unknown", "evidence": {"reason": f"{type(error).__name__}: {error}"}}


def _act(name: str, order: Order, guard: Guard) -> dict[str, Any]:
    if name not in MODULES:
        raise FailedError(f"'{name}' is nothing that is done here")
    act = getattr(import_module(f".{MODULES[name]}", __package__), name)
    evidence: dict[str, Any]
    if MODULES[name] in OF_DATABASES:
        from .postgresql import PostgreSQL
        from .programs import Programs

        evidence = act(order, guard, PostgreSQL(order, Programs(order, guard.lock)))
    else:
        evidence = act(order, guard)
    return evidence


def _own(order: Order, guard: Guard, program: Sequence[str]) -> dict[str, Any]:
    """Run *program*; what it prints last is the evidence, if that is a JSON object."""
    from .programs import Programs, last_line

    ended = Programs(order, guard.lock).run(program)
    if ended.returncode:
        raise FailedError(f"{program[0]} ended with {ended.returncode}: {last_line(ended.stderr)}")
    try:
        evidence = json.loads(last_line(ended.stdout))
    except ValueError:
        return {}
    return evidence if isinstance(evidence, dict) else {}


def main() -> None:
    """Carry out the order that stands on the command line."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.umask(0o077)
    program = [str(each) for each in json.loads(binascii.a2b_base64(sys.argv[2]))] if len(sys.argv) > 2 else ()
    report = json.dumps(carry_out(decode(sys.argv[1]), program))
    try:
        print(report, flush=True)
    except BrokenPipeError:  # nobody waits any more
        os._exit(0)
