from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from report.layout import TOP, Cell, Layout, lay_out


def overlaps(one: Cell, other: Cell) -> bool:
    apart_x = abs(one.x - other.x) >= (one.width + other.width) / 2 - 1e-6
    apart_y = one.y + one.height <= other.y + 1e-6 or other.y + other.height <= one.y + 1e-6
    return not (apart_x or apart_y)


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[Cell], list[tuple[str, str]]]:
    count = draw(st.integers(1, 24))
    blocks = draw(st.lists(st.sampled_from([TOP, "north", "south"]), min_size=count, max_size=count))
    sizes = draw(st.lists(st.tuples(st.integers(40, 250), st.integers(24, 140)), min_size=count, max_size=count))
    pairs = draw(st.sets(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=40))
    cells = [Cell(str(number), blocks[number], float(sizes[number][0]), float(sizes[number][1])) for number in range(count)]
    return cells, [(str(upper), str(lower)) for upper, lower in sorted(pairs) if upper < lower]


def boxes(layout: Layout) -> list[Cell]:
    return [cell for name, cell in layout.cells.items() if "|" not in name]


@given(networks())
def test_no_box_covers_another_and_each_stands_in_its_own_frame(network: tuple[list[Cell], list[tuple[str, str]]]) -> None:
    layout = lay_out(*network)
    for one, other in combinations(boxes(layout), 2):
        assert not overlaps(one, other), (one, other)
    frames = {frame.block: frame for frame in layout.frames}
    for cell in boxes(layout):
        if cell.block != TOP:
            frame = frames[cell.block]
            assert frame.x <= cell.x - cell.width / 2 and cell.x + cell.width / 2 <= frame.x + frame.width
            assert frame.y <= cell.y and cell.y + cell.height <= frame.y + frame.height


@given(networks())
def test_frames_of_sites_do_not_overlap(network: tuple[list[Cell], list[tuple[str, str]]]) -> None:
    for one, other in combinations(lay_out(*network).frames, 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert beside or one.y + one.height <= other.y or other.y + other.height <= one.y


@given(networks())
def test_what_hangs_on_something_stands_above_it(network: tuple[list[Cell], list[tuple[str, str]]]) -> None:
    cells, edges = network
    layout = lay_out(cells, edges)
    for upper, lower in edges:
        one, other = layout.cells[upper], layout.cells[lower]
        if one.block == other.block or one.block == TOP:
            assert one.y + one.height <= other.y


def test_a_long_edge_passes_between_the_boxes() -> None:
    cells = [Cell(name, "north", 100.0, 40.0) for name in "abc"]
    layout = lay_out(cells, [("a", "b"), ("b", "c"), ("a", "c")])
    _, dummy, _ = layout.routes["a", "c"]
    assert abs(layout.cells[dummy].x - layout.cells["b"].x) > 50
