"""Whether a host could be switched off: its power controller answers, knows us, and speaks of that host."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Protocol

from failover.live.readiness.checking import Check, Found
from failover.live.readiness.verdict import Lack
from failover.live.secret_sources import SecretError
from playbooks.equipment import FenceAgent, Redfish
from playbooks.fence_agents import Agent
from playbooks.redfish import PowerError, System

EVERY_SECONDS = 60.0

Secret = Callable[[str], str]


class Device(Protocol):
    """What switches the power of a host, and says of which one."""

    identity: str | None

    def is_on(self) -> bool:
        """Ask it. Raises PowerError."""

    def close(self) -> None:
        """Hang up."""


def fence_check(power: Redfish | FenceAgent, secrets: Secret) -> Check:
    """Return the check that *power* would switch its host off, and no other."""
    subject = f"the fence of '{power.host}' by {power.level.value}"

    async def look() -> Found:
        why = await asyncio.to_thread(in_the_way, power, secrets)
        return {subject: Lack(why, _remedy(power)) if why else None}

    return Check(subject, EVERY_SECONDS, look)


def in_the_way(power: Redfish | FenceAgent, secrets: Secret) -> str:
    """Ask the device; return what would keep it from switching its host off, nothing where nothing would."""
    try:
        device = _device(power, secrets)
    except (OSError, SecretError) as error:
        return str(error)
    try:
        device.is_on()
    except (PowerError, KeyError) as error:
        return str(error) if isinstance(error, PowerError) else f"its answer lacks {error}"
    finally:
        device.close()
    return "" if device.identity == power.host else f"it speaks of '{device.identity}'"


def _device(power: Redfish | FenceAgent, secrets: Secret) -> Device:
    credentials = "" if power.credentials is None else secrets(power.credentials)
    return System(asdict(power), credentials) if isinstance(power, Redfish) else Agent(asdict(power), credentials)


def _remedy(power: Redfish | FenceAgent) -> str:
    where = power.url if isinstance(power, Redfish) else power.program
    return f"see to {where} and its credentials; until then only a person can prove that '{power.host}' is off"
