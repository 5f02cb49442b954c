"""What can go wrong in the lab while it does what it was told.

LabError              the machine did not do it; the commands print it and exit with 3
└── NotUpError        the lab, or the host that is meant, is not there
Input that cannot be used is a `topology.errors.InputError`, as everywhere.
"""


class LabError(Exception):
    """Something that the machine refused or did not manage, in a sentence that says what to do next where that is known."""


class NotUpError(LabError):
    """The lab is down, or the host that is meant is off."""
