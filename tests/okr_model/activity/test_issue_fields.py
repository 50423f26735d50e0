"""What issues had in fields on any day, against replaying their change logs one entry at a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import narwhals as nw
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from okr_model.activity.issue_fields import as_number, logged_items, read_fields
from tests.support.engines import INSTANT, TEXT, table

CHANGE = {
    **dict.fromkeys(("id", "issue_id"), TEXT),
    "changed_at": INSTANT,
    **dict.fromkeys(("field", "field_id", "from_id", "from_text", "to_id", "to_text"), TEXT),
}
BEGIN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
NAMES = {"1": "API", "2": "Web", "3": "Core, old"}

Moment = tuple[int, frozenset[str]]
"""An hour, and what an issue holds from then on."""


def lists(listed: bool) -> st.SearchStrategy[list[Moment]]:
    items = st.frozensets(st.sampled_from("12" if listed else "123"), max_size=3)
    return st.lists(st.tuples(st.integers(1, 48), items), max_size=6)


def shown(items: frozenset[str], style: str) -> tuple[str | None, str | None]:
    """Ids and names of some items as change logs write them."""
    ids, names = sorted(items), [NAMES[one] for one in sorted(items)]
    if style == "labels":
        return None, " ".join(f"l{one}" for one in ids)
    if style == "options":
        return f"[{', '.join(ids)}]" if ids else "", ",".join(names)
    return ", ".join(ids), ", ".join(names)


def log_of(issue: str, first: frozenset[str], moments: list[Moment], style: str) -> list[Any]:
    """A change log: whole lists, or one entry for each item that was added or removed."""
    rows, held = list[Any](), first
    for number, (hour, items) in enumerate(moments):
        at, entry = BEGIN + dt.timedelta(hours=hour), f"{issue}{number:03}"
        if style != "components":
            sides = (*shown(held, style), *shown(items, style))
            rows += [(f"{entry}:0", issue, at, "f", "f", *sides)] if held != items else []
        else:
            gone = [(one, NAMES[one], None, None) for one in sorted(held - items)]
            came = [(None, None, one, NAMES[one]) for one in sorted(items - held)]
            rows += [
                (f"{entry}:{n}", issue, at, "f", "f", *sides)
                for n, sides in enumerate([*gone, *came])
            ]
        held = items
    return rows


@pytest.mark.thorough
@settings(
    max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)  # shrinking takes minutes
@given(
    style=st.sampled_from(["labels", "sprints", "options", "components"]),
    data=st.data(),
    wanted=st.frozensets(st.sampled_from("123"), min_size=1),
)
def test_what_an_issue_had_agrees_with_replaying_its_log(
    style: str, data: st.DataObject, wanted: frozenset[str]
) -> None:
    one = st.frozensets(st.sampled_from("123" if style == "components" else "12"), max_size=3)
    issues = {}
    for issue in ("10", "20"):
        first, moments = data.draw(one), data.draw(lists(style != "components"))
        issues[issue] = (first, sorted(dict(moments).items()))
    rows = [row for key, (first, log) in issues.items() for row in log_of(key, first, log, style)]
    field_id = "labels" if style == "labels" else "f"
    changes = nw.from_native(table(CHANGE, [(*r[:4], field_id, *r[5:]) for r in rows]).to_pandas())
    present = {key: (log[-1][1] if log else first) for key, (first, log) in issues.items()}
    held = pd.DataFrame([cell(key, items, field_id) for key, items in present.items()])
    fields = read_fields({"x": field_id}, held, held.assign(seen=pd.NaT), changes.lazy())
    ids = [f"=l{one}" for one in wanted] if style == "labels" else [*wanted]
    spells = fields.had_any("x", ids)
    times = spells[["issue_id", "since", "until"]].astype(object)
    mine = list(times.where(times.notna(), None).itertuples(index=False, name=None))
    for key, (first, log) in issues.items():
        for hour in range(50):
            at = pd.Timestamp(BEGIN + dt.timedelta(hours=hour, minutes=30)).tz_localize(None)
            counts = sum(
                issue == key and (since is None or since <= at) and (until is None or until > at)
                for issue, since, until in mine
            )
            assert counts == bool(replayed(first, log, hour) & wanted)


def cell(issue: str, items: frozenset[str], field_id: str) -> dict[str, Any]:
    ids = sorted(items)
    names = [f"l{one}" for one in ids] if field_id == "labels" else [NAMES[one] for one in ids]
    return {
        "issue_id": issue,
        "field_id": field_id,
        "kind": "refs" if ids else "empty",
        "text": ", ".join(names),
        "number": None,
        "refs": names if field_id == "labels" else ids,
    }


def replayed(first: frozenset[str], log: list[Moment], hour: int) -> frozenset[str]:
    held = first
    for when, items in log:
        if when <= hour:
            held = items
    return held


@pytest.mark.parametrize(
    ("ids", "texts", "kind", "items"),
    [
        ("", "", "refs", {}),
        ("", "one two", "refs", {"=one": "one", "=two": "two"}),
        ("10", "Gold, silver", "refs", {"10": "Gold, silver"}),
        ("1, 2", "Sprint 1, Sprint 2", "refs", {"1": "Sprint 1", "2": "Sprint 2"}),
        ("[1, 2]", "[A, B]", "refs", {"1": "A", "2": "B"}),
        ("[1, 2]", "A,B", "refs", {"1": "A", "2": "B"}),
        ("[1, 2]", "A, x,B", "refs", {"1": "", "2": ""}),
        ("", "8.0", "number", {"=8": "8"}),
        ("", "free words", "text", {"=free words": "free words"}),
        ("2026-11-01", "1/Nov/26", "date", {"=2026-11-01": "2026-11-01"}),
    ],
)
def test_each_form_of_a_log_entry_is_read(
    ids: str, texts: str, kind: str, items: dict[str, str]
) -> None:
    assert logged_items(ids, texts, kind) == items


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("8", 8),
        ("8.0", 8),
        ("-1.5", -1.5),
        ("1.0E7", 1e7),
        ("1,234.5", 1234.5),
        ("1,234,567", 1234567),
        ("\u22125", -5),
    ],
)
def test_numbers_are_read_as_logs_write_them(text: str, number: float) -> None:
    assert as_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "high", "1.234,", "1.234.567", "1e999", "nan", "Infinity", "3 days"]
)
def test_what_is_no_number_is_unknown(text: str) -> None:
    assert pd.isna(as_number(text))
