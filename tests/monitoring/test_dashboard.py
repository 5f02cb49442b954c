"""The dashboard against what Grafana reads: our own model of the fields we use, in which nothing else may stand."""

from itertools import combinations
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from monitoring.dashboard import WIDTH, dashboard

UNITS = Literal["short", "s", "bytes", "percentunit"]
Words = Annotated[str, Field(min_length=1)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Place(Strict):
    x: Annotated[int, Field(ge=0, lt=WIDTH)]
    y: Annotated[int, Field(ge=0)]
    w: Annotated[int, Field(ge=1, le=WIDTH)]
    h: Annotated[int, Field(ge=1)]


class Source(Strict):
    type: Literal["prometheus"]
    uid: Literal["${source}"]


class Target(Strict):
    refId: Annotated[str, Field(pattern="^[A-Z]$")]  # noqa: N815
    datasource: Source
    expr: Words
    legendFormat: str  # noqa: N815
    instant: bool
    range: bool
    format: Literal["table", "time_series"]


class Defaults(Strict):
    unit: UNITS


class FieldConfig(Strict):
    defaults: Defaults
    overrides: list[Any]


class Panel(Strict):
    id: int
    type: Literal["timeseries", "table"]
    title: Words
    datasource: Source
    gridPos: Place  # noqa: N815
    fieldConfig: FieldConfig  # noqa: N815
    options: dict[str, Any]
    targets: Annotated[list[Target], Field(min_length=1)]


class Row(Strict):
    id: int
    type: Literal["row"]
    title: Words
    collapsed: bool
    gridPos: Place  # noqa: N815
    panels: Annotated[list[Any], Field(max_length=0)]


class Variable(Strict):
    name: Words
    label: Words
    type: Literal["datasource", "query"]
    query: Words
    datasource: Source | None = None
    includeAll: bool = False  # noqa: N815
    multi: bool = False
    allValue: str | None = None  # noqa: N815
    refresh: Literal[0, 1, 2] = 0


class Listed(Strict):
    list: list[Variable]


class Span(Strict):
    from_: Annotated[Words, Field(alias="from")]
    to: Words


class Dashboard(Strict):
    uid: Annotated[str, Field(pattern="^[a-z-]{1,40}$")]
    title: Words
    tags: list[Words]
    schemaVersion: Annotated[int, Field(ge=36)]  # noqa: N815
    editable: bool
    refresh: Words
    time: Span
    timezone: Literal["browser", "utc"]
    templating: Listed
    annotations: Listed
    panels: list[Annotated[Panel | Row, Field(discriminator="type")]]


def test_it_is_a_dashboard_as_grafana_reads_it() -> None:
    found = Dashboard.model_validate(dashboard())
    assert len({each.id for each in found.panels}) == len(found.panels)
    for panel in found.panels:
        if isinstance(panel, Panel):
            assert len({each.refId for each in panel.targets}) == len(panel.targets)


def test_no_panel_lies_upon_another_or_beside_the_page() -> None:
    places = [each.gridPos for each in Dashboard.model_validate(dashboard()).panels]
    assert all(each.x + each.w <= WIDTH for each in places)
    for one, other in combinations(places, 2):
        beside = one.x + one.w <= other.x or other.x + other.w <= one.x
        assert beside or one.y + one.h <= other.y or other.y + other.h <= one.y


def test_every_variable_that_a_panel_names_is_there() -> None:
    found = Dashboard.model_validate(dashboard())
    assert {each.name for each in found.templating.list} == {"source", "cluster"}
