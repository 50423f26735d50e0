"""The questions asked of one line: traps, quoted words, and languages whose words are known."""

from __future__ import annotations

import pytest

from benchmarks.quality.lines import QUESTIONS, read_lines
from benchmarks.quality.run import ours, score
from okr_model.governance.quality.better_questions import better_question
from okr_model.governance.quality.judge import Kind, judge
from okr_model.governance.quality.line_language import languages_of


@pytest.mark.parametrize(
    ("text", "question", "holds"),
    [
        ("Launch onboarding to raise completion from 42 % to 75 %", "outcome", True),
        ("Launch onboarding to help customers", "outcome", False),
        ("Launch 3 campaigns to increase brand awareness", "outcome", False),
        ("Increase number of published guides from 2 to 8", "outcome", False),
        ("Increase number of active users from 500 to 900", "outcome", True),
        ("Build time from 25 min to 8 min", "outcome", True),
        ("Build the dashboard", "outcome", False),
        ("Shipments on time: 91 % to 97 %", "outcome", True),
        ("Ship dark mode to 100 % of users", "outcome", False),
        ("Complete 90 % of the trainings", "outcome", False),
        ("90 % of employees complete compliance training", "outcome", False),
        ("80 % of customers complete the onboarding course", "outcome", True),
        ("90 % of managers take a decision within 2 days", "outcome", True),
        ("Median first reply from 9 hours to 2 hours", "outcome", True),
        ("Median release from 9 hours to 2 hours", "outcome", True),
        ("Average deployment below 20 min", "outcome", True),
        ("Release from 9 hours to 2 hours", "outcome", False),
        ("Average blog posts a month from 3 to 6", "outcome", False),
        ("90 % of new hires pass probation", "outcome", True),
        ("Get ISO 27001 certified", "outcome", False),
        ("The new layout is complete", "outcome", False),
        ("Get ISO 27001 certified", "measurable", False),
        ("Upgrade to Python 3.12 by 1 December 2026", "measurable", False),
        ("Migrate all customers", "measurable", True),
        ("Hold weekly reviews", "measurable", None),
        ("Response time from 3 to 2 hours in Spain and Italy", "one thing", True),
        ("Sales and marketing costs below 18 % of revenue", "one thing", True),
        ("Write and send the newsletter", "one thing", True),
        ("NPS from 32 to 45 and churn from 5 % to 3 %", "one thing", False),
        ("Win 100 customers while keeping their cost under $200", "one thing", False),
        ("Hire a lead and define the process", "one thing", False),
        ("Launch the app", "bounded", True),
        ("Publish guides", "bounded", False),
        ("Reduce churn", "bounded", False),
        ("As many sign-ups as possible", "bounded", False),
        ("Raise NPS to 50", "plain", True),
        ("Onboard 4 BUs onto the PIM via the MDM hub", "plain", False),
        ("Einführung des neuen Portals", "outcome", False),
        ("Umsatz um 20 % steigern", "outcome", True),
        ("12 artículos publicados", "outcome", False),
    ],
)
def test_a_line_is_judged_by_what_it_counts(text: str, question: str, holds: bool | None) -> None:
    language = languages_of([text])[text]
    assert language is not None
    assert judge(text, "key result", language)[question].holds is holds


@pytest.mark.parametrize(
    ("text", "question", "holds"),
    [
        ("Build trust with regulators", "aim", True),
        ("Build the partner portal", "aim", False),
        ("Become the market leader and build a great place to work", "one thing", False),
        ("People arrive well and want to stay", "one thing", True),
        ("Double our revenue", "qualitative", False),
        ("Every decision is based on data", "qualitative", True),
    ],
)
def test_an_objective_is_an_aim_in_words(text: str, question: str, holds: bool) -> None:
    assert judge(text, "objective", "en")[question].holds is holds


@pytest.mark.parametrize(
    ("kind", "text", "question", "quoted"),
    [
        ("key result", "KR2: Launch the new website (Ana)", "outcome", "“Launch the new website”"),
        ("key result", "Website launchen", "outcome", "“Website launchen”"),
        ("objective", "Reach 5 million in sales", "qualitative", "“5 million”"),
        ("key result", "Seamless checkout for 90 % of users", "plain", "“Seamless”"),
    ],
)
def test_the_better_question_quotes_the_words(
    kind: Kind, text: str, question: str, quoted: str
) -> None:
    language = languages_of([text])[text]
    assert language is not None
    answer = judge(text, kind, language)[question]
    sentence = better_question(kind, question, answer)
    assert quoted in sentence
    assert sentence.count("?") == 1


def test_nobody_is_judged_by_another_languages_words() -> None:
    foreign = [
        *("Zwiększyć liczbę klientów z 10 do 20", "Lansera ny webbplats", "顧客満足度を80%にする"),
        *("Запустить новый сайт", "Snížit náklady o 10 %", ""),
    ]
    assert set(languages_of(foreign).values()) == {None}
    assert languages_of(["NPS 32 → 52"])["NPS 32 → 52"] is None
    at_home = languages_of(["NPS 32 → 52", "Umsatz um 20 % steigern", "Kunden mit Vertrag halten"])
    assert at_home["NPS 32 → 52"] == "de"


def test_the_rules_keep_their_promise_on_lines_nobody_wrote_them_by() -> None:
    lines = [line for line in read_lines() if line.half == "report" and line.language == "en"]
    for question in QUESTIONS:
        found = score(lines, question, ours)
        assert found.precision >= 0.9, (question, found)
        assert found.recall >= 0.8, (question, found)


@pytest.mark.parametrize(
    "text", ["", " ", "?", "→", "#", "42", "and", "KR1:", "a" * 5_000, "((", "/"]
)
def test_anything_may_stand_in_a_line(text: str) -> None:
    for language in ("en", "de", "fr"):
        for kind in ("key result", "objective"):
            judge(text, kind, language)
    languages_of([text])
