"""Where issues are that a census lists no more: moved, out of the jql's reach, or not shown.

What belongs here: asking for a few of them by id, and saying it. What does not: deciding that too
many are gone at once (whoever lands the pull), and the census (``id_census``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from connectors.errors import MissingError, SourceError

MOST_ASKED = 5


def whereabouts(fetch: Callable[[int], bytes], urls: Mapping[str, str]) -> str:
    """What to do about issues that are gone, in sentences; empty if Jira does not tell.

    Jira serves a moved issue by its id, with its new key. It answers alike for a deleted issue and
    for one that the account may not see, so only an administrator can tell these apart.

    Args:
        fetch: Serves an issue by its id.
        urls: Of the issues as last read, by id; at most ``MOST_ASKED`` are asked for.
    """
    moved: list[tuple[str, str]] = []
    there: list[tuple[str, str]] = []
    unseen: list[str] = []
    for one, url in list(urls.items())[:MOST_ASKED]:
        former = url.rpartition("/")[2]
        try:
            now = msgspec.json.decode(fetch(int(one)), type=_Named).key
        except MissingError:
            unseen.append(url)
        except (SourceError, ValueError):
            return ""  # what is asked for help must not end a pull
        else:
            (moved if now != former else there).append((former, now))
    told = []
    if moved:
        named = ", ".join(f"{former} to {now}" for former, now in moved)
        told.append(f"Moved: {named}. Move them back, or widen the jql.")
    if there:
        named = ", ".join(now for _, now in there)
        told.append(f"There, but not found by the jql any more: {named}. Correct the jql.")
    if unseen:
        named = ", ".join(url.rpartition("/")[2] for url in unseen)
        told.append(
            f"Deleted, or hidden from the account: {named}."
            f" Open {unseen[0]} as an administrator of Jira. If it is there, let the account see it"
            " (Browse Projects, issue security). If not, it was deleted: Jira has no trash, only a"
            " back-up of Jira brings it back."
        )
    return " ".join(told)


class _Named(msgspec.Struct):
    key: str
