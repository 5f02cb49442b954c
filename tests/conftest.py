"""Random tests: no deadline on a busy machine, and a failure prints the command that repeats it. Minutes per suite at the end.

Tests have a lab of their own, whatever lab is up on this machine.
"""

import os
import shlex
from collections import defaultdict
from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("continuance", deadline=None, print_blob=True)
settings.load_profile("continuance")

os.environ["CONTINUANCE_LAB"] = "/var/lib/continuance-lab-tested"  # read once, by whichever test imports the lab first

_SEED = "hypothesis_seed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failed random test how to run the very same examples again."""
    report = yield
    function = getattr(item, "obj", None)
    seed = getattr(function, "_hypothesis_internal_use_generated_seed", None)
    if report.failed and seed is None:
        seed = item.config.getoption(_SEED, default=None) if getattr(function, "is_hypothesis_test", False) else None
    if report.failed and seed is not None:
        command = f"python -m pytest {shlex.quote(item.nodeid)} --hypothesis-seed={seed}"
        report.sections.append(("To repeat this test", command))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many minutes each suite took, added up over the processes that shared it."""
    minutes: defaultdict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                minutes[report.nodeid.split("/")[1].split("::")[0]] += report.duration / 60
    spent = ", ".join(f"{suite} {value:.1f}" for suite, value in sorted(minutes.items(), key=lambda item: -item[1]))
    terminalreporter.write_line(f"minutes: {spent}")
