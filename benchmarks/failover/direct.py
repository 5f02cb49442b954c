"""The program behind the floor: `python -m benchmarks.failover.direct CONFIG FOLDER`, at the controller's place in the network.

It looks at the primary with our prober, and after the policy's detection window sends what our failover sends, in the same order,
each at once when what it waits for is done: to hosts over connections that Ansible has opened already, to the power controller by
the same code. It takes no lease, writes nothing down, starts no playbook. What it takes to start one is measured beforehand, once
for each playbook that waits for another, and told with the rest when its standard input ends: `starts_seconds`, `steps`.
"""

import asyncio
import json
import shlex
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from failover.core.commands import READ_ONLY, Command, CommandId, CommandKind, Epoch, Question
from failover.core.deadlines import DEADLINE_SECONDS
from failover.core.events import Seen
from failover.live.clock import Clock
from failover.live.configuration import Configuration, load_configuration
from failover.live.plan import watches
from failover.live.prober import Prober
from playbooks import power, request
from playbooks.catalog import By, Errand, errand
from playbooks.connections import folder_of_sockets
from playbooks.runner import Runner
from topology.model import Cluster

START = Path(__file__).with_name("start.yml")
PROMOTES_SECONDS = 30.0
TARGET = "PYTHONPATH=/usr/local/lib/continuance CONTINUANCE_STATE=/var/lib/continuance exec /usr/bin/python3 -S -c"
PROGRAM = "from target.main import main; main()"


class Step(NamedTuple):
    """One command."""

    kind: CommandKind
    target: str
    details: Mapping[str, Any] = {}


Chain = tuple[Step, ...]
"""Commands each of which waits for the one before."""


def sequence(cluster: Cluster) -> Iterator[tuple[Chain, ...]]:
    """Yield what a failover of *cluster* to its second member sends until writes are acknowledged: chains that go on side by side.

    Commits wait for a standby, so the third member has to follow the new primary for that. What is sent beside these, and waited
    for by no client, is left out.
    """
    first, second, *others = cluster.members
    standbys, route = (second, *others), cluster.routes[0]
    fence = {"level": cluster.fence[0].kind.value, "identity": first, "incarnation": 0}
    promotion = {"role": "primary", "timeline": 1, "synchronous": others}
    following = {"primary": second}
    yield tuple((Step(CommandKind.READ_POSITIONS, each),) for each in standbys)
    yield (
        (Step(CommandKind.FENCE, first, fence), _look(first, Question.IS_OFF, fence)),
        (Step(CommandKind.WITHDRAW_ROUTE, route, {"primary": None}), _look(route, Question.ROUTED, {"primary": None})),
    )
    yield tuple((Step(CommandKind.CUT_REPLICATION, each),) for each in standbys)
    yield tuple((Step(CommandKind.READ_POSITIONS, each),) for each in standbys)
    yield ((Step(CommandKind.PROMOTE, second, promotion), _look(second, Question.ROLE, promotion)),)
    yield (
        (Step(CommandKind.REROUTE, route, following),),
        *((_look(each, Question.FOLLOWS, following), Step(CommandKind.REPOINT, each, following)) for each in others),
    )


def starts_in(cluster: Cluster) -> int:
    """Return how many commands of the sequence wait for one another and are carried out by a playbook."""
    return sum(max(sum(map(_starts, chain)) for chain in chains) for chains in sequence(cluster))


def _starts(step: Step) -> bool:
    """Hosts are looked at over sessions that are open already; power is by playbooks, to look at it too."""
    return step.kind not in READ_ONLY or step.details.get("question") == Question.IS_OFF


def _look(host: str, question: Question, details: Mapping[str, Any]) -> Step:
    return Step(CommandKind.VERIFY, host, {"question": question.value, **details})


