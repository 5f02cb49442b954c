"""A controller as a process: made from its configuration, told by signals to stop or to take up what has changed."""

import asyncio
import logging
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from failover.core.settings import Settings
from failover.live.clock import Clock
from failover.live.completeness import Sayings
from failover.live.configuration import Configuration, load_configuration
from failover.live.driver import Driver, parts_of, runner_of
from failover.live.hands import Hands
from failover.live.log import Forwarded, Log
from failover.live.notices import Notices
from failover.live.reload import Reload, record_of
from failover.live.secret_sources import SecretError
from failover.live.store import Store, StoreError
from failover.live.systemd import Systemd
from topology.errors import InputError

DONE, BAD_INPUT, FAILED = 0, 2, 3


def run(path: Path) -> int:
    """Be on duty as the configuration at *path* says. Exit codes: 0 stopped, 2 bad configuration, 3 failed."""
    try:
        configuration = load_configuration(path)
    except InputError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        return BAD_INPUT
    return asyncio.run(serve(configuration))


async def serve(configuration: Configuration) -> int:
    """Be on duty as *configuration* says, until SIGTERM or SIGINT; return an exit code."""
    clock = Clock()
    log = Log()
    stopped = asyncio.Event()
    _log_what_nobody_hears(log)
    forwarded = Forwarded(log)
    logging.getLogger().addHandler(forwarded)
    try:
        store = Store(configuration.store)
        notices = Notices(configuration.webhooks, clock, log)
        settings = Settings(configuration.topology)
        hands = Hands(lambda: reload.configuration, lambda: driver.controller.state, runner_of, clock, log)
        driver = Driver(configuration.controller, settings, store, hands, notices, clock, log)
        systemd = Systemd(clock)
        systemd.status = lambda: _in_one_line(driver)
        driver.ready = systemd.ready
        driver.options = ("--config", str(configuration.path))
        driver.finishing = lambda: systemd.stopping("waiting for what was begun")
        reload = Reload(
            configuration, lambda each: parts_of(each, driver, hands, notices, clock, log), driver, notices, systemd, clock, log
        )
        _listen_to_signals(stopped, driver, reload)
        store.note_if_new(record_of(configuration, "start", clock))
        said = Sayings(lambda: reload.configuration)
        await driver.run([reload, systemd, hands, *reload.parts.values()], stopped, configuration.socket, said)
    except (StoreError, SecretError) as error:
        log("stood_down", why=str(error))
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    except Exception as error:
        log("failed", why=f"{type(error).__name__}: {error}", traceback=traceback.format_exc())
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    finally:
        logging.getLogger().removeHandler(forwarded)
    return DONE


def _log_what_nobody_hears(log: Log) -> None:
    """Let what libraries leave to the loop stand in the log like everything else."""

    def told(_: asyncio.AbstractEventLoop, said: dict[str, Any]) -> None:
        log("unheard", what=said["message"], why=repr(said.get("exception")))

    asyncio.get_running_loop().set_exception_handler(told)


def _listen_to_signals(stopped: asyncio.Event, driver: Driver, reload: Reload) -> None:
    def stop() -> None:
        if stopped.is_set():
            driver.hurry()
        stopped.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(signal.SIGHUP, reload.ask)


def _in_one_line(driver: Driver) -> str:
    """Say of every cluster that needs somebody where it is; of the others, how many there are."""
    clusters = driver.controller.state.clusters.values()
    busy = [f"{c.name}: {c.state.value}" for c in clusters if c.state.value != "watching"]
    return "; ".join(busy) or f"watching over {len(clusters)} cluster{'' if len(clusters) == 1 else 's'}"
