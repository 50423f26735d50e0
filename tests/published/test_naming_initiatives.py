"""What a refusal says of an initiative that is not published."""

from __future__ import annotations

import pandas as pd
import pytest

from published.selection import UnknownInitiativeError, find_initiative


def initiatives(number: int) -> pd.DataFrame:
    names = [f"OPS-{one}" for one in range(100, 100 + number)]
    ids = [f"jira:{name}" for name in names]
    return pd.DataFrame({"initiative_id": ids, "initiative": names, "title": None})


def test_the_closest_names_come_first_and_what_is_left_out_is_counted() -> None:
    with pytest.raises(UnknownInitiativeError) as found:
        find_initiative(initiatives(42), "OPS-1399")
    said = str(found.value)
    assert said.startswith("no initiative 'OPS-1399' is published. The closest: OPS-139,")
    assert said.endswith("OPS-128, OPS-129 and 12 more")


def test_all_of_few_are_listed() -> None:
    with pytest.raises(UnknownInitiativeError) as found:
        find_initiative(initiatives(2), "elsewhere")
    assert str(found.value) == "no initiative 'elsewhere' is published. There are: OPS-100, OPS-101"
