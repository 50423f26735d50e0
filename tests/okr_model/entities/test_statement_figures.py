"""The fifteen sample Key Results, and others, out of their plain sentences."""

import pytest

from okr_model.entities.statement_figures import read_statement
from okr_model.quantities.quantity_parser import Quantity, parse_quantity


def quantity(text):
    if text is None:
        return None
    read = parse_quantity(text)
    assert isinstance(read, Quantity), text
    return (read.value, read.unit)


@pytest.mark.parametrize(
    ("sentence", "baseline", "target"),
    [
        ("Raise the onboarding completion rate from 42 % to 75 %", (42, "%"), (75, "%")),
        ("Median first-contact resolution time from 3 days to 4 hours", (3, "days"), (4, "hours")),
        ("Reach a customer satisfaction score of 8.5 or higher", None, (8.5, None)),
        ("Organic search sessions a month from 8,000 to 18,000", (8000, None), (18000, None)),
        ("Qualified inbound leads a month from 45 to 120", (45, None), (120, None)),
        ("Average time on page of our guides reaches 4 minutes", None, (4, "minutes")),
        ("Daily active users from 1,200 to 2,000", (1200, None), (2000, None)),
        ("Critical bugs resolved in 48 hours instead of 5 days", (5, "days"), (48, "hours")),
        ("Net Promoter Score from 32 to 52.", (32, None), (52, None)),
        ("Pipeline covers 3.0x of next quarter's target instead of 2.0x", (2, "x"), (3, "x")),
        ("SQL-to-close rate from 18 % to 24 %", (18, "%"), (24, "%")),
        ("Median sales cycle from 52 to 45 days", (52, "days"), (45, "days")),
        ("New hires are productive after 60 days instead of 90", (90, "days"), (60, "days")),
        ("90-day engagement score from 6.8 to 8.0", (6.8, None), (8, None)),
        ("First-year attrition from 22 % to 12 %", (22, "%"), (12, "%")),
        ("Revenue a month from EUR 1,200 to EUR 1,500", (1200, "EUR"), (1500, "EUR")),
        ("Increase revenue from 100,000 to 150k", (100_000, None), (150_000, None)),
        ("Users from 10k to 20k", (10_000, None), (20_000, None)),
        ("Users from 0 to 10k", (0, None), (10_000, None)),
        ("Users from 800,000 to 1.2 million", (800_000, None), (1_200_000, None)),
        ("Raise ARR from £1.2m to £1.8m", (1_200_000, "£"), (1_800_000, "£")),
        ("Revenue from 1,000 to 2,000 EUR", (1000, "EUR"), (2000, "EUR")),
        ("Leads from 45 to 120 MQL", (45, None), (120, None)),
        ("Latency from 300 to 200 ms", (300, "milliseconds"), (200, "milliseconds")),
        ("12k calls instead of 10k", (10_000, None), (12_000, None)),
        ("Reach 2 million users", None, (2_000_000, None)),
        ("Reach 50k users", None, (50_000, None)),
        ("8.5k or more", None, (8500, None)),
    ],
)
def test_a_sentence_names_its_figures(sentence, baseline, target):
    found = read_statement(sentence)
    assert found is not None
    assert (quantity(found.baseline), quantity(found.target)) == (baseline, target)


@pytest.mark.parametrize(
    "sentence",
    [
        "Ship the new dashboard",
        "From 3 to 4 and from 5 to 6",
        "Grow a lot",
        "Move from here to there",
        "Revenue from 1.2 to 1.8 million",  # 1.2, or 1.2 million
        "Users from 10 to 20 thousand",
        "Users from 100k to 150",
        "Load time from 5m to 3m",  # minutes, or millions
        "Users from 10 to 20 T",
        "Reach 3 Mrd users",
        "From 3 to 20–30 users",
        "From 1st to 3rd place",
    ],
)
def test_a_sentence_without_one_pair_of_figures_gives_nothing(sentence):
    assert read_statement(sentence) is None


def test_a_bound_is_kept():
    found = read_statement("Keep downtime at 4 hours or less")
    assert found is not None
    assert found.target == "≤ 4 hours"
