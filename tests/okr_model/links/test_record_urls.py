"""One record has many addresses; they are told to be the same, and no two records are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.links.record_urls import record_address
from okr_model.links.references import canonical_key, extract_references

PAGE = "0123456789abcdef0123456789abcdef"
DASHED = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize(
    "address",
    [
        f"https://www.notion.so/{PAGE}",
        f"https://www.notion.so/acme/Grow-the-base-{PAGE}",
        f"https://notion.so/Renamed-{PAGE.upper()}?pvs=4#{'f' * 32}",
        f"https://acme.notion.site/Grow-{DASHED}/",
        f"https://app.notion.com/p/acme/Grow-{PAGE}",
        f"https://www.notion.so/acme/{'e' * 32}?v={'d' * 32}&p={PAGE}&pm=s",
        f"  https://www.notion.so/{PAGE}  ",
    ],
)
def test_a_notion_page_is_known_by_its_id(address):
    assert record_address(address) == f"@notion/{PAGE}"


@pytest.mark.parametrize(
    ("address", "record"),
    [
        ("https://acme.atlassian.net/browse/OKR-12", "@acme.atlassian.net/browse/OKR-12"),
        ("https://ACME.atlassian.net/browse/okr-12/", "@acme.atlassian.net/browse/OKR-12"),
        (
            "https://acme.atlassian.net/browse/OKR-12?focusedCommentId=3#c",
            "@acme.atlassian.net/browse/OKR-12",
        ),
        (
            "https://acme.atlassian.net/jira/software/c/projects/OKR/boards/1?selectedIssue=OKR-12",
            "@acme.atlassian.net/browse/OKR-12",
        ),
        (
            "https://jira.acme.test/jira/secure/RapidBoard.jspa?rapidView=1&selectedIssue=OKR-12",
            "@jira.acme.test/jira/browse/OKR-12",
        ),
        ("https://jira.acme.test/jira/browse/OKR-12", "@jira.acme.test/jira/browse/OKR-12"),
        ("http://127.0.0.1:8080/browse/OKR-12", "@127.0.0.1:8080/browse/OKR-12"),
        ("https://example.com/a/b/?q=1#top", "@example.com/a/b"),
    ],
)
def test_other_records_are_known_by_host_and_path(address, record):
    assert record_address(address) == record


@pytest.mark.parametrize(
    "text",
    ["", "KR-12", "mailto:a@example.com", "/browse/OKR-12", "http://[", "javascript:x", "www"],
)
def test_what_is_no_address_of_the_web_leads_nowhere(text):
    assert record_address(text) is None


def test_two_pages_and_two_issues_are_two_records():
    pages = {record_address(f"https://www.notion.so/Same-title-{digit * 32}") for digit in "0123"}
    keys = ("OKR-1", "OKR-12", "XOKR-1")
    issues = {record_address(f"https://acme.atlassian.net/browse/{key}") for key in keys}
    assert len(pages) == 4
    assert len(issues) == 3


@given(st.text(max_size=60))
def test_no_text_breaks_it_and_no_record_reads_as_an_id(text):
    for address in (text, f"https://{text}", f"https://www.notion.so/{text}"):
        record = record_address(address)
        assert record is None or (record.startswith("@") and canonical_key(record)[0] == "@")


@pytest.mark.parametrize("role", ["link", "text"])
def test_an_address_names_the_id_in_it_and_the_record_it_leads_to(role):
    address = "https://acme.atlassian.net/browse/KR-12"
    found = extract_references(
        [[{"role": role, "field": "description", "text": address}]], r"KR-\d+"
    )
    assert [each["key"] for each in found[0]] == ["KR-12", "@acme.atlassian.net/browse/KR-12"]
