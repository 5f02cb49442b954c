"""The three sentences of the first page: what happened, what the best option would have done, and what then remains."""

from report.moments import Clock
from report.verdict import as_happened, catching_up_seconds, gone, same_length
from report.wording import counted, listed, name_ranges, show_money, titled
from timeline.record import Kind
from timeline.results import ReplayResult, ResponseResult
from topology.quantities import show_duration


def three_sentences(result: ReplayResult, clock: Clock) -> list[str]:
    """Return what a manager should know, in the order in which it is asked. Two sentences where nothing remains to be said."""
    found = [_what_happened(result, clock), _what_helps(result), _what_remains(result)]
    return [sentence for sentence in found if sentence]


def service_title(result: ReplayResult, name: str) -> str:
    """Return what people call the service *name*."""
    service = result.topology.services.get(name)
    return service.title or name if service else name


def _what_happened(result: ReplayResult, clock: Clock) -> str:
    first = as_happened(result)
    main = service_title(result, result.main_service)
    there = gone(first, result.main_service)
    opening = f"{_when(first, clock)}, {_hit(result)} failed"
    if not there.outages:
        return f"{opening}; {main} stayed up."
    last = there.outages[-1]
    if len(there.outages) > 1:
        text = f"{opening}; {main} was gone {len(there.outages)} times, {there.shown} in all"
    else:
        text = f"{opening}; {main} was gone for {there.shown}"
    if last.restored is None:
        ends = f"{text} and had not come back when the replay ends on {clock.in_words(result.horizon_seconds)}"
        if not result.stranded:
            return f"{ends}."
        return f"{ends}: nothing brings {listed(name_ranges(result.stranded))} back, because the network does not say how."
    text += f", until {clock.in_words(last.ends)}"
    behind = catching_up_seconds(first, result.main_service)
    return f"{text}, and then took {show_duration(behind)} to work off what had piled up." if behind else f"{text}."


def _when(response: ResponseResult, clock: Clock) -> str:
    """Say when the faults came: at one time, or from the first on."""
    times = {record.at for record in response.timeline.records if record.kind is Kind.FAULT}
    return f"{'On' if len(times) < 2 else 'From'} {clock.in_words(min(times, default=0.0))}{'' if len(times) < 2 else ' on'}"


def _hit(result: ReplayResult) -> str:
    hosts = [result.topology.hosts[name] for name in result.hit if name in result.topology.hosts]
    if hosts and len(hosts) == len(result.hit):
        what = counted(len(hosts), hosts[0].role.replace("-", " ") or "host", f"{hosts[0].role.replace('-', ' ') or 'host'}s")
        if len({host.role for host in hosts}) > 1:
            what = counted(len(hosts), "host", "hosts")
        sites = {host.site for host in hosts if host.site}
        site = result.topology.sites.get(sites.pop()) if len(sites) == 1 else None
        return f"{what} ({listed(name_ranges(result.hit))}){f' at {site.title or site.name}' if site else ''}"
    titles = {entity.name: entity.title for entity in result.topology.entities()}
    return listed([titles.get(name) or name for name in name_ranges(result.hit)]) or "nothing"


def _what_helps(result: ReplayResult) -> str:
    first, best = as_happened(result), result.best()
    if len(result.responses) == 1:
        return "No other response was replayed, so there is nothing to compare it with."
    if best.name == first.name:
        others = result.responses[1:]
        if len(others) == 1:
            return f"The one option replayed beside it, “{titled(others[0])}”, does no better."
        return f"None of the {len(others)} options replayed beside it does better."
    main = service_title(result, result.main_service)
    there = gone(best, result.main_service)
    stale_seconds = best.services[result.main_service].stale_seconds
    if there.outages:
        effect = f"have cut this to {there.shown}"
    elif stale_seconds:
        effect = f"have kept {main} answering throughout, {show_duration(stale_seconds)} of it from an old copy"
    else:
        effect = f"have kept {main} up throughout"
    text = f"The best option, “{titled(best)}”, would {effect}{_data_lost(best)}"
    if best.cost is None or first.cost is None:
        return f"{text}{_takes(best)}."
    costs = f"{show_money(best.cost.total, best.cost)} in all against {show_money(first.cost.total, first.cost)} without it"
    return f"{text}, for {costs}{_takes(best)}."


def _data_lost(response: ResponseResult) -> str:
    lost = max((each.lost_seconds or 0.0 for each in response.failover), default=0.0)
    return f", losing at most the last {show_duration(lost)} of data" if lost else ""


def _takes(response: ResponseResult) -> str:
    if not response.bought:
        return "; nothing has to be bought"
    price = f", {show_money(response.cost.option, response.cost)}" if response.cost and response.cost.option else ""
    return f"; to be bought: {listed(response.bought)}{price}"


def _what_remains(result: ReplayResult) -> str:
    phrases = [phrase for phrase in (_beyond_all(result), _beyond_the_best(result), _refused(result)) if phrase]
    if not phrases:
        return ""
    return ". ".join(phrase[0].upper() + phrase[1:] for phrase in phrases[:2]) + "."


def _lengths(result: ReplayResult, service: str) -> dict[str, float]:
    return {each.name: gone(each, service).total_seconds for each in result.responses if service in each.topology.services}


def _beyond_all(result: ReplayResult) -> str:
    """Name the services whose outage is as long under every response."""
    first = as_happened(result)
    stuck = []
    for service in first.timeline.services:
        lengths = _lengths(result, service)
        if lengths[first.name] > 0 and all(same_length(length, lengths[first.name]) for length in lengths.values()):
            stuck.append(f"{service_title(result, service)} ({gone(first, service).shown})")
    if not stuck or len(result.responses) == 1:
        return ""
    return f"no option shortens the outage of {listed(stuck)}"


def _beyond_the_best(result: ReplayResult) -> str:
    """Name the service that the best option leaves gone as long as ever though another would bring it back sooner."""
    first, best = as_happened(result), result.best()
    if first.name == best.name:
        return ""
    for service in first.timeline.services:
        lengths = _lengths(result, service)
        before, shortest = lengths[first.name], min(lengths.values())
        if before > 0 and same_length(lengths.get(best.name, 0.0), before) and not same_length(shortest, before):
            other = next(each for each in result.responses if lengths.get(each.name) == shortest)
            stuck = f"{service_title(result, service)}, gone for {gone(first, service).shown} either way"
            sooner = f"shorten that to {gone(other, service).shown}" if shortest else "spare it altogether"
            return f"that option does nothing for {stuck}; “{titled(other)}” would {sooner}"
    return ""


def _refused(result: ReplayResult) -> str:
    """Name the response that changes nothing because its standby may not take over, and say why."""
    before = gone(as_happened(result), result.main_service).total_seconds
    for response in result.responses[1:]:
        unchanged = same_length(gone(response, result.main_service).total_seconds, before)
        for decision in response.failover:
            if unchanged and decision.decided == "refused" and decision.refused:
                host, reason = decision.refused[0]
                return f"“{titled(response)}” changes nothing, for {host} may not take over ({reason})"
    return ""
