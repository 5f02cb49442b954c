"""Power, switched and confirmed: off is off when the device says so of the host that is meant.

A power device cannot refuse an old order, so that is done here: an order to switch off that names an older incarnation of its host
than one that was already seen has come too late. The lock is held until the device has confirmed.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from playbooks.fence_agents import Agent
from playbooks.redfish import PowerError, System

LOOK_AGAIN_SECONDS = 0.05
SILENT_SECONDS = 6.0
"""After so long a device that has not answered at all has failed: there may be another level."""

_DEVICES: Mapping[str, Callable[[Mapping[str, Any], str], "Device"]] = {"redfish": System, "fence_agent": Agent}
_BUTTONS = {"fence": ("ForceOff", False), "power_on": ("On", True)}


class Device(Protocol):
    """What switches the power of a host."""

    identity: str | None

    def is_on(self) -> bool:
        """Say whether it has power, and find out whom it speaks of."""

    def press(self, button: str) -> None:
        """Switch: `ForceOff` or `On`."""

    def close(self) -> None:
        """Hang up."""


def carry_out(request: Mapping[str, Any], secret: Callable[[str], str]) -> dict[str, Any]:
    """Switch a host off or on, or look whether it is off; return the outcome and what shows it."""
    power = request["power"]
    named = power["credentials"]
    ends_at = time.monotonic() + float(request["seconds"])
    try:
        device = _DEVICES[power["level"]](power, secret(named) if named else "")
    except OSError as error:  # a secret that cannot be read, an authority that is not there
        return _report("failed", reason=str(error))
    try:
        if request["command"] == "verify":
            is_on = device.is_on()
            return _report("succeeded", off=not is_on, identity=device.identity)
        with _remembered(Path(request["state"]), request["target"], ends_at) as memory:
            return _switch(request, device, memory, ends_at)
    except PowerError as error:
        return _report("failed", reason=str(error))
    finally:
        device.close()


def _switch(request: Mapping[str, Any], device: Device, memory: dict[str, Any], ends_at: float) -> dict[str, Any]:
    button, on = _BUTTONS[request["command"]]
    details = request["details"]
    incarnation = int(details.get("incarnation", memory.get("incarnation", 0)))
    if incarnation < memory.get("incarnation", 0):
        return _report("failed", reason="it has been switched on since", incarnation=memory["incarnation"])
    memory["incarnation"] = incarnation
    pressed = tried = False
    gives_up_at = min(ends_at, time.monotonic() + SILENT_SECONDS)
    while True:
        try:
            is_on = device.is_on()
            gives_up_at = ends_at
            if device.identity != details.get("identity", request["target"]):
                return _report("failed", reason="the device speaks of another host", identity=device.identity)
            if is_on is on:
                return _report("succeeded", off=not is_on, identity=device.identity)
            if not pressed:
                tried = True
                device.press(button)
                pressed = True
        except PowerError as error:
            if time.monotonic() > gives_up_at:
                return _report("unknown" if tried else "failed", reason=str(error))
        if time.monotonic() > ends_at:
            return _report("unknown", reason="the device does not confirm it", identity=device.identity)
        time.sleep(LOOK_AGAIN_SECONDS)


def _report(outcome: str, **evidence: Any) -> dict[str, Any]:
    return {"outcome": outcome, "evidence": evidence}


@contextmanager
def _remembered(folder: Path, host: str, ends_at: float) -> Iterator[dict[str, Any]]:
    """Hold the lock on *host*, and what is remembered of it: the newest incarnation. It is written down before it is acted on."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{host}.json"
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > ends_at:
                    raise PowerError("another order to switch it is still under way") from None
                time.sleep(0.01)
        yield _Memory(path)
    finally:
        os.close(lock)


class _Memory(dict[str, Any]):
    """What is written down whenever it is changed."""

    def __init__(self, path: Path) -> None:
        super().__init__(json.loads(path.read_text(encoding="utf-8")) if path.exists() else {})
        self._path = path

    def __setitem__(self, key: str, value: Any) -> None:
        if self.get(key) == value:
            return
        super().__setitem__(key, value)
        draft = self._path.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(self, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
