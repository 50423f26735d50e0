"""What a role may do: a dependency of the routes that need more than reading.

What belongs here: the check of role and form token. What does not: recognizing a reader (``gate``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from dashboard.access.gate import FORM_FIELD, FORM_HEADER, SAFE, access_of, reader_of
from dashboard.access.reader import Reader, Role


@dataclass(frozen=True, slots=True)
class Require:
    """A reader of at least this role, from whose own page a form came.

    Used as ``Annotated[Reader, Depends(require("lead"))]``. Every route that changes anything has
    one; a form carries the token in the field ``csrf_token`` or the header ``X-CSRF-Token``.
    """

    role: Role

    async def __call__(self, request: Request) -> Reader:
        """The reader.

        Raises:
            HTTPException: 403; the role does not suffice, or there is no valid form token.
        """
        reader = reader_of(request)
        if not reader.may(self.role):
            raise HTTPException(
                403, f"This needs the role {self.role}; {reader.name} has the role {reader.role}."
            )
        if request.method not in SAFE:
            sent = request.headers.get(FORM_HEADER) or (await request.form()).get(FORM_FIELD)
            if not access_of(request).has_form_token(reader, sent):
                raise HTTPException(
                    403, "This form is no longer valid. Go back, reload the page and try again."
                )
        return reader


def require(role: Role) -> Require:
    """The dependency that a reader has at least ``role`` and, if a form is sent, its token."""
    return Require(role)


Signed = Annotated[Reader, Depends(require("lead"))]
"""Whoever signs a decision."""
