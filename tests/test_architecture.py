"""What may import what, which parts are pure, and how large things may grow: read from the source, and held."""

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOT_PACKAGED = {"tests", "benchmarks"}

MAY_IMPORT: Mapping[str, set[str]] = {
    "topology": set(),
    "timeline": {"topology"},
    "failover": set(),
    "failover.core": {"topology", "timeline"},
    "scenarios": {"topology", "timeline", "failover.core"},
    "simulator": {"topology", "timeline", "failover.core", "scenarios"},
    "monitoring": set(),
    "playbooks": {"topology", "failover.core"},
    "failover.live": {"topology", "timeline", "failover.core", "playbooks"},
    "lab": {"topology", "timeline", "failover.core", "failover.live", "scenarios", "simulator", "monitoring", "playbooks"},
    "report": {"topology", "timeline", "failover.core"},
    "console": {
        "topology",
        "timeline",
        "failover.core",
        "failover.live",
        "scenarios",
        "simulator",
        "playbooks",
        "lab",
        "report",
    },
}
"""Besides itself, what each package may import."""

PURE = (
    "failover.core",
    "topology.model",
    "topology.laws",
    "topology.gates",
    "topology.draws",
    "topology.portable",
    "topology.quantities",
)
IMPURE = {
    "time", "random", "asyncio", "socket", "threading", "subprocess", "os", "io", "logging", "secrets", "uuid", "datetime",
}  # fmt: skip
"""What asks the clock, chance or the world, and so would make two runs differ."""

FILE_LINES_MAX = 350
FUNCTION_LINES_MAX = 70
SAYS_NOTHING = {"utils", "util", "manager", "helper", "helpers", "common"}


def packages(root: Path) -> list[Path]:
    """The top-level packages of the tree that are part of the program."""
    return sorted(each.parent for each in root.glob("*/__init__.py") if each.parent.name not in NOT_PACKAGED)


def modules(root: Path) -> dict[str, Path]:
    """Every module of the program by its dotted name; a package goes by its own name."""
    found = {}
    for package in packages(root):
        for path in sorted(package.rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name: str, known: Mapping[str, Path]) -> set[str]:
    """What module *name* imports, anywhere in it: our own modules by their names, everything else by the first word."""
    found: set[str] = set()
    package = name if known[name].name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(known[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                around = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*around, *([node.module] if node.module else [])])
            targets = [f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names]
        else:
            continue
        found.update(target if target in known else target.partition(".")[0] for target in targets)
    return found


def package_of(name: str) -> str:
    """The package in MAY_IMPORT that *name* belongs to: the longest that fits."""
    fitting = [package for package in MAY_IMPORT if name == package or name.startswith(f"{package}.")]
    return max(fitting, key=len, default=name.partition(".")[0])


def wrong_ways(root: Path) -> list[str]:
    """Imports against the direction."""
    known = modules(root)
    return [
        f"{name} imports {target}"
        for name in known
        for target in sorted(imports(name, known) & known.keys())
        if package_of(target) not in {package_of(name), *MAY_IMPORT.get(package_of(name), set())}
    ]


def impurities(root: Path, pure: tuple[str, ...]) -> list[str]:
    """The ways on which a pure module reaches what is not: third-party packages, or the clock, chance and the world."""
    known = modules(root)
    found = []
    for start in known:
        if not any(start == each or start.startswith(f"{each}.") for each in pure):
            continue
        ways = {start: start}
        pending = [start]
        for name in pending:
            above = {name[:index] for index, letter in enumerate(name) if letter == "."}
            for target in sorted(imports(name, known) | (above & known.keys())):
                if target in ways:
                    continue
                ways[target] = f"{ways[name]} → {target}"
                if target in known:
                    pending.append(target)
                elif target in IMPURE or target not in sys.stdlib_module_names:
                    found.append(ways[target])
    return found


def sizes(root: Path) -> Iterator[str]:
    """Files and functions that have grown too long."""
    for path in modules(root).values():
        text = path.read_text(encoding="utf-8")
        if (lines := text.count("\n")) > FILE_LINES_MAX:
            yield f"{path.relative_to(root)} has {lines} lines"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES_MAX:
                    yield f"{path.relative_to(root)}: {node.name} has {length} lines"


def empty_names(root: Path) -> list[str]:
    """Modules whose name says nothing of their subject."""
    return [name for name in modules(root) if SAYS_NOTHING & set(name.rpartition(".")[2].split("_"))]


