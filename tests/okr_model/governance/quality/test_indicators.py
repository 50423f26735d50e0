"""Whether Key Results lead or lag, by their words, and an Objective that has one kind alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd
import pytest

from okr_model.governance.quality.indicators import (
    indicator,
    mix_of,
    mixes,
    one_sided_findings,
)
from okr_model.governance.quality.lexicon import LANGUAGES
from okr_model.governance.quality.lexicon.indicator_words import INDICATOR_WORDS, indicator_words
from okr_model.languages.words import listed
from tests.support.okr_cells import Q4

LAGGING = ("Grow net revenue from 4 to 5 million", "Churn down from 6 % to 4 %", "NPS 32 → 52")
LEADING = ("Qualified inbound leads a month from 45 to 120", "8,000 to 18,000 organic sessions")


@pytest.mark.parametrize(
    ("text", "language", "kind", "words"),
    [
        ("Grow net revenue from 4 to 5 million", "en", "lagging", "revenue"),
        ("Customer satisfaction score of at least 8.5", "en", "lagging", "satisfaction"),
        ("First-year attrition from 22 % to 12 %", "en", "lagging", "attrition"),
        ("Market share in Spain from 8 % to 11 %", "en", "lagging", "market share"),
        ("Weekly active users from 1,200 to 2,000", "en", "leading", "active users"),
        ("Median first-contact resolution time: 3 days to 4 hours", "en", "leading", None),
        ("Median sales cycle from 52 to 45 days", "en", "leading", "sales cycle"),
        ("Time to productivity of new hires from 90 to 60 days", "en", "leading", None),
        ("Cost per lead below 40 €", "en", None, None),  # of both
        ("SQL-to-close rate from 18 % to 24 %", "en", None, None),
        ("Average time on page of guides to 4 minutes", "en", None, None),
        ("90-day engagement score from 6.8 to 8.0", "en", None, None),
        ("Leadership team complete", "en", None, None),  # leads is no part of it
        ("Jahresumsatz von 4 auf 5 Mio. € steigern", "de", "lagging", "jahresumsatz"),
        ("Reaktionszeit im Support von 8 auf 2 Stunden senken", "de", "leading", "reaktionszeit"),
        ("Porter le chiffre d’affaires de 4 à 5 M€", "fr", "lagging", "chiffre affaires"),
        ("Réduire le temps de réponse à 2 heures", "fr", "leading", "temps de réponse"),
        ("Reducir la rotación del 22 % al 12 %", "es", "lagging", "rotación"),
        ("Aumentar las visitas de 8.000 a 18.000", "es", "leading", "visitas"),
        ("Aumentare il fatturato da 4 a 5 milioni", "it", "lagging", "fatturato"),
        ("Ridurre i tempi di risposta a 2 ore", "it", "leading", "tempi di risposta"),
        ("Klanttevredenheid van 7 naar 8", "nl", "lagging", "klanttevredenheid"),
        ("Doorlooptijd van 12 naar 8 dagen", "nl", "leading", "doorlooptijd"),
        ("Aumentar a receita de 4 para 5 milhões", "pt", "lagging", "receita"),
        ("Usuários ativos de 1.200 para 2.000", "pt", "leading", "usuários ativos"),
        ("Grow net revenue from 4 to 5 million", None, None, None),
        ("", "en", None, None),
    ],
)
def test_a_line_is_told_by_its_words_or_not_at_all(
    text: str, language: str | None, kind: str | None, words: str | None
) -> None:
    found = indicator(text, language)
    assert found.kind == kind
    assert words is None or found.words == words


def test_every_language_has_words_of_both_kinds_and_none_twice() -> None:
    assert set(INDICATOR_WORDS) == set(LANGUAGES)
    for language in LANGUAGES:
        words = {kind: set(listed(text)) for kind, text in indicator_words(language).items()}
        assert min(map(len, words.values())) > 20, language
        assert not words["leading"] & words["lagging"], language
        for kind, entries in words.items():
            for entry in entries:
                said = indicator(entry.replace("*", ""), language)
                assert said.kind == kind, (language, entry)


@pytest.mark.parametrize(
    ("kinds", "mix"),
    [
        (["leading", "leading"], "leading"),
        (["lagging"], "lagging"),
        (["lagging", "leading"], "mixed"),
        (["lagging", "leading", None], "mixed"),
        (["lagging", None], "unknown"),
        ([None, None], "unknown"),
        ([], "unknown"),
    ],
)
def test_an_unknown_line_leaves_its_objective_unknown(kinds: list[str | None], mix: str) -> None:
    assert mix_of(kinds) == mix


def frames(*statements: Sequence[str | None]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """An Objective for each list of statements, and the Key Results."""
    rows = [
        (f"KR-{n}{m}", f"O-{n}", Q4.id, text, "Be the first choice of small companies")
        for n, texts in enumerate(statements, 1)
        for m, text in enumerate(texts, 1)
    ]
    names = ["key_result_id", "objective_id", "cycle_id", "statement", "objective"]
    ids = [f"O-{n}" for n in range(1, len(statements) + 1)]
    objectives = pd.DataFrame({"objective_id": ids, "cycle_id": Q4.id})
    return objectives.assign(cycle_end=Q4.end, url=None), pd.DataFrame(rows, columns=names)


def test_each_objective_has_what_its_key_results_are_together() -> None:
    objectives, key_results = frames(
        LAGGING, LEADING, (LAGGING[0], LEADING[0]), (LAGGING[0], None), ()
    )
    found = mixes(objectives, key_results)
    assert found.tolist()[:4] == ["lagging", "leading", "mixed", "unknown"]
    assert pd.isna(found.iloc[4])


def test_one_kind_alone_is_asked_about_with_the_words_that_say_so() -> None:
    objectives, key_results = frames(LAGGING, LEADING, (LAGGING[0], LEADING[0]), LAGGING[:1])
    late, early = one_sided_findings(key_results, objectives, Q4.start)
    assert (late.rule, late.severity, late.subject_id) == ("one-sided Key Results", "info", "O-1")
    assert late.sentence == (
        "O-1: “revenue” (KR-11), “churn” (KR-12), “nps” (KR-13) show a result once it is there."
        " Which figure moves first when the work bites, so that there is time to act?"
    )
    assert late.evidence == "KR-11, KR-12, KR-13"
    assert early.subject_id == "O-2"
    assert "“leads” (KR-21), “sessions” (KR-22) move early" in early.sentence
    ended = Q4.end + timedelta(days=1)
    assert list(one_sided_findings(key_results, objectives, ended)) == []
