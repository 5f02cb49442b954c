"""Ways through the switch on which packets are lost, all of them or a share: one direction at a time, for packets go one way.

What is lost is lost in the switch, so a host that is switched off and on again is as cut off as before. Only IP is lost and never
the search for hardware addresses, because that would take the other direction along.
"""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lab.errors import LabError
from lab.layout import POWER, Layout
from lab.network import POWER_CABLE, management_port, port
from lab.places import NAMESPACES, RUN, SWITCH
from lab.running import run

KEPT = RUN / "ways.json"
TABLE = "continuance"


class Way(NamedTuple):
    """From who sends to who receives: names of hosts, or `layout.POWER`."""

    sender: str
    receiver: str


def lossy() -> dict[Way, float]:
    """Return the ways on which something is lost, with the share of it."""
    if not KEPT.exists():
        return {}
    return {Way(sender, receiver): share for sender, receiver, share in json.loads(KEPT.read_text(encoding="utf-8"))}


def lose(layout: Layout, ways: Iterable[Way], share: float = 1.0) -> None:
    """Lose *share* of what is sent on each of *ways* from now on, or nothing more where that is 0."""
    wanted = lossy() | dict.fromkeys(ways, share)
    for way in wanted:
        _ports(layout, way)
    _apply(layout, {way: share for way, share in wanted.items() if share > 0})


def free(layout: Layout, name: str) -> None:
    """Lose nothing more of what *name* sends or is sent."""
    before = lossy()
    if (after := {way: share for way, share in before.items() if name not in way}) != before:
        _apply(layout, after)


def between(targets: Iterable[str], sources: Iterable[str], one_way: bool = False) -> list[Way]:
    """Return the ways between *targets* and *sources*; with *one_way* only those on which *targets* hear *sources*."""
    targets, sources = list(targets), list(sources)
    hearing = [Way(source, target) for target in targets for source in sources if source != target]
    return list(dict.fromkeys(hearing if one_way else [*hearing, *(Way(each.receiver, each.sender) for each in hearing)]))


def _apply(layout: Layout, losses: Mapping[Way, float]) -> None:
    """Let the switch lose *losses* and nothing else, from one moment to the next."""
    rules = [
        f'iifname "{sender}" oifname "{receiver}" ether type ip {_chance(share)}drop'
        for way, share in losses.items()
        for sender, receiver in _ports(layout, way)
    ]
    chain = "\n".join(["type filter hook forward priority 0", *rules])
    table = f"table bridge {TABLE}"
    commands = f"{table} {{ }}\ndelete {table}\n{table} {{\nchain lost {{\n{chain}\n}}\n}}\n"
    new = KEPT.with_suffix(".new")
    new.write_text(json.dumps([[*way, share] for way, share in losses.items()]), encoding="utf-8")
    new.replace(KEPT)  # at one blow: whoever is killed here leaves no half of it
    run(["nsenter", f"--net={NAMESPACES / SWITCH}", "--", "nft", "-f", "-"], stdin=commands)


def _chance(share: float) -> str:
    return "" if share >= 1 else f"numgen random mod 1000 < {max(1, round(share * 1000))} "


def _ports(layout: Layout, way: Way) -> list[tuple[str, str]]:
    """Return where *way* enters the switch and leaves it, in each network that both its ends stand on."""
    sender, receiver = _plugs(layout, way.sender), _plugs(layout, way.receiver)
    common = [(sender[network], receiver[network]) for network in sender if network in receiver]
    if not common:
        raise LabError(f"no way leads from {way.sender} to {way.receiver}")
    return common


def _plugs(layout: Layout, name: str) -> dict[str, str]:
    """Return the ports of *name*, by network."""
    if name == POWER:
        return {"management": POWER_CABLE}
    host = layout.host(name)
    ports = {"service": port(host)}
    if host.management_address is not None:
        ports["management"] = management_port(host)
    return ports
