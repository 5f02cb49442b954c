"""Writes what Prometheus and Grafana need to watch a controller, and the list of alerts with their pages.

    python -m monitoring.generate docs

`--pages` says where the alerts' pages are served, if they are: every alert then leads whoever it wakes to its page.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from monitoring.dashboard import dashboard
from monitoring.rules import ALERTS, PAGES, rules

_HEAD = "# Made by `python -m monitoring.generate`; see docs/monitoring.md.\n"


def files(pages: str = PAGES) -> Mapping[str, str]:
    """Return everything that is written, by its path."""
    listed = "\n".join(f"| [{each.name}]({each.page}.md) | {each.severity} | {each.description} |" for each in ALERTS)
    return {
        "monitoring/rules.yml": _HEAD + yaml.safe_dump(rules(pages), sort_keys=False, width=132),
        "monitoring/dashboard.json": json.dumps(dashboard(), indent=1) + "\n",
        "alerts/README.md": f"# Alerts\n\n| alert | severity | what it means |\n|---|---|---|\n{listed}\n",
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write everything into a folder. Exit codes: 0 done, 3 it cannot be written."""
    parser = argparse.ArgumentParser("python -m monitoring.generate", description="Write rules and dashboard.")
    parser.add_argument("folder", type=Path, help="where to: docs in this repository")
    parser.add_argument("--pages", default=PAGES, metavar="URL", help=f"where the alerts' pages are served ({PAGES})")
    given = parser.parse_args(arguments)
    for name, text in files(given.pages).items():
        path = given.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            print(f"error: {path}: {error.strerror}", file=sys.stderr)
            return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
