"""Exact ids are found however they are typed, and nothing else is."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.links.references import SNIPPET_LENGTH, canonical_key, extract_references

PATTERN = r"KR-\d+"


def references(text, role="text", pattern=PATTERN):
    record = [{"role": role, "field": "description", "text": text}]
    return extract_references([record], pattern)[0]


def keys(text, role="text", pattern=PATTERN):
    found = [reference["key"] for reference in references(text, role, pattern)]
    return [key for key in found if not key.startswith("@")]  # nor the record an address leads to


@pytest.mark.parametrize(
    "text",
    [
        "KR-12",
        "moves kr-12.",
        "(KR-12)",
        "KR-12's owner",
        "#KR-12",
        "okr:KR-12",
        "“KR-12”,",
        "目标KR-12完成",
        "[KR-12](https://example.com/a)",
        "KR-12…",
        "| serves KR-12 |",
    ],
)
def test_a_delimited_id_is_found(text):
    assert keys(text) == ["KR-12"]


@pytest.mark.parametrize(
    "text",
    [
        "KR-120",
        "XKR-12",
        "MKR-12 bracket",
        "KR-12-b",
        "pre-KR-12",
        "KR-12_old",
        "KR-12.5",
        "v1.KR-12",
        "KR-12@example.com",
        "page#KR-12",
        "KR 12",
        "KR-12a",
    ],
)
def test_a_longer_word_is_no_id(text):
    assert "KR-12" not in keys(text)


@pytest.mark.parametrize(
    "text",
    [
        "ＫＲ－１２",
        "KR\u201112",
        "KR\u201012",
        "KR\u201312",
        "KR\u221212",
        "KR\u00ad-12",
        "K\u200bR-1\u200d2\ufeff",
        "\u00a0KR-12\u00a0",
        "KR-\u0661\u0662",
    ],
)
def test_kinds_of_hyphen_width_and_invisible_characters_make_no_difference(text):
    assert keys(text) == ["KR-12"]


def test_two_ids_joined_by_a_dash_or_slash_are_two():
    assert keys("KR-12–KR-15") == ["KR-12", "KR-15"]
    assert keys("KR-12/KR-13") == ["KR-12", "KR-13"]
    assert keys("KR-12–better guides") == ["KR-12"]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://example.com/browse/KR-12", True),
        ("https://example.com/KR-12?view=board", True),
        ("https://example.com/KR-12/edit#top", True),
        ("see https://example.com/okr/kr-12.", True),
        ("(https://example.com/KR-12)", True),
        ("www.example.com/KR-12", True),
        ("https://example.com/page#KR-12", False),
        ("https://example.com/page?kr=KR-12", False),
        ("https://example.com/page?next=/KR-12", False),
        ("https://example.com/KR-12-notes", False),
        ("https://example.com/KR-12.html", False),
        ("https://KR-12/page", False),
    ],
)
@pytest.mark.parametrize("role", ["text", "link"])
def test_an_address_names_an_id_only_as_a_whole_segment_of_its_path(address, found, role):
    assert keys(address, role) == (["KR-12"] if found else [])


@pytest.mark.parametrize("text", ["КR-12", "ΚR-12", "see кR-7 and", "https://example.com/КR-12"])
def test_look_alike_characters_are_suspected_and_never_a_link(text):
    (reference,) = references(text)
    assert reference["key"] == ""
    assert reference["suspect"] is True
    assert reference["text"] == text


def test_a_good_id_beside_a_suspected_one_is_still_found():
    found = references("KR-12 and КR-13")
    assert [(entry["key"], entry["suspect"]) for entry in found] == [("KR-12", False), ("", True)]


def test_an_organization_that_writes_cyrillic_ids_is_understood():
    assert keys("цель кр-12.", pattern=r"КР-\d+") == ["КР-12"]


def test_a_property_that_holds_no_id_says_so():
    (reference,) = references(" the onboarding one ", role="property")
    assert reference == {
        "role": "property",
        "field": "description",
        "text": "the onboarding one",
        "key": "",
        "suspect": False,
    }
    assert references(" \u200b", role="property") == []
    assert keys("KR-26, KR-27", role="property") == ["KR-26", "KR-27"]


def test_one_list_a_record_each_id_once_per_role_and_field():
    found = extract_references(
        [
            None,
            [],
            [
                {"role": "text", "field": "summary", "text": "KR-1"},
                {"role": "text", "field": "description", "text": "KR-1, kr-1 and again KR-1"},
                {"role": "label", "field": "labels", "text": "KR-1"},
                {"role": "text", "field": "description", "text": None},
            ],
        ],
        PATTERN,
    )
    assert [len(record) for record in found] == [0, 0, 3]
    assert [(entry["role"], entry["field"]) for entry in found[2]] == [
        ("text", "summary"),
        ("text", "description"),
        ("label", "labels"),
    ]


def test_the_snippet_shows_the_words_around_in_one_short_line():
    (reference,) = references("x " * 300 + "because\n\tKR-12 needs it" + " y" * 300)
    assert len(reference["text"]) <= SNIPPET_LENGTH
    assert "because KR-12 needs it" in reference["text"]
    assert reference["text"].startswith("…")
    assert reference["text"].endswith("…")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("KR-(", "is not a regular expression"),
        (r"(?i)KR-\d+", "is not a regular expression"),
        (r"\d*", "matches an empty text"),
        (r"^KR-\d+$", "is anchored"),
        (r"KR-\d+$", "is anchored"),
        (r"(\w+)+-\d", "repeats a repetition"),
        (r"(?:[A-Z]*)*-\d", "repeats a repetition"),
    ],
)
def test_an_unusable_pattern_is_refused_with_a_remedy(pattern, reason):
    with pytest.raises(ValueError, match=reason) as refused:
        extract_references([], pattern)
    assert r"such as 'KR-\d+'" in str(refused.value)


def test_ids_with_several_parts_are_matched_whole():
    assert keys("see O1.KR2 and 5.10.", pattern=r"\d+\.\d+") == ["5.10"]
    assert keys("KR-5.10.2 holds", pattern=r"KR-\d+(\.\d+)*") == ["KR-5.10.2"]


def test_ids_in_one_long_word_take_no_time():
    assert keys("KR-1." * 40_000) == []
    assert keys("_://" + "KR-1." * 5_000 + " KR-2") == ["KR-2"]


def test_long_texts_that_almost_match_take_no_time():
    assert keys("KR-" * 20_000) == []
    assert keys("a-" * 20_000) == []
    assert keys("1" * 50_000) == []


@given(st.integers(0, 10**6), st.sampled_from(["", " ", "(", ", ", "\n", "–", "/", ":", "“"]))
def test_any_id_between_any_separators_is_found(number, separator):
    assert keys(f"a{separator or ' '}kr-{number}{separator}") == [f"KR-{number}"]


@given(
    st.text(alphabet=string.ascii_letters + string.digits + "-_. /#КΚ１\u200b\u2011", max_size=60)
)
def test_every_reference_is_a_canonical_id_that_the_text_holds(text):
    for reference in references(text):
        assert reference["suspect"] == (reference["key"] == "")
        assert canonical_key(reference["key"]) == reference["key"]
        assert reference["key"] in canonical_key(text)
        assert len(reference["text"]) <= SNIPPET_LENGTH


@pytest.mark.parametrize(
    ("text", "record"),
    [
        (
            "See https://jira.acme.example/jira/browse/OKR-7.",
            "@jira.acme.example/jira/browse/OKR-7",
        ),
        ("(https://jira.acme.example/browse/OKR-7)", "@jira.acme.example/browse/OKR-7"),
        ("[the goal|https://a.example/browse/OKR-7]", "@a.example/browse/OKR-7"),
        ("https://a.example/browse/OKR-7, and more", "@a.example/browse/OKR-7"),
        ("*https://a.example/browse/OKR-7*", "@a.example/browse/OKR-7"),
        (f"goal:https://www.notion.so/acme/Grow-{'ab' * 16}", f"@notion/{'ab' * 16}"),
        ("https://a.example/issues/?selectedIssue=OKR-7", "@a.example/browse/OKR-7"),
        ("https://a.example/some/page", None),
        ("no://browse/OKR-7", None),
    ],
)
def test_a_bare_address_in_prose_opens_a_record(text, record):
    found = [each for each in references(text) if each["key"].startswith("@")]
    assert [each["key"] for each in found] == ([record] if record else [])
    assert all(not each["suspect"] and len(each["text"]) <= SNIPPET_LENGTH for each in found)
