"""Lists that do not end, and those that are only long."""

import pytest

from connectors.errors import PermanentError, UnreadableResponseError
from connectors.transport import bounds
from connectors.transport.bounds import Bounds
from connectors.transport.paged_list import PagedList


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "BOUNDS", Bounds(pages=50, barren_pages=5))


def test_a_long_list_is_read_to_its_end() -> None:
    pages = PagedList("notion", "A list")
    for number in range(50):
        pages.page(["an entry"] * 100, first=number, count=5_000)
        pages.follow(str(number))


def test_more_pages_than_a_list_may_have() -> None:
    pages = PagedList("notion", "A list")
    for number in range(50):
        pages.page(["an entry"], first=number)
    with pytest.raises(UnreadableResponseError, match="A list has more than 50 pages"):
        pages.page(["an entry"], first=50)


@pytest.mark.parametrize(("entries", "first"), [([], None), (["again"], "again")])
def test_pages_with_nothing_new_end_a_list(entries: list[str], first: str | None) -> None:
    pages = PagedList("notion", "A list")
    pages.page(["the first"], "again")
    for _ in range(5):
        pages.page(entries, first)
    with pytest.raises(UnreadableResponseError, match="after 5 pages with nothing new"):
        pages.page(entries, first)


def test_a_few_empty_pages_between_others_are_no_end() -> None:
    pages = PagedList("jira", "A list")
    for number in range(40):
        pages.page([] if number % 5 else ["an entry"], first=None if number % 5 else number)


def test_far_more_entries_than_the_service_counts_end_a_list() -> None:
    pages = PagedList("jira", "The census of issues", "Narrow the jql.")
    for number in range(3):  # up to twice as many and a thousand
        pages.page(["an entry"] * 500, first=number, count=300)
    with pytest.raises(UnreadableResponseError, match="and is said to have 300") as raised:
        pages.page(["an entry"] * 500, first=3, count=300)
    assert raised.value.remedy == "Narrow the jql."


def test_a_token_that_comes_back() -> None:
    pages = PagedList("sheets", "A list")
    pages.follow("next")
    with pytest.raises(PermanentError, match="the same page twice"):
        pages.follow("next")
