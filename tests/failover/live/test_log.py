"""What libraries log stands in the controller's log like everything else: as JSON, with its time."""

import io
import json
import logging

from failover.live.log import Forwarded, Log


def test_what_a_library_logs_is_a_line_like_any_other() -> None:
    text = io.StringIO()
    library = logging.getLogger("playbooks.tested")
    library.addHandler(forwarded := Forwarded(Log(text)))
    try:
        library.warning("'%s' cannot be prepared for commands at the moment", "db-1")
        library.info("of no interest")
    finally:
        library.removeHandler(forwarded)
    (line,) = map(json.loads, text.getvalue().splitlines())
    assert line["at"]
    said = {"event": "library", "name": "playbooks.tested", "level": "warning"}
    assert {key: line[key] for key in said} == said
    assert line["text"] == "'db-1' cannot be prepared for commands at the moment"
