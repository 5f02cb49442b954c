"""What is measured: something that keeps the cluster of the lab writable."""

from collections.abc import Mapping
from typing import Any, Protocol


class System(Protocol):
    """One way to keep it writable, on hosts that are all on and on which no database runs yet."""

    period_seconds: float
    """How often it comes round to do the same again: the fault falls anywhere into that."""

    def start(self) -> None:
        """Make the cluster anew, its first member as primary, and return when all is as it should be."""

    def switch_over(self) -> None:
        """Order that the synchronous standby becomes primary."""

    def stop(self) -> Mapping[str, Any]:
        """End whatever it is on hosts that stay on; return what is worth keeping of the run."""
