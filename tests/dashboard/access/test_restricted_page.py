"""What is hidden stands on no page, in no answer, no download; nothing is decided about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.routing import APIRoute

from dashboard.access import Access, Reader
from dashboard.access.gate import FORM_FIELD
from dashboard.app import create_app
from dashboard.desk_as_seen import DeskAsSeen, NotSeenError, RefusedError
from okr_model.links.decisions import LOG_COLUMNS
from okr_model.review.requests import Refusal, Request, Signature
from published.audit.decided import Decided
from published.errors import UserError
from published.restricted import Restriction, hidden_from
from published.snapshot import Snapshot, Snapshots
from tests.dashboard.access.test_known import _flat
from tests.support.page.page_of import Browser, site
from tests.support.page.published_file import publish
from tests.support.page.restricted_company import (
    ID,
    OBJECTIVE,
    READING,
    RECORD,
    STATEMENT,
    URL,
    company,
)

RULES = (Restriction(("board",), ("People",), ("KR-9",)),)
SECRETS = (STATEMENT, RECORD, READING, OBJECTIVE, "Pay review for all bands")
ME = Signature("bo", "page", "test")
AT = pd.Timestamp("2026-11-28T09:00Z")


class OpposedError(UserError):
    refusal = Refusal.OPPOSED


class FakeDesk:
    """A desk with decisions about everything, that records whatever it is asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.refuse = ""

    def decided(self) -> Decided:
        made = [
            ("d1", "jira:1", "accept", "KR-1", None),
            ("d2", "jira:1", "accept", "KR-9", None),
            ("d3", "jira:4", "correct", "KR-90", "kr-9"),
            ("d4", "jira:2", "other", None, None),
            ("d5", "jira:2", "undo", None, None),
            ("d6", "jira:4", "other", None, None),
        ]
        rows = [
            {
                "decision_id": one,
                "decided_at": AT,
                "initiative_id": of,
                "initiative": "INI",
                "action": action,
                "key_result_id": key,
                "wrong_key_result_id": wrong,
                "claims": "KR-9 by field",
                "undoes": "d4" if action == "undo" else None,
                "decided_by": "ada",
                "why": f"as {STATEMENT} says",
            }
            for one, of, action, key, wrong in made
        ]
        return Decided(pd.DataFrame(rows, columns=list(LOG_COLUMNS)).astype(LOG_COLUMNS))

    def decide(self, request: Request) -> dict[str, Any]:
        if self.refuse:
            raise OpposedError(self.refuse)
        self.asked.append(request)
        return {"decision_id": "d9", "initiative_id": request.initiative}

    def take_back(self, decision: str, by: Signature, why: str) -> dict[str, Any]:
        if self.refuse:
            raise OpposedError(self.refuse)
        return {"decision_id": decision, "initiative_id": "jira:1"}

    def next_run(self) -> None:
        return None


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("restricted") / "published.duckdb", company())


@pytest.fixture(scope="module")
def tables(path: Path) -> Snapshot:
    return Snapshots(path).current().seen_by(hidden_from([], RULES))


def browser(path: Path, *groups: str, desk: FakeDesk | None = None) -> Browser:
    def identify(_: object) -> Reader:
        return Reader("bo", "admin", frozenset(groups), "test", "session")

    access = Access(identify, restrictions=RULES)
    return Browser(create_app(replace(site(path, access), desk=desk or FakeDesk())))


def addresses(page: Browser) -> Iterator[str]:
    """Every route that is asked for, with each of its parts filled in with what there is."""
    fill = {
        "team": ["Sales", "People"],
        "key": ["KR-1", "KR-9", "kr-9"],
        "name": sorted(company()),
        "initiative": ["jira:1", "jira:2"],
        "objective": ["O-1", "O-3"],
    }
    for route in _flat(page.app.routes):
        if not isinstance(route, APIRoute) or "GET" not in route.methods:
            continue
        (part,) = re.findall(r"{(\w+)[^}]*}", route.path) or [None]
        if part is None:
            yield route.path
        else:
            assert part in fill, f"say what {part} of {route.path} can be"
            for value in fill[part]:
                yield re.sub(r"{\w+[^}]*}", value, route.path)
    yield from (f"/find?q={word}" for word in ("KR-9", "Leeds", "pay", "statement", "O-3"))
    yield from (f"/lead?item={item}" for item in ("jira:1", "jira:2", "key-result:KR-9"))
    yield "/tables/links?q=KR-9"
    yield "/company?as_of=2026-11-28&known=then"


