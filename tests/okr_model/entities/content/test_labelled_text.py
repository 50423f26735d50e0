"""One text with labels, taken apart."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.entities.content.content_fields import FIELDS
from okr_model.entities.content.labelled_text import (
    begins_with_label,
    day_near,
    has_labels,
    read_labels,
)
from okr_model.languages.check_in_words import IMPEDIMENT_KINDS, LABELS, impediment_kind
from okr_model.languages.words import listed

FRIDAY = date(2026, 11, 27)
WHOLE = {
    "changed": "31 came",
    "cause": "partner programme",
    "impediment": "API not ready",
    "impediment_kind": "dependency",
    "impediment_owner": "Tomasz",
    "impediment_since": "3 Nov",
    "next_action": "call Ann",
    "action_owner": "Mei",
    "action_due": "12 Dec",
    "adjustment": "fewer mails",
    "depends_on": "Design",
    "dependency_confirmed": "confirmed",
}


@pytest.mark.parametrize("between", [" / ", "\n", "\n- ", " | ", "; ", ".\n\n* ", " . "])
@pytest.mark.parametrize("case", [str, str.upper])
def test_all_of_it_from_one_text(between: str, case: type[str]) -> None:
    parts = (
        (case("Changed"), "31 came"),
        (case("Why"), "partner programme"),
        (case("Impediment") + " (dependency)", "API not ready (Tomasz, since 3 Nov)"),
        (case("Next"), "call Ann by 12 Dec (Mei)"),
        (case("Adjust"), "fewer mails"),
        (case("Needs"), "Design (confirmed)"),
    )
    assert read_labels(between.join(f"{label}: {said}" for label, said in parts)) == WHOLE


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Two guides late. Next: ask Ann", {"next_action": "ask Ann"}),
        ("Two guides are late", {}),
        ("Everything needs: time", {}),  # within a sentence it is no label
        ("see https://next: x", {}),
        ("Why:\nNext: \n", {}),  # a template that nobody filled in
        ("Next: a (Mei)\nNext: b", {"next_action": "a (Mei); b"}),
        ("Next: a by Friday (Mei)\nNext: b (Arun)",
         {"next_action": "a by Friday (Mei); b (Arun)", "action_due": "Friday; –"}),
        ("Next: a by 12 Dec (Mei)\nNext: b by 13 Dec (Tom)",
         {"next_action": "a by 12 Dec (Mei); b by 13 Dec (Tom)", "action_due": "12 Dec; 13 Dec"}),
        ("Next: a\nOwner: Mei\nDue: 12 Dec\nNext: b\nOwner: Tom\nDue: 13 Dec",
         {"next_action": "a, Mei, 12 Dec; b, Tom, 13 Dec", "action_due": "12 Dec; 13 Dec"}),
        ("Next: a by 12 Dec\nNext: b by 12 Dec", {"next_action": "a; b", "action_due": "12 Dec"}),
        ("Impediment (external): a (Tom)\nImpediment: b since 3 Nov",
         {"impediment": "external: a (Tom); b since 3 Nov", "impediment_since": "3 Nov; –"}),
        ("Needs: Sales (confirmed)\nNeeds: Product (asked)",
         {"depends_on": "Sales (confirmed); Product (asked)",
          "dependency_confirmed": "confirmed; asked"}),
        ("Next: a\nDue: in two weeks\nLast action: maybe",
         {"next_action": "a, in two weeks", "action_due": "in two weeks",
          "last_action_done": "maybe"}),
        ("Next: a\nWhy: b\nDue: yesterday",
         {"next_action": "a, yesterday", "cause": "b", "action_due": "yesterday"}),
        ("Next: a (Mei)\nOwner: Tom", {"next_action": "a, Tom", "action_owner": "Mei"}),
        ("Next: a (by in two weeks, Mei)",
         {"next_action": "a (by in two weeks, Mei)", "action_owner": "Mei",
          "action_due": "in two weeks"}),
        ("Next: count (by hand)", {"next_action": "count (by hand)"}),
        ("Blocker: a (Tom, since ages)",
         {"impediment": "a (Tom, since ages)", "impediment_owner": "Tom",
          "impediment_since": "ages"}),
        ("Why: b\nLast action: partly done", {"cause": "b", "last_action_done": "partly done"}),
        ("Warum: b\nErledigt: teilweise", {"cause": "b", "last_action_done": "teilweise"}),
        ("Last action: yes\nLast action: no", {"last_action_done": "yes; no"}),
        ("Next: a (Mei)\nNext: b (Mei)", {"next_action": "a; b", "action_owner": "Mei"}),
        ("Next: try again (second time)", {"next_action": "try again (second time)"}),
        ("Next: reduce it by 20 (Mei)", {"next_action": "reduce it by 20", "action_owner": "Mei"}),
        ("Next: call (by 12/12/2026, Mei)", {"next_action": "call", "action_owner": "Mei",
                                             "action_due": "12/12/2026"}),
        ("Next: call Ann\nOwner: Mei\nDue: 12 Dec",
         {"next_action": "call Ann", "action_owner": "Mei", "action_due": "12 Dec"}),
        ("Owner: Mei", {}),  # of nothing
        ("Blocker: external: no supplier\nSince: 3 Nov",
         {"impediment": "no supplier", "impediment_kind": "external",
          "impediment_since": "3 Nov"}),
        ("Impediment (dragons): a cave", {"impediment": "a cave", "impediment_kind": "dragons"}),
        ("Done: yes, on Monday", {"last_action_done": "yes"}),
        ("Why: late. Done: with it", {"cause": "late Done: with it"}),
        ("Needs: Design, Legal", {"depends_on": "Design, Legal"}),
        ("Needs: Design, not confirmed",
         {"depends_on": "Design", "dependency_confirmed": "not confirmed"}),
        ("**Warum:** Preis\n**Nächster Schritt**: Angebot bis 12. Dez. (Jonas Weber)",
         {"cause": "Preis", "next_action": "Angebot", "action_owner": "Jonas Weber",
          "action_due": "12. Dez"}),
        ("Prochaine étape : appeler Ann d’ici le 12 décembre (Zoé)",
         {"next_action": "appeler Ann", "action_owner": "Zoé", "action_due": "12 décembre"}),
        ("Volgende stap: Ann bellen tot vrijdag", {"next_action": "Ann bellen",
                                                   "action_due": "vrijdag"}),
    ],
)  # fmt: skip
def test_what_is_said(text: str, found: dict[str, str]) -> None:
    assert read_labels(text) == found
    assert not found or has_labels(text)


def test_every_label_and_kind_means_one_thing() -> None:
    for words in (LABELS, IMPEDIMENT_KINDS):
        every = [(word, field) for field, listing in words.items() for word in listed(listing)]
        assert len({word for word, _ in every}) == len(set(every))
    assert impediment_kind("  Abhängigkeit") == "dependency"
    assert impediment_kind("dragons") is None


def test_whether_anything_stands_outside_its_labels() -> None:
    assert begins_with_label("- Why: x")
    assert not begins_with_label("Late again. Why: x")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12 Dec", date(2026, 12, 12)),
        ("Jan 8", date(2027, 1, 8)),
        ("3.11.", date(2026, 11, 3)),
        ("Friday", date(2026, 12, 4)),
        ("el lunes", date(2026, 11, 30)),
        ("2027-02-01", date(2027, 2, 1)),
        ("12/12", None),
        ("May", None),
        ("soon", None),
        ("9" * 10_000, None),
    ],
)
def test_the_day_nearest_to_the_check_in(text: str, day: date | None) -> None:
    assert day_near(text, FRIDAY) == day


@given(st.text(alphabet="WhyNextDone:/()\n .,;12Dec\u2019\ud7ff", max_size=200))
def test_no_text_is_too_odd(text: str) -> None:
    assert set(read_labels(text)) <= set(FIELDS)
    assert all(said.strip() for said in read_labels(text).values())


def test_a_long_text_takes_no_longer() -> None:
    assert read_labels("\n" * 20_000 + "Next: (" * 2_000) != {"next_action": ""}
