import numpy as np

from simulator.plant.compiling import compile_plant
from simulator.plant.tables import KINDS, NODE, ROOM, records
from tests.simulator.building import MONDAY, network_of

NETWORK = """
name: small
sites: {here: {}}
crews: {field: {size: 1}}
parts: {disk: {life: 1000h, lead_time: 14d}}
hosts:
  a:
    site: here
    parts: {disk: {installed: 1}}
    recover: [{part: disk}, {work: {exponential: {mean: 12h}}, crew: field}]
"""


def test_rows_are_given_in_the_order_of_the_fields_wherever_those_stand_in_memory() -> None:
    (node,) = records(NODE, [(1, 2, 3, 4, 1, 2, 7)])

    assert [int(node[name]) for name in NODE.names or ()] == [1, 2, 3, 4, 1, 2, 7, 0, 0, 0]


def test_nothing_is_lost_between_the_fields_of_a_record() -> None:
    for kind in (*KINDS.values(), *ROOM.values()):
        fields = [np.dtype(kind[name]) for name in kind.names or ()]
        widest = max(field.itemsize for field in fields)

        assert kind.itemsize - sum(field.itemsize for field in fields) < widest


def test_only_what_is_drawn_from_has_a_stream() -> None:
    plant = compile_plant(network_of(NETWORK), MONDAY, 3600.0, {})

    assert plant.tables["streams"].size == 3  # how long the work and the disk last, and when the next disk comes
    assert plant.tables["things"]["stream"].tolist() == [-1, -1]
