"""What `controller.yaml` may say: one pydantic model per kind of entry. `configuration` joins them with topology and inventory."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from failover.core.commands import CommandKind
from failover.live.monitoring_schema import AlertmanagerEntry, Listen, PrometheusEntry, Url
from failover.live.plan import Port, ProbeEntry, Words
from failover.live.secret_sources import known_source
from failover.live.vantage import PORT
from topology.errors import shown
from topology.model import FenceKind
from topology.schema import Entry, PolicyEntry
from topology.values import Span

LOCAL = "local"
"""The vantage point that the controller itself is."""


def _listed(value: object) -> object:
    """Read one mapping as a list of it."""
    return [value] if isinstance(value, dict) else value


def _store(value: object) -> str:
    kind, _, path = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind != "sqlite" or not path:
        raise ValueError(f"{shown(value)} is no store; write sqlite:PATH")
    return path


Source = Annotated[str, BeforeValidator(known_source)]


class DatabaseWords(Entry):
    """Where a database is and how it is run, as far as it is not where its distribution has it."""

    address: Words | None = None
    unit: Words | None = None
    data_directory: Words | None = None
    binaries: Words | None = None
    config_file: Words | None = None
    socket_directory: Words | None = None
    port: Port | None = None
    os_user: Words | None = None
    user: Words | None = None
    database: Words | None = None
    replication_user: Words | None = None
    replication: dict[str, str] | None = None


class ClientEntry(Entry):
    """As whom a write is tried."""

    user: Words
    database: Words
    credentials: Words | None = None
    options: dict[str, str] = {}


class DatabasesEntry(DatabaseWords):
    """The databases of one cluster: what they share, then where single hosts differ."""

    debian: Annotated[StrictInt, Field(ge=9, le=99)] | None = None
    red_hat: Annotated[StrictInt, Field(ge=9, le=99)] | None = None
    client: ClientEntry
    hosts: dict[str, DatabaseWords] = {}

    @model_validator(mode="after")
    def _placed(self) -> Self:
        packaged = (self.debian is not None) + (self.red_hat is not None)
        if packaged > 1 or (not packaged and None in (self.unit, self.data_directory, self.binaries)):
            raise ValueError("give the version as 'debian' or 'red_hat', or else 'unit', 'data_directory' and 'binaries'")
        return self


class HaproxyEntry(Entry):
    """An HAProxy that leads clients to a cluster."""

    host: Words
    backend: Words
    port: Port
    address: Words | None = None
    socket: Words = "/run/haproxy/admin.sock"
    state_file: Words | None = None


class RouteEntry(Entry):
    """What leads clients to a cluster."""

    haproxy: HaproxyEntry


class LevelEntry(Entry):
    """One way to switch a host off: exactly one of its kinds, and what goes with it."""

    redfish: Url | None = None
    fence_agent: Words | None = None
    playbook: Words | None = None
    operator: bool = False
    credentials: Words | None = None
    system: Words | None = None
    serial: Words | None = None
    authority: Words | None = None
    options: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _word(cls, value: Any) -> Any:
        return {"operator": True} if value == FenceKind.OPERATOR.value else value

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if len([each for each in _LEVELS if getattr(self, each)]) != 1:
            raise ValueError("a way to fence is exactly one of redfish, fence_agent, playbook, operator")
        unfit = sorted(self.model_fields_set - {self.kind.value} - _LEVELS[self.kind.value])
        if unfit:
            raise ValueError(f"'{unfit[0]}' does not go with '{self.kind.value}'")
        if self.redfish is not None and self.credentials is None:
            raise ValueError("'redfish' needs 'credentials', the name of a secret: user:password")
        return self

    @property
    def kind(self) -> FenceKind:
        """Return which it is."""
        return FenceKind(next(each for each in _LEVELS if getattr(self, each)))


_LEVELS = {
    "redfish": {"credentials", "system", "serial", "authority"},
    "fence_agent": {"credentials", "options"},
    "playbook": set[str](),
    "operator": set[str](),
}
"""The kinds of a level, and what goes with each."""


class ProbingEntry(Entry):
    """How often hosts are looked at, and how long a look may take: as the topology has it unless given. Of a look in vain is told
    when so many in a row were.
    """

    every: Span | None = None
    timeout: Span | None = None
    misses: Annotated[StrictInt, Field(ge=1, le=100)] = 1


class AgentEntry(Entry):
    """An agent that looks from another host; *key* names the secret that both know."""

    address: Words | None = None
    port: Port = PORT
    key: Words = "vantage"


class VantageEntry(Entry):
    """One vantage point: an agent under its host's name, or monitoring. A name alone is an agent where it usually is."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, AgentEntry]
    alertmanager: AlertmanagerEntry | None = None
    prometheus: PrometheusEntry | None = None

    @model_validator(mode="before")
    @classmethod
    def _name(cls, value: Any) -> Any:
        return {value: {}} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.agents) + (self.alertmanager is not None) + (self.prometheus is not None) != 1:
            raise ValueError("each vantage point is an item of the list by itself: a name, or one mapping")
        return self

    @property
    def agents(self) -> dict[str, AgentEntry]:
        """Return the agent by its name, if it is one."""
        return dict(self.__pydantic_extra__)


class NotifyEntry(Entry):
    """Who is told."""

    webhook: Url


class ListenEntry(Entry):
    """Where orders arrive, and where Prometheus may ask how things are."""

    socket: Words | None = None
    http: Listen | None = None


class ControllerEntry(Entry):
    """The whole file."""

    topology: Words
    controller: Words | None = None
    inventory: Words
    through: tuple[Words, ...] = ()
    state: Words = "state"
    store: Annotated[str, BeforeValidator(_store)] | None = None
    secrets: dict[str, Source] = {}
    policy: dict[str, PolicyEntry] = {}
    databases: dict[str, DatabasesEntry] = {}
    routes: dict[str, Annotated[tuple[RouteEntry, ...], BeforeValidator(_listed)]] = {}
    fence: dict[str, tuple[LevelEntry, ...]] = {}
    pages: dict[str, dict[str, Words]] = {}
    playbooks: dict[CommandKind, Words] = {}
    hooks: dict[str, Words] = {}
    probes: dict[str, tuple[ProbeEntry, ...]] = {}
    probing: ProbingEntry = ProbingEntry()
    vantages: tuple[VantageEntry, ...] | None = None
    notify: tuple[NotifyEntry, ...] = ()
    listen: ListenEntry | None = None

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, value: Any) -> Any:
        """Read a section with nothing under it as one that is not there."""
        return {key: each for key, each in value.items() if each is not None} if isinstance(value, dict) else value
