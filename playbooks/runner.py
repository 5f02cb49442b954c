"""Carries commands out on real hosts. This is the only place that knows ansible-runner, and what it does not tell.

A fresh folder for every command, because a used one repeats the variables of its former run. The status of a run, its exit code and
its time-out are not believed: its events are (`verdict`), until a deadline by the monotonic clock. Whoever gives up stops nothing
on a host. The environment that a run sees, and leaves behind in its folder, holds what it needs and nothing else.
"""

import asyncio
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_runner.interface import init_runner

from failover.core.commands import READ_ONLY, Command, CommandKind, Outcome
from playbooks import request, shim, survey
from playbooks.catalog import LOCAL, PROJECT, By, Errand, RefusedError, errand
from playbooks.connections import folder_of_sockets, hang_up
from playbooks.equipment import Equipment
from playbooks.inventory import InventoryError, hosts_in
from playbooks.secret_channel import SOCKET, SecretChannel
from playbooks.sessions import SessionError, Sessions
from playbooks.verdict import Hearing, Report, TaskEvent, TaskState, not_run, report_in, unclear
from playbooks.warmth import StarterProcess

AT_ONCE = 32
"""How many commands may be under way at once."""
KEPT_RUNS = 100
"""Of how many runs the folder is kept, for whoever wants to know what happened."""
WARM_AGAIN_SECONDS = 60.0
CANCEL_SECONDS = 0.2
"""How often a run looks whether it is cancelled."""
RETURN_SECONDS = 1.0
"""What of a deadline is left for the way to the host and back."""

