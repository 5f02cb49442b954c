"""The state of the lab, and what its doctor found: as data, and as tables for people."""

from typing import TYPE_CHECKING, Any

from console.tables import new_console, print_rows

if TYPE_CHECKING:
    from lab.doctor import Finding
    from lab.hosts import Lab, Status


def status_data(lab: "Lab") -> dict[str, Any]:
    """Return the state of *lab*, host by host, with what the network loses and how power controllers are wired wrongly."""
    from dataclasses import asdict

    from lab.layout import POWER, POWER_ADDRESS
    from lab.power import wirings
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
    }


def print_status(data: dict[str, Any]) -> None:
    """Print the state of the lab for people."""
    rows = [(name, host["address"], host["role"], _state(host)) for name, host in data["hosts"].items()]
    console = new_console()
    print_rows(console, ("host", "address", "role", "state"), rows)
    print_rows(console, ("from", "to", "lost"), [(each["from"], each["to"], f"{each['share']:.1%}") for each in data["losses"]])
    wrong = [(host, ", ".join(_wrong(wiring))) for host, wiring in data["wiring"].items()]
    print_rows(console, ("power controller of", "what is wrong with it"), wrong)


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
    print_rows(console, ("needed", "found"), [(each.need, "✓" if each.met else f"✗ {each.wrong}") for each in findings])
    remedies = dict.fromkeys(each.remedy for each in findings if not each.met)
    console.print()
    for remedy in remedies:
        console.print(f"do: {remedy}", soft_wrap=True)
    if not remedies:
        console.print("nothing is missing: continuance lab up")
