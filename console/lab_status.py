"""The state of the lab, how a controller is let watch it, and what its doctor found: as data, and in words for people."""

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from console.tables import new_console, print_rows

if TYPE_CHECKING:
    from lab.doctor import Finding
    from lab.hosts import Lab, Status


def status_data(lab: "Lab") -> dict[str, Any]:
    """Return the state of *lab*, host by host, with what the network loses and how power controllers are wired wrongly.

    Also which databases do not run although their hosts are on, and what a controller is run with.
    """
    from dataclasses import asdict

    from lab.layout import POWER, POWER_ADDRESS, Role
    from lab.places import CONTROLLER, OBSERVING
    from lab.power import wirings
    from lab.services.database import stopped
    from lab.ways import lossy

    def entry(address: str, role: str, status: "Status") -> dict[str, Any]:
        return {"address": address, "role": role, "on": status.on, "frozen": status.frozen, "cut": status.cut}

    hosts = {each.name: entry(each.address, each.role, lab.status(each.name)) for each in lab.layout.hosts.values()}
    return {
        "format": 1,
        "topology": lab.layout.topology.name,
        "hosts": {**hosts, POWER: entry(POWER_ADDRESS, POWER, lab.status(POWER))},
        "losses": [{"from": way.sender, "to": way.receiver, "share": share} for way, share in lossy().items()],
        "wiring": {host: asdict(wiring) for host, wiring in wirings().items()},
        "stopped_databases": list(stopped(lab, lab.layout.hosts)),
        "controller": {
            "host": lab.layout.of(Role.CONTROLLER)[0].name,
            "configuration": str(CONTROLLER),
            "observing": str(OBSERVING),
        },
    }


def print_status(data: dict[str, Any]) -> None:
    """Print the state of the lab for people."""
    rows = [(name, host["address"], host["role"], _state(host)) for name, host in data["hosts"].items()]
    console = new_console()
    print_rows(console, ("host", "address", "role", "state"), rows)
    print_rows(console, ("from", "to", "lost"), [(each["from"], each["to"], f"{each['share']:.1%}") for each in data["losses"]])
    wrong = [(host, ", ".join(_wrong(wiring))) for host, wiring in data["wiring"].items()]
    print_rows(console, ("power controller of", "what is wrong with it"), wrong)
    print()
    print_stopped(data["stopped_databases"])
    print_ways_to_watch(data["controller"])


def print_stopped(hosts: Sequence[str]) -> None:
    """Say of *hosts* that their databases do not run, and what starts them."""
    from lab.services.database import UNIT

    for host in hosts:
        print(f"The database of {host} does not run. None starts by itself: an old primary would come up as a second one.")
        print(f"  if no other was made primary since: continuance lab in {host} systemctl start {UNIT.removesuffix('.service')}")
        print(f"  if another was, a controller that acts makes it a standby: continuance failover rejoin {host}")


def print_ways_to_watch(controller: Mapping[str, str]) -> None:
    """Say which configurations *controller* of the lab has, and what to type to let it watch."""
    beside = ("continuance", "lab", "beside", controller["host"])
    run = ("continuance", "controller", "run", controller["observing"])
    print(f"A controller that acts:         {controller['configuration']}")
    print(f"A controller that only watches: {controller['observing']}")
    print(f"Let it watch: {shlex.join((*beside, *run))}")


def _state(host: dict[str, Any]) -> str:
    marks = ("on" if host["on"] else "off", "frozen" * host["frozen"], "cut off" * host["cut"])
    return ", ".join(mark for mark in marks if mark)


def _wrong(wiring: dict[str, Any]) -> list[str]:
    said = {
        "to": f"wired to {wiring['to']}",
        "dead": "answers nobody",
        "fails": "does nothing and says so",
        "lies": "does nothing and says it did",
        "answers_after_seconds": f"answers after {wiring['answers_after_seconds']:g} s",
    }
    return [text for key, text in said.items() if wiring[key]]


def print_findings(findings: "list[Finding]") -> None:
    """Print what the lab's doctor found for people."""
    console = new_console()
    print_rows(console, ("needed", "found"), [(each.need, _found(each)) for each in findings])
    console.print()
    for remedy in dict.fromkeys(each.remedy for each in findings if not each.met and each.must):
        console.print(f"do: {remedy}", soft_wrap=True)
    if all(each.met for each in findings if each.must):
        console.print("nothing is missing that the lab must have: continuance lab up")
    for remedy in dict.fromkeys(each.remedy for each in findings if not each.met and not each.must):
        console.print(f"only if that fails: {remedy}", soft_wrap=True)


def _found(finding: "Finding") -> str:
    if finding.met:
        return "✓"
    return f"✗ {finding.wrong}" if finding.must else f"! {finding.wrong}"
