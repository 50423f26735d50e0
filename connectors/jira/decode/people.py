"""People, as Cloud and Data Center identify them."""

import msgspec


class Person(msgspec.Struct, rename="camel"):
    """A Jira user.

    Cloud gives ``accountId``; Data Center a ``key`` that stays when the user ``name`` changes. Only
    Cloud gives ``accountType``: ``atlassian``, ``customer``, or ``app`` of a program's account.
    """

    account_id: str | None = None
    account_type: str | None = None
    key: str | None = None
    name: str | None = None
    display_name: str | None = None

    @property
    def id(self) -> str | None:
        """The user's stable id."""
        return self.account_id or self.key or self.name
