"""How secrets reach playbooks."""

import asyncio
import os
from pathlib import Path

import pytest

from playbooks.secret_channel import SOCKET, SecretChannel, secret


def told(names: list[str], secrets: dict[str, str], path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv(SOCKET, str(path))

    def answer(name: str) -> str:
        if name not in secrets:
            raise OSError(f"there is no secret '{name}'")
        return secrets[name]

    async def ask() -> list[str]:
        channel = SecretChannel(answer, path)
        await channel.open()
        try:
            return [await asyncio.to_thread(secret, name) for name in names]
        finally:
            await channel.close()

    return asyncio.run(ask())


def test_secret_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"redfish": "admin:s3cret", "other": "ä\n+-"}
    assert told(["redfish", "other"], secrets, tmp_path / "s", monkeypatch) == ["admin:s3cret", "ä\n+-"]


def test_secret_that_cannot_be_read_is_an_error_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match="there is no secret 'x'"):
        told(["x"], {}, tmp_path / "s", monkeypatch)
    with pytest.raises(OSError, match="is no name of a secret"):
        told(["x\ny"], {}, tmp_path / "s", monkeypatch)


def test_nobody_answers_when_the_controller_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SOCKET, str(tmp_path / "nowhere"))
    with pytest.raises(OSError):
        secret("redfish")


def test_only_the_user_of_the_controller_can_connect(tmp_path: Path) -> None:
    async def mode() -> int:
        channel = SecretChannel(str, tmp_path / "s")
        await channel.open()
        found = (tmp_path / "s").stat().st_mode & 0o777
        await channel.close()
        return found

    assert asyncio.run(mode()) == 0o600


AS_SOMEBODY_ELSE = """
import socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
print(connection.recv(100))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_somebody_else_is_told_nothing() -> None:
    path = Path("/tmp") / f"continuance-test-{os.getpid()}"

    async def ask() -> bytes:
        channel = SecretChannel(lambda name: "s3cret", path)
        await channel.open()
        path.chmod(0o666)
        try:
            program = ("/usr/bin/python3", "-c", AS_SOMEBODY_ELSE, str(path))
            asking = await asyncio.create_subprocess_exec(*program, stdout=-1, user=65534, cwd="/")
            output, _ = await asking.communicate()
            return output
        finally:
            await channel.close()
            path.unlink(missing_ok=True)

    assert asyncio.run(ask()) == b"b''\n"
