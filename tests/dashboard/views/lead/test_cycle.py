"""The checklist of a cycle and the steps before the next one, on the page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.access.gate import FORM_FIELD, Access
from dashboard.access.reader import Reader
from okr_model.governance.checklist import ITEMS
from pipelines.project import Project
from tests.dashboard.views.lead.test_findings import form_at
from tests.dashboard.views.lead.test_home import HOSTILE, SCRIPT, Desk, fields_in, text_of
from tests.support.page.published_file import DAY
from tests.support.page.real_browser import LOOKS, check_view, chromium, served
from tests.support.page.small_tables import key_result, publish_rows

_ATTESTED = next(one for one in ITEMS if one.is_attested)
ROLLOUT = [
    {"wave": HOSTILE, "kind": "wave", "item": "stage", "state": "through the gate", "number": 2},
    {"wave": "", "kind": "decision", "item": "levels", "sentence": "the nine", "number": 1},
    {
        **{"wave": HOSTILE, "kind": "gate", "item": "rhythm", "state": "not passed", "number": 3},
        **{"part": 3, "whole": 5, "missing": ["KR-1"], "due_on": dt.date(2026, 10, 1)},
        "sentence": "3 of 5 check-ins were on time",
    },
]


@pytest.fixture
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    own = Desk(tmp_path)
    publish_rows(
        own.project.paths.duckdb,
        key_results=[
            key_result("KR-1", cycle_id="2026-Q4", team="Sales", teams=["Sales"], owner="Ada"),
            key_result("KR-2", cycle_id="2026-Q4", team=HOSTILE, teams=[HOSTILE], owner=None),
        ],
        objectives=[{"objective_id": "O-1", "title": HOSTILE, "cycle_id": "2026-Q4"}],
        rollout=getattr(request, "param", []),
    )
    yield own
    own.page.close()


def row_of(page: str, item: str) -> str:
    return text_of(page.partition(f'id="{item.replace(" ", "-")}"')[2].partition("</tr>")[0])


def test_every_item_is_told_with_its_figures_and_what_it_is_computed_from(desk: Desk) -> None:
    page = desk.page.get("/cycle").text
    assert SCRIPT not in page
    assert page.count('<tr id="') == len(ITEMS) == 26
    assert "open" in row_of(page, "owner")
    assert "1 of 2 have one; not KR-2" in row_of(page, "owner")
    assert "computed from key_results.owner" in row_of(page, "owner")
    done, left, unknown = map(
        int, re.findall(r"(\d+) are done, (\d+) open and (\d+) not known", text_of(page))[0]
    )
    assert done + left + unknown == 26
    assert page.count("</svg>not known</span>") >= unknown


@pytest.mark.parametrize("desk", [ROLLOUT], indirect=True)
def test_a_rollout_is_told_in_the_words_of_its_rows(desk: Desk) -> None:
    page = desk.page.get("/cycle").text
    assert SCRIPT not in page
    told = text_of(page.partition('id="rollout"')[2].partition("</section>")[0])
    assert "3 of 5 check-ins were on time; not KR-1" in told
    assert "through the gate" in told
    assert told.index("the nine") < told.index("through the gate")


@pytest.mark.parametrize("desk", [ROLLOUT], indirect=True)
def test_a_rollout_is_known_of_the_last_run_and_not_told_of_another_day(desk: Desk) -> None:
    page = desk.page.get(f"/cycle?as_of={DAY}&known=then").text
    assert 'id="rollout"' not in page
    assert "known of the last run alone" in page


def test_without_a_rollout_the_page_has_no_section_of_it(desk: Desk) -> None:
    assert "Roll-out" not in desk.page.get("/cycle").text


def test_an_item_is_attested_and_taken_back_on_the_page(desk: Desk) -> None:
    form = form_at(desk, "/cycle", "/lead/attest")
    assert form["item"] == _ATTESTED.name
    answer = desk.page.post("/lead/attest", data={**form, "why": f"I was there. {SCRIPT}"})
    assert answer.status_code == 303
    row = desk.log.iloc[-1]
    assert [row[name] for name in ("action", "item", "cycle_id", "via")] == [
        "attest", _ATTESTED.name, "2026-Q4", "page"
    ]  # fmt: skip
    page = desk.page.get("/cycle").text
    assert SCRIPT not in page
    told = row_of(page, _ATTESTED.name)
    assert "I was there." in told
    assert "pending, counts from the next run" in told
    again = desk.page.post("/lead/attest", data={**form, "why": "Again"})
    assert (again.status_code, "attested it already" in again.text) == (409, True)

    undo = {FORM_FIELD: form[FORM_FIELD], "decision": row["decision_id"]}
    assert desk.page.post("/lead/attest/undo", data=undo).status_code == 303
    assert "I was there." not in row_of(desk.page.get("/cycle").text, _ATTESTED.name)
    gone = desk.page.post("/lead/attest/undo", data={**undo, "decision": "x"})
    assert (gone.status_code, "not there any more" in gone.text) == (409, True)
    computed = desk.page.post("/lead/attest", data={**form, "item": "owner", "why": "x"})
    assert (computed.status_code, "is computed from" in computed.text) == (409, True)


@pytest.fixture
def rolling_out(tmp_path: Path) -> Iterator[Desk]:
    """Two declared waves, of which the later is not published yet."""
    own = Desk(tmp_path)
    waves = (
        "{name: Pilot, teams: [Sales], starts: 2026-10-01},"
        " {name: Next, teams: [HR], starts: 2027-01-01}"
    )
    path = own.project.paths.data.parent / "okr.yaml"
    text = path.read_text("utf-8").replace(
        "{name: Acme,", f"{{name: Acme, rollout: {{waves: [{waves}]}},", 1
    )
    path.write_text(f"{text}\nteams: [{{name: Sales}}, {{name: HR}}]\n", "utf-8")
    own.project = Project(path, with_secrets=False)
    step = {"wave": "Pilot", "kind": "day", "how": "attested", "state": "late"}
    said = {"item": "announcement", "sentence": "nobody has attested it"}
    publish_rows(own.project.paths.duckdb, rollout=[{**step, **said, "number": 1}])
    own.page.close()
    own.page = own.browser()
    yield own
    own.page.close()


def test_a_step_of_a_wave_is_attested_and_taken_back_on_the_page(rolling_out: Desk) -> None:
    desk = rolling_out

    def shown() -> str:
        return desk.page.get("/cycle").text.partition('id="rollout"')[2]

    form = fields_in(shown().partition('action="/lead/attest"')[2].partition("</form>")[0])
    assert (form["item"], form["wave"]) == ("announcement", "Pilot")
    answer = desk.page.post("/lead/attest", data={**form, "why": f"All hands. {SCRIPT}"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/cycle#rollout")
    row = desk.log.iloc[-1]
    assert [row[name] for name in ("action", "item", "wave", "via")] == [
        "attest", "announcement", "Pilot", "page"
    ]  # fmt: skip
    assert SCRIPT not in shown()
    assert "All hands." in text_of(shown())
    assert "pending, counts from the next run" in text_of(shown())

    undo = {FORM_FIELD: form[FORM_FIELD], "decision": row["decision_id"]}
    assert desk.page.post("/lead/attest/undo", data=undo).status_code == 303
    assert "All hands." not in shown()
    assert 'action="/lead/attest"' in shown()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"wave": "Third"}, "There is no wave 'Third'"),
        ({"item": "draft"}, "'draft' is no step that a person attests"),
        ({"why": " "}, "An attestation needs a reason"),
    ],
)
def test_a_step_that_is_not_there_or_not_for_a_person_is_refused(
    rolling_out: Desk, fields: dict[str, str], said: str
) -> None:
    form = form_at(rolling_out, "/cycle", "/lead/attest")
    data = {FORM_FIELD: form[FORM_FIELD], "item": "announcement", "wave": "Pilot", "why": "so"}
    answer = rolling_out.page.post("/lead/attest", data={**data, **fields})
    assert (answer.status_code, said in text_of(answer.text)) == (409, True)
    assert rolling_out.log.empty


def test_who_only_reads_sees_it_and_attests_nothing(desk: Desk) -> None:
    reader = Reader("vera", "viewer", frozenset(), "test", "s")
    page = desk.browser(Access(lambda _: reader))
    shown = page.get("/cycle").text
    assert "to be attested" in shown
    assert 'action="/lead/attest"' not in shown
    page.close()


def test_the_steps_of_each_team_are_those_of_the_command(desk: Desk) -> None:
    page = desk.page.get("/cycle?prepare=2026-Q4").text
    told = text_of(page.partition('id="preparation"')[2])
    for words in ("Look back", "Direction", "Draft", "Align", "Commit", "Sales", "1 Key Result"):
        assert words in told, words
    assert "There is no cycle 'Q9'" in text_of(desk.page.get("/cycle?prepare=Q9").text)


@pytest.mark.night
@pytest.mark.parametrize("desk", [ROLLOUT], indirect=True)
def test_all_tables_are_usable_in_a_browser(desk: Desk) -> None:
    with chromium() as browser, served(desk.page.app) as address:  # type: ignore[arg-type]
        for look in LOOKS:
            check_view(browser, address, "/cycle", look)
