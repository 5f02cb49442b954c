"""What is watched, and how: as a configuration says it, as a vantage point elsewhere is told it, and as probes that do it."""

from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import Field, StrictInt, model_validator

from failover.live.postgresql import Postgresql
from failover.live.prober import Pace, Watch
from failover.live.probes import Banner, Http, Probe, Sip
from topology.schema import Entry

Port = Annotated[StrictInt, Field(ge=1, le=65535)]
Words = Annotated[str, Field(min_length=1)]


class TcpEntry(Entry):
    """A program that speaks first; without its words nothing would tell a frozen host from one that runs."""

    port: Port
    expect: Words


class HttpEntry(Entry):
    """A web server."""

    port: Port = 80
    path: Words = "/"


class SipEntry(Entry):
    """A SIP server, over UDP."""

    port: Port = 5060


class PostgresqlEntry(Entry):
    """A PostgreSQL server, and as whom to ask it; *password* names a secret."""

    port: Port = 5432
    user: Words = "probe"
    database: Words = "postgres"
    password: Words | None = None


class ProbeEntry(Entry):
    """One probe: exactly one of its kinds."""

    tcp: TcpEntry | None = None
    http: HttpEntry | None = None
    sip: SipEntry | None = None
    postgresql: PostgresqlEntry | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "ProbeEntry":
        if sum(getattr(self, kind) is not None for kind in type(self).model_fields) != 1:
            raise ValueError("a probe is exactly one of tcp, http, sip, postgresql")
        return self


class HostPlan(Entry):
    """One host: where it is, whether a database has to run on it, and its probes."""

    address: Words
    member: bool
    probes: Annotated[tuple[ProbeEntry, ...], Field(min_length=1)]


class Plan(Entry):
    """Everything that a vantage point looks at."""

    period_seconds: Annotated[float, Field(gt=0)]
    timeout_seconds: Annotated[float, Field(gt=0)]
    misses: Annotated[StrictInt, Field(ge=1)]
    hosts: dict[str, HostPlan]

    @property
    def pace(self) -> Pace:
        """Return how often it looks."""
        return Pace(self.period_seconds, self.timeout_seconds, self.misses)

    def secrets(self) -> tuple[str, ...]:
        """Return the names of the secrets that its probes need."""
        entries = (entry.postgresql for host in self.hosts.values() for entry in host.probes)
        return tuple(dict.fromkeys(each.password for each in entries if each is not None and each.password is not None))


def watches(plan: Plan, secrets: Callable[[str], str]) -> Mapping[str, Watch]:
    """Return what looks at each host of *plan*. Raises whatever *secrets* raises for a secret that it cannot tell."""
    found = {}
    for host, each in plan.hosts.items():
        probes = [_probe(each.address, entry, secrets) for entry in each.probes]
        databases = [probe for probe in probes if isinstance(probe, Postgresql)] if each.member else []
        others = [probe for probe in probes if probe not in databases]
        found[host] = Watch(databases[0] if databases else None, others, plan.misses)
    return found


def _probe(address: str, entry: ProbeEntry, secrets: Callable[[str], str]) -> Probe:
    match entry:
        case ProbeEntry(tcp=TcpEntry(port=port, expect=expect)):
            return Banner(address, port, expect)
        case ProbeEntry(http=HttpEntry(port=port, path=path)):
            return Http(address, port, path)
        case ProbeEntry(sip=SipEntry(port=port)):
            return Sip(address, port)
        case ProbeEntry(postgresql=PostgresqlEntry() as found):
            password = None if found.password is None else secrets(found.password)
            return Postgresql(address, found.port, found.user, found.database, password)
    raise AssertionError("a probe is of one kind")
