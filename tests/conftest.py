"""Random tests: no deadline on a busy machine, and a failure prints the command that repeats it."""

import shlex
from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("continuance", deadline=None, print_blob=True)
settings.load_profile("continuance")

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
