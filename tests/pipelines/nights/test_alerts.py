"""What nights tell, and how often: of a source that goes down and comes back, and of the week."""

import dataclasses
import json
from collections.abc import Mapping
from unittest import mock

import pytest

from tests.support.company import Company
from tests.support.services.receivers import webhook

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


def test_a_night_tells_its_teams_once_and_a_failed_sending_ends_no_night(
    after_first_night: Company,
) -> None:
    company = after_first_night
    text = company.settings.read_text("utf-8")
    to = '{Sales: ["${CHAT}"], Product: ["${OTHER}"]}'
    company.settings.write_text(f"{text}\nmessages: {{teams: {to}, due: Saturday}}\n", "utf-8")
    with webhook() as (port, got), webhook(500) as (broken, _):
        at = {"CHAT": f"json://127.0.0.1:{port}", "OTHER": f"json://127.0.0.1:{broken}"}
        with mock.patch.dict("os.environ", at):
            nights = [company.night() for _ in range(2)]
    assert [night.exit_code for night in nights] == [0, 0]
    assert [len(night.unsaid) for night in nights] == [1, 1]
    assert (
        nights[0].unsaid[0].startswith("messages: Product[0] (json): a message could not be sent")
    )
    (told,) = map(json.loads, got)
    assert told["title"].endswith(" · Sales: what is due and what has changed")
