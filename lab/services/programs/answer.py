"""The program that answers people: `python3 -m lab.services.programs.answer lookup|hotline ADDRESS CONNINFO FILE`.

It reads the cases from the database that CONNINFO leads to, and keeps its last copy in FILE.
"""

import sys
from pathlib import Path

from lab.services.programs import hotline, lookup
from lab.services.programs.last_copy import LastCopy
from lab.services.programs.records import Records

SERVICES = {"lookup": lookup.serve, "hotline": hotline.serve}


def main(service: str, address: str, conninfo: str, file: str) -> None:
    """Answer for ever."""
    copy = LastCopy(Records(conninfo).read, Path(file))
    copy.keep_renewing()
    SERVICES[service](address, copy)


if __name__ == "__main__":
    main(*sys.argv[1:])
