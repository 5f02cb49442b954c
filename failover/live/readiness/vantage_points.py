"""Whether every vantage point reports: without enough of them nobody can say that a host is lost."""

from failover.live.hearing import Hearing
from failover.live.readiness.checking import Check, Found
from failover.live.readiness.verdict import Lack

EVERY_SECONDS = 15.0


def vantage_check(hearing: Hearing, vantage: str) -> Check:
    """Return the check that *vantage* reports."""
    subject = f"the vantage point '{vantage}'"
    lack = Lack(
        "it does not report, and without it too few may see that a host is lost",
        f"see that its agent runs on '{vantage}', is reached from here, and has our key",
    )

    async def look() -> Found:
        return {subject: None if hearing.hears(vantage) else lack}

    return Check(subject, EVERY_SECONDS, look)
