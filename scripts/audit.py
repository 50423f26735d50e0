"""``make audit``: which pinned dependencies have a published security advisory.

What belongs here: running pip-audit over a lock, and saying plainly what could not be looked up: a
dependency that the advisory database was not asked about is not one without advisories.

Exit codes: 0 none has one; 1 some have; 2 the database could not be asked about some or all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def main() -> int:
    """Audit the locks named on the command line."""
    return max(audit(lock) for lock in sys.argv[1:])


def audit(lock: str) -> int:
    """Audit one lock, and print what was found; returns the exit code."""
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--disable-pip"]
    command += ["--require-hashes", "--format", "json", "--requirement", lock]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        words = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        print(f"{lock}: nothing was audited, the advisory database cannot be reached: {words[0]}")
        return 2
    return told(lock, found)


def told(lock: str, found: list[dict[str, Any]]) -> int:
    """Print what pip-audit found out of each dependency; returns the exit code."""
    skipped = [one for one in found if "skip_reason" in one]
    harmed = [one for one in found if one.get("vulns")]
    for one in harmed:
        for advisory in one["vulns"]:
            fixed = ", ".join(advisory.get("fix_versions") or []) or "no version yet"
            print(f"{one['name']} {one['version']}: {advisory['id']}, fixed in {fixed}")
    if skipped:
        print(
            f"{lock}: {len(skipped)} of {len(found)} dependencies were NOT audited, because the"
            " advisory database does not answer for them here. Run it where the public package"
            f" index is reached without a mirror. The first: {skipped[0]['skip_reason']}"
        )
    if not (harmed or skipped):
        print(f"{lock}: no advisory about any of {len(found)} dependencies")
    return 1 if harmed else 2 if skipped else 0


if __name__ == "__main__":
    sys.exit(main())
