from simulator.stock import Demand, Pool, Stores
from simulator.world import World
from tests.simulator.building import play, world_of
from timeline.record import Kind

ONE_PART = """
    name: one-part
    sites: {here: {}}
    parts: {disk: {lead_time: 100s}}
    stock: {here: {disk: 2}}
"""


class Shelf:
    """One pool, and who was supplied from it when."""

    def __init__(self, network: str = ONE_PART) -> None:
        self.world: World = world_of(network)
        self.stores = Stores(self.world)
        self.pool: Pool = self.stores.pool("here", "disk")
        self.supplied: list[tuple[str, float, bool]] = []
        """Who, when, and whether by a delivery."""

    def demand(self, who: str, count: int) -> Demand | None:
        def supplied(delivery: int | None) -> None:
            self.supplied.append((who, self.world.now, delivery is not None))

        return self.stores.demand(self.pool, count, 0, supplied)


def test_a_unit_on_the_shelf_is_there_at_once_and_ordered_again() -> None:
    shelf = Shelf()

    assert shelf.demand("first", 1) is None
    assert shelf.supplied == [("first", 0.0, False)]
    assert (shelf.pool.stock, shelf.pool.on_order, shelf.pool.backorders) == (1, 1, 0)

    shelf.world.run()
    assert (shelf.pool.stock, shelf.pool.on_order) == (2, 0)


def test_what_is_not_on_the_shelf_comes_after_the_lead_time() -> None:
    shelf = Shelf()
    shelf.demand("first", 2)
    shelf.demand("second", 1)

    assert (shelf.pool.stock, shelf.pool.on_order, shelf.pool.backorders) == (0, 3, 1)
    shelf.world.run()

    assert shelf.supplied == [("first", 0.0, False), ("second", 100.0, True)]


def test_who_waits_is_supplied_in_order_even_if_a_later_one_needs_less() -> None:
    shelf = Shelf()
    for who, count in (("first", 5), ("second", 1)):
        shelf.demand(who, count)
    assert shelf.pool.stock == 0
    assert shelf.pool.backorders == 4

    shelf.stores._hand_out(shelf.pool, 2, 0)
    assert shelf.supplied == []
    shelf.stores._hand_out(shelf.pool, 2, 0)

    assert [who for who, _, _ in shelf.supplied] == ["first", "second"]


def test_a_demand_taken_back_leaves_its_units_to_the_next_in_line() -> None:
    shelf = Shelf()
    first = shelf.demand("first", 3)
    shelf.demand("second", 1)
    assert first is not None

    shelf.stores.withdraw(shelf.pool, first, 3, 0)

    assert [who for who, _, _ in shelf.supplied] == ["second"]
    assert shelf.pool.stock == 1
    assert shelf.pool.position > shelf.pool.base_stock


def test_what_was_ordered_for_a_demand_taken_back_is_used_before_more_is_ordered() -> None:
    shelf = Shelf()
    first = shelf.demand("first", 3)
    assert first is not None
    shelf.stores.withdraw(shelf.pool, first, 3, 0)

    for who in ("second", "third", "fourth"):
        shelf.demand(who, 1)
    assert shelf.pool.on_order == 3
    assert shelf.pool.position == shelf.pool.base_stock

    shelf.demand("fifth", 1)
    assert shelf.pool.on_order == 4


def test_a_delay_moves_what_is_on_order_and_nothing_that_is_ordered_later() -> None:
    shelf = Shelf()
    fault = shelf.world.record(Kind.FAULT, "strike", "delay")
    shelf.demand("first", 3)
    shelf.stores.delay("disk", 50, fault)
    shelf.demand("second", 1)

    shelf.world.run()

    assert shelf.supplied == [("first", 100.0, True), ("second", 150.0, True)]
    (delayed,) = (record for record in shelf.world.records if record.state == "delayed")
    assert fault in delayed.because


def test_who_is_supplied_may_demand_more_without_overtaking_and_without_too_much_being_ordered() -> None:
    shelf = Shelf()
    shelf.demand("takes the shelf", 2)

    def again(_delivery: int | None) -> None:
        shelf.supplied.append(("greedy", shelf.world.now, True))
        shelf.demand("greedy again", 1)
        assert shelf.pool.position == shelf.pool.base_stock

    shelf.stores.demand(shelf.pool, 1, 0, again)
    shelf.demand("patient", 1)

    shelf.world.run()

    assert [who for who, _, _ in shelf.supplied] == ["takes the shelf", "greedy", "patient", "greedy again"]
    assert shelf.pool.position == shelf.pool.base_stock
    assert shelf.pool.stock == 2


def test_a_part_that_nobody_stocks_is_ordered_when_it_is_needed() -> None:
    played = play(
        """
        name: no-stock
        sites: {here: {}}
        parts: {disk: {lead_time: 3d}}
        hosts: {srv: {site: here, recover: [{wait: 1h}, {part: disk}]}}
        services: {shop: {needs: srv}}
        """,
        "incident: [{at: 0h, fail: srv}]",
    )

    assert played.hosts("srv") == [(0, "down"), (73, "up")]
    assert played.told(Kind.ORDER, "disk") == [(1, "placed"), (73, "arrived")]


def test_a_delay_of_one_part_leaves_the_others_alone() -> None:
    shelf = Shelf(ONE_PART.replace("parts: {", "parts: {fan: {lead_time: 100s}, "))
    fault = shelf.world.record(Kind.FAULT, "strike", "delay")
    shelf.demand("first", 3)
    shelf.stores.delay("fan", 50, fault)

    shelf.world.run()

    assert shelf.supplied == [("first", 100.0, True)]
