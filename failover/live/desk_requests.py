"""What can be asked at the order desk, one JSON object a line, and what makes each of them whole.

{"order": "failover", "cluster": "cases", "reason": "db-1 smells of smoke"}          → {"taken": true, "run": "cases/3", …}
{"order": "resume", "cluster": "cases", "operator": "anna"}          → {"taken": false, "reason": "nothing is paused"}
{"status": true}                                                     → {"controller": "ctl-1", "clusters": {…}}
{"plan": "cases", "goal": "switchover", "to": "db-3"}                → {"candidate": "db-3", "steps": […], …}
{"follow": "cases"}                                                  → {"run": {…}}, {"happening": {…}}, …, {"over": {…}}
{"history": true, "cluster": "cases"}                                → {"entries": […]}
{"story": "cases/3"}                                                 → {"run": "cases/3", "happenings": […], …}
{"verify": true}                                                     → {"wrong": ""}
"""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from failover.core.cluster import Goal
from failover.core.events import OrderKind
from topology.schema import Entry
from topology.validation import describe

Name = Annotated[str, Field(min_length=1)]


class OrderRequest(Entry):
    """An order as it is typed, by whoever is at the other end unless another name is given: both are written down."""

    order: OrderKind
    cluster: str
    operator: Name | None = None
    host: str | None = None
    service: str | None = None
    reason: str = ""
    expected_primary: str | None = None
    for_seconds: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] = 0.0
    typed_wall_seconds: Annotated[float, Field(allow_inf_nan=False)] | None = None
    change: str = ""


class StatusRequest(Entry):
    """How things are."""

    status: Literal[True]


class PlanRequest(Entry):
    """What a failover, or a switchover, would be."""

    plan: Name
    goal: Literal[Goal.FAILOVER, Goal.SWITCHOVER] = Goal.FAILOVER
    to: Name | None = None


class FollowRequest(Entry):
    """What happens, until the recovery that is named ends or halts."""

    follow: Name


class HistoryRequest(Entry):
    """What happened."""

    history: Literal[True]
    cluster: Name | None = None


class StoryRequest(Entry):
    """One recovery with everything that happened."""

    story: Name


class VerifyRequest(Entry):
    """Whether the audit is whole."""

    verify: Literal[True]


Request = OrderRequest | StatusRequest | PlanRequest | FollowRequest | HistoryRequest | StoryRequest | VerifyRequest
_KINDS: dict[str, type[Request]] = {
    "order": OrderRequest,
    "status": StatusRequest,
    "plan": PlanRequest,
    "follow": FollowRequest,
    "history": HistoryRequest,
    "story": StoryRequest,
    "verify": VerifyRequest,
}


class RequestError(Exception):
    """What was asked is no request: the message says why."""


def read_request(asked: Any) -> Request:
    """Return the request that *asked* is. Raises RequestError."""
    if not isinstance(asked, dict):
        raise RequestError("one JSON object a line")
    kind = next((kind for word, kind in _KINDS.items() if word in asked), OrderRequest)
    try:
        return kind.model_validate(asked)
    except ValidationError as error:
        raise RequestError("; ".join(f"{each.key}: {each.message}" for each in describe(error, asked, kind))) from None
