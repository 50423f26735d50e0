"""The agenda of a check-in that is due, for mail, chat and Notion.

What belongs here: which agendas there are on a day, as somebody may see them. What does not: what
an agenda says (``published.rituals``), and sending it (``send``, ``agenda_pages``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from connectors.notion.written.meeting_pages import Block
from pipelines.messages.agenda_blocks import agenda_blocks, plain_lines
from published.moment import Moment
from published.organization import Organization
from published.rituals.agenda import NoSuchTeamError, agenda_of
from published.rituals.agenda_text import agenda_markdown
from published.rituals.message_text import harmless_words
from published.rituals.messages import Message
from published.snapshot import Snapshot

_LONGEST = 600  # characters of a line


@dataclass(frozen=True, slots=True)
class CheckInAgenda:
    """What a team's check-in of a day is about, in every cycle that it belongs to."""

    team: str
    title: str
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """Its lines, in which no mail program and no chat finds anything to do."""
        lines = (
            f"{line[: len(line) - len(line.lstrip())]}{harmless_words(line, _LONGEST)}"
            for line in plain_lines(self.blocks)
        )
        return "\n".join(lines).strip()


def agenda_due(
    tables: Snapshot, organization: Organization, moment: Moment, today: Message
) -> CheckInAgenda | None:
    """The agenda of the check-ins of a day; None without any.

    Args:
        tables: The published tables as those may see them who read it.
        organization: Whose they are.
        moment: The day.
        today: See :func:`published.rituals.messages.agenda_message`.
    """
    keys = {key for one in today.check_ins for key in one.key_results}
    return agenda_about(tables, organization, moment, today.team, keys) if keys else None


def agenda_about(
    tables: Snapshot,
    organization: Organization,
    moment: Moment,
    team: str,
    keys: Collection[str] | None = None,
) -> CheckInAgenda | None:
    """The agenda of a team in every running cycle; with ``keys``, of those that hold one of them.

    Raises:
        published.moment.NoSuchDayError: Nothing was published for the day.
    """
    day = moment.on(tables)
    told = []
    for cycle in organization.cycles:
        if not cycle.start <= day <= cycle.end:
            continue
        try:
            agenda, _ = agenda_of(tables, organization, moment, cycle.id, team)
        except NoSuchTeamError:
            continue
        if keys is None or any(item.key_result_id in keys for item in agenda.items):
            told.append((agenda.team, agenda_blocks(agenda_markdown(agenda, organization))))
    if not told:
        return None
    blocks = tuple(block for _, (_, found) in told for block in found)
    name, (title, _) = told[0]
    return CheckInAgenda(name, title, blocks)
