"""The ranges of Ansible inventories: `web[01:20]`, `db-[a:f]`, `rack[1:9:2]`, where a topology writes `web[01-20]`."""

import re
from string import ascii_letters

HOSTS_MAX = 200_000
"""More hosts than this in one pattern are a slip of the keyboard."""

_ANSIBLE = re.compile(r"\[([^\[\]]*)\]")
_BOUNDS = re.compile(r"(?P<first>\d*|[A-Za-z]):(?P<last>\d+|[A-Za-z])(?::(?P<step>\d+))?")


def expand_ansible(pattern: str) -> list[str]:
    """Return the names that an Ansible pattern such as `web[01:20:2].example.org` stands for, in order.

    Raises ValueError for a range that cannot be read, or that stands for too many names.
    """
    names = [""]
    end = 0
    for match in _ANSIBLE.finditer(pattern):
        bounds = _BOUNDS.fullmatch(match[1])
        if bounds is None:
            raise ValueError(f"'{match[0]}' is not a range; write for example [01:20], [a:f] or [1:9:2]")
        values = _values(bounds["first"] or "0", bounds["last"], int(bounds["step"] or 1), match[0])
        if len(names) * len(values) > HOSTS_MAX:
            raise ValueError(f"'{pattern}' stands for more than {HOSTS_MAX:,} names")
        names = [name + pattern[end : match.start()] + value for name in names for value in values]
        end = match.end()
    return [name + pattern[end:] for name in names]


def _values(first: str, last: str, step: int, shown: str) -> list[str]:
    if step < 1 or first.isdigit() != last.isdigit():
        raise ValueError(f"'{shown}' is not a range; both ends are numbers or both are letters, and the step is 1 or more")
    if first.isdigit():
        if len(first) > 9 or len(last) > 9:
            raise ValueError(f"'{shown}' stands for more than {HOSTS_MAX:,} names")
        width = len(first) if first.startswith("0") else 0
        numbers = range(int(first), int(last) + 1, step)
        if len(numbers) > HOSTS_MAX:
            raise ValueError(f"'{shown}' stands for more than {HOSTS_MAX:,} names")
        values = [str(number).zfill(width) for number in numbers]
    else:
        values = list(ascii_letters[ascii_letters.index(first) : ascii_letters.index(last) + 1 : step])
    if not values:
        raise ValueError(f"'{shown}' is empty; write the lower end first")
    return values
