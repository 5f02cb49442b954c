"""The target program, kept running for whoever is asked again and again: what is only looked at begins no program of its own then.

    python3 -S -c 'from target.looking import main; main()'

Each line of its input is a number and an order, as `main` takes it from its command line, or what `survey` takes; each line of its
output is that number and the report. Every order is carried out in a process forked for it, under the same lock and the same epoch,
so one that takes long delays no other. What would change anything is refused. It ends when its input does, or when nobody has said
anything for long.
"""

from __future__ import annotations

import binascii
import json
import os
import selectors
import signal
import sys
from importlib import import_module
from typing import Any

from . import main as program
from .order import decode

IDLE_SECONDS = 300.0
"""After so long whoever asked is taken to be gone, even if the connection does not say so."""
READY = "ready"
SURVEY = "survey"
"""What is asked for, in place of a command, by whoever wants to know what could be done here."""


def look(text: str) -> dict[str, Any]:
    """Answer the order that stands in *text*, or the survey that is asked for."""
    asked = json.loads(binascii.a2b_base64(text))
    if asked["command"] == SURVEY:
        from .survey import survey

        return {"outcome": "succeeded", "evidence": survey(asked)}
    order = decode(text)
    name = order.details.get("question") if order.command == "verify" else order.command
    if name not in program.LOOKS:
        return {"outcome": "failed", "evidence": {"reason": f"'{name}' is no look"}}
    return program.carry_out(order)


def main() -> None:
    """Say that it is ready, and answer every line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever has answered is buried at once
    os.umask(0o077)
    for module in {program.MODULES[name] for name in program.LOOKS}:
        import_module(f".{module}", __package__)  # before the first fork, so that no answer waits for it
    _say(READY)
    waiting = selectors.DefaultSelector()
    waiting.register(sys.stdin.fileno(), selectors.EVENT_READ)
    heard = b""
    while waiting.select(IDLE_SECONDS):
        more = os.read(sys.stdin.fileno(), 65536)
        if not more:
            return
        *lines, heard = (heard + more).split(b"\n")
        for line in lines:
            _answer(line.decode("ascii"))


def _answer(line: str) -> None:
    """Answer *line* in a process of its own; one that holds nothing but a number shows that this is here."""
    number, _, text = line.partition(" ")
    if not text:
        _say(number)
    elif os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            report = look(text)
        except Exception as error:  # whoever asked must not wait for nothing
            report = {"outcome": "unknown", "evidence": {"reason": f"{type(error).__name__}: {error}"}}
        try:
            _say(f"{number} {json.dumps(report)}")
        finally:
            os._exit(0)


def _say(line: str) -> None:
    left = f"{line}\n".encode()
    while left:
        left = left[os.write(sys.stdout.fileno(), left) :]
