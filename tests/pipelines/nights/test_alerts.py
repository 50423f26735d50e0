"""A source that goes down and comes back: who is told, and how often."""

import dataclasses
import json
from collections.abc import Mapping
from unittest import mock

import pytest

from tests.support.company import Company
from tests.support.receivers import webhook

pytestmark = [
    pytest.mark.matrix,
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]


@dataclasses.dataclass
class WithoutNotion(Company):
    """The company while Notion refuses the credential."""

    @property
    def environment(self) -> Mapping[str, str]:
        return {**super().environment, "OKR_NOTION_TOKEN": "ntn_expired_and_refused"}


def test_a_source_down_for_two_nights_is_told_once_and_so_is_its_end(
    after_first_night: Company,
) -> None:
    company = after_first_night
    text = company.settings.read_text("utf-8")
    company.settings.write_text(f'{text}\nalerts: {{to: ["${{ALERTS}}"]}}\n', "utf-8")
    down = WithoutNotion(company.box, company.folder)
    with webhook() as (port, got), mock.patch.dict("os.environ", ALERTS=f"json://127.0.0.1:{port}"):
        codes = [one.night().exit_code for one in (down, down, company, company)]
    assert codes == [3, 3, 0, 0]
    told = [json.loads(one) for one in got if b"source stale: notion" in one]
    assert ["Nothing to do" in one["title"] for one in told] == [False, True]
    assert "KR-" in told[0]["message"]
    assert "ntn_expired" not in str(got)
    assert len(got) == len(told), got
    state = (company.folder / "data" / "alerts" / "open.json").read_text("utf-8")
    assert "127.0.0.1" not in state
