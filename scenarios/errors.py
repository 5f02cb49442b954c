"""A scenario that cannot be used."""

from topology.errors import InputError


class ScenarioError(InputError):
    """What is wrong with a scenario, each problem with its place."""
