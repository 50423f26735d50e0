"""What an ended cycle left open is closed on the Lead's home, where a finding asks for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from dashboard.access.gate import FORM_FIELD, Access
from dashboard.access.reader import Reader
from published.restricted import Restriction
from tests.dashboard.views.lead.test_findings import form_at
from tests.dashboard.views.lead.test_home import HOSTILE, SCRIPT, Desk, text_of
from tests.support.page.real_browser import LOOKS, check_view, chromium, served
from tests.support.page.small_tables import finding, key_result, publish_rows

ENDED = {
    "cycle_id": "2026-Q3",
    "cycle_start": dt.date(2026, 7, 1),
    "cycle_end": dt.date(2026, 9, 30),
}
CLOSE = {
    "key result": "/lead?item=finding:cycle+not+closed+Sales",
    "objective": "/lead?item=finding:Objective+not+closed+O-1",
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk where a cycle is over: KR-1 is open, KR-2 closed, KR-3 another team's."""
    own = Desk(tmp_path_factory.mktemp("ended"))
    publish_rows(
        own.project.paths.duckdb,
        key_results=[
            key_result("KR-1", **ENDED, team="Sales", teams=["Sales", "Marketing"]),
            key_result("KR-2", **ENDED, team="Sales", teams=["Sales"]),
            key_result("KR-3", **ENDED, team="People", teams=["People"]),
        ],
        scores=[
            {"key_result_id": "KR-1", **ENDED, "score": 0.66, "band": "some progress"},
            {"key_result_id": "KR-2", **ENDED, "closed_as": "done"},
            {"key_result_id": "KR-3", **ENDED},
        ],
        objectives=[{"objective_id": "O-1", "title": HOSTILE, **ENDED}],
        cycles=[{**ENDED, "state": "ended"}],
        findings=[
            finding("cycle not closed", "team", "Sales"),
            finding("Objective not closed", "objective", "O-1"),
        ],
    )
    yield own
    own.page.close()


@pytest.mark.parametrize(("kind", "key"), [("key result", "KR-1"), ("objective", "O-1")])
def test_what_a_cycle_left_open_is_decided_where_it_is_asked_for(
    ended: Desk, kind: str, key: str
) -> None:
    shown = ended.page.get(CLOSE[kind]).text
    assert shown.count('action="/lead/close"') == 1  # no other is open, or of this team
    assert SCRIPT not in shown
    if kind == "key result":
        assert "2026-Q3, score 0.66, some progress" in text_of(shown)
    form = {**form_at(ended, CLOSE[kind], "/lead/close"), "lesson": f"Ask first. {SCRIPT}"}
    answer = ended.page.post("/lead/close", data={**form, "verdict": "continue"})
    assert answer.status_code == 303
    row = ended.log.iloc[-1]
    named = ("action", f"{kind.replace(' ', '_')}_id", "cycle_id", "closed_as", "via")
    assert [row[name] for name in named] == ["close", key, "2026-Q3", "continue", "page"]
    assert (row["lesson"], row["why"]) == (f"Ask first. {SCRIPT}", "no reason given")

    shown = ended.page.get(answer.headers["location"]).text
    assert "Continue by" in text_of(shown)
    assert "pending, counts from the next run" in text_of(shown)
    assert 'action="/lead/close"' not in shown
    assert SCRIPT not in shown
    again = ended.page.post("/lead/close", data={**form, "verdict": "done"})
    assert (again.status_code, "once is enough" in again.text) == (409, True)
    undo = {FORM_FIELD: form[FORM_FIELD], "decision": row["decision_id"]}
    assert ended.page.post("/lead/undo", data=undo).status_code == 303
    assert 'action="/lead/close"' in ended.page.get(CLOSE[kind]).text


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({FORM_FIELD: "forged"}, 403, "no longer valid"),
        ({"verdict": "win"}, 400, "neither continue, abandon nor done"),
        ({"kind": "team"}, 400, "neither continue, abandon nor done"),
        ({"subject": "KR-9"}, 409, "No Key Result 'KR-9' is published"),
        ({"subject": "KR-1", "kind": "objective"}, 409, "No Objective 'KR-1' is published"),
        ({"cycle": "2026-Q9"}, 409, "KR-1 stands in no begun cycle"),
    ],
)
def test_a_form_that_closes_and_was_tampered_with_records_nothing(
    ended: Desk, changed: dict[str, str], status: int, said: str
) -> None:
    before = len(ended.log)
    form = {**form_at(ended, CLOSE["key result"], "/lead/close"), "verdict": "done", **changed}
    answer = ended.page.post("/lead/close", data=form)
    assert (answer.status_code, said in text_of(answer.text)) == (status, True)
    assert len(ended.log) == before


def test_who_may_not_decide_or_see_closes_nothing(ended: Desk) -> None:
    before = len(ended.log)
    forms = {kind: form_at(ended, place, "/lead/close") for kind, place in CLOSE.items()}
    hidden = (Restriction(key_results=("KR-1",)), Restriction(teams=("Sales",)))
    for role, restrictions, status in (("viewer", (), 403), ("lead", hidden, 409)):
        reader = Reader("li", role, frozenset(), "test", "s")  # type: ignore[arg-type]
        access = Access(lambda _, reader=reader: reader, restrictions=restrictions)  # type: ignore[misc]
        page = ended.browser(access)
        for form in forms.values():
            given = {**form, FORM_FIELD: access.form_token(reader), "verdict": "done"}
            assert 'action="/lead/close"' not in page.get(CLOSE[form["kind"]]).text
            if form["kind"] == "key result" or role == "viewer":
                assert page.post("/lead/close", data=given).status_code == status
    assert len(ended.log) == before


@pytest.mark.night
def test_its_forms_are_usable_in_a_browser(ended: Desk) -> None:
    with chromium() as browser, served(ended.page.app) as address:  # type: ignore[arg-type]
        for look in LOOKS:
            check_view(browser, address, CLOSE["key result"], look)
