"""People, as each kind of Jira names them."""

import msgspec


class Person(msgspec.Struct, rename="camel"):
    """Someone who works on issues.

    Cloud gives ``accountId``; Data Center a ``key`` that stays when the user ``name`` changes.
    """

    account_id: str | None = None
    key: str | None = None
    name: str | None = None
    display_name: str | None = None

    @property
    def id(self) -> str | None:
        """What tells the person apart from others."""
        return self.account_id or self.key or self.name
