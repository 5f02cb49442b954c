"""Kills the controller at every moment of a failover on real hosts, each in a failover of its own, and looks what came of it.

    python -m tests.lab.deaths.campaign [--record FILE] [--moments before,after,started,ended]

The moments are counted until a failover is over without having reached one, so none is left out. A campaign that is broken off
goes on where its record ends. Needs root, and a lab; exits with 1 if anything was wrong.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from failover.live import audit
from lab import lifecycle
from lab.drills.drill import Drilled, drill
from lab.drills.duty import Duty
from lab.drills.result import two_writers
from lab.errors import NotUpError
from lab.hosts import Lab
from scenarios.load import build_scenario, find_scenario, read_scenario
from scenarios.model import Response, Scenario
from tests.lab.deaths.mortal import Death, Moment

SCENARIO = "database-power-cut"
HOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Tell that it was run
      ansible.builtin.raw: echo run >> {file}
      changed_when: true
"""


class MortalDuty(Duty):
    """A controller that dies at *death*, once the incident has begun, and is started again as its supervisor would."""

    def __init__(self, death: Death, lab: Lab, response: Response, folder: Path) -> None:
        super().__init__(lab, response, folder)
        self.begun = folder / "begun"
        self.hooked = folder / "hooked"
        self.died = False
        self._death = death
        self._supervisor = threading.Thread(target=self._start_again, daemon=True)
        playbook = folder / "hook.yml"
        playbook.write_text(HOOK.format(file=self.hooked), encoding="utf-8")
        told = yaml.safe_load(self.config.read_text(encoding="utf-8"))
        self.config.write_text(yaml.safe_dump({**told, "hooks": {"after_failover": str(playbook)}}), encoding="utf-8")

    def program(self) -> tuple[str, ...]:
        """Return the mortal one for its first life, and that of production for the second."""
        if self.died:
            return super().program()
        return ("tests.lab.deaths.mortal", self._death.moment.value, str(self._death.number), str(self.begun))

    def start(self) -> None:
        """Start it, and whoever starts it again."""
        super().start()
        if not self.died:
            self._supervisor.start()

    def _start_again(self) -> None:
        process = self._process
        assert process is not None
        if process.wait() == -9:
            self.died = True
            self.start()


def deaths(moments: list[Moment], rows: Mapping[str, Mapping[str, Any]]) -> Iterator[Death]:
    """Yield every death of which *rows* tell nothing yet, of each moment until one was not reached."""
    for moment in moments:
        for number in count(1):
            death = Death(moment, number)
            if str(death) not in rows:
                yield death
            if not rows[str(death)]["died"]:
                break


def played(lab: Lab, scenario: Scenario, response: Response, death: Death, folder: Path) -> dict[str, Any]:
    """Play one failover with *death*; return what came of it."""
    made: list[MortalDuty] = []

    def on_duty(lab: Lab, response: Response, folder: Path) -> Duty:
        made.append(MortalDuty(death, lab, response, folder))
        return made[0]

    def told(what: str) -> None:
        if made and what.startswith("fail"):
            made[0].begun.touch()

    drilled = drill(lab, scenario, response, folder, told, on_duty)
    duty = made[0]
    outage = drilled.load.writes.longest_outage
    return {
        "death": str(death),
        "died": duty.died,
        "outage_seconds": None if outage is None else round(outage.seconds, 2),
        "hooks": len(duty.hooked.read_text().splitlines()) if duty.hooked.exists() else 0,
        "wrong": list(wrong(drilled, duty)),
    }


def wrong(drilled: Drilled, duty: MortalDuty) -> Iterator[str]:
    """Yield everything that is not as it should be in the end."""
    writes = drilled.load.writes
    if not drilled.settled:
        yield "not settled"
    if drilled.primary["cases"] not in ("db-2", "db-3"):
        yield f"{drilled.primary['cases']} is primary"
    if writes.longest_outage is None or not writes.longest_outage.over:
        yield "writes did not come back"
    if writes.lost:
        yield f"{writes.lost} acknowledged writes lost"
    if two_writers(drilled.load):
        yield "two databases took writes"
    if (timelines := set(drilled.load.accepts.timelines)) != {1, 2}:
        yield f"not promoted once: timelines {sorted(timelines)}"
    promotions = [line["id"] for line in _log(duty) if line.get("event") == "sent" and line["command"] == "promote"]
    if len(promotions) != len(set(promotions)):
        yield f"sent twice: {promotions}"
    if duty.hooked.exists() and len(duty.hooked.read_text().splitlines()) > 1:
        yield "the hook was run twice"
    for problem in audit.verify(duty.journal):
        yield f"audit: {problem}"
    words = ("failover", "report", "1", "--config", str(duty.config))
    report = subprocess.run([sys.executable, "-m", "console.main", *words], capture_output=True, text=True, check=False)
    if report.returncode or "promote db-" not in report.stdout:
        yield f"no truthful report: {report.returncode}, {report.stdout[-200:]}{report.stderr[-200:]}"


def _log(duty: Duty) -> Iterator[dict[str, Any]]:
    for line in duty.log.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def main() -> int:
    """Play what the record lacks, and sum it up."""
    parser = argparse.ArgumentParser(description="Kill the controller at every moment of a failover on real hosts.")
    parser.add_argument("--record", type=Path, default=Path("deaths.jsonl"), help="what came of each; it is gone on with")
    parser.add_argument("--moments", default=",".join(Moment), help="what to count")
    options = parser.parse_args()
    source = read_scenario(find_scenario(SCENARIO))
    scenario = build_scenario(source)
    response = next(each for each in scenario.responses if each.must_meet)
    try:
        lab = Lab.current()
    except NotUpError:
        lab = lifecycle.up(Path(source.network.file), lambda what, done, count: None)
    rows: dict[str, dict[str, Any]] = {}
    if options.record.exists():
        rows = {row["death"]: row for row in map(json.loads, options.record.read_text().splitlines())}
    for death in deaths([Moment(each) for each in options.moments.split(",")], rows):
        with tempfile.TemporaryDirectory(prefix="deaths-") as folder:
            row = rows[str(death)] = played(lab, scenario, response, death, Path(folder))
        with options.record.open("a", encoding="utf-8") as record:
            record.write(json.dumps(row) + "\n")
        print(json.dumps(row), flush=True)
    died = [row for row in rows.values() if row["died"]]
    bad = [row for row in died if row["wrong"]]
    print(f"killed at {len(died)} moments of a failover: {len(bad)} went wrong; hooks run in {sum(row['hooks'] for row in died)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
