"""Tables for people. What does not fit one screen is cut short, with a line that says so."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

ROWS_MAX = 20
_GAP = 2
"""Blanks between two columns."""


def new_console() -> Console:
    """Return a console for standard output that takes every text as it is."""
    return Console(highlight=False, markup=False, emoji=False)


def print_rows(console: Console, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table of up to ROWS_MAX rows; nothing where there are none."""
    if not rows:
        return
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False)
    for heading, width in zip(headings, _widths(console.width, headings, rows[:ROWS_MAX]), strict=True):
        table.add_column(heading.upper(), overflow="fold", width=width)
    for row in rows[:ROWS_MAX]:
        table.add_row(*(Text(cell) for cell in row))
    console.print()
    console.print(table)
    if len(rows) > ROWS_MAX:
        console.print(Text(f"… and {len(rows) - ROWS_MAX:,} more rows; --output json has them all"))


def _widths(whole: int, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int | None]:
    """Return how wide each column is so that lines are broken between words; None for all where no *whole* line holds that."""
    columns = [[heading, *cells] for heading, *cells in zip(headings, *rows, strict=True)]
    wanted = [max(map(cell_len, column)) for column in columns]
    widths = [max(cell_len(word) for cell in column for word in cell.split() or [""]) for column in columns]
    spare = whole - sum(widths) - _GAP * (len(columns) - 1)
    if spare < 0:
        return [None] * len(columns)
    for at in sorted(range(len(columns)), key=lambda at: wanted[at] - widths[at]):
        more = min(wanted[at] - widths[at], spare)
        widths[at] += more
        spare -= more
    return [*widths]


def print_grid(console: Console, rows: Iterable[tuple[str, str]]) -> None:
    """Print labels with their texts, indented."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in rows:
        grid.add_row(Text(f"  {label}"), Text(text))
    console.print(grid)


def titled(name: str, title: str) -> str:
    """Write a name with its title, where it has one of its own."""
    return f"{name}: {title}" if title and title != name else name


def counted(number: int, plural: str) -> str:
    """Write `1 host`, `5 hosts`."""
    singular = plural.removesuffix("es") if plural.endswith("sses") else plural.removesuffix("s")
    return f"{number:,} {singular if number == 1 else plural}"
