import asyncio
import socket
from pathlib import Path

import pytest

from failover.live.desk_client import DeskClient, NobodyAnswersError
from tests.failover.live.stage import awaited, on_duty, until


@awaited
async def test_one_connection_asks_several_things(tmp_path: Path) -> None:
    def ask(path: Path) -> list[str]:
        with DeskClient(path) as desk:
            return [desk.ask(status=True)["controller"], desk.ask(order="resume", cluster="db", operator="anna")["reason"]]

    async with on_duty(tmp_path, socket=tmp_path / "s.sock") as duty:
        await until(lambda: duty.lines("led"))
        assert await asyncio.to_thread(ask, tmp_path / "s.sock") == ["controller-1", "nothing is paused"]


def test_a_socket_that_is_not_there_or_that_nobody_listens_at_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(NobodyAnswersError, match="there is no such socket"):
        DeskClient(tmp_path / "s.sock")
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(tmp_path / "s.sock"))
    with pytest.raises(NobodyAnswersError, match="nobody listens there any more"):
        DeskClient(tmp_path / "s.sock")


@pytest.mark.parametrize(("said", "why"), [(b"", "the controller hung up"), (b"[]\n", "whoever answers is no controller")])
def test_whoever_hangs_up_or_is_no_controller_is_said_to(tmp_path: Path, said: bytes, why: str) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "s.sock"))
        other.listen()
        with DeskClient(tmp_path / "s.sock") as desk:
            answering, _ = other.accept()
            answering.sendall(said)
            answering.shutdown(socket.SHUT_WR)
            with pytest.raises(NobodyAnswersError, match=why):
                desk.ask(status=True)
            answering.close()


def test_somebody_who_never_answers_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "s.sock"))
        other.listen()
        with DeskClient(tmp_path / "s.sock", seconds=0.05) as desk, pytest.raises(NobodyAnswersError, match="timed out"):
            desk.ask(status=True)
