"""A process that has Ansible imported, and forks for each playbook: most of what `ansible-playbook` takes is its imports.

It takes orders from `shim` over a socket, with the terminal and the environment of whoever called that. It ends as soon as its
standard input does: that is held by the controller, and so nothing of it outlives a controller that was killed.
"""

import array
import contextlib
import gc
import marshal
import os
import random
import selectors
import signal
import socket
import sys
import warnings
from pathlib import Path

from playbooks.shim import LENGTH

FILES = 3


class Starter:
    """Forks, and tells the exit code."""

    def __init__(self, path: Path) -> None:
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(str(path))
        path.chmod(0o600)
        self._listening.listen(64)
        self._environment = dict(os.environ)
        self._waiting = selectors.DefaultSelector()
        self._children: dict[int, tuple[int, socket.socket]] = {}
        """Process number and caller of each child, by the descriptor that says when it has ended."""

    def serve(self) -> None:
        """Fork for everybody who calls, until the controller is gone."""
        self._waiting.register(self._listening, selectors.EVENT_READ)
        self._waiting.register(sys.stdin.fileno(), selectors.EVENT_READ)
        while True:
            for key, _ in self._waiting.select():
                if key.fileobj is self._listening:
                    with contextlib.suppress(OSError, ValueError):
                        self._begin(self._listening.accept()[0])
                elif key.fd == sys.stdin.fileno():
                    self._end_all()
                    return
                elif key.fd in self._children:
                    self._ended(key.fd)
                else:
                    self._gone(key.data)

    def _begin(self, caller: socket.socket) -> None:
        """Fork for *caller*."""
        length, rights, _, _ = caller.recvmsg(LENGTH.size, socket.CMSG_SPACE(FILES * 4))
        files = array.array("i")
        for _level, _kind, data in rights:
            files.frombytes(data)
        arguments, folder, environment = marshal.loads(_read(caller, LENGTH.unpack(length)[0]))
        process = os.fork()
        if process == 0:
            self._become(arguments, folder, environment, list(files))
        for descriptor in files:
            os.close(descriptor)
        ends = os.pidfd_open(process)
        self._children[ends] = (process, caller)
        self._waiting.register(ends, selectors.EVENT_READ)
        self._waiting.register(caller, selectors.EVENT_READ, ends)

    def _become(self, arguments: list[str], folder: str, environment: dict[str, str], files: list[int]) -> None:
        """Be `ansible-playbook`, in the child; never return."""
        code = 1
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number, descriptor in enumerate(files):
                os.dup2(descriptor, number)
            os.closerange(FILES, 256)
            os.chdir(folder)
            if _configuration(environment) != _configuration(self._environment):  # read once, when it was imported
                os.execve(sys.executable, [sys.executable, "-m", "ansible", "playbook", *arguments], environment)
            os.environ.clear()
            os.environ.update(environment)
            random.seed()
            gc.disable()  # it ends before that pays
            warnings.simplefilter("ignore")
            code = run_playbook(arguments)
        finally:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()
            os._exit(code)

    def _ended(self, ends: int) -> None:
        """Tell the caller how his child ended."""
        process, caller = self._children.pop(ends)
        self._waiting.unregister(ends)
        os.close(ends)
        _, status = os.waitpid(process, 0)
        with contextlib.suppress(KeyError):
            self._waiting.unregister(caller)
        code = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(OSError):
            caller.sendall(str(code if code >= 0 else 128 - code).encode())
        caller.close()

    def _gone(self, ends: int) -> None:
        """The caller was killed: so is what was done for him."""
        process, caller = self._children[ends]
        self._waiting.unregister(caller)
        _kill(process)

    def _end_all(self) -> None:
        for process, _ in self._children.values():
            _kill(process)


def _kill(process: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(process, signal.SIGKILL)


def _read(caller: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        more = caller.recv(length - len(found))
        if not more:
            raise ValueError("it hung up in mid-sentence")
        found += more
    return found


_OF_ONE_RUN = frozenset({"ANSIBLE_CACHE_PLUGIN_CONNECTION"})


def _configuration(environment: dict[str, str]) -> dict[str, str]:
    """Return what of *environment* Ansible takes as its settings."""
    return {key: value for key, value in environment.items() if key.startswith("ANSIBLE_") and key not in _OF_ONE_RUN}


def import_ansible() -> None:
    """Import and read what every playbook of ours needs, so that children have it."""
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins import loader
    from ansible.template import Templar, trust_as_template

    loader.init_plugin_loader()
    for each in (loader.connection_loader, loader.shell_loader, loader.become_loader, loader.vars_loader):
        list(each.all(class_only=True))
    for each, names in (
        (loader.inventory_loader, ("host_list", "yaml", "ini", "script", "auto")),
        (loader.strategy_loader, ("linear",)),
        (loader.cache_loader, ("memory",)),
        (loader.callback_loader, ("default", "minimal", "oneline", "junit", "tree")),
        (loader.action_loader, ("raw", "command", "set_stats", *(f"continuance.failover.{name}" for name in ("power", "write")))),
    ):
        for name in names:
            each.get(name, class_only=True)
    trial = trust_as_template("{{ ('e30=' | b64decode | from_json).x | default('') | quote is search('y') }}")
    Templar(loader=DataLoader()).template(trial)


def run_playbook(arguments: list[str]) -> int:
    """Run `ansible-playbook` in this process."""
    from ansible.cli.playbook import PlaybookCLI

    sys.argv = ["ansible-playbook", *arguments]
    try:
        return int(PlaybookCLI.cli_executor(sys.argv) or 0)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1


def main() -> None:
    """Import, listen, say so, and serve."""
    import_ansible()
    gc.collect()
    gc.freeze()  # what is never looked at by the collector is never copied for a child
    starter = Starter(Path(sys.argv[1]))
    print("ready", flush=True)
    starter.serve()


if __name__ == "__main__":
    main()
