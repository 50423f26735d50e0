"""Which files a back-up may hold."""

from __future__ import annotations

import pytest

from pipelines.backup.contents import is_expected


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../x",
            "/etc/x",
            "data/../x",
            "data/lake/../../x",
            "data/lake//x",
            r"data\lake\x",
            "C:/x",
        ),
        *("data/page-secret", "data/dagster/dagster.yaml", "data/lake", "data", "", ".env"),
    ],
)
def test_only_state_is_ever_unpacked(name: str) -> None:
    assert not is_expected(name)
