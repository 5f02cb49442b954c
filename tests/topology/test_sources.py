from pathlib import Path

import pytest

from topology.document import Table, parse_document, place
from topology.errors import InputError, Problem, TopologyError
from topology.sources import find_network, network_names, patched, read_sources, replaced


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder / "main.yaml"


def problems_of(path: Path) -> list[Problem]:
    with pytest.raises(InputError) as error:
        read_sources(path)
    return [Problem(Path(each.file).name, each.line, each.key, each.message) for each in error.value.problems]


def test_an_included_file_adds_its_entries_and_keeps_its_lines(tmp_path: Path) -> None:
    main = write(tmp_path, main="name: n\ninclude: more.yaml\nhosts:\n  a: {}\n", more="# more\nhosts:\n  b: {}\nsites: {s: }\n")
    data = read_sources(main)
    assert list(data["hosts"]) == ["a", "b"]
    assert place(data, ("hosts", "b")) == (str(tmp_path / "more.yaml"), 3)
    assert place(data, ("hosts", "a")) == (str(main), 4)
    assert place(data, ("sites", "s")) == (str(tmp_path / "more.yaml"), 4)


def test_two_files_may_include_the_same_third(tmp_path: Path) -> None:
    main = write(
        tmp_path, main="name: n\ninclude: [b.yaml, c.yaml]\n", b="include: d.yaml\n", c="include: d.yaml\n", d="sites: {s: {}}\n"
    )
    assert list(read_sources(main)["sites"]) == ["s"]


def test_files_that_include_each_other_are_refused(tmp_path: Path) -> None:
    main = write(tmp_path, main="name: n\ninclude: [b.yaml]\n", b="sites: {}\ninclude:\n- c.yaml\n- main.yaml\n", c="hosts: {}\n")
    assert problems_of(main) == [Problem("b.yaml", 4, "include", "'main.yaml' includes itself")]


def test_a_file_that_includes_itself_is_refused(tmp_path: Path) -> None:
    main = write(tmp_path, main="name: n\ninclude: main.yaml\n")
    assert problems_of(main) == [Problem("main.yaml", 2, "include", "'main.yaml' includes itself")]


def test_a_name_in_two_files_is_refused_and_both_places_are_named(tmp_path: Path) -> None:
    main = write(tmp_path, main="name: n\ninclude: b.yaml\nhosts:\n  a: {}\n", b="hosts:\n  x: {}\n  a: {}\n")
    assert problems_of(main) == [Problem("b.yaml", 3, "hosts.a", f"also defined in {main}:4")]


def test_all_that_is_wrong_with_includes_is_said_at_once(tmp_path: Path) -> None:
    main = write(tmp_path, main="name: n\ninclude:\n- gone.yaml\n- b.yaml\n- 3\n", b="hosts: [\n")
    assert problems_of(main) == [
        Problem("b.yaml", 2, "", "not YAML: did not find expected node content"),
        Problem("main.yaml", 3, "include", f"there is no file '{tmp_path / 'gone.yaml'}'"),
        Problem("main.yaml", 5, "include", "takes a file name, or a list of them"),
    ]


@pytest.mark.parametrize("included", ["3", "{a: b}", "true"])
def test_an_include_that_is_no_name_is_refused(tmp_path: Path, included: str) -> None:
    main = write(tmp_path, main=f"name: n\ninclude: {included}\n")
    assert problems_of(main) == [Problem("main.yaml", 2, "include", "takes a file name, or a list of them")]


@pytest.mark.parametrize("included", ["x" * 5000, "."])
def test_an_include_that_names_no_file_is_refused(tmp_path: Path, included: str) -> None:
    (problem,) = problems_of(write(tmp_path, main=f"name: n\ninclude: {included}\n"))
    assert (problem.line, problem.key) == (2, "include")
    assert problem.message.startswith("there is no file ")


def test_a_section_that_is_no_mapping_in_an_included_file_is_not_passed_over(tmp_path: Path) -> None:
    main = write(tmp_path, main="name: n\ninclude: b.yaml\nhosts: {a: {}}\n", b="sites: {}\nhosts: [x]\n")
    assert problems_of(main) == [Problem("b.yaml", 2, "hosts", "a list is not a mapping of keys to values")]


def test_a_patch_merges_removes_and_replaces() -> None:
    data = {"a": {"b": 1, "c": 2}, "d": [1, 2]}
    assert patched(data["a"], {"b": None, "e": {"f": None, "g": 3}}) == {"e": {"g": 3}}
    document = parse_document("a: {b: 1, c: 2}\nd: [1, 2]\n", "f")
    assert patched(document, {"a": {"b": 5}, "d": 7, "gone": None}) == {"a": {"b": 5, "c": 2}, "d": 7}
    assert document == {"a": {"b": 1, "c": 2}, "d": [1, 2]}


