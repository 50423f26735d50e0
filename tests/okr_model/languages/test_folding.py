import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from okr_model.entities.fields import keep_first, resolve, spelled_as
from okr_model.finding_rules import Rule
from okr_model.findings import Finding
from okr_model.languages.folding import fold_case, plain_id, same_id, same_ids
from okr_model.links.references import canonical_key

SPELLINGS = (
    *("KR-1", "kr-1", "KR\u20111", "KR–1", "KR—1", "KR−1", "KR\u00ad-1", "ＫＲ－１", "KR-1 "),
    *("\u200bKR-1", "KR-1\u00a0", "\ufeffKr-1", "KR-\u0661"),
)


@pytest.mark.parametrize("typed", SPELLINGS)
def test_every_spelling_is_one_id_everywhere(typed):
    assert same_id(typed) == "kr-1"
    assert canonical_key(typed) == "KR-1"
    assert plain_id(typed).upper() == "KR-1"
    assert spelled_as(pd.Series([typed, None]), ["KR-1"]).tolist()[0] == "KR-1"
    targets = pd.DataFrame({"record_id": ["r"], "key_result_id": ["KR-1"]})
    cell = pd.DataFrame({"kind": ["text"], "text": [typed], "refs": [None]})
    assert resolve(cell, targets, "key_result_id").loc[0, ["id", "known"]].tolist() == [
        "KR-1",
        True,
    ]


@pytest.mark.parametrize("typed", ["KR-10", "KR 1", "KR1", "КR-1", "KR-1.", "KR--1"])
def test_other_ids_are_others(typed):
    assert same_id(typed) != "kr-1"


def test_records_whose_ids_differ_only_so_are_a_finding():
    frame = pd.DataFrame({"key_result_id": list(SPELLINGS), "cycle_id": "Q4"})

    def say(row):
        return Finding(
            rule=Rule.DUPLICATE_ID,
            severity="error",
            subject_type="key result",
            subject_id=row["key_result_id"],
            sentence="twice",
        )

    kept, findings = keep_first(frame, ["key_result_id", "cycle_id"], say)
    assert kept["key_result_id"].tolist() == ["KR-1"]
    assert len(findings) == len(SPELLINGS) - 1


@pytest.mark.parametrize(
    ("one", "other"), [("İstek", "i̇stek"), ("ΟΔΟΣ", "οδος"), ("STRASSE", "straße")]
)
def test_case_is_folded_as_python_does(one, other):
    assert fold_case(one) == fold_case(other)


@given(st.text())
def test_folding_is_stable(text):
    assert same_id(same_id(text)) == same_id(text)
    assert same_id(plain_id(text)) == same_id(text)
    assert same_ids(pd.Series([text, None]))[0] == same_id(text)
