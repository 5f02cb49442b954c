"""What the peers need, fetched once into the lab's folder: Patroni from the Python package index, etcd from Debian.

Neither is installed on the machine, and nothing of either is known to Continuance. Called again it does nothing.
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from lab.places import DISKS, STATE
from lab.running import run

PATRONI_PINS = Path(__file__).with_name("patroni.txt")
ETCD_PACKAGES = ("etcd-server", "etcd-client")
FOLDER = STATE / "peers"
FETCH_SECONDS = 600.0
DOWNLOAD = 'cd "$1" && shift && apt-get -qq -o APT::Sandbox::User=root download "$@"'


class Peer(NamedTuple):
    """Programs in the lab's folder, and how they get there."""

    name: str
    fetch: Callable[[Path], None]

    @property
    def place(self) -> Path:
        """Return where they stand on this machine."""
        return FOLDER / self.name

    def put(self, host: str) -> None:
        """Put them where *host* has them as /srv/benchmark/NAME."""
        there = DISKS / host / "srv" / "benchmark" / self.name
        if not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(self.place, there, symlinks=True)


def fetch() -> None:
    """Fetch what is missing."""
    for peer in (PATRONI, ETCD):
        if not peer.place.exists():
            new = peer.place.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(parents=True)
            peer.fetch(new)
            new.rename(peer.place)


def _fetch_patroni(place: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target"]
    run([*pip, place, "--requirement", PATRONI_PINS], timeout_seconds=FETCH_SECONDS)


def _fetch_etcd(place: Path) -> None:
    with TemporaryDirectory() as folder:
        run(["sh", "-c", DOWNLOAD, "download", folder, *ETCD_PACKAGES], timeout_seconds=FETCH_SECONDS)
        for archive in Path(folder).glob("*.deb"):
            run(["dpkg-deb", "--extract", archive, folder])
        for program in ("etcd", "etcdctl"):
            shutil.copy2(Path(folder, "usr/bin", program), place / program)


PATRONI = Peer("patroni", _fetch_patroni)
ETCD = Peer("etcd", _fetch_etcd)
