"""Programs of the machine that run beside a host whenever it is on, at its place in the network, and die and freeze with it.

They are ours and want the libraries that we are installed with, which a host does not have.
"""

from lab.keeper import module
from lab.keys import VANTAGE_KEY
from lab.layout import LabHost, Role

VANTAGE_PORT = 7410


def companions(host: LabHost) -> dict[str, tuple[str, ...]]:
    """Return the words that start each of *host*'s companions, by a name for its log."""
    if host.role is not Role.MONITOR:
        return {}
    listen = f"{host.address}:{VANTAGE_PORT}"
    return {"vantage": module("failover.live.vantage", "--listen", listen, "--key", f"file:{VANTAGE_KEY}")}
