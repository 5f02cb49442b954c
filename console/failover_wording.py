"""What happened, as sentences for people: one for each kind of happening."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

Data = Mapping[str, Any]

_HEALTH = {
    "primary": "accepts writes",
    "standby": "is a standby",
    "answers": "answers",
    "process_dead": "answers, and its database does not run",
    "silent": "is silent",
}
LOOKS = frozenset({"verify", "read_positions"})
"""Commands that only look."""


def health(word: str) -> str:
    """Say how a host is seen."""
    return _HEALTH.get(word, word)


def clock(wall_seconds: float) -> str:
    """Write a time of the day, here."""
    return datetime.fromtimestamp(wall_seconds).strftime("%H:%M:%S")


def moment(wall_seconds: float) -> str:
    """Write a date and a time, here."""
    return datetime.fromtimestamp(wall_seconds).strftime("%Y-%m-%d %H:%M:%S")


def took(seconds: float | None) -> str:
    """Write how long something took, to a tenth of a second where it was short."""
    from topology.quantities import show_duration

    if seconds is None:
        return ""
    return f"{seconds:.1f}s" if seconds < 10.0 else show_duration(seconds)


def span(predicted: Data | None) -> str:
    """Write a predicted time: the middle, and what it stays below nearly always."""
    if predicted is None:
        return "nobody can say how long"
    return f"about {took(predicted['p50'])}, at worst about {took(predicted['p95'])}"


def lost(seconds: float | None) -> str:
    """Say how much of what was acknowledged is lost."""
    if seconds is None:
        return "nobody can say how much of the latest writes is lost"
    return "nothing that was acknowledged is lost" if seconds == 0.0 else f"the last {took(seconds)} of writes may be lost"


def assumption(standbys: Sequence[str]) -> str:
    """Say what is assumed where nobody has said for whom commits wait; nothing where nothing is."""
    return f"assuming that commits waited for {' or '.join(standbys)}, which nobody has said" if standbys else ""


def intention(would: Data) -> str:
    """Say what the controller would do if its policy let it, and what it assumes."""
    match would["intent"]:
        case "failover":
            act = f"would fail over to {would['promote']}"
        case "restart":
            act = "would start the database where it is"
        case _:
            act = f"would leave it: {would['why_not']}"
    assumed = assumption(would["assumes_that_commits_waited_for"])
    return f"{act} ({assumed})" if assumed else act


def _held(data: Data) -> str:
    would = f"; if it might act, it {intention(data['would'])}" if "would" in data else ""
    return f"nothing is done: {data['reason']}{would}"


def _lost_too(data: Data) -> str:
    lost = f"the primary is lost, too: {data['host']} {health(data['health'])}"
    return f"{lost}; nothing is done: the policy only observes; if it might act, it {intention(data['would'])}"


def sentence(what: str, data: Data) -> str:
    """Say what happened."""
    said = _SENTENCES.get(what)
    return said(data) if said else what.replace("_", " ")


def is_detail(happening: Data) -> bool:
    """Say whether *happening* is of interest only to whoever wants to know everything: a look that went well, or begins."""
    what, data = happening["what"], happening["data"]
    looks = data.get("command") in LOOKS
    ended_well = what == "ended" and (looks or data["command"] in ("notify", "ask")) and data["outcome"] == "succeeded"
    return (what == "command" and looks) or ended_well or what == "led"


def order(data: Data) -> str:
    """Say what was ordered, by whom, why, and from where."""
    host = f" {data['host']}" if data.get("host") else ""
    why = f": {data['reason']}" if data.get("reason") else ""
    return f"{data['operator']} orders {data['order'].replace('_', '-')}{host}{why}{whence(data)}"


def whence(data: Data) -> str:
    """Say from where an order came."""
    origin = data.get("origin")
    if not origin:
        return ""
    known = [f"account {origin['user']}" if origin["user"] else "", f"process {origin['pid']}" if origin["pid"] else ""]
    known.append(f"change {origin['change']}" if origin["change"] else "")
    found = ", ".join(each for each in known if each)
    return f" ({found})" if found else ""


def _order_refused(data: Data) -> str:
    if "operator" not in data:
        return f"the {data['order']} is given up: {data['reason']}"
    return f"{data['operator']}'s order {data['order'].replace('_', '-')} is refused: {data['reason']}{whence(data)}"


def _command(data: Data) -> str:
    details, target = data["details"], data["target"]
    match data["command"]:
        case "notify":
            return f"people are told: {details['text']}"
        case "ask":
            return f"a person is asked: {details['what']}"
        case "hook":
            return f"hook {details['name']} for {target}"
        case "verify":
            return f"look at {target}: {details['question'].replace('_', ' ')}?"
        case "read_positions":
            return f"look at {target}: what does it have?"
        case "fence":
            return f"switch {target} off, by {details['level']}"
        case "withdraw_route":
            return f"lead no clients through {target}"
        case "reroute":
            return f"lead the clients of {target} to {details['primary']}"
        case "repoint":
            return f"let {target} follow {details['primary']}"
        case "set_synchronous":
            return f"let commits on {target} wait for {', '.join(details['standbys']) or 'nobody'}"
        case "cut_replication":
            return f"let {target} receive nothing more, and say what it has"
        case word:
            return f"{word.replace('_', ' ')} {target}"


def _ended(data: Data) -> str:
    error = data["evidence"].get("error") or data["evidence"].get("message")
    why = f": {error}" if error else ""
    return f"{_command(data)} – {data['outcome']} after {took(data['seconds'])}{why}"


def _recovered(data: Data) -> str:
    unrouted = f"; not yet through {', '.join(data['unrouted'])}" if data.get("unrouted") else ""
    return f"clients reach {data['primary']}, which is primary: a write went through{unrouted}"


_SENTENCES: Mapping[str, Callable[[Data], str]] = {
    "led": lambda data: f"the controller {data['controller']} leads, in term {data['term']}",
    "seen": lambda data: f"{data['host']} {health(data['health'])}{_seen_by(data)}",
    "suspected": lambda data: f"the primary is lost: {data['host']} {health(data['health'])}",
    "taken_over": lambda data: f"{data['host']} is primary in place of {data['before']}: people, or something else, made it so",
    "lost_too": _lost_too,
    "withdrawn": lambda data: f"{data['host']} is back; nobody has to take over",
    "held": _held,
    "waiting": lambda data: f"it waits for a yes of {data['needed']} person{'s' if data['needed'] > 1 else ''}",
    "ordered": order,
    "order_refused": _order_refused,
    "foreseen": lambda data: f"{data['host']} could take over" if data["host"] else "nobody could take over",
    "decided": lambda data: f"{data['goal']} begins: {data['because']}",
    "entered": lambda data: f"{data['state']}: {data['reason']}",
    "refused": lambda data: f"{data['host']} is not promoted: {data['reason']}",
    "chose": lambda data: f"{data['host']} is chosen; {lost(data['lost_seconds'])}",
    "fenced": lambda data: f"{data['host']} is off for certain, by {data['by']}",
    "promoted": lambda data: f"{data['host']} is primary; {lost(data['lost_seconds'])}",
    "not_promoted": lambda data: f"{data['host']} was not promoted",
    "quarantined": lambda data: f"{data['host']} counts no more until it is rejoined",
    "rejoined": lambda data: f"{data['host']} is a standby again",
    "halted": lambda data: f"halted: {data['text']}",
    "recovered": _recovered,
    "command": _command,
    "ended": _ended,
}


def _seen_by(data: Data) -> str:
    return f", seen by {', '.join(data['seen_by'])}" if data["seen_by"] and data["health"] == "silent" else ""
