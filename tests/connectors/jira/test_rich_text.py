"""The words in Jira's rich text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.decode.rich_text import segments

Node = dict[str, Any]


def text(words: str, *marks: Node) -> Node:
    return {"type": "text", "text": words, "marks": list(marks)}


def block(kind: str, *content: Node, **attrs: Any) -> Node:
    return {"type": kind, "attrs": attrs, "content": list(content)}


def paragraph(*content: Node) -> Node:
    return block("paragraph", *content)


def link(address: str) -> Node:
    return {"type": "link", "attrs": {"href": address}}


def words(*content: Node) -> list[str]:
    return [one.text for one in segments(block("doc", *content)) if one.role == "text"]


def links(*content: Node) -> list[str]:
    return [one.text for one in segments(block("doc", *content)) if one.role == "link"]


def test_paragraphs_and_headings_are_apart() -> None:
    assert words(
        block("heading", text("For KR-1"), level=2), paragraph(text("2 more")), paragraph()
    ) == ["For KR-1", "2 more"]


def test_a_mark_does_not_part_a_word() -> None:
    strong = {"type": "strong"}
    assert words(paragraph(text("serves KR-"), text("12", strong), text("."))) == ["serves KR-12."]


def test_a_line_break_parts_words() -> None:
    assert words(paragraph(text("KR-1"), {"type": "hardBreak"}, text("2"))) == ["KR-1 2"]


def test_list_items_and_nested_lists_are_apart() -> None:
    inner = block("bulletList", block("listItem", paragraph(text("0 below"))))
    found = words(
        block(
            "orderedList",
            block("listItem", paragraph(text("KR-1")), inner),
            block("listItem", paragraph(text("KR-2"))),
        )
    )
    assert found == ["KR-1", "0 below", "KR-2"]


def test_table_cells_are_apart() -> None:
    row = block(
        "tableRow",
        block("tableHeader", paragraph(text("KR-1"))),
        block("tableCell", paragraph(text("6"))),
    )
    assert words(block("table", row)) == ["KR-1", "6"]


def test_panels_quotes_expands_and_tasks_are_read() -> None:
    found = words(
        block("panel", paragraph(text("in a panel")), panelType="info"),
        block("blockquote", paragraph(text("quoted"))),
        block("expand", paragraph(text("hidden")), title="More"),
        block("taskList", block("taskItem", text("to do"), state="TODO")),
        block("decisionList", block("decisionItem", text("decided"))),
        block("layoutSection", block("layoutColumn", paragraph(text("in a column")))),
    )
    assert found == ["in a panel", "quoted", "More", "hidden", "to do", "decided", "in a column"]


def test_code_blocks_and_placeholders_are_skipped_but_inline_code_is_not() -> None:
    found = words(
        block("codeBlock", text("KR-9 = 1"), language="python"),
        paragraph({"type": "placeholder", "attrs": {"text": "Which KR?"}}),
        paragraph(text("see "), text("KR-2", {"type": "code"})),
    )
    assert found == ["see KR-2"]


def test_mentions_status_emoji_and_dates_are_set_apart_by_spaces() -> None:
    found = words(
        paragraph(
            text("ask"),
            {"type": "mention", "attrs": {"id": "1", "text": "@Mia"}},
            text("about"),
            {"type": "status", "attrs": {"text": "KR-3", "color": "green"}},
            text("0 by"),
            {"type": "date", "attrs": {"timestamp": "1795737600000"}},
            {"type": "emoji", "attrs": {"shortName": ":tada:"}},
        )
    )
    assert found == ["ask @Mia about KR-3 0 by 2026-11-27 :tada:"]


def test_cards_give_their_address_and_part_words() -> None:
    card = {"type": "inlineCard", "attrs": {"url": "https://example.com/KR-4"}}
    assert words(paragraph(text("KR-1"), card, text("2"))) == ["KR-1 2"]
    assert links(
        paragraph(card),
        block("blockCard", url="https://example.com/b"),
        block("embedCard", url="https://example.com/e", layout="wide"),
        block("blockCard", data={"url": "https://example.com/data", "@type": "Object"}),
    ) == [
        "https://example.com/KR-4",
        "https://example.com/b",
        "https://example.com/e",
        "https://example.com/data",
    ]


def test_a_linked_word_gives_both_word_and_address() -> None:
    node = paragraph(text("see "), text("the plan", link("https://example.com/KR-5")), text("!"))
    assert words(node) == ["see the plan!"]
    assert links(node) == ["https://example.com/KR-5"]


def test_captions_and_alternative_texts_are_read() -> None:
    media = block(
        "mediaSingle",
        {"type": "media", "attrs": {"alt": "chart of KR-6", "id": "x"}},
        block("caption", text("Figure")),
    )
    assert words(media) == ["chart of KR-6", "Figure"]


def test_unknown_blocks_still_show_their_words() -> None:
    assert words(block("bodiedExtension", block("novelty", paragraph(text("new"))))) == ["new"]


@pytest.mark.parametrize("nothing", [None, "", "  ", {}, [], 5, {"type": "doc", "content": None}])
def test_nothing_has_no_words(nothing: Any) -> None:
    assert segments(nothing) == []


def test_plain_text_is_one_segment() -> None:
    assert [one.text for one in segments("serves\n\n KR-7 ")] == ["serves KR-7"]


def test_depth_is_no_matter() -> None:
    node = paragraph(text("deep"))
    for _ in range(5000):
        node = block("blockquote", node)
    assert words(node) == ["deep"]


WORDS = st.text(alphabet="KR-0123456789", min_size=1, max_size=6)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=4), max_size=6))
def test_words_of_different_blocks_never_glue(paragraphs: list[list[str]]) -> None:
    document = [paragraph(*map(text, parts)) for parts in paragraphs]
    assert words(*document) == ["".join(parts) for parts in paragraphs]


JUNK: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "content", "text", "attrs", "marks", "url", "href"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JUNK)
def test_no_shape_whatever_breaks_the_walk(document: Any) -> None:
    assert all(one.text.strip() for one in segments(document))


def test_wiki_markup_is_read_without_what_machines_said() -> None:
    markup = (
        "Serves KR-1.\n{code:title=log.txt|borderStyle=solid}KR-2 failed{code}\n"
        "See [the page|https://example.com/p?id=1#KR-9|tip] and [https://example.com/q].\n"
        "{noformat}KR-3\n[no|https://example.com/r]{noformat} {code} never closed KR-4"
    )
    found = segments(markup)
    (prose,) = [one.text for one in found if one.role == "text"]
    assert "KR-1" in prose
    assert "KR-4" in prose
    assert not [key for key in ("KR-2", "KR-3") if key in prose]
    links = [one.text for one in found if one.role == "link"]
    assert links == ["https://example.com/p?id=1#KR-9", "https://example.com/q"]


@given(st.text(alphabet="{}code[|]h:/ \nK", max_size=60))
def test_no_markup_whatever_breaks_it(markup: str) -> None:
    assert all(one.text.strip() for one in segments(markup))
