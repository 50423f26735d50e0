"""``okr links suggestions --accuracy``: the same figures for people and for machines."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pandas as pd
import pytest

from okr_model.links.suggestions.chances import learn
from pipelines.cli.links import suggestions_accuracy
from pipelines.cli.shared.options import Format
from pipelines.settings.settings import LinkSettings

COLUMNS = ["initiative_id", "key_result_id", "rank", "share", "chance", "right", "right_ones"]
TRIALS = pd.DataFrame(
    [
        ("jira:1", "KR-1", 1, 0.8, 0.71, True, 1),
        ("jira:1", "KR-2", 2, 0.1, 0.18, False, 1),
        ("jira:2", "KR-1", 1, 0.6, 0.55, False, 2),
        ("jira:2", "KR-2", 2, 0.3, 0.31, True, 2),
        ("jira:3", "KR-2", 1, 0.5, 0.52, False, 0),
    ],
    columns=COLUMNS,
)


def shown(monkeypatch: pytest.MonkeyPatch, capsys, trials: pd.DataFrame, form: Format) -> str:
    settings = SimpleNamespace(links=LinkSettings())
    tables = SimpleNamespace(frame=lambda _: trials)
    monkeypatch.setattr(suggestions_accuracy, "open_published", lambda _: (settings, tables))
    suggestions_accuracy.show_accuracy(None, form)
    return capsys.readouterr().out


def test_people_read_the_figures_that_machines_get(monkeypatch, capsys):
    facts = json.loads(shown(monkeypatch, capsys, TRIALS, Format.JSON))
    assert facts["initiatives"] == 2
    assert facts["precision_at_1"] == 0.5
    assert facts["recall_at_3"] == 0.75
    assert facts["suggested"] == 1.0
    assert facts["right_of_suggested"] == pytest.approx(2 / 3)
    assert facts["rejections"] == 1
    curve = learn(TRIALS["share"].to_numpy(), TRIALS["right"].to_numpy("float64"))
    assert (facts["intercept"], facts["slope"]) == (curve.intercept, curve.slope)
    assert [row["candidates"] for row in facts["reliability"]] == [1, 1, 2, 1]
    text = " ".join(shown(monkeypatch, capsys, TRIALS, Format.TABLE).split())
    assert "precision at 1 50 %" in text
    assert "recall at 3 75 %" in text
    assert "66.7 % of these would be right" in text
    assert f"a = {curve.intercept:.3f}, b = {curve.slope:.3f}" in text


def test_where_no_link_is_known_nothing_is_claimed(monkeypatch, capsys):
    facts = json.loads(shown(monkeypatch, capsys, TRIALS[:0], Format.JSON))
    assert (facts["initiatives"], facts["precision_at_1"], facts["suggested"]) == (0, None, None)
    assert "No link is known" in shown(monkeypatch, capsys, TRIALS[:0], Format.TABLE)
