"""The process that has Ansible imported: started with the controller, ended with it, and started again should it die."""

import asyncio
import logging
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

STOP_SECONDS = 5.0

_log = logging.getLogger(__name__)


class StarterProcess:
    """Runs `starter`, which listens at *path*. While it does not run, playbooks start cold."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None

    async def start(self, environment: Mapping[str, str]) -> None:
        """Start it, and wait until it listens."""
        await self._launch(environment)
        self._watching = asyncio.create_task(self._watch(environment))

    async def stop(self) -> None:
        """End it, and everything that was forked off it."""
        if self._watching is not None:
            self._watching.cancel()
        process = self._process
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _launch(self, environment: Mapping[str, str]) -> None:
        self.path.unlink(missing_ok=True)
        command = (sys.executable, "-m", "playbooks.starter", str(self.path))
        self._process = await asyncio.create_subprocess_exec(*command, stdin=-1, stdout=-1, env=dict(environment))
        assert self._process.stdout is not None
        if not await self._process.stdout.readline():
            _log.warning("nothing is warm: every playbook will start by itself, and take seconds")

    async def _watch(self, environment: Mapping[str, str]) -> None:
        while self._process is not None:
            await self._process.wait()
            await asyncio.sleep(1.0)
            await self._launch(environment)
