"""How a program is begun on a host without Ansible, in the way in which Ansible would begin it.

This is known of hosts whose inventory says nothing unusual of them: OpenSSH with a key, or this machine itself, as oneself or by
`sudo` without a password. Of any other it is said that they cannot be reached so, and Ansible has to.
"""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_OPTIONS = ("ControlMaster=no", "BatchMode=yes", "ConnectTimeout=3", "ServerAliveInterval=1", "ServerAliveCountMax=3")
"""What our `ansible.cfg` says too, but that what is opened here is shared with nobody."""
_UNDERSTOOD = frozenset(
    {
        "ansible_connection", "ansible_host", "ansible_ssh_host", "ansible_port", "ansible_ssh_port", "ansible_user",
        "ansible_ssh_user", "ansible_private_key_file", "ansible_ssh_private_key_file", "ansible_ssh_args",
        "ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_become", "ansible_become_method", "ansible_become_user",
    }
)  # fmt: skip
_WITHOUT_EFFECT = frozenset({"ansible_python_interpreter"})
"""Variables of Ansible that say nothing of how a host is reached."""
_DEFAULTS = {
    "target_python": "/usr/bin/python3",
    "target_folder": "/usr/local/lib/continuance",
    "target_state": "/var/lib/continuance",
}
"""As the role `target` has them."""


def way(host: str, variables: Mapping[str, Any], sockets: Path, module: str) -> tuple[str, ...] | None:
    """Return the command line that runs *module* of the target program on *host*; None where only Ansible can.

    *variables* are those of the inventory. A connection whose socket is in *sockets* is used, if there is one.
    """
    said = {name: value for name, value in variables.items() if name.startswith("ansible_") and name not in _WITHOUT_EFFECT}
    told = {**_DEFAULTS, **{name: variables[name] for name in _DEFAULTS if name in variables}}
    if said.keys() - _UNDERSTOOD or any(map(_is_rendered, (*said.values(), *told.values()))):
        return None
    program = (
        f"PYTHONPATH={shlex.quote(told['target_folder'])} CONTINUANCE_STATE={shlex.quote(told['target_state'])} "
        f"exec {shlex.quote(told['target_python'])} -S -c 'from target.{module} import main; main()'"
    )
    if said.get("ansible_become", False) not in (False, "false", "no"):
        if said.get("ansible_become_method", "sudo") != "sudo" or said["ansible_become"] not in (True, "true", "yes"):
            return None
        program = f"exec sudo -H -S -n -u {shlex.quote(said.get('ansible_become_user', 'root'))} /bin/sh -c {shlex.quote(program)}"
    match said.get("ansible_connection", "ssh"):
        case "local" | "ansible.builtin.local":
            return ("/bin/sh", "-c", program)
        case "ssh" | "ansible.builtin.ssh" | "smart":
            return (*_ssh(host, said, sockets), program)
        case _:
            return None


def _is_rendered(value: Any) -> bool:
    """Say whether Ansible makes something of *value* before it uses it: of a template, or of something encrypted."""
    return isinstance(value, Mapping | list) or (isinstance(value, str) and ("{{" in value or "{%" in value))


def _ssh(host: str, said: Mapping[str, Any], sockets: Path) -> tuple[str, ...]:
    def first(*names: str) -> Any:
        return next((said[name] for name in names if name in said), None)

    options = [f"ControlPath={sockets}/%C", *_OPTIONS]
    if (port := first("ansible_port", "ansible_ssh_port")) is not None:
        options.append(f"Port={port}")
    if (user := first("ansible_user", "ansible_ssh_user")) is not None:
        options.append(f"User={user}")
    if (key := first("ansible_ssh_private_key_file", "ansible_private_key_file")) is not None:
        options.append(f"IdentityFile={Path(key).expanduser()}")
    more = (shlex.split(said.get(f"ansible_ssh_{name}", "")) for name in ("args", "common_args", "extra_args"))
    address = first("ansible_host", "ansible_ssh_host") or host
    words = (*(word for option in options for word in ("-o", option)), *(word for words in more for word in words))
    return ("ssh", "-T", *words, "--", str(address))
