"""``okr quality``: the published lines, and a line that is tried."""

from __future__ import annotations

import json

import pytest

from pipelines.cli.quality.answers import show_quality, try_line
from pipelines.cli.shared.options import Format
from published.errors import UserError
from tests.support.company import Company


def test_a_line_is_answered_with_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert try_line("KR 3: Launch the app", "key result", Format.TABLE) == 0
    told = capsys.readouterr().out
    assert told.startswith("outcome     no\n")
    assert "“Launch the app”" in told
    assert try_line("Launch the app", "objective", Format.JSON) == 0
    answers = {
        answer["question"]: answer for answer in json.loads(capsys.readouterr().out)["answers"]
    }
    assert list(answers) == ["aim", "qualitative", "one thing", "plain"]
    assert (answers["aim"]["answer"], answers["aim"]["words"]) == ("no", "Launch the app")
    assert answers["plain"]["better_question"] is None


@pytest.mark.parametrize("text", ["顧客満足度を80%にする", "NPS 32"])
def test_a_line_of_no_known_language_is_not_judged(text: str) -> None:
    with pytest.raises(UserError, match="language"):
        try_line(text, "key result", Format.TABLE)


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_an_empty_line_is_called_empty(text: str) -> None:
    with pytest.raises(UserError, match="The line is empty"):
        try_line(text, "key result", Format.TABLE)


def test_the_sample_company_is_asked_about_its_hurried_lines_alone(
    published: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_quality(published.settings, Format.TABLE) == 0
    printed = capsys.readouterr().out
    assert "5 of 28 lines could be better.\n" in printed
    asked = published.table("key_results").set_index("key_result_id")["quality"]
    assert {name: list(failed) for name, failed in asked.items() if len(failed)} == {
        "KR-33": ["one thing"],
        "KR-34": ["outcome"],
    }
