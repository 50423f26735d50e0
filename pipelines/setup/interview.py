"""``okr init``: what is asked, in order, each credential tested as soon as it is typed.

What belongs here: the course of the dialogue. What does not: how a question reaches a person
(``cli.setup.init``), proposals (``proposals``), and the text of the files (``okr_yaml``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, cast

from pydantic import ValidationError

from connectors.cells import UNREADABLE
from connectors.errors import SourceError
from connectors.registry import SOURCE_FACTS, Sources
from connectors.secrets import remember, remember_key
from connectors.survey import Survey
from okr_model.quantities.cycles import Cycle
from pipelines.setup.answers import quarter, why_wrong
from pipelines.setup.column_words import plain
from pipelines.setup.okr_yaml import SECRETS, jql_of
from pipelines.setup.preview import preview, texts_of
from pipelines.setup.proposals import Proposal, key_pattern, propose
from published.errors import UserError

_SAMPLE = 25
_COUNTED = 30  # projects whose issues are counted; of more, people have to choose anyway
_ANY = "updated >= 0"  # a query that bounds nothing, until projects are chosen
_NAMES = {"jira": "Jira", "notion": "Notion", "sheets": "Google Sheets"}


class Talk(Protocol):
    """How questions are asked."""

    def ask(self, question: str, default: str | None, *, hidden: bool = False) -> str:
        """The answer; the default where none is typed."""
        ...

    def agree(self, question: str, *, default: bool) -> bool:
        """Yes or no."""
        ...

    def tell(self, text: str) -> None:
        """Print a line."""
        ...


class NotSetUpError(UserError):
    """What is needed was not answered, or nothing was found."""


@dataclass
class Interview:
    """One dialogue.

    Attributes:
        talk: How questions are asked.
        answers: Those known before, then all.
        environ: The environment; credentials that are typed are added to it, and to no file.
        folder: Of ``okr.yaml``; the key file is relative to it.
        keep: Called after each answer.
        proposals: The datasets that were agreed to.
    """

    talk: Talk
    answers: MutableMapping[str, str]
    environ: MutableMapping[str, str]
    folder: Path
    keep: Callable[[], None]
    proposals: list[Proposal] = field(default_factory=list)

    def run(self) -> None:
        """Ask everything.

        Raises:
            NotSetUpError: No service is used, or nothing holds Key Results.
        """
        self._ask("organization.name", "Name of the organization")
        self._ask("organization.timezone", "Its time zone")
        self._ask("organization.confidence", "Its three levels of confidence, best first")
        self._ask("cycle.id", "The running OKR cycle")
        self._ask("cycle.start", "Its first day")
        self._ask("cycle.end", "Its last day")
        for source in _NAMES:
            self._source(source)
        if not any(one.dataset.holds == "key_results" for one in self.proposals):
            raise NotSetUpError(
                "Nothing that was found and agreed to holds Key Results: a table needs a column for"
                " their ids and one for their targets. Share it with the account and run okr init"
                " again, or write the dataset by hand: docs/set-up.md."
            )
        self._confidence()

    @property
    def pattern(self) -> str | None:
        """How the ids of the Key Results look; None if none was seen."""
        own = [one for one in self.proposals if one.dataset.holds == "key_results"]
        return key_pattern(id_ for one in own for id_ in texts_of(one, "id"))

    @property
    def cycles(self) -> list[Cycle]:
        """The running cycle, and the quarters before it that records name as ``2026-Q3``."""
        named = {text for one in self.proposals for text in texts_of(one, "cycle")}
        quarters = sorted(filter(None, map(quarter, named)), key=lambda one: one.start)
        own = self._cycle()
        return [*(one for one in quarters if one.end < own.start and one.id != own.id), own]

    def _confidence(self) -> None:
        """Ask for the levels again if check-ins have other words for them."""
        checked = [one for one in self.proposals if one.dataset.holds == "check_ins"]
        said = {text.strip() for one in checked for text in texts_of(one, "confidence")}
        known = {plain(word) for word in self.answers["organization.confidence"].split(",")}
        if {plain(word) for word in said} - known:
            self.talk.tell(f"  Check-ins say: {', '.join(sorted(said))}.")
            self._ask("organization.confidence", "The three levels of confidence, best first")

    def _source(self, source: str) -> None:
        known = self.answers.get(f"{source}.use")
        default = known == "yes" if known else self._seems_used(source)
        used = self.talk.agree(f"Read {_NAMES[source]}?", default=default)
        self._set(f"{source}.use", "yes" if used else "no")
        if not used:
            return
        survey = self._signed_in(source)
        try:
            if source == "jira":
                survey = self._with_projects(survey)
            self._datasets(source, survey)
        except SourceError as error:
            raise NotSetUpError(str(error)) from None
        finally:
            survey.close()

    def _seems_used(self, source: str) -> bool:
        held = any(self.answers.get(f"{source}.{name}") for name in ("url", "credentials"))
        return held or bool(self.environ.get(SECRETS.get(source, "")))

    def _signed_in(self, source: str) -> Survey:
        """A survey whose account is known; asks again until it is, or what was given is wrong."""
        again = False
        while True:
            self._connection(source, again=again)
            try:
                survey = SOURCE_FACTS[source].survey(self._section(source, _ANY))
                account = survey.account()
            except (SourceError, ValidationError) as error:
                said = str(error) if isinstance(error, SourceError) else "That is no address."
                self.talk.tell(f"  {said}")
                if not self.talk.agree("Try again?", default=False):
                    raise NotSetUpError(f"{_NAMES[source]}: not signed in.") from None
                again = True
                continue
            self.talk.tell(f"  Signed in as {account.name}, {account.kind}.")
            return survey

    def _connection(self, source: str, *, again: bool) -> None:
        if source == "jira":
            self._ask("jira.url", "Address of Jira, such as https://acme.atlassian.net")
            self._ask("jira.user", "E-mail of its account; none for Data Center", "")
        if source == "sheets":
            question = "Key file of the service account; none for this machine's own sign-in"
            self._ask("sheets.credentials", question, "")
            if self.answers["sheets.credentials"]:
                remember_key(self.folder / self.answers["sheets.credentials"])
            return
        name = SECRETS[source]
        if again or not self.environ.get(name):
            self.environ[name] = self.talk.ask(
                f"Its token (not shown; kept in no file, but for now as {name})", None, hidden=True
            )
        remember(self.environ[name])

    def _section(self, source: str, jql: str) -> object:
        """The section of the settings, as far as it is known."""
        keys: dict[str, object] = {}
        for name in ("url", "user"):
            if value := self.answers.get(f"{source}.{name}"):
                keys[name] = value
        if source == "sheets" and (credentials := self.answers.get("sheets.credentials")):
            keys["credentials"] = self.folder / credentials
        if source in SECRETS:
            keys["token"] = self.environ[SECRETS[source]]
        if source == "jira":
            keys["jql"] = jql
        return getattr(Sources.model_validate({source: keys}), source)

    def _with_projects(self, survey: Survey) -> Survey:
        """The survey of the projects that are chosen."""
        from connectors.jira.survey import JiraSurvey

        jira = cast(JiraSurvey, survey)
        projects = jira.projects()
        few = projects if len(projects) <= _COUNTED else {}
        counts = {key: jira.count(f'project = "{key}"') for key in few}
        for key, name in projects.items():
            count = counts.get(key)
            told = f": {count:,} issues" if count is not None else ""
            self.talk.tell(f"  {key:<10} {name}{told}")
        used = ", ".join(key for key in counts if counts[key] != 0)
        self._ask("jira.projects", "Which projects, by their keys", used or None)
        survey.close()
        return SOURCE_FACTS["jira"].survey(self._section("jira", jql_of(self.answers)))

    def _datasets(self, source: str, survey: Survey) -> None:
        """List what there is, and agree on each dataset that is proposed."""
        for table in survey.tables():
            try:
                sample = survey.sample(table, _SAMPLE)
            except (SourceError, *UNREADABLE) as error:
                self.talk.tell(f"  {table.title}: cannot be read ({error})")
                continue
            where = f"{table.within}/{table.title}" if table.within else table.title
            count = f" ({table.count:,} issues)" if table.count is not None else ""
            columns = ", ".join(column.name for column in table.columns)
            shown = "" if source == "jira" else f": {columns}"
            self.talk.tell(f"  {where}{count}{shown}")
            dataset = propose(source, table, sample)
            if dataset is None:
                continue
            proposal = Proposal(table, dataset, sample)
            for line in self._told(proposal):
                self.talk.tell(f"    {line}")
            held = dataset.holds.replace("_", " ")
            if self.talk.agree(f"Read {held} from {where}?", default=True):
                self.proposals.append(proposal)

    def _told(self, proposal: Proposal) -> Iterator[str]:
        dataset = proposal.dataset
        fields = [
            f"{name} ← {one if isinstance(one, str) else ' and '.join(one)}"
            for name, one in dataset.fields.items()
        ]
        yield f"holds {dataset.holds.replace('_', ' ')}: {', '.join(fields)}"
        yield from preview(proposal, [self._cycle()], self.answers["organization.timezone"])

    def _cycle(self) -> Cycle:
        start, end = (
            dt.date.fromisoformat(self.answers[f"cycle.{day}"]) for day in ("start", "end")
        )
        return Cycle(self.answers["cycle.id"], start, end)

    def _ask(self, name: str, question: str, default: str | None = None) -> None:
        """Ask until the answer can be used; one that was given and cannot is told first."""
        default = self.answers.get(name, default)
        while wrong := why_wrong(name, answer := self.talk.ask(question, default), self.answers):
            if answer == default:
                default = None
            self.talk.tell(f"  {answer}: {wrong}")
        self._set(name, answer)

    def _set(self, name: str, value: str) -> None:
        self.answers[name] = value.strip()
        self.keep()