def test_what_a_patch_says_keeps_the_place_of_the_patch_and_the_rest_its_own() -> None:
    document = parse_document("hosts:\n  a: {site: s}\n  b: {site: s}\n", "network")
    patch = parse_document("# a change\n\nhosts:\n\n  b:\n    role: r\n  c: {}\n", "scenario")
    merged = patched(document, patch)
    assert place(merged, ("hosts", "a", "site")) == ("network", 2)
    assert place(merged, ("hosts", "b", "site")) == ("network", 3)
    assert place(merged, ("hosts", "b", "role")) == ("scenario", 6)
    assert place(merged, ("hosts", "c")) == ("scenario", 7)


def test_a_null_takes_a_single_name_out_of_a_range() -> None:
    document = parse_document("hosts: {'web-[1-3]': {}}", "f")
    assert patched(document, {"hosts": {"web-2": None, "web-9": None}}) == {"hosts": {"web-[1-3]": {}, "web-2": None}}
    assert patched(document, {"hosts": {"web-[1-3]": None}}) == {"hosts": {}}


def test_replacing_shares_what_lies_beside_the_path() -> None:
    document = parse_document("a: {b: [1, {c: 2}]}\nd: {e: 3}\n", "f")
    changed = replaced(document, ("a", "b", 1, "c"), 9)
    assert changed == {"a": {"b": [1, {"c": 9}]}, "d": {"e": 3}}
    assert changed["d"] is document["d"]
    assert document["a"]["b"][1]["c"] == 2
    assert isinstance(changed, Table)


def test_networks_are_found_by_path_beside_and_by_name(tmp_path: Path) -> None:
    mine = write(tmp_path, main="name: n\n")
    assert find_network(str(mine)) == mine
    assert find_network("main.yaml", beside=tmp_path) == mine
    assert find_network("main", beside=tmp_path) == mine
    assert find_network("immigration-courts").stem == "immigration-courts"


@pytest.mark.parametrize("name", ["imigration-courts", "", "/", "..", "a\0b", "x" * 5000, "/nowhere/x.yaml"])
@pytest.mark.parametrize("beside", [None, Path("/nowhere")])
def test_a_network_that_is_not_there_is_refused_with_the_names_that_are(name: str, beside: Path | None) -> None:
    with pytest.raises(TopologyError) as error:
        find_network(name, beside)
    assert ", ".join(network_names()) in str(error.value)


def test_a_misspelt_network_is_suggested() -> None:
    with pytest.raises(TopologyError, match="did you mean 'immigration-courts'"):
        find_network("imigration-courts")


def test_the_title_of_an_included_file_is_not_the_title_of_the_whole(tmp_path: Path) -> None:
    main = write(tmp_path, main="name: n\ninclude: more.yaml\n", more="name: more\ntitle: More\nhosts: {b: {}}\n")
    data = read_sources(main)
    assert (data["name"], "title" in data, list(data["hosts"])) == ("n", False, ["b"])


def test_what_a_file_says_again_after_a_patch_is_placed_in_the_file_again() -> None:
    data = parse_document("a: 1\nb: 2", "network")
    data = patched(data, parse_document("\n\nb: 3", "patch"))
    assert place(data, ("b",)) == ("patch", 3)
    data = patched(data, parse_document("\nb: 4", "network"))
    assert place(data, ("b",)) == ("network", 2)


@pytest.mark.parametrize(
    ("whole", "patch", "result"),
    [
        ("needs: {all: [a, b]}", "needs: {any: [a]}", {"any": ["a"]}),
        ("needs: {value: {any: [a]}, mark: assumed}", "needs: {at_least: 1, of: [a]}", {"at_least": 1, "of": ["a"]}),
        ("fails: {exponential: {mean: 1y}}", "fails: {weibull: {mean: 1y, shape: 2}}", {"weibull": {"mean": "1y", "shape": 2}}),
        ("fence: {redfish: {uses: [x]}}", "fence: {playbook: {uses: [y]}}", {"playbook": {"uses": ["y"]}}),
        ("cost: {value: 1 EUR, mark: assumed}", "cost: {value: 2 EUR, mark: derived}", {"value": "2 EUR", "mark": "derived"}),
    ],
)
def test_what_means_one_thing_is_replaced_whole(whole: str, patch: str, result: object) -> None:
    data, change = parse_document(f"x: {{{whole}}}", "data.yaml"), parse_document(f"x: {{{patch}}}", "patch.yaml")
    (value,) = patched(data, change)["x"].values()
    assert value == result


def test_controllers_are_listed_in_one_file(tmp_path: Path) -> None:
    alone = write(tmp_path, main="name: n\ninclude: more.yaml\n", more="controllers: [a, b]\n")
    assert read_sources(alone)["controllers"] == ["a", "b"]
    both = write(tmp_path, main="name: n\ninclude: more.yaml\ncontrollers: [c]\n", more="controllers: [a, b]\n")
    with pytest.raises(TopologyError, match=r"more.yaml:1: controllers: also given in .*main.yaml:3; one file lists them all"):
        read_sources(both)
