"""``make contract``: record the contract of the published tables, if it keeps its promises.

What belongs here: writing docs/contract.json and docs/dictionary.md. What does not: what a version
must say (``okr_model.tables.compatibility``).

Exit codes: 0 recorded; 1 the version, or the changes in docs/contract.md, do not tell what changed.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from okr_model.tables import CONTRACT_VERSION, TABLES
from okr_model.tables.compatibility import Contract, contract_problems, recorded
from pipelines.cli.contract.dictionary import dictionary

DOCS = Path(__file__).parents[1] / "docs"


def main() -> int:
    """Record the contract."""
    record = DOCS / "contract.json"
    before = json.loads(record.read_text("utf-8")) if record.exists() else None
    after = recorded(TABLES, CONTRACT_VERSION, before)
    changelog = (DOCS / "contract.md").read_text("utf-8")
    problems = contract_problems(before, after, changelog) if before else []
    for problem in problems:
        print(problem)
    if problems:
        return 1
    record.write_text(as_text(after), encoding="utf-8")
    (DOCS / "dictionary.md").write_text(f"{dictionary()}\n", encoding="utf-8")
    return 0


def as_text(contract: Contract) -> str:
    """The contract as JSON with a line for each column, as a review reads it."""
    text = json.dumps(contract, indent=1, ensure_ascii=False)
    text = re.sub(r'\{\s+("since"[^{}]*)\}', lambda found: f"{{{_one_line(found[1])}}}", text)
    return re.sub(r"\[([^][{}]*)\]", lambda found: f"[{_one_line(found[1])}]", text) + "\n"


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


if __name__ == "__main__":
    sys.exit(main())