def unpackaged(root: Path) -> list[str]:
    """Packages of the tree, inner ones too, that the distribution would leave out."""
    listed = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    return [name for name, path in modules(root).items() if path.name == "__init__.py" and name not in listed]


def test_imports_go_one_way() -> None:
    assert wrong_ways(ROOT) == []


def test_every_package_has_its_place_in_the_direction() -> None:
    assert [each.name for each in packages(ROOT) if each.name not in MAY_IMPORT] == []


def test_pure_parts_reach_neither_third_parties_nor_the_world() -> None:
    assert impurities(ROOT, PURE) == []


@pytest.mark.parametrize("name", PURE)
def test_what_must_be_pure_is_there(name: str) -> None:
    assert name in modules(ROOT)


def test_packages_that_everything_passes_through_are_empty() -> None:
    for package in ("failover", "topology"):
        assert (ROOT / package / "__init__.py").read_text() == ""


def test_nothing_has_grown_too_long() -> None:
    assert list(sizes(ROOT)) == []


def test_every_module_is_named_for_its_subject() -> None:
    assert empty_names(ROOT) == []


def test_every_package_is_in_the_distribution() -> None:
    assert unpackaged(ROOT) == []


# The checks themselves: each finds what is planted.


def plant(root: Path, **sources: str) -> Path:
    """Write modules, named with `__` for a dot, with the packages around them."""
    for name, text in sources.items():
        path = root.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in path.relative_to(root).parents[:-1]:
            (root / folder / "__init__.py").touch()
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    "text",
    [
        "import timeline.record",
        "from timeline import record",
        "from timeline.record import Record",
        "def f():\n    from timeline import record",
        "if TYPE_CHECKING:\n    import timeline.record",
        "class A:\n    import timeline.record as r",
    ],
)
def test_an_import_against_the_direction_is_found_wherever_it_stands(tmp_path: Path, text: str) -> None:
    root = plant(tmp_path, timeline__record="", topology__model=text)
    assert wrong_ways(root) == ["topology.model imports timeline.record"]


def test_an_import_along_the_direction_is_none_of_its_findings(tmp_path: Path) -> None:
    assert (
        wrong_ways(
            plant(tmp_path, timeline__record="import topology.model", topology__model="from . import laws", topology__laws="")
        )
        == []
    )


def test_the_core_is_not_the_whole_of_failover(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        report__page="import failover.live.driver\nimport failover.core.plan",
        failover__core__plan="",
        failover__live__driver="",
    )
    assert wrong_ways(root) == ["report.page imports failover.live.driver"]


def test_impurity_is_found_through_other_modules_and_functions(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        topology__laws="from topology import portable\nimport math",
        topology__portable="def f():\n    from topology.clock import now",
        topology__clock="from time import time as now\nimport numpy.random\nimport os.path",
    )
    way = "topology.laws → topology.portable → topology.clock → "
    assert impurities(root, ("topology.laws",)) == [f"{way}numpy", f"{way}os", f"{way}time"]


def test_impurity_is_found_in_the_packages_around_a_module(tmp_path: Path) -> None:
    root = plant(tmp_path, failover__core__plan="")
    (root / "failover" / "__init__.py").write_text("import socket")
    assert impurities(root, ("failover.core",)) == [
        "failover.core → failover → socket",
        "failover.core.plan → failover → socket",
    ]


def test_a_relative_import_is_followed(tmp_path: Path) -> None:
    root = plant(tmp_path, topology__laws="from .clock import now", topology__clock="import datetime")
    assert impurities(root, ("topology.laws",)) == ["topology.laws → topology.clock → datetime"]


def test_length_is_measured(tmp_path: Path) -> None:
    long_function = "def f():\n" + "    pass\n" * FUNCTION_LINES_MAX
    root = plant(tmp_path, topology__a=long_function, topology__b="#\n" * (FILE_LINES_MAX + 1), topology__c="#\n" * FILE_LINES_MAX)
    assert list(sizes(root)) == ["topology/a.py: f has 71 lines", "topology/b.py has 351 lines"]


def test_names_that_say_nothing_are_found(tmp_path: Path) -> None:
    root = plant(tmp_path, topology__utils="", topology__host_manager="", topology__commons="", topology__common__x="")
    assert empty_names(root) == ["topology.common", "topology.host_manager", "topology.utils"]


def test_a_package_left_out_of_the_distribution_is_found(tmp_path: Path) -> None:
    root = plant(tmp_path, topology__model="", topology__inner__x="", tests__test_x="")
    (root / "pyproject.toml").write_text('[tool.setuptools]\npackages = ["topology"]\n')
    assert unpackaged(root) == ["topology.inner"]
