"""How a command reaches the controller on duty: which socket, what to say when nobody answers, what to repeat when typing on."""

import os
import shlex
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from console import output

SOCKET_VARIABLE = "CONTINUANCE_SOCKET"
USUAL_CONFIG = Path("controller.yaml")
USUAL_SOCKETS = (Path("state/continuance.sock"), Path("/run/continuance/continuance.sock"))

SocketOption = Annotated[
    Path | None,
    typer.Option(
        "--socket",
        help=f"Where the controller listens; ${SOCKET_VARIABLE}, or else {' or '.join(map(str, USUAL_SOCKETS))} unless given.",
        metavar="PATH",
        show_default=False,
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The controller's configuration, which says where it listens.", metavar="FILE"),
]


@dataclass(frozen=True)
class Reach:
    """Where a controller listens, its configuration if that is known, and the options that said so."""

    socket: Path
    config: Path | None = None
    typed: tuple[str, ...] = ()

    def ask(self, **words: Any) -> dict[str, Any]:
        """Return the answer to *words*. Where nobody answers, or it is no question, that is said, and the command ends."""
        from failover.live.desk_client import DeskClient, NobodyAnswersError

        try:
            with DeskClient(self.socket) as desk:
                return expected(desk.ask(**words))
        except NobodyAnswersError as error:
            self.nobody_answers(str(error))

    def nobody_answers(self, why: str, *, journal_would_do: bool = False) -> NoReturn:
        """End the command, because no controller answers; say so where its journal would have been an answer too."""
        output.complain(f"no controller answers at {why}")
        start = start_line(self.config or USUAL_CONFIG)
        output.complain(f"say where it listens with --socket or ${SOCKET_VARIABLE}, or start it: {start}")
        if journal_would_do and self.config is None:
            output.complain(f"to read its journal instead, say where its configuration is: --config {USUAL_CONFIG}")
        raise typer.Exit(output.FAILED)

    def line(self, command: str) -> str:
        """Return *command* so that it reaches the same controller when it is typed here."""
        return shlex.join([*shlex.split(command), *self.typed])

    def journal(self) -> Path | None:
        """Return where the controller's journal is, if its configuration is known."""
        if self.config is None:
            return None
        from failover.live.configuration import load_configuration

        return load_configuration(self.config).store


def reach(socket: Path | None, config: Path | None) -> Reach:
    """Return how to reach the controller that the options name. Raises InputError for a configuration that cannot be used."""
    if socket is not None:
        typed = ("--socket", str(socket))
        return Reach(socket, config, (*typed, *(("--config", str(config)) if config else ())))
    if config is not None:
        from failover.live.configuration import load_configuration

        return Reach(load_configuration(config).socket, config, ("--config", str(config)))
    if named := os.environ.get(SOCKET_VARIABLE):
        return Reach(Path(named))
    return Reach(next((each for each in USUAL_SOCKETS if each.exists()), USUAL_SOCKETS[0]))


def start_line(config: Path | str) -> str:
    """Return the command that starts the controller of *config*."""
    return shlex.join(["continuance", "controller", "run", str(config)])


def configuration_of(socket: Path | None, config: Path | None) -> Path:
    """Return the configuration that is meant: the one given, else that of the controller on duty, else ./controller.yaml."""
    from failover.live.desk_client import DeskClient, NobodyAnswersError

    if config is not None:
        return config
    with suppress(NobodyAnswersError), DeskClient(reach(socket, None).socket) as desk:
        if told := desk.ask(status=True).get("config"):
            return Path(told)
    if USUAL_CONFIG.exists():
        return USUAL_CONFIG
    raise output.refused("--config", f"no controller answers that could tell, and there is no {USUAL_CONFIG} here: say where it is")


def expected(answer: dict[str, Any]) -> dict[str, Any]:
    """Return *answer*, or end the command where it says that what was asked is no question."""
    if "error" in answer:
        output.complain(str(answer["error"]))
        raise typer.Exit(output.BAD_INPUT)
    return answer
