"""A decision that is not recorded: its finding names the cell in which it stands afterwards."""

from __future__ import annotations

import re
from typing import Any

from pipelines.run_status.source_status import problem_findings
from sandbox.server.google.service_account import EMAIL
from tests.pipelines.review.test_link_review import BY, okr
from tests.support.review_desk import Desk


def cells_named(desk: Desk) -> dict[str, Any]:
    """What stands in the column of decisions in each row that a finding names, by its cell."""
    frame = problem_findings(desk.project)
    named = frame.loc[frame["rule"] == "decision not recorded", ["subject_id", "url"]]
    rows = {row["place"]: row["Decision"] for row in desk.rows()}
    found = {}
    for cell, url in named.to_numpy().tolist():
        assert url.endswith(f"&range={cell.partition('!')[2]}")
        found[cell] = rows[int(re.search(r"\d+$", cell)[0])]  # type: ignore[index]
    return found


def rows_with_a_pair(desk: Desk) -> list[dict[str, Any]]:
    return [row for row in desk.rows() if row["Asked about"]]


def test_a_cell_is_named_where_its_row_stands_after_rows_above_were_removed(desk: Desk) -> None:
    rows = rows_with_a_pair(desk)
    for number, row in enumerate(rows):
        desk.decide(row, "reject" if number % 2 == 0 else f"nonsense {number}")
    wrong = len(rows) // 2
    assert desk.night().recorded == len(rows) - wrong
    found = cells_named(desk)
    assert list(found.values()) == [f"nonsense {2 * number + 1}" for number in range(wrong)]
    assert next(iter(found)) == "'Link review'!H2"
    assert not desk.night().recorded
    assert cells_named(desk) == found


def test_what_only_the_new_tables_answer_goes_the_next_night(desk: Desk) -> None:
    above, *_, below = rows_with_a_pair(desk)
    desk.decide(below, "nonsense")
    desk.take()
    named = cells_named(desk)
    initiative = str(above["Initiative"]).partition(":")[0]
    pair = (initiative, str(above["Asked about"]).partition(":")[0])
    okr(desk.company, "links", "reject", *pair, *BY)
    desk.bring()
    assert list(cells_named(desk).values()) == ["nonsense"]
    assert cells_named(desk) == named
    desk.night("next")
    assert list(cells_named(desk).values()) == ["nonsense"]
    assert cells_named(desk) != named
    assert pair not in {
        (str(row["Initiative"]).partition(":")[0], str(row["Asked about"]).partition(":")[0])
        for row in rows_with_a_pair(desk)
    }


def test_in_a_tab_that_may_only_be_read_no_row_moves(desk: Desk) -> None:
    above, *_, below = rows_with_a_pair(desk)
    desk.decide(above, "reject")
    desk.decide(below, "nonsense")
    desk.drive.share(desk.id, EMAIL, viewer=True)
    desk.night()
    assert cells_named(desk) == {f"'Link review'!H{below['place']}": "nonsense"}