class Direct:
    """Detects, and sends."""

    def __init__(self, configuration: Configuration, folder: Path) -> None:
        self._configuration = configuration
        self._folder = folder
        (self._cluster,) = configuration.topology.clusters.values()
        self._addresses = {name: each.address for name, each in configuration.plan.hosts.items()}
        self._numbers = iter(range(1_000_001, 2_000_000))
        self._silent = asyncio.Event()
        self._waiting: asyncio.TimerHandle | None = None
        self.steps: list[Any] = []

    async def run(self) -> None:
        """Look until the primary has been silent for the detection window, then send everything."""
        plan, secrets = self._configuration.plan, self._configuration.secrets
        prober = asyncio.create_task(Prober(watches(plan, secrets), plan.pace, self._seen, Clock()).run())
        try:
            await self._silent.wait()
            self.steps.append(["silent", time.time()])
            for number, chains in enumerate(sequence(self._cluster), 1):
                await asyncio.gather(*(self._follow(chain, Epoch(1, number)) for chain in chains))
        finally:
            prober.cancel()

    def _seen(self, host: str, seen: Seen, _why: str) -> None:
        if host != self._cluster.primary:
            return
        if self._waiting is not None:
            self._waiting.cancel()
        if seen is Seen.NOTHING:
            window_seconds = self._cluster.policy.detection_window_seconds
            self._waiting = asyncio.get_running_loop().call_later(window_seconds, self._silent.set)

    async def _follow(self, chain: Chain, epoch: Epoch) -> None:
        for step in chain:
            await self._send(step, epoch)

    async def _send(self, step: Step, epoch: Epoch) -> None:
        identity = CommandId(self._cluster.name, next(self._numbers))
        command = Command(identity, 1, step.kind, step.target, epoch, step.details)
        seconds = DEADLINE_SECONDS.get(step.kind, PROMOTES_SECONDS)
        found = errand(command, self._configuration.equipment, seconds, self._folder / "power")
        assert found is not None
        begun = time.monotonic()
        outcome = await (self._switch(found) if found.by is By.POWER else self._tell(found))
        self.steps.append([step.kind.value, step.target, round(time.monotonic() - begun, 4), outcome])

    async def _switch(self, found: Errand) -> str:
        report = await asyncio.to_thread(power.carry_out, found.request, self._configuration.secrets)
        return str(report["outcome"])

    async def _tell(self, found: Errand) -> str:
        """Let the target program do it, as the role `target` calls it."""
        assert found.host is not None
        words = f"{TARGET} {shlex.join((PROGRAM, request.write(found.request)))}"
        socket = folder_of_sockets((self._folder / "state").resolve()) / "%C"
        ssh = ("ssh", "-F", "none", "-o", f"ControlPath={socket}", "-o", "ControlMaster=no", "-o", "BatchMode=yes", "-l", "root")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*ssh, self._addresses[found.host], words, stdout=pipe, stderr=pipe)
        said, complaint = await process.communicate()
        try:
            return str(json.loads(said.decode().splitlines()[-1])["outcome"])
        except (ValueError, LookupError):
            raise RuntimeError(f"{found.request['command']} on {found.host}: {said.decode()} {complaint.decode()}") from None


async def starts(runner: Runner, cluster: Cluster) -> list[float]:
    """Return how long it takes to start a playbook that does nothing, once for each that has to wait for another."""
    found = []
    for number in range(1, starts_in(cluster) + 1):
        identity = CommandId(cluster.name, number)
        command = Command(identity, 0, CommandKind.HOOK, cluster.primary, Epoch(1, 0), {"name": START.stem})
        found.append((await runner.carry_out(command, DEADLINE_SECONDS[CommandKind.HOOK])).elapsed_seconds)
    return found


async def main(config: str, folder: str) -> None:
    """Open the connections, measure, look, send, and tell."""
    configuration = load_configuration(Path(config))
    (cluster,) = configuration.topology.clusters.values()
    equipment = replace(configuration.equipment, hooks={START.stem: START})
    runner = Runner(equipment, configuration.inventory, Path(folder) / "state", configuration.secrets)
    await runner.start()
    try:
        starts_seconds = await starts(runner, cluster)
        direct = Direct(configuration, Path(folder))
        sending = asyncio.create_task(direct.run())
        print("ready", flush=True)
        ending = asyncio.ensure_future(asyncio.to_thread(sys.stdin.read))
        done, _ = await asyncio.wait({sending, ending}, return_when=asyncio.FIRST_COMPLETED)
        if sending in done:
            sending.result()  # what went wrong is told at once
        await ending
        sending.cancel()
        print(json.dumps({"starts_seconds": starts_seconds, "steps": direct.steps}))
    finally:
        await runner.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
