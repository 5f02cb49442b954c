"""Schedules of faults, drawn: a schedule is a scenario like any other, whose incident is decided by a seed and a number."""

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from failover.core.commands import CommandKind
from scenarios.model import Fault, FaultKind, Phase, Response, Scenario, Trigger
from simulator.checking.liveness import lasts_seconds
from simulator.fuzzing.companions import Companions
from simulator.fuzzing.drawing import draw_fault
from simulator.fuzzing.luck import Luck
from simulator.fuzzing.policies import Policies, draw_operator
from simulator.fuzzing.striking import Striking
from topology.model import Policy, Topology

START = "2026-01-05T09:00+00:00"
MENDED_AT_SECONDS = 240.0
"""When everything is mended that has not mended itself, and nothing more goes wrong."""
MENDED = "everything is mended"
FAULTS_MIN, FAULTS_MAX = 3, 7
STRIKES_FIRST_SECONDS = (1.0, 8.0)
STRIKES_LATER_MAX_SECONDS = 60.0

BEGINNINGS: Mapping[FaultKind, float] = {
    FaultKind.FAIL: 34,
    FaultKind.FREEZE: 9,
    FaultKind.CUT: 12,
    FaultKind.KILL_PROCESS: 10,
    FaultKind.HANG_PROCESS: 7,
    FaultKind.PARTITION: 6,
    FaultKind.FLAP: 5,
    FaultKind.ORDER: 14,
    FaultKind.PROMOTE_BY_HAND: 2,
    FaultKind.STORE_RESTORED: 1,
}
"""What most schedules begin with: something that loses a primary, or somebody who wants another one."""

LATER: Mapping[FaultKind, float] = dict.fromkeys(FaultKind, 2.0) | {
    FaultKind.FAIL: 5,
    FaultKind.RESTORE: 3,
    FaultKind.DELAY: 0.5,
    FaultKind.FREEZE: 4,
    FaultKind.CUT: 6,
    FaultKind.LOSSY: 3,
    FaultKind.KILL_CONTROLLER: 6,
    FaultKind.LEASE_LOST: 4,
    FaultKind.STORE_RESTORED: 1,
    FaultKind.REPORT_LOST: 4,
    FaultKind.FENCE_HITS: 3,
    FaultKind.REROUTE_STUCK: 4,
    FaultKind.SESSIONS_LINGER: 1,
    FaultKind.ORDER: 14,
}
"""What comes on top."""

WAITED_FOR: Mapping[CommandKind, float] = {
    CommandKind.FENCE: 5,
    CommandKind.PROMOTE: 6,
    CommandKind.VERIFY: 3,
    CommandKind.CUT_REPLICATION: 4,
    CommandKind.READ_POSITIONS: 2,
    CommandKind.WITHDRAW_ROUTE: 2,
    CommandKind.REROUTE: 3,
    CommandKind.DEMOTE: 3,
    CommandKind.START: 3,
    CommandKind.REJOIN: 4,
    CommandKind.REPOINT: 1,
    CommandKind.SET_SYNCHRONOUS: 2,
    CommandKind.POWER_ON: 1,
    CommandKind.HOOK: 1,
}
"""In the midst of which commands faults strike."""


class Schedule(NamedTuple):
    """Schedule *number* of *seed*: a scenario of one response, and the seed of the world that it is played in."""

    seed: int
    number: int
    policy: Policy
    scenario: Scenario
    world_seed: int

    @property
    def response(self) -> Response:
        """Return its only response."""
        return self.scenario.responses[0]


class Schedules:
    """Draws schedules on *topology*, with faults of *kinds* alone if any are given."""

    def __init__(self, topology: Topology, seed: int, kinds: Collection[FaultKind] = ()) -> None:
        self.topology = topology
        self.seed = seed
        self._striking = Striking(topology)
        self._policies = Policies(topology)
        wanted = [kind for kind in FaultKind if (not kinds or kind in kinds) and self._striking.possible(kind)]
        self._later = {kind: LATER[kind] for kind in wanted}
        self._beginnings = {kind: BEGINNINGS[kind] for kind in wanted if kind in BEGINNINGS} or self._later
        self._companions = Companions(self._striking, wanted)
        self._mended = self._mend()
        self._horizon_seconds = math.ceil(MENDED_AT_SECONDS + lasts_seconds(topology))

    def draw(self, number: int) -> Schedule:
        """Draw schedule *number*."""
        luck = Luck(self.seed, number)
        policy, topology = self._policies.draw(luck)
        count = luck.whole(FAULTS_MIN, FAULTS_MAX, "schedule", "faults")
        first_at = luck.between(*STRIKES_FIRST_SECONDS, "schedule", "begins")
        faults = [self._fault(luck, place, policy, first_at) for place in range(count)] if self._later else []
        faults += self._companions.draw(luck, faults, policy, first_at)
        incident = (*sorted(faults, key=lambda fault: fault.at_seconds), *self._mended)
        name = f"fuzz-{self.seed}-{number}"
        response = Response("as-played", "", topology, draw_operator(luck))
        scenario = Scenario(name, name, "", self.topology, START, self._horizon_seconds, incident, (response,))
        return Schedule(self.seed, number, policy, scenario, luck.seed())

    def _fault(self, luck: Luck, place: int, policy: Policy, first_at: float) -> Fault:
        """Draw the fault at *place*: the first begins it all, the second strikes in mid-recovery, the others do either."""
        name = f"fault {place}"
        begins = place == 0 and luck.chance(0.9, name, "begins")
        kind = luck.weighted(self._beginnings if begins else self._later, name, "kind")
        fault = draw_fault(self._striking, kind, luck, name, policy, begins=begins)
        if place == 0:
            return replace(fault, at_seconds=first_at)
        if place == 1 or luck.chance(0.45, name, "in mid-recovery"):
            return replace(fault, when=self._trigger(luck, name))
        later = STRIKES_LATER_MAX_SECONDS * luck.share(name, "later") * luck.share(name, "later, but soon")
        return replace(fault, at_seconds=round(first_at + later, 1))

    def _trigger(self, luck: Luck, name: str) -> Trigger:
        command = luck.weighted(WAITED_FOR, name, "waits for")
        phase = luck.one_of(tuple(Phase), name, "phase")
        nth = luck.weighted({1: 7.0, 2: 2.0, 3: 1.0}, name, "nth")
        cluster = luck.one_of(self._striking.clusters, name, "of").name if luck.chance(0.3, name, "of one") else None
        return Trigger(command, phase, nth, cluster)

    def _mend(self) -> tuple[Fault, ...]:
        """What mends everything in the end: hosts and what they stand on are whole, and have power."""
        topology = self.topology
        things = (*topology.sites, *topology.components, *topology.hosts)
        restore = Fault(MENDED_AT_SECONDS, FaultKind.RESTORE, things, cause=MENDED)
        power = Fault(MENDED_AT_SECONDS, FaultKind.RETURN_POWER, self._striking.members, cause=MENDED)
        return restore, power
