"""Which id is followed to which on a past day."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.entities.identity.former_ids import aliases_on_day, published_under
from okr_model.languages.folding import same_id

CHAIN = {"KR-1": "KR-2", "KR-2": "KR-3"}
MERGED = {"KR-1": "KR-3", "KR-2": "KR-3"}


def followed(name: str, aliases: dict[str, str]) -> str:
    now = {same_id(old): new for old, new in aliases.items()}
    for _ in range(len(aliases) + 1):
        if same_id(name) not in now:
            return name
        name = now[same_id(name)]
    raise AssertionError(f"{name} leads in a circle: {aliases}")


@pytest.mark.parametrize(
    ("aliases", "then", "today", "names"),
    [
        pytest.param(CHAIN, "KR-3", "KR-3", "KR-3 KR-3 KR-3", id="renamed before the day"),
        pytest.param(CHAIN, "KR-1", "KR-3", "KR-1 KR-1 KR-1", id="renamed after the day"),
        pytest.param(CHAIN, "KR-2", "KR-3", "KR-2 KR-2 KR-2", id="renamed before and after"),
        pytest.param(CHAIN, "kr\u20112", "KR-3", "KR-2 KR-2 KR-2", id="however it is typed"),
        pytest.param(CHAIN, "", "KR-3", "KR-3 KR-3 KR-3", id="not there yet"),
        pytest.param(MERGED, "KR-1 KR-2 KR-3", "KR-3", "KR-1 KR-2 KR-3", id="merged after the day"),
        pytest.param(MERGED, "KR-3", "KR-3", "KR-3 KR-3 KR-3", id="merged before the day"),
        pytest.param(MERGED, "KR-2 KR-3", "KR-3", "KR-3 KR-2 KR-3", id="one merged before"),
        pytest.param(MERGED, "KR-1 KR-2", "KR-3", "KR-1 KR-2 KR-3", id="two became a new one"),
        pytest.param(
            MERGED, "KR-1 KR-3", "KR-1 KR-3", "KR-3 KR-3 KR-3", id="still there, as of last cycle"
        ),
        pytest.param(CHAIN, "KR-1 KR-2", "KR-3", "KR-1 KR-2 KR-2", id="merged, then renamed"),
    ],
)
def test_each_name_on_a_past_day(
    aliases: dict[str, str], then: str, today: str, names: str
) -> None:
    found = aliases_on_day(aliases, then.split(), today.split)
    ends = [followed(one, found) for one in ("KR-1", "KR-2", "KR-3")]
    assert [same_id(one) for one in ends] == [same_id(one) for one in names.split()]


def test_today_is_only_asked_where_a_former_id_and_its_successor_were_there() -> None:
    def unasked() -> list[str]:
        raise AssertionError

    assert aliases_on_day({"KR-1": "KR-2"}, ["KR-1", "KR-9"], unasked) == {"KR-2": "KR-1"}
    assert aliases_on_day({"KR-1": "KR-2"}, ["KR-2", "KR-9"], unasked) == {"KR-1": "KR-2"}


IDS = [f"KR-{number}" for number in range(6)]


@given(
    st.lists(st.sampled_from([None, *range(5)]), min_size=5, max_size=5),
    st.sets(st.sampled_from(IDS)),
    st.sets(st.sampled_from(IDS)),
)
def test_it_leads_in_no_circle_and_what_had_an_id_for_good_keeps_it(
    steps: list[int | None], then: set[str], today: set[str]
) -> None:
    # Each id became a later one, or none: so nothing leads in a circle.
    aliases = {
        IDS[at]: IDS[min(at + 1 + step, 5)] for at, step in enumerate(steps) if step is not None
    }
    found = aliases_on_day(aliases, then, lambda: today)
    for name in IDS:
        end = followed(name, found)
        if name in then and name not in today:
            assert end == name
        if end not in then:  # nothing that it was or became was there, or more than one
            assert name not in then
            assert end == followed(name, aliases)


def days(**published: str) -> pd.DataFrame:
    """Published days, as ``KR_1="1 2"``, all of one cycle but ``KR_1__Q3`` of another."""
    rows = []
    for name, its in published.items():
        key, _, cycle = name.partition("__")
        rows += [(key.replace("_", "-"), cycle or "Q4", int(day)) for day in its.split()]
    return pd.DataFrame(rows, columns=["key_result_id", "cycle_id", "as_of"])


@pytest.mark.parametrize(
    ("aliases", "published", "former"),
    [
        pytest.param(CHAIN, days(KR_3="1 2"), None, id="always this one"),
        pytest.param(CHAIN, days(KR_2="1 2", KR_3="3"), ["KR-2"], id="renamed"),
        pytest.param(CHAIN, days(KR_2="1 2"), ["KR-2"], id="renamed tonight"),
        pytest.param(CHAIN, days(kr_2="1"), ["kr-2"], id="as it was spelled"),
        pytest.param(
            CHAIN, days(KR_1="1", KR_2="2", KR_3="3"), ["KR-2", "KR-1"], id="renamed twice"
        ),
        pytest.param(CHAIN, days(KR_1="1", KR_3="3"), ["KR-1"], id="never published in between"),
        pytest.param(CHAIN, days(KR_2__Q3="1", KR_3="2"), None, id="of another cycle"),
        pytest.param(CHAIN, days(KR_2="1 2", KR_3="2 3"), None, id="merged: published beside it"),
        pytest.param(CHAIN, days(KR_1="1 2", KR_2="2"), ["KR-2"], id="merged, then renamed"),
        pytest.param(MERGED, days(KR_1="1", KR_2="1 2"), None, id="two became a new one"),
        pytest.param(
            MERGED, days(KR_1="1", KR_2="2", KR_3="3"), ["KR-2", "KR-1"], id="moved twice"
        ),
        pytest.param(CHAIN, days(kr_2="1", KR_2="2"), ["kr-2", "KR-2"], id="in two spellings"),
        pytest.param(
            {"KR-8": "KR-3"}, days(KR_3="1 4", KR_8="2 3"), ["KR-8"], id="renamed there and back"
        ),
        pytest.param({}, days(KR_2="1"), None, id="nothing told"),
    ],
)
def test_under_which_ids_a_key_result_was_published(
    aliases: dict[str, str], published: pd.DataFrame, former: list[str] | None
) -> None:
    mine = pd.DataFrame({"key_result_id": ["KR-9", "KR-3"], "cycle_id": "Q4"}, index=[4, 7])
    found = published_under(mine, aliases, published)
    assert [found[4], found[7]] == [None, former]
