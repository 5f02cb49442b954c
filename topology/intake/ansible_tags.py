"""The tags of Ansible's YAML, taken off: `!unsafe` says nothing here, and what `!vault` marks is emptied."""

import re
from contextlib import suppress
from itertools import pairwise

import yaml

_TAGS = re.compile(r"!(?:unsafe|vault|vault-encrypted)\b")


def without_tags(text: str) -> tuple[str, list[int]]:
    """Return *text* with Ansible's tags blanked out and encrypted values emptied, and the lines that had one.

    Lines keep their numbers. Where the text stops being YAML, the rest is left as it is.
    """
    if not _TAGS.search(text):
        return text, []
    tokens: list[yaml.Token] = []
    with suppress(yaml.YAMLError):  # whoever parses the text says what is wrong with it
        tokens.extend(yaml.scan(text, Loader=yaml.CSafeLoader))
    pieces: list[str] = []
    lines: list[int] = []
    end = 0
    for tag, value in pairwise(tokens):
        if not isinstance(tag, yaml.TagToken) or not isinstance(value, yaml.ScalarToken):
            continue
        start, stop = tag.start_mark.index, tag.end_mark.index
        if not _TAGS.fullmatch(text[start:stop].strip()):
            continue
        if text[start:stop].strip() != "!unsafe":
            lines.append(tag.start_mark.line + 1)
            stop = value.end_mark.index
        pieces += [text[end:start], "\n" * text.count("\n", start, stop)]
        end = stop
    return "".join([*pieces, text[end:]]), lines