def told(text: str) -> list[str]:
    """What a text tells of what is hidden, but for what the question itself repeats."""
    found = [one for one in SECRETS if one.casefold() in text.casefold()]
    return found + ID.findall(text) + ([URL] if URL in text else [])


@pytest.mark.thorough
def test_no_page_answer_or_download_tells_of_what_is_hidden(path: Path) -> None:
    page, knowing = browser(path), browser(path, "board")
    seen, known = set(), 0
    for address in addresses(page):
        answer = page.get(address)
        assert answer.status_code < 500, (address, answer.text[:300])
        asked = re.findall(r"(?i)kr-9(?!\d)", address)
        body = answer.text if not asked else re.sub(r"(?i)kr-9(?!\d)", "", answer.text)
        assert not told(body), (address, answer.status_code, told(body))
        seen.add(answer.status_code)
        known += bool(told(knowing.get(address).text))
    assert {200, 404} <= seen
    assert known > 20  # whoever may know it is told of it in most places


def test_decisions_about_what_is_hidden_are_not_told(tables: Snapshot) -> None:
    log = DeskAsSeen(FakeDesk(), tables).decided().log
    assert list(log["decision_id"]) == ["d1", "d6"]
    assert set(log["why"]) == {"as [restricted] says"}
    assert set(log["claims"]) == {"[restricted] by field"}
    assert log.dtypes.astype(str).to_dict() == FakeDesk().decided().log.dtypes.astype(str).to_dict()


@pytest.mark.parametrize(
    ("action", "initiative", "right", "wrong"),
    [
        ("accept", "jira:1", "KR-9", None),
        ("accept", "jira:1", "kr–9", None),
        ("reject", "jira:1", "KR-9", None),
        ("correct", "jira:1", "KR-1", "KR-9"),
        ("correct", "jira:1", "KR-9", "KR-1"),
        ("accept", "jira:2", "KR-1", None),
        ("other", "jira:2", None, None),
        ("other", "nothing", None, None),
    ],
)
def test_what_is_hidden_is_refused_as_if_it_were_not_there(
    tables: Snapshot, action: str, initiative: str, right: str | None, wrong: str | None
) -> None:
    desk = FakeDesk()
    with pytest.raises(NotSeenError) as error:
        DeskAsSeen(desk, tables).decide(Request(action, initiative, right, ME, "why", wrong))
    assert not desk.asked
    words = re.sub(r"'[^']*'", "", str(error.value), count=1)
    assert not told(words)


def test_what_is_seen_is_decided_and_a_refusal_tells_nothing(tables: Snapshot) -> None:
    desk = FakeDesk()
    seen = DeskAsSeen(desk, tables)
    seen.decide(Request("accept", "jira:1", "KR-1", ME, "why"))
    assert desk.asked[0].initiative == "jira:1"
    assert seen.take_back("d1", ME, "")["decision_id"] == "d1"
    for hidden in ("d2", "d3", "d4", "d5", "none"):
        with pytest.raises(NotSeenError):
            seen.take_back(hidden, ME, "")
    desk.refuse = "ada accepted KR-9 before."
    with pytest.raises(RefusedError, match=r"ada accepted \[restricted\] before") as error:
        seen.decide(Request("accept", "jira:1", "KR-1", ME, "why"))
    assert error.value.refusal == Refusal.OPPOSED


@pytest.mark.thorough
def test_a_form_about_what_is_hidden_records_nothing(path: Path) -> None:
    desk = FakeDesk()
    page = browser(path, desk=desk)
    token = Access(lambda _: None)  # another's token is none
    reader = Reader("bo", "admin", frozenset(), "test", "session")
    form = {"verdict": "accept", "about": "jira:1", "pick": "KR-9", "why": "x", "once": "1"}
    mine = page.app.state.access.form_token(reader)
    assert (
        page.post("/lead/decide", data={**form, FORM_FIELD: token.form_token(reader)}).status_code
        == 403
    )
    answer = page.post("/lead/decide", data={**form, FORM_FIELD: mine})
    assert answer.status_code == 409
    assert not desk.asked
    assert page.post("/lead/undo", data={"decision": "d2", FORM_FIELD: mine}).status_code == 404


def test_the_tables_are_opened_in_one_place() -> None:
    """Every view reads what its reader may see: nothing else opens a published file."""
    root = Path(__file__).parents[3] / "dashboard"
    opening = {
        str(one.relative_to(root))
        for one in root.rglob("*.py")
        if re.search(r"\.current\(|PublishedTables|Titles\(|\bSnapshots\(", one.read_text("utf-8"))
    }
    assert opening == {"context.py"}