KEPT_ENVIRONMENT = frozenset({"HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SSH_AUTH_SOCK", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV"})

_log = logging.getLogger(__name__)

Heard = Callable[[TaskEvent], None]


class Runner:
    """Carries out the commands of one controller, several side by side.

    *state* is a folder of its own. *secrets* returns a secret by its name; it is asked when a playbook needs it.
    """

    def __init__(self, equipment: Equipment, inventory: Path, state: Path, secrets: Callable[[str], str]) -> None:
        self._equipment = equipment
        self._inventory = inventory.resolve()
        self._state = state.resolve()
        self._sockets = folder_of_sockets(self._state)
        self._secrets = SecretChannel(secrets, self._sockets / "secrets")
        self._starter = StarterProcess(self._sockets / "starter")
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="playbook")
        self._made_ready: tuple[str, ...] = ()
        self._hosts: Mapping[str, Mapping[str, Any]] = {}
        """The variables of those of the inventory that can be meant by their names alone."""
        self._sessions: Sessions | None = None
        self._under_way: set[_Run] = set()
        self._warming: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def start(self, more_hosts: Iterable[str] = ()) -> None:
        """Make ready, so that the first command takes no longer than any other. Raises InventoryError.

        *more_hosts* are hosts on which only the user's own playbooks do anything.
        """
        self._made_ready = tuple(dict.fromkeys((*self._equipment.hosts(), *more_hosts)))
        for folder in (self._state, *(self._state / name for name in ("runs", "hooks", "power"))):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        await self._secrets.open()
        environment = self._environment()
        hosts, _ = await asyncio.gather(hosts_in(self._inventory, environment), self._starter.start(environment))
        self._hosts = hosts
        missing = [host for host in self._made_ready if host not in hosts]
        if missing:
            raise InventoryError(f"{self._inventory}: has no host called '{missing[0]}', or a group of the same name")
        reached = {host: hosts[host] for host in self._equipment.hosts()}
        self._sessions = Sessions(reached, self._sockets, {key: environment[key] for key in KEPT_ENVIRONMENT & environment.keys()})
        await self._warm()
        self._warming = asyncio.create_task(self._keep_warm())
        self._ready.set()

    async def carry_out(self, command: Command, deadline_seconds: float, heard: Heard | None = None) -> Report:
        """Carry *command* out, and report. What has not ended after *deadline_seconds* is unknown, and is no longer waited for.

        *heard* is told what happens on hosts while it happens, in a thread of its own.
        """
        begun = time.monotonic()
        try:
            found = errand(command, self._equipment, max(1.0, deadline_seconds - RETURN_SECONDS), self._state / "power")
        except RefusedError as refused:
            return not_run(str(refused))
        if found is not None and found.host not in (None, LOCAL, *self._hosts):
            return not_run(f"the inventory has no host '{found.host}'")
        if found is None:
            return Report(Outcome.SUCCEEDED, {"reason": "there is no playbook for it"})
        mark = self._state / "hooks" / f"{command.id.cluster}-{command.id.number}"
        if command.kind is CommandKind.HOOK and not _first_time(mark):
            return not_run("it was begun before, and is never repeated")
        report = None
        if command.kind in READ_ONLY and found.by is By.TARGET:
            report = await self._looked(found, deadline_seconds)
        if report is None:
            left_seconds = deadline_seconds - (time.monotonic() - begun)
            name = f"{command.id.cluster}-{command.id.number}-{command.kind.value}-"
            report = await self._run(found, left_seconds, heard, name)
        return report._replace(elapsed_seconds=round(time.monotonic() - begun, 3))

    async def survey(self, host: str, closely: bool, deadline_seconds: float) -> Report:
        """Ask *host*, once this has started, whether commands could be carried out there, and do nothing.

        Only if it is looked at *closely* somebody logs in for that; else a session that is open will do.
        """
        async with asyncio.timeout(deadline_seconds):
            await self._ready.wait()
        seconds = max(1.0, deadline_seconds - RETURN_SECONDS)
        asked = survey.errand(host, self._equipment, closely=closely, seconds=seconds)
        report = None if closely else await self._looked(asked, deadline_seconds)
        return report or await self._run(asked, deadline_seconds, None, "survey-")

    async def close(self) -> None:
        """End what runs on the controller. What hosts were told they go on with."""
        if self._warming is not None:
            self._warming.cancel()
        for run in self._under_way:
            run.cancel()
        if self._sessions is not None:
            await self._sessions.close()
        await self._starter.stop()
        await asyncio.to_thread(self._threads.shutdown)
        await self._secrets.close()
        await hang_up(self._sockets)
        shutil.rmtree(self._sockets, ignore_errors=True)

    async def _looked(self, found: Errand, deadline_seconds: float) -> Report | None:
        """Return what is reported over the session that is open to the host; None if there is none."""
        assert found.host is not None and self._sessions is not None
        try:
            async with asyncio.timeout(deadline_seconds):
                return report_in(await self._sessions.ask(found.host, found.request))
        except SessionError:
            return None
        except TimeoutError:
            return unclear("it did not end in time")

    async def _run(self, found: Errand, deadline_seconds: float, heard: Heard | None = None, name: str = "run-") -> Report:
        folder = Path(tempfile.mkdtemp(prefix=name, dir=self._state / "runs"))
        run = _Run(found, folder, heard)
        self._under_way.add(run)
        loop = asyncio.get_running_loop()
        thread = loop.run_in_executor(self._threads, run.play, self)
        thread.add_done_callback(lambda _: self._put_away(run))
        try:
            async with asyncio.timeout(deadline_seconds):
                await run.ended(loop)
                return run.hearing.report()
        except TimeoutError:
            run.cancel()
            return unclear("it did not end in time")
        except asyncio.CancelledError:
            run.cancel()
            raise

    def _put_away(self, run: "_Run") -> None:
        """Keep the folders of the latest runs that did anything."""
        self._under_way.discard(run)
        if run.errand.playbook == survey.PLAYBOOK:
            shutil.rmtree(run.folder, ignore_errors=True)
            return
        folders = sorted((self._state / "runs").iterdir(), key=lambda each: each.stat().st_mtime_ns)
        busy = {each.folder for each in self._under_way}
        for folder in folders[:-KEPT_RUNS]:
            if folder not in busy:
                shutil.rmtree(folder, ignore_errors=True)

    def prepare(self, run: "_Run") -> Any:
        """Return the run as ansible-runner knows it."""
        playbook = run.errand.playbook
        prepared = init_runner(
            private_data_dir=str(run.folder),
            project_dir=str(playbook.parent),
            playbook=str(playbook),
            inventory=str(self._inventory),
            ident="run",
            quiet=True,
            fact_cache_type="",
            envvars=self._settings(),
            extravars={request.VARIABLE: request.write(run.errand.request), **request.VARIABLES_FROM_IT},
            settings={"pexpect_timeout": CANCEL_SECONDS},
            event_handler=run.take,
            cancel_callback=run.is_cancelled,  # also keeps it from replacing the signal handlers of the process
        )
        prepared.config.env = self._pruned(prepared.config.env)
        prepared.config.command = [*_SHIM, str(self._starter.path), *prepared.config.command[1:]]
        return prepared

    def _settings(self) -> dict[str, str]:
        return {
            "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
            "ANSIBLE_HOST_KEY_CHECKING": "True",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self._sockets),
            "ANSIBLE_LOCAL_TEMP": str(self._sockets / "tmp"),
            "PYTHONPATH": str(Path(__file__).parents[1]),
            SOCKET: str(self._secrets.path),
        }

    def _pruned(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return *environment* without what was only inherited, and may be a secret."""
        inherited = {key for key, value in environment.items() if os.environ.get(key) == value}
        return {key: value for key, value in environment.items() if key in KEPT_ENVIRONMENT or key not in inherited}

    def _environment(self) -> dict[str, str]:
        """Return what every run sees of settings: Ansible reads them when it is imported."""
        with tempfile.TemporaryDirectory(dir=self._state / "runs") as folder:
            trial = _Run(Errand(PROJECT / By.ANSWER, None, By.ANSWER, {}), Path(folder), None)
            environment: dict[str, str] = self.prepare(trial).config.env
        return environment

    async def _warm(self) -> None:
        """Open the connections to all hosts, or see that they are still open, and that the target program there is ours."""
        if not self._made_ready:
            return
        in_trouble: set[str] = set()
        errand_to_all = Errand(PROJECT / "prepare.yml", None, By.ANSWER, {"target": list(self._made_ready)})

        def heard(event: TaskEvent) -> None:
            if event.state in (TaskState.FAILED, TaskState.UNREACHABLE):
                in_trouble.add(event.host)

        await self._run(errand_to_all, WARM_AGAIN_SECONDS, heard, "prepare-")
        for host in sorted(in_trouble):
            _log.warning("'%s' cannot be prepared for commands at the moment", host)
        if self._sessions is not None:
            await self._sessions.open()

    async def _keep_warm(self) -> None:
        while True:
            await asyncio.sleep(WARM_AGAIN_SECONDS)
            if not self._under_way:
                await self._warm()


_SHIM = (sys.executable, "-I", "-S", shim.__file__)


def _first_time(mark: Path) -> bool:
    """Leave *mark*, before anything else is done; say whether nobody had."""
    try:
        descriptor = os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return False
    os.fsync(descriptor)
    os.close(descriptor)
    return True


class _Run:
    """One run of one playbook, in a thread."""

    def __init__(self, errand: Errand, folder: Path, heard: Heard | None) -> None:
        self.errand = errand
        self.folder = folder
        self.hearing = Hearing(errand)
        self._heard = heard
        self._cancelled = threading.Event()
        self._over = threading.Event()
        self._waiting: Callable[[], None] | None = None

    def play(self, runner: Runner) -> None:
        """Play it to its end, whatever happens."""
        try:
            runner.prepare(self).run()
        except Exception as error:  # a time-out of the terminal after the work was done, a full disk: the events tell the rest
            _log.warning("%s in a run of %s: %s", type(error).__name__, self.errand.playbook.name, error)
        finally:
            self._tell()

    def take(self, event: Mapping[str, Any]) -> bool:
        """Take one event. Nothing may be raised here: the run would never end."""
        try:
            shown = self.hearing.take(event)
            if shown is not None and self._heard is not None:
                self._heard(shown)
        except Exception:
            _log.exception("an event of %s was lost", self.errand.playbook.name)
        if self.hearing.ended:
            self._tell()
        return False  # nothing of it has to be written down

    def cancel(self) -> None:
        """End it here. Hosts go on with what they were told."""
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        """Say whether it has been cancelled."""
        return self._cancelled.is_set()

    async def ended(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait until nothing more will be told."""
        waiting = loop.create_future()

        def wake() -> None:
            if not waiting.done():
                waiting.set_result(None)

        def from_thread() -> None:
            with suppress(RuntimeError):  # the loop is gone: nobody waits
                loop.call_soon_threadsafe(wake)

        self._waiting = from_thread
        if self._over.is_set():
            wake()
        await waiting

    def _tell(self) -> None:
        self._over.set()
        if self._waiting is not None:
            self._waiting()
