"""The states and their edges as a Mermaid diagram, from the table and nothing else."""

from failover.core.states import EDGES, State


def mermaid() -> str:
    """Return the diagram: a line an edge, in the order of the table."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.WATCHING.value}"]
    lines += [f"    {before.value} --> {after.value}: {reason.replace(':', ' –')}" for (before, after), reason in EDGES.items()]
    return "\n".join(lines) + "\n"
