import os
import subprocess
import sys
from pathlib import Path

import pytest

TWICE = """
from simulator.kernel.compiled import entered, is_kept

@entered
def twice(x):
    return 2 * x

print(twice(21), is_kept(twice))
"""


def said(folder: Path, cache: str) -> str:
    script = folder / "twice.py"
    script.write_text(TWICE)
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache, "XDG_CACHE_HOME": cache, "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, env=environment).stdout


def test_what_is_compiled_is_kept(tmp_path: Path) -> None:
    assert said(tmp_path, str(tmp_path / "kept")) == "42 True\n"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no folder that nobody can write")
def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").touch()

    assert said(tmp_path, "/proc/nowhere") == "42 False\n"
