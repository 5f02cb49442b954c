"""Everything a person can get wrong in a network: what is said, of which file, line and key."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topology.document import parse_document
from topology.errors import InputError, Problem, TopologyError
from topology.load import build_topology, load_topology
from topology.sources import patched

HEAD = "name: n\nsites: {a: {}}\n"
"""What the shortest networks here begin with; what they are about begins on line 3."""

NAMES = "letters, digits, '.', '_' and '-', beginning with a letter or digit, at most 128"

NOT_NEEDED = "'s' is a service, which nothing hangs on by a gate; a service that shows its data says `reads: [s]`"


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(TopologyError) as error:
        build_topology(parse_document(text, "f"))
    return list(error.value.problems)


@pytest.mark.parametrize(
    ("text", "line", "key", "message"),
    [
        (
            "hosts: {web-1: {}}\nservices: {s: {needs: web1}}",
            4,
            "services.s.needs",
            "the name 'web1' is not defined; did you mean 'web-1'?",
        ),
        ("services:\n s:\n  needs:\n   any:\n   - a\n   - b", 8, "services.s.needs", "the name 'b' is not defined"),
        ("components:\n  x: {uses: [y]}\n  y: {needs: {any: [z, x]}}\n  z: {}", 4, "components.x", "needs itself: x → y → x"),
        (
            "hosts: {h: {recover: [{wait: 5 parsecs}]}}",
            3,
            "hosts.h.recover.0.wait",
            "'5 parsecs' has the unknown unit 'parsecs'; the units are ms, s, m (minutes), h, d, w, y",
        ),
        (
            "hosts:\n h:\n  recover:\n  - {wait: 1h}\n  - {wait: -3h}",
            7,
            "hosts.h.recover.1.wait",
            "'-3h' is negative; a duration is 0 or more",
        ),
        ("hosts:\n  h:\n    sit: a", 5, "hosts.h.sit", "'sit' is not a key here; did you mean 'site'?"),
        ("host: {}", 3, "host", "'host' is not a key here; did you mean 'hosts'?"),
        ("crews: {c: {sizes: 3, size: 1}}", 3, "crews.c.sizes", "'sizes' is not a key here; did you mean 'size'?"),
        (
            "calendars: {c: {days: mon, xyzzy: 1}}",
            3,
            "calendars.c.xyzzy",
            "'xyzzy' is not a key here; the keys here are days, hours, holidays, timezone",
        ),
        ("crews: {c: {size: many}}", 3, "crews.c.size", "'many' is not a whole number"),
        ("crews: {c: {size: 2.5}}", 3, "crews.c.size", "2.5 is not a whole number"),
        ("crews: {c: {size: true}}", 3, "crews.c.size", "true is not a whole number"),
        ("crews: {c: {size: .nan}}", 3, "crews.c.size", "nan is not a whole number"),
        ("crews: {c: {size: .inf}}", 3, "crews.c.size", "inf is not a whole number"),
        ("crews: {c: {size: 0}}", 3, "crews.c.size", "0 is too small; it must be 1 or more"),
        ("crews: {c: {size: " + "9" * 299 + "}}", 3, "crews.c.size", "9" * 60 + "… is too large; it must be 1,000,000 or less"),
        ("crews: {c: {size: " + "9" * 400 + "}}", 3, "crews.c.size", "'" + "9" * 60 + "…' is not a whole number"),
        ("hosts: [a, b]", 3, "hosts", "a list is not a mapping of keys to values"),
        ("hosts: a", 3, "hosts", "'a' is not a mapping of keys to values"),
        ("hosts:\n- a", 3, "hosts", "a list is not a mapping of keys to values"),
        ("hosts: {h: 3}", 3, "hosts.h", "3 is not a mapping of keys to values"),
        ("hosts: {h: {title: 3}}", 3, "hosts.h.title", "3 is not text; put it in quotes if it is meant as a name"),
        ("hosts: {h: {site: [a]}}", 3, "hosts.h.site", "a list is not text; put it in quotes if it is meant as a name"),
        ("hosts: {h: {uses: 3}}", 3, "hosts.h.uses", "3 is not a name; write a name or a list of names, such as [app-1, app-2]"),
        (
            "hosts: {h: {uses: [{x: y}]}}",
            3,
            "hosts.h.uses",
            "a mapping is not a name; write a name or a list of names, such as [app-1, app-2]",
        ),
        (
            "hosts: {h: {recover: {wait: 1h}}}",
            3,
            "hosts.h.recover",
            "a mapping is not a list; begin each of its items with '- ', or put them in [ ]",
        ),
        (
            "hosts: {h: {recover: [{wait: 1h, work: 1h}]}}",
            3,
            "hosts.h.recover.0",
            "a stage is exactly one of wait, part, work, restore; this one gives wait and work",
        ),
        ("hosts: {h: {site: no}}", 3, "hosts.h.site", "the site 'no' is not defined"),
        (
            "parts: {d: {lead_time: 9:30}}",
            3,
            "parts.d.lead_time",
            "'9:30' is not a duration; write for example 30s, 4h30m or 14d (ms, s, m (minutes), h, d, w, y)",
        ),
        ("hosts:\n  h-[1-3]: {}\n  h-[3-5]: {}", 5, "hosts.h-[3-5]", "'h-3' is also in 'h-[1-3]'"),
        ("hosts:\n  h-[1-1000000000]: {}", 4, "hosts.h-[1-1000000000]", "'h-[1-1000000000]' is a range of more than 200,000 names"),
        ("hosts:\n  h[1-900]-[1-900]: {}", 4, "hosts.h[1-900]-[1-900]", "'h[1-900]-[1-900]' is a range of more than 200,000 names"),
        ("hosts:\n  h-[3-1]: {}", 4, "hosts.h-[3-1]", "'h-[3-1]' is not a range; write for example web-[1-3], lowest first"),
        ("hosts: {'h-[1-x]': {}}", 3, "hosts.h-[1-x]", "'h-[1-x]' is not a range; write for example web-[1-3], lowest first"),
        (
            "hosts: {h: {uses: ['x-[2-1]']}}",
            3,
            "hosts.h.uses",
            "'x-[2-1]' is not a range; write for example web-[1-3], lowest first",
        ),
        ("sites2: {}", 3, "sites2", "'sites2' is not a key here; did you mean 'sites'?"),
        (
            "crews: {'c-[1-2]': {size: 1}}",
            3,
            "crews.c-[1-2]",
            f"'c-[1-2]' is not a name; use {NAMES}; only hosts and components may be given by range",
        ),
        ("hosts: {'a/b': {}}", 3, "hosts.a/b", f"'a/b' is not a name; use {NAMES}"),
        ("hosts: {'a b': {}}", 3, "hosts.a b", f"'a b' is not a name; use {NAMES}"),
        ("hosts: {'ü': {}}", 3, "hosts.ü", f"'ü' is not a name; use {NAMES}"),
        ("hosts: {~: {}}", 3, "hosts.~", f"'~' is not a name; use {NAMES}"),
        ("hosts: {'" + "x" * 129 + "': {}}", 3, "hosts." + "x" * 129, f"'{'x' * 60}…' is not a name; use {NAMES}"),
        ("components: {a: {}}", 3, "components.a", "the name 'a' is also in 'sites'; names are unique"),
        ("hosts: {h: {}}\nclusters: {c: {members: [h], primary: g}}", 4, "clusters.c.primary", "'g' is not among the members"),
        (
            "hosts: {h: {}}\nclusters:\n c:\n  primary: h\n  members:\n  - h\n  - g",
            9,
            "clusters.c.members",
            "the host 'g' is not defined",
        ),
        (
            "parts: {d: {}}\nhosts: {h: {parts: {d: {installed: 2, required: 3}}}}",
            4,
            "hosts.h.parts.d",
            "needs 3 units but has only 2 installed",
        ),
        ("parts: {d: {}}\nhosts: {h: {recover: [{part: d}]}}", 4, "hosts.h.recover.0.part", "the part 'd' has no lead_time"),
        (
            "parts: {d: {unit_cost: 3 EUR}}\nhosts: {h: {cost: 3 USD}}",
            4,
            "hosts.h.cost",
            "is in USD, but parts.d.unit_cost is in EUR; use one currency",
        ),
        (
            "calendars: {c: {days: mon, timezone: Mars/One}}",
            3,
            "calendars.c.timezone",
            "'Mars/One' is not a time zone; write for example America/New_York",
        ),
        (
            "calendars: {c: {days: mon, timezone: ../../etc/passwd}}",
            3,
            "calendars.c.timezone",
            "'../../etc/passwd' is not a time zone; write for example America/New_York",
        ),
        (
            "calendars: {c: {days: mon, timezone: ''}}",
            3,
            "calendars.c.timezone",
            "'' is not a time zone; write for example America/New_York",
        ),
        (
            "calendars: {c: {days: mon, holidays: ZZ}}",
            3,
            "calendars.c.holidays",
            "no holidays are known for 'ZZ'; write a country code such as US or DE",
        ),
        (
            "calendars: {c: {days: [mon, funday]}}",
            3,
            "calendars.c.days",
            "'funday' is not a day; write mon-fri, or a list of mon, tue, wed, thu, fri, sat, sun",
        ),
        (
            "calendars: {c: {days: mon, hours: 9:30}}",
            3,
            "calendars.c.hours",
            "'9:30' is not a span of hours; write \"08:00-17:00\"",
        ),
        (
            "calendars: {c: {days: mon, hours: '17:00-08:00'}}",
            3,
            "calendars.c.hours",
            "'17:00-08:00' is not a span of one day; write \"08:00-17:00\", the earlier first",
        ),
        (
            "components: {x: {fails: {expnential: {mean: 3d}}}}",
            3,
            "components.x.fails",
            "'expnential' is not a law; did you mean 'exponential'?",
        ),
        ("services: {s: {needs: {all: []}}}", 3, "services.s.needs", "'all' takes a list of one or more names or gates"),
        (
            "services: {s: {needs: 3}}",
            3,
            "services.s.needs",
            "3 is not a gate; write a name, {all: […]}, {any: […]} or {at_least: 2, of: […]}",
        ),
        (
            "services: {s: {needs: {al: [a]}}}",
            3,
            "services.s.needs",
            "a gate is not made of 'al'; write a name, {all: […]}, {any: […]} or {at_least: 2, of: […]}",
        ),
        (
            "services: {s: {needs: {at_least: 2, of: [a]}}}",
            3,
            "services.s.needs",
            "at_least is 2; with 1 inputs it must be a whole number from 1 to 1",
        ),
        ("services: {s: {needs: {at_least: 2, of: [a, a]}}}", 3, "services.s.needs", "'of' names 'a' twice; it would count twice"),
        ("services: {s: {}}", 3, "services.s", "a service needs something: give `needs`, `reads` or both"),
        (
            "services: {s: {needs: a}}\nhosts: {h: {needs: s}}",
            4,
            "hosts.h.needs",
            NOT_NEEDED,
        ),
        (
            "services: {s: {needs: a}}\nhosts: {h: {uses: s}}",
            4,
            "hosts.h.uses",
            NOT_NEEDED,
        ),
        (
            "hosts: {h: {}, k: {}}\nservices: {h: {needs: k}}",
            4,
            "services.h",
            "the name 'h' is also in 'hosts'; names are unique",
        ),
        ("hosts: {h: {}}\nclusters: {c: {members: [h, h], primary: h}}", 4, "clusters.c.members", "'h' is named twice"),
        ("components: {x: {links: [a, b]}}", 3, "components.x.links", "the site 'b' is not defined"),
        (
            "common_causes: {c: {rate: 1/20y, fails: {}, of: {site: b}}}",
            3,
            "common_causes.c.of.site",
            "the site 'b' is not defined",
        ),
        (
            "services: {s: {needs: a, objectives: {accepts_stale: no}}}",
            3,
            "services.s.objectives.accepts_stale",
            "'no' is neither true nor false",
        ),
        (
            "services: {s: {needs: a, objectives: {availability: 120%}}}",
            3,
            "services.s.objectives.availability",
            "'120%' is not a share; it must lie between 0% and 100%",
        ),
        (
            "services: {s: {needs: a}}\nworkloads: {w: {service: s, arrivals: {mon-fry: 3/d}}}",
            4,
            "workloads.w.arrivals",
            "the calendar 'mon-fry' is not defined; did you mean 'mon-fri'?",
        ),
        (
            "services: {s: {needs: a}}\nworkloads: {w: {service: s, arrivals: 3/d, when_down: vanish}}",
            4,
            "workloads.w.when_down",
            "'vanish' is not one of 'lost', 'manual' or 'wait'",
        ),
        ("services: {s: {needs: a}}\nworkloads: {w: {service: s}}", 4, "workloads.w.arrivals", "the key 'arrivals' is missing"),
        ("stock: {b: {}}", 3, "stock", "the site 'b' is not defined"),
        ("parts: {d: {}}\nstock: {a: {d: -1}}", 4, "stock.a.d", "-1 is too small; it must be 0 or more"),
        ("roles: {r: {uses: [x]}}\nhosts: {'h-[1-3]': {role: r}, k: {role: r}}", 3, "roles.r.uses", "the name 'x' is not defined"),
        (
            "roles: {r: {role: x}}",
            3,
            "roles.r.role",
            "'role' is not a key here; the keys here are needs, uses, recover, fails, site, parts, cost",
        ),
        (
            "common_causes: {c: {rate: 1/20y, fails: {}, of: {role: web}}}",
            3,
            "common_causes.c.of.role",
            "the role 'web' is not defined",
        ),
        ("hosts:\n  k: {}\n  h-[1-3]:\n    uses: [x]", 6, "hosts.h-[1-3].uses", "the name 'x' is not defined"),
        ("hosts:\n  h-[1-3]:\n    site: a\n  h-2:\n    uses: [x]", 7, "hosts.h-2.uses", "the name 'x' is not defined"),
        (
            "hosts:\n  h-[1-3]:\n    site: a\n  h-2:\n    rol: x",
            7,
            "hosts.h-2.rol",
            "'rol' is not a key here; did you mean 'role'?",
        ),
    ],
)
def test_what_is_wrong_is_said_once_with_its_line_and_key(text: str, line: int, key: str, message: str) -> None:
    assert problems_of(HEAD + text) == [Problem("f", line, key, message)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sites: {}", "the key 'name' is missing"),
        ("name:", "null is not text; put it in quotes if it is meant as a name"),
        ("name: 3", "3 is not text; put it in quotes if it is meant as a name"),
        ("name: ''", "must not be empty"),
        ("name: [n]", "a list is not text; put it in quotes if it is meant as a name"),
    ],
)
def test_a_network_has_a_name(text: str, message: str) -> None:
    assert problems_of(text) == [Problem("f", 1, "name", message)]


def test_all_errors_are_reported_at_once_in_the_order_of_the_file() -> None:
    problems = problems_of(
        """name: x
