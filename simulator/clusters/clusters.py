"""Clusters, their controllers and everything between them, in one world; and what follows when any of it changes."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache, partial

from scenarios.model import STORE
from simulator.clusters.agents import Agent
from simulator.clusters.boot import Boot
from simulator.clusters.controllers import Controller
from simulator.clusters.database import Database
from simulator.clusters.faults import ClusterFaults
from simulator.clusters.guarded import Guarded
from simulator.clusters.layout import LAYOUTS
from simulator.clusters.machines import Machine, Machines
from simulator.clusters.members import Member, Process
from simulator.clusters.network import Network
from simulator.clusters.notes import Notes
from simulator.clusters.operators import Operators
from simulator.clusters.power import PowerDevice
from simulator.clusters.routes import Proxy
from simulator.clusters.store import Lease, Store
from simulator.clusters.targets import Targets
from simulator.clusters.vantages import Vantage
from simulator.clusters.warmth import warm_up
from simulator.clusters.watching import Watcher
from simulator.world import World
from topology.laws import Law


class Clusters:
    """All clusters of a world. Its parts are open to whoever wants to look on."""

    def __init__(self, world: World, operator: Law | None, watchers: Iterable[Watcher] = ()) -> None:
        self.world = world
        self.layout = layout = LAYOUTS.of(world.topology)
        self.settings = layout.settings
        self.watched = layout.settings.hosts
        self.watchers: list[Watcher] = []
        self.fail: Callable[[str, tuple[int, ...]], None] = lambda host, because: None
        """Lets a host fail, as an incident would."""
        self.cause = -1
        """The record of what is happening now."""
        self.notes = Notes(self)
        self.network = Network(world)
        self.machines = Machines(world, self.network, layout.machines)
        machines = self.machines.by_name
        self.databases = {
            cluster.name: Database(world, cluster, machines, self.network) for cluster in world.topology.clusters.values()
        }
        self.members_on: dict[str, list[Member]] = {}
        self.guarded_on: dict[str, list[Guarded]] = {}
        self.proxies: dict[tuple[str, str], Proxy] = {}
        self._databases_at: dict[str, list[Database]] = {}
        for database in self.databases.values():
            self._place(database)
        self.power = {host: PowerDevice(host) for host in layout.members}
        self.pages_withdrawn: set[tuple[str, str]] = set()
        self.store = Store(world, self.network, self.settings)
        self.faults = ClusterFaults(self)
        self.boot = Boot(self)
        self.targets = Targets(self)
        self.operators = Operators(self, operator)
        wall_start_seconds = _wall_seconds(world.start)
        self.controllers = {
            name: Controller(self, name, number, wall_start_seconds) for number, name in enumerate(layout.controllers)
        }
        self.lease = Lease(world, self.store, self.controllers)
        self.vantages = {name: Vantage(self, name, number) for number, name in enumerate(layout.vantages)}
        self.agents = {host: Agent(self, host, number) for number, host in enumerate(layout.self_fencing)}
        self._watch()
        warm_up(self)
        for watcher in watchers:
            watcher.attach(self)
            self.watchers.append(watcher)

    def _place(self, database: Database) -> None:
        database.served = partial(self.notes.served, database)
        for member in database.members.values():
            self.members_on.setdefault(member.host, []).append(member)
            self.guarded_on.setdefault(member.host, []).append(member)
        for proxy in database.proxies:
            self.proxies[database.name, proxy.name] = proxy
            self.guarded_on.setdefault(proxy.name, []).append(proxy)
        for place in dict.fromkeys((*database.members, *(proxy.name for proxy in database.proxies))):
            self._databases_at.setdefault(place, []).append(database)

    def _watch(self) -> None:
        world = self.world
        for machine in self.machines.by_name.values():
            world.watch(machine.node, self._machines_turned)
        for link in self.network.places.links:
            world.watch(world.node(link), partial(self._link_turned, link))
        for site in self.layout.power_sites:
            world.watch(world.node(site), partial(self._site_turned, site))

    def member(self, cluster: str, host: str) -> Member | None:
        """Return the member of *cluster* on *host*."""
        return self.databases[cluster].members.get(host)

    def leading(self) -> list[Controller]:
        """Return who believes that he leads: one, nearly always."""
        return [each for each in self.controllers.values() if each.leading]

    # What the world does.

    def _machines_turned(self, _holds: bool) -> None:
        """Take in every host that the world has turned on or off: one event can turn many, and they are told of one by one."""
        up = self.world.state.up
        turned = [machine for machine in self.machines.by_name.values() if machine.on != up[machine.node]]
        for machine in turned:
            self.cause = self.world.last_record(machine.node)
            self.machines.turn(machine, not machine.on)
            if not machine.on:
                self.halt(machine)
        for machine in turned:
            self.machine_changed(machine)
            if machine.on:
                self.boot.ask(machine)
        if turned:
            self.tell_changed()

    def halt(self, machine: Machine) -> None:
        """Whatever ran on *machine* does no longer."""
        for member in self.members_on.get(machine.name, ()):
            member.process = Process.STOPPED
            self._end(member)
        for database in self._databases_at.get(machine.name, ()):
            for proxy in database.proxies:
                if proxy.name == machine.name:
                    proxy.lingering.clear()
        self.targets.abort(machine.name)
        if (controller := self.controllers.get(machine.name)) is not None:
            controller.die()

    def machine_changed(self, machine: Machine) -> None:
        """Follow up that a host has stopped, or goes on."""
        name = machine.name
        controller = self.controllers.get(name)
        if controller is not None:
            if machine.on and not controller.up:
                controller.restart()
            elif machine.frozen and not controller.frozen:
                controller.freeze()
        for database in self._databases_at.get(name, ()):
            database.review()
        for vantage in self.vantages.values():
            if vantage.name == name:
                vantage.turn(machine.runs and (controller is None or controller.active))
            else:
                vantage.look(name)
        if name in self.agents:
            self.agents[name].review()
        if name in self.vantages:
            self._connections_changed()

    def _link_turned(self, link: str, _holds: bool) -> None:
        self.cause = self.world.last_record(self.world.node(link))
        self.network.look_at_links()
        self.network_changed()

    def _site_turned(self, site: str, holds: bool) -> None:
        self.cause = self.world.last_record(self.world.node(site))
        for host in self.layout.power_sites[site]:
            if holds:
                self.power[host].revive(self.network)
            else:
                self.power[host].die(self.network)

    # What faults and commands do.

    def network_changed(self) -> None:
        """Follow up any change of who reaches whom."""
        for database in self.databases.values():
            database.review()
        for vantage in self.vantages.values():
            vantage.look_around()
        self._connections_changed()
        for agent in self.agents.values():
            agent.review()
        self.boot.ask_again()
        self.targets.deliver()
        self.tell_changed()

    def _connections_changed(self) -> None:
        """Follow up a change between controllers, vantages and the store."""
        for controller in self.leading():
            if controller.hearing is not None:
                controller.hearing.review()
        self.lease.review()

    def store_changed(self) -> None:
        """Follow up that the store answers, or does no longer."""
        if self.store.down:
            self.network.silent.add(STORE)
        else:
            self.network.silent.discard(STORE)
        self.lease.review()
        for agent in self.agents.values():
            agent.review()
        self.boot.ask_again()
        self.targets.deliver()
        self.targets.go_on(STORE)
        self.tell_changed()

    def member_changed(self, member: Member) -> None:
        """Follow up a change of a database."""
        self.databases[member.cluster].review()
        for vantage in self.vantages.values():
            vantage.look(member.host)
        self.tell_changed()

    def set_process(self, member: Member, process: Process) -> None:
        """Let the process of *member* be so from now on."""
        was_hung = member.process is Process.HUNG
        member.process = process
        if process not in (Process.RUNNING, Process.HUNG):
            self._end(member)
        self.member_changed(member)
        if was_hung:
            self.targets.go_on(member.host)

    def _end(self, member: Member) -> None:
        """Let go of what the process of *member* held: what it was about to do, and its clients' sessions."""
        member.stepping_down = False
        for proxy in self.databases[member.cluster].proxies:
            proxy.lingering.discard(member.host)

    def proxy_changed(self, proxy: Proxy) -> None:
        """Follow up that a proxy sends clients elsewhere."""
        self.databases[proxy.cluster].review()
        self.tell_changed()

    def switch_off(self, host: str, cluster: str = "") -> None:
        """Take the power of *host* away; if nothing else explains it, then what was last said of *cluster* does."""
        self.machines.switch_off(self.machines.by_name[host], self.notes.because("down", cluster))

    def switch_on(self, host: str) -> None:
        """Give *host* its power back."""
        self.machines.switch_on(self.machines.by_name[host], self.notes.because("up"))

    def controller_changed(self, controller: Controller) -> None:
        """Follow up that the process of a controller has stopped, or goes on."""
        if controller.name not in self.machines.by_name:
            if controller.active:
                self.network.silent.discard(controller.name)
            else:
                self.network.silent.add(controller.name)
        self.vantages[controller.name].turn(controller.active)
        self._connections_changed()
        self.tell_changed()

    def tell_changed(self) -> None:
        """Tell whoever looks on that something has changed."""
        for watcher in self.watchers:
            watcher.changed()


@lru_cache(maxsize=256)
def _wall_seconds(start: str) -> float:
    return datetime.fromisoformat(start).timestamp()
