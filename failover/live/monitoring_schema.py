"""What `controller.yaml` may say of monitoring: an Alertmanager that tells, a Prometheus that is asked, as further vantage points.

Both see with other eyes than probes, and later. So what they say holds for a while only, and of databases they say less: see
docs/monitoring.md.
"""

from typing import Annotated

from pydantic import BeforeValidator, Field

from failover.live.plan import Words
from topology.errors import shown
from topology.schema import Entry
from topology.values import Span

OUR_ALERTS = "Continuance"
"""With this the names of all alerts begin that are made of what a controller says of itself."""
OUR_METRICS = "continuance_"


def listening_place(value: object) -> str:
    """Return *value* if it is ADDRESS:PORT, else raise ValueError that says what would be right."""
    address, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if not address or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f'{shown(value)} is no place to listen at; write ADDRESS:PORT, such as "127.0.0.1:9477"')
    return str(value)


def place_of(listen: str) -> tuple[str, int]:
    """Return address and port of a place to listen at."""
    address, _, port = listen.rpartition(":")
    return address.strip("[]"), int(port)


def web_address(value: object) -> str:
    """Return *value* if it is an address of the web, else raise ValueError that says what would be right."""
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise ValueError(f"{shown(value)} is no address of the web; it begins with http:// or https://")
    return value


def _others_alert(value: object) -> object:
    if isinstance(value, str) and value.startswith(OUR_ALERTS):
        raise ValueError(f"{shown(value)} is made of what this controller says itself: it would hear its own echo")
    return value


def _others_query(value: object) -> object:
    if isinstance(value, str) and OUR_METRICS in value:
        raise ValueError(f"this asks for '{OUR_METRICS}…', which this controller says itself: it would hear its own echo")
    return value


Listen = Annotated[str, BeforeValidator(listening_place)]
Url = Annotated[str, BeforeValidator(web_address)]


class _MonitoringEntry(Entry):
    """What both have in common: the label that names a host, and which host each of its values means where that is not plain."""

    name: Words
    label: Words = "instance"
    hosts: dict[str, Words] = {}
    token: Words | None = None
    lapses_after: Span


class AlertmanagerEntry(_MonitoringEntry):
    """An Alertmanager that tells of alerts. Those named in *alerts* say that their host is not there."""

    name: Words = "alertmanager"
    listen: Listen
    token: Words
    alerts: Annotated[tuple[Annotated[Words, BeforeValidator(_others_alert)], ...], Field(min_length=1)]
    lapses_after: Span = 60.0


class PrometheusEntry(_MonitoringEntry):
    """A Prometheus that is asked *query* again and again: 0 says that the host is not there, anything else that it is."""

    name: Words = "prometheus"
    url: Url
    query: Annotated[Words, BeforeValidator(_others_query)]
    authority: Words | None = None
    every: Span = 1.0
    timeout: Span = 0.9
    lapses_after: Span = 20.0
