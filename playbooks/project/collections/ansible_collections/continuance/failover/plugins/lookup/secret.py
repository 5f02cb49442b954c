"""Returns a secret of the controller's configuration by its name."""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from playbooks.secret_channel import secret

DOCUMENTATION = """
name: secret
short_description: A secret that the controller's configuration names
description:
  - It comes over a socket of the controller, and stands neither in a file nor on a command line.
  - A task that uses it needs C(no_log), or it stands in what the task leaves behind.
options:
  _terms:
    description: Names of secrets.
    required: true
"""


class LookupModule(LookupBase):  # type: ignore[misc]
    """The lookup `continuance.failover.secret`."""

    def run(self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        """Return the secrets called *terms*."""
        try:
            return [secret(str(name)) for name in terms]
        except OSError as error:
            raise AnsibleLookupError(str(error)) from None
