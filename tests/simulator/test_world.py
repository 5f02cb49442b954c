from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from simulator.world import Step, World
from tests.simulator.building import ONE_HOST, world_of
from timeline.record import Kind

CHAIN = """
    name: chain
    components:
      power: {}
      cooling: {uses: [power]}
    hosts:
      rack: {uses: [cooling]}
      srv: {uses: [power, rack]}
      other: {uses: [power]}
    services:
      shop: {needs: {any: [srv, other]}}
"""


@given(st.permutations([(time, step, number) for time in (0.0, 5.0) for step in Step for number in (0, 7)]))
def test_what_is_due_at_one_time_comes_by_kind_and_number_whoever_scheduled_it_first(due: list[tuple[float, Step, int]]) -> None:
    world = world_of(ONE_HOST)
    came: list[tuple[float, Step, int]] = []
    for each in due:
        world.schedule(each[0], each[1], each[2], lambda each=each: came.append(each))  # type: ignore[misc]

    world.run()

    assert came == sorted(due)


def test_what_was_cancelled_does_not_happen() -> None:
    world = world_of(ONE_HOST)
    came: list[str] = []
    cancelled = world.schedule(1, Step.FAULT, 0, lambda: came.append("cancelled"))
    world.schedule(2, Step.FAULT, 0, lambda: came.append("kept"))
    cancelled.cancel()

    world.run()

    assert came == ["kept"]


def test_what_is_due_at_the_horizon_does_not_happen() -> None:
    world = world_of(ONE_HOST, horizon_seconds=10)
    came: list[float] = []
    for at in (9.999, 10.0, float("inf")):
        world.schedule(at, Step.ORDER_ARRIVES, 0, lambda: came.append(world.now))

    world.run()

    assert came == [9.999]
    assert world.now == 10


def test_a_name_stays_failed_while_it_has_any_reason() -> None:
    world = world_of(ONE_HOST)
    for reason in ("fault", "life"):
        world.break_("srv", reason, ())
    world.mend("srv", "fault", ())
    still_down = not world.holds("srv")
    world.mend("srv", "fault", ())
    world.mend("srv", "life", ())

    assert still_down
    assert world.holds("srv")
    assert [record.state for record in world.records if record.kind is Kind.HOST] == ["down", "up"]


def test_a_loss_takes_down_what_hangs_on_it_and_says_why() -> None:
    world = world_of(CHAIN)

    world.break_("power", "fault", ())

    assert not any(world.holds(name) for name in ("power", "cooling", "rack", "srv", "other", "shop"))
    (rack,) = (record for record in world.records if record.subject == "rack")
    assert [world.records[each].subject for each in rack.because] == ["cooling"]


def test_watchers_are_told_after_everything_that_changed_has_been_recorded() -> None:
    world = world_of(CHAIN)
    recorded: list[int] = []
    for name in ("power", "srv"):
        world.watch(world.node(name), lambda _holds: recorded.append(len(world.records)))

    world.break_("power", "fault", ())

    assert recorded == [5, 5]


def test_what_a_watcher_changes_is_told_after_the_others_have_been_told() -> None:
    world = world_of(CHAIN)
    told: list[str] = []

    def breaks_more(_holds: bool) -> None:
        told.append("cooling")
        world.break_("other", "fault", ())

    world.watch(world.node("cooling"), breaks_more)
    world.watch(world.node("other"), lambda _holds: told.append("other"))
    world.watch(world.node("srv"), lambda _holds: told.append("srv"))

    world.break_("cooling", "fault", ())

    assert told == ["cooling", "srv", "other"]


def test_nothing_is_down_because_something_came_up() -> None:
    world = world_of(CHAIN)
    for reason in ("first", "second"):
        world.break_("power", reason, ())
        world.mend("power", reason, ())

    assert_causes_agree(world)


def test_nothing_comes_up_because_something_went_down() -> None:
    world = world_of(
        """
        name: any-of-two
        components:
          power: {}
          spare: {uses: [power]}
        hosts:
          srv: {needs: {any: [power, spare]}}
        """
    )
    world.break_("spare", "fault", ())
    world.break_("power", "fault", ())
    world.mend("spare", "fault", ())
    world.mend("power", "fault", ())

    assert [record.state for record in world.records if record.subject == "srv"] == ["down", "up"]
    assert_causes_agree(world)


def assert_causes_agree(world: World) -> None:
    for record in world.records:
        for each in record.because:
            assert world.records[each].state == record.state, (record, world.records[each])


def test_draws_belong_to_who_draws_them_and_for_what() -> None:
    first, second = world_of(ONE_HOST, seed=4), world_of(CHAIN, seed=4)
    for name in ("rack", "srv", "rack"):
        second.uniform(name, "life")

    assert [first.uniform("srv", "wait") for _ in range(3)] == [second.uniform("srv", "wait") for _ in range(3)]
    assert first.uniform("srv", "wait") != second.uniform("srv", "work")


def test_another_seed_or_another_run_is_another_history() -> None:
    draws = [world_of(ONE_HOST, seed=seed, run=run).uniform("srv", "life") for seed in (0, 1) for run in (0, 1)]

    assert all(one != other for one, other in pairwise(sorted(draws)))


def test_what_a_watcher_changes_is_told_after_everyone_has_been_told_of_the_change_before() -> None:
    world = world_of("name: two\nhosts: {first: {}, second: {}}\nservices: {shop: {needs: {any: [first, second]}}}")
    told: list[str] = []

    def breaks_the_second(_holds: bool) -> None:
        told.append("first")
        world.break_("second", "fault", ())

    world.watch(world.node("first"), breaks_the_second)
    world.watch(world.node("first"), lambda _holds: told.append("first, to another"))
    world.watch(world.node("second"), lambda _holds: told.append("second"))

    world.break_("first", "fault", ())

    assert told == ["first", "first, to another", "second"]


def test_a_loss_is_explained_by_all_that_is_down_and_a_return_by_what_came_back_since() -> None:
    world = world_of("name: pair\nhosts: {one: {}, two: {}}\ncomponents: {pair: {needs: {any: [one, two]}}}")
    for name in ("one", "pair"):
        world.break_(name, "fault", ())
    world.mend("pair", "fault", ())
    world.break_("two", "fault", ())
    down = world.records[-1]
    world.mend("two", "fault", ())
    up = world.records[-1]

    assert [(world.records[each].subject, world.records[each].state) for each in down.because] == [("one", "down"), ("two", "down")]
    assert [(world.records[each].subject, world.records[each].state) for each in up.because] == [("two", "up")]
