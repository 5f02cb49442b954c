"""How a command reaches the controller on duty: which socket, what to say when nobody answers, what to repeat when typing on."""

import os
import shlex
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from console import output

if TYPE_CHECKING:
    from failover.live.desk_client import NobodyAnswersError

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
    through: tuple[str, ...] = ()
    """The words before a command that reaches hosts."""

    def ask(self, **words: Any) -> dict[str, Any]:
        """Return the answer to *words*. Where nobody answers, or it is no question, that is said, and the command ends."""
        from failover.live.desk_client import DeskClient, NobodyAnswersError

        try:
            with DeskClient(self.socket) as desk:
                return self.expected(desk.ask(**words))
        except NobodyAnswersError as error:
            self.nobody_answers(error)

    def nobody_answers(self, error: "NobodyAnswersError", *, journal_would_do: bool = False) -> NoReturn:
        """End the command, because no controller answers; say so where its journal would have been an answer too.

        No configuration is named that nobody is sure of: to start a controller with another one may be worse than none.
        """
        output.complain(f"no controller answers at {error}")
        if error.denied:
            output.complain(f"it belongs to another account: {output.as_root()}")
        elif self.config is not None:
            output.complain(f"start it: {start_line(self.config, self.through)}")
        else:
            journal = ", or, to read its journal, where its configuration is with --config" if journal_would_do else ""
            output.complain(f"say where it listens with --socket or ${SOCKET_VARIABLE}{journal}; or see why it does not run")
        raise typer.Exit(output.FAILED)

    def expected(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return *answer*, or end the command where it says that this was no question, or that there is nothing to tell."""
        if "error" in answer:
            output.complain(str(answer["error"]))
            raise typer.Exit(output.BAD_INPUT)
        if "nothing" in answer:
            self.nothing_to_tell(str(answer["nothing"]))
        return answer

    def nothing_to_tell(self, why: str) -> NoReturn:
        """End the command, because there has been no recovery; say what tells of everything else."""
        output.complain(why)
        output.complain(f"what happened: {self.line('continuance failover history')}")
        output.complain(f"what it would have done where it only observes: {self.line('continuance failover agreement')}")
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

        found = load_configuration(config)
        return Reach(found.socket, config, ("--config", str(config)), found.through)
    if named := os.environ.get(SOCKET_VARIABLE):
        return Reach(Path(named))
    return Reach(next((each for each in USUAL_SOCKETS if _may_be_there(each)), USUAL_SOCKETS[0]))


def _may_be_there(path: Path) -> bool:
    """Say whether there is such a file, or we may not see whether there is."""
    try:
        return path.exists()
    except PermissionError:
        return True


def start_line(config: Path | str, through: Iterable[str]) -> str:
    """Return the command that starts the controller of *config*; it comes after the words that lead *through* to its network."""
    return shlex.join([*through, "continuance", "controller", "run", str(config)])


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
