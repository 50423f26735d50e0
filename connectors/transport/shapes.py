"""Responses that do not have the shape that their service documents.

What belongs here: turning what a decoder raises at one into an error of ``connectors.errors``. What
does not: one record of many, which is a :class:`~connectors.records.Problem` of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.cells import UNREADABLE
from connectors.errors import UnreadableResponseError


@contextmanager
def expected_shape(source: str, what: str) -> Iterator[None]:
    """Decode a response.

    Args:
        source: The service.
        what: What it answered, as the subject of a sentence: ``The list of spreadsheets``.

    Raises:
        UnreadableResponseError: It has another shape than expected.
    """
    try:
        yield
    except UNREADABLE as error:
        said = f"{what} has an unexpected shape ({type(error).__name__})."
        raise UnreadableResponseError(source, said, "Check the url in the settings.") from None
