"""What answers people on the lab's hosts: the lookup servers and the hotline, two programs over the same last copy of the cases."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.hosts import Lab
from lab.layout import LabHost, Layout, Role
from lab.services.service import File

LIBRARY = "/usr/local/lib/continuance"
ROOT = Path(__file__).parents[2]
PROGRAMS = ("lab/__init__.py", "lab/services/__init__.py", "lab/services/programs/*.py")
"""What a host gets of this very source, under the same names."""

USER = "nobody"
FIRST_COPY_SECONDS = 10.0
POLL_SECONDS = 0.1

SERVICE = """[Unit]
Description=The lab's {name}
DefaultDependencies=no
After=local-fs.target
StartLimitIntervalSec=0

[Service]
User={user}
StateDirectory=continuance-{name}
Environment=PYTHONPATH={library} PYTHONDONTWRITEBYTECODE=1
ExecStart=/usr/bin/python3 -m lab.services.programs.answer {name} {address} "{conninfo}" /var/lib/continuance-{name}/cases.json
Restart=always
RestartSec=200ms
"""


@dataclass(frozen=True)
class Answering:
    """The program *name* on every host of *role*."""

    name: str
    role: Role

    @property
    def unit(self) -> str:
        """Its unit."""
        return f"continuance-{self.name}.service"

    def files(self, layout: Layout, host: LabHost) -> Mapping[str, File]:
        """Return the program and its unit."""
        if host.role is not self.role:
            return {}
        unit = SERVICE.format(
            name=self.name, user=USER, library=LIBRARY, address=host.address, conninfo=conninfo(layout, host.name)
        )
        sources = (source for pattern in PROGRAMS for source in sorted(ROOT.glob(pattern)))
        programs = {f"{LIBRARY}/{source.relative_to(ROOT)}": File(source.read_bytes()) for source in sources}
        return {**programs, f"/etc/systemd/system/{self.unit}": File(unit)}

    def starts(self, layout: Layout, host: LabHost) -> Sequence[str]:
        """Return its unit, on hosts of its role."""
        return (self.unit,) if host.role is self.role else ()

    def set_up(self, lab: Lab) -> None:
        """Wait until every one of them has a copy to answer from."""
        deadline = time.monotonic() + FIRST_COPY_SECONDS
        for host in lab.layout.of(self.role):
            while not self._has_copy(lab, host.name):
                if time.monotonic() > deadline:
                    raise LabError(
                        f"{host.name} has no copy of the cases after {FIRST_COPY_SECONDS:g} s: `journalctl -u {self.unit}` there"
                    )
                time.sleep(POLL_SECONDS)

    def _has_copy(self, lab: Lab, host: str) -> bool:
        try:
            lab.inside(host, "test", "-e", f"/var/lib/continuance-{self.name}/cases.json")
        except LabError:
            return False
        return True


LOOKUP = Answering("lookup", Role.LOOKUP)
HOTLINE = Answering("hotline", Role.HOTLINE)


def conninfo(layout: Layout, host: str) -> str:
    """Return how *host* reaches the cases: by way of the proxies, as anybody does."""
    edges = ",".join(each.address for each in layout.of(Role.EDGE))
    return f"host={edges} port=5432 user=court dbname=court connect_timeout=2 application_name={host}"