sites: {a: {timezone: Mars/One}}
hosts:
  h-[1-3]: {sit: a, uses: [powr]}
  k: {recover: [{wait: 5 parsecs}, {part: drive}, {work: -3h, crew: nobody}]}
  m: {uses: [h-1, h-9]}
components: {power: {site: b}}
clusters: {db: {members: ["h-[1-3]"], primary: h-4, policy: {mode: automatik}}}
services:
  s: {needs: {all: [h-1, k, q]}, cost: 3 USD/h}
  t: {needs: db}
parts: {d: {unit_cost: 3 EUR}}
"""
    )
    assert [(each.line, each.key) for each in problems] == [
        (2, "sites.a.timezone"),
        (4, "hosts.h-[1-3].sit"),
        (5, "hosts.k.recover.0.wait"),
        (5, "hosts.k.recover.2.work"),
        (6, "hosts.m.uses"),
        (7, "components.power.site"),
        (8, "clusters.db.policy.mode"),
        (10, "services.s.needs"),
        (12, "parts.d.unit_cost"),
    ]


def test_an_entry_that_is_wrong_in_itself_is_not_reported_missing() -> None:
    problems = problems_of(
        HEAD + "hosts: {h: {sit: a}}\nservices: {s: {needs: h}}\ncommon_causes: {c: {rate: 1/y, fails: {}, of: {role: r}}}"
    )
    assert [each.key for each in problems] == ["hosts.h.sit"]


def test_ranges_that_together_would_fill_the_memory_are_refused() -> None:
    gate = "{any: [" + ", ".join(["{any: [*r]}"] * 100) + "]}"
    problems = problems_of(HEAD + f"hosts:\n  h:\n    uses: &r 'x-[1-200000]'\nservices: {{s: {{needs: {gate}}}}}")
    assert problems[-1] == Problem(
        "f", 6, "services.s.needs", "the ranges of this file stand for more than 2,000,000 names together"
    )


def test_a_thousand_wrong_names_are_all_reported_and_soon() -> None:
    wrong = ", ".join(f"wbe-{number}" for number in range(1000))
    problems = problems_of(HEAD + f"hosts: {{'web-[0-99999]': {{}}}}\nservices:\n  s:\n    needs:\n      any: [{wrong}]\n")
    assert len(problems) == 1000
    assert {each.line for each in problems} == {7}


def test_a_patch_that_breaks_the_network_is_blamed_by_its_own_file_and_line() -> None:
    network = parse_document(HEAD + "hosts: {h: {site: a}}\nservices: {s: {needs: h}}\n", "network")
    for patch, place in (
        ("\nhosts:\n  h:\n    site: b\n", (4, "hosts.h.site")),
        ("\n\nhosts: {h: null}\n", None),
        ("\n\n\nservices:\n  s:\n    needs: {all: [h,\n     q]}\n", (7, "services.s.needs")),
        ("hosts:\n  g: {sit: a}\n", (2, "hosts.g.sit")),
    ):
        with pytest.raises(TopologyError) as error:
            build_topology(patched(network, parse_document(patch, "patch")))
        (problem,) = error.value.problems
        if place is None:  # what the patch takes away is missed where it is needed
            assert (problem.file, problem.line, problem.key) == ("network", 4, "services.s.needs")
        else:
            assert (problem.file, problem.line, problem.key) == ("patch", *place)


def test_what_an_included_file_has_wrong_is_placed_in_it(tmp_path: Path) -> None:
    (tmp_path / "main.yaml").write_text("name: n\ninclude: more.yaml\nsites: {a: {}}\n")
    (tmp_path / "more.yaml").write_text("hosts:\n  h: {site: a}\n  g: {sit: a}\n")
    with pytest.raises(TopologyError) as error:
        load_topology(tmp_path / "main.yaml")
    (problem,) = error.value.problems
    assert (problem.file, problem.line, problem.key) == (str(tmp_path / "more.yaml"), 3, "hosts.g.sit")


WORDS = st.sampled_from(
    [
        "a",
        "no",
        "self",
        "redfish",
        "3",
        "-1",
        "14d",
        "3 USD",
        "h-[1-3]",
        "h-[3-1]",
        "[",
        "{",
        "~",
        "1/20y",
        "mon-fri",
        "",
        "'",
        "99%",
        "é",
    ]
)
VALUES = st.recursive(
    st.one_of(WORDS, st.integers(-5, 10**20), st.floats(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=6,
)
SECTIONS = st.sampled_from(
    [
        "sites",
        "calendars",
        "crews",
        "parts",
        "stock",
        "roles",
        "components",
        "hosts",
        "clusters",
        "services",
        "workloads",
        "common_causes",
        "controllers",
        "vantages",
        "safety",
        "probing",
        "durations",
    ]
)
KEYS = st.sampled_from(
    [
        "site",
        "needs",
        "uses",
        "parts",
        "recover",
        "fails",
        "members",
        "primary",
        "size",
        "days",
        "hours",
        "rate",
        "of",
        "mark",
        "value",
        "cost",
        "fence",
        "policy",
        "routes",
        "clusters",
        "at_most",
    ]
)


@given(st.dictionaries(SECTIONS, st.one_of(VALUES, st.dictionaries(WORDS, st.one_of(VALUES, st.dictionaries(KEYS, VALUES))))))
def test_anything_at_all_builds_or_is_refused_with_an_input_error(sections: dict[str, object]) -> None:
    network = parse_document("name: n", "f")
    try:
        assert build_topology(patched(network, sections)).name == "n"
    except InputError as error:
        assert error.problems
        assert all("\n" not in str(problem) for problem in error.problems)


def test_a_role_that_no_host_has_is_refused_where_its_name_is_nearly_that_of_one(tmp_path: Path) -> None:
    text = "name: n\nroles: {datbase: {}}\nhosts: {h: {role: database}}\nservices: {s: {needs: h}}\n"
    (tmp_path / "n.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"n\.yaml:2: roles\.datbase: no host has the role 'datbase'; did you mean 'database'\?"):
        load_topology(tmp_path / "n.yaml")
