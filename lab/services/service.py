"""What a service of the lab says of itself: the files it puts on hosts' disks, and what it does once hosts answer."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from lab.hosts import Lab
from lab.layout import LabHost, Layout


class File(NamedTuple):
    """A file for a host's disk. It belongs to *owner*, a user the machine knows."""

    content: str | bytes
    mode: int = 0o644
    owner: str = "root"


class Service(Protocol):
    """Something that runs on hosts of the lab."""

    @property
    def name(self) -> str:
        """Return what it is called where progress is told."""
        ...

    def files(self, layout: Layout, host: LabHost) -> Mapping[str, File]:
        """Return what *host*'s disk needs before its first boot, by absolute path; empty for a host that has no part in it.

        Its units go to /etc/systemd/system, where nothing of the machine's own is seen. Folders are made as needed, for root.
        """
        ...

    def starts(self, layout: Layout, host: LabHost) -> Sequence[str]:
        """Return the units that *host* starts at every boot."""
        ...

    def set_up(self, lab: Lab) -> None:
        """Do what takes running hosts, all of which answer by now. Every `lab up` calls it: what is done already is left alone."""
        ...
