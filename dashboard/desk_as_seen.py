"""The desk as somebody may use it from whom something is hidden.

What belongs here: decisions that tell of nothing hidden, and refusing those about it. What does
not: the desk itself (handed in as ``Site.desk``), what is hidden (``published.restricted``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from dashboard.site import Desk
from okr_model.languages.folding import same_id
from okr_model.review.requests import ClosingRequest, FindingRequest, Refusal, Request, Signature
from published.audit.decided import Decided
from published.audit.visibility import sees
from published.errors import UserError
from published.records import records
from published.rituals.adoption.rollout import rollout_of
from published.selection import UnknownInitiativeError, find_initiative
from published.snapshot import Snapshot

_TOLD = ("initiative", "claims", "why", "finding_said", "lesson")
_KEYS = ("key_result_id", "wrong_key_result_id")


class NotSeenError(UserError):
    """A decision is about something that its reader does not see, or that is not there."""

    refusal = Refusal.UNKNOWN


class RefusedError(UserError):
    """The desk refuses a decision; what is hidden is left out of its words."""

    def __init__(self, words: str, error: UserError) -> None:
        super().__init__(words)
        self.refusal = getattr(error, "refusal", Refusal.UNKNOWN)
        self.opposed = getattr(error, "opposed", ())


@dataclass(frozen=True, slots=True)
class DeskAsSeen:
    """A desk at which somebody sees and decides what they see in the tables."""

    desk: Desk
    tables: Snapshot

    def decided(self) -> Decided:
        """What people decided about what is seen."""
        found = self.desk.decided()
        if self.tables not in found.seen:
            found.seen[self.tables] = self._seen(found)
        return found.seen[self.tables]

    def _seen(self, found: Decided) -> Decided:
        log = found.log
        seen = log["initiative_id"].map(self.tables.sees_initiative).astype("bool")
        about = [row["finding_rule"] is None or sees(self.tables, row) for row in records(log)]
        seen &= pd.Series(about, index=log.index, dtype="bool")
        for name in _KEYS:
            seen &= log[name].map(lambda key: pd.isna(key) or self.tables.sees(str(key)))
        seen &= log["objective_id"].map(lambda key: pd.isna(key) or self.tables.sees_objective(key))
        # What takes a hidden decision back names it only by its id, but belongs to it.
        seen &= ~log["undoes"].isin(log.loc[~seen, "decision_id"])
        kept = log[seen.astype("bool")]
        return replace(
            found, log=kept.assign(**{name: self._harmless(kept[name]) for name in _TOLD})
        )

    def decide(self, request: Request) -> Mapping[str, Any]:
        """Record a decision; returns the row of the log.

        Raises:
            UserError: It is about something that is not seen, or refused.
        """
        for key in filter(None, (request.key_result, request.wrong)):
            if not self.tables.sees(key):
                raise NotSeenError(f"no Key Result {key[:80]!r} is published.")
        try:
            one = find_initiative(self.tables.table("initiatives"), request.initiative)
        except UnknownInitiativeError as error:
            raise NotSeenError(str(error)) from None
        try:
            return self.desk.decide(replace(request, initiative=str(one["initiative_id"])))
        except UserError as error:
            raise self._refused(error) from None

    def decide_findings(self, request: FindingRequest) -> Sequence[Mapping[str, Any]]:
        """Record that findings are acknowledged or dismissed; returns the rows of the log.

        Raises:
            UserError: It is about one that is not seen, or refused.
        """
        which = self.tables.frame(
            "SELECT 1 FROM findings WHERE finding_id = ?", [request.finding_id]
        )
        if which.empty:
            raise NotSeenError("this finding is not published any more; the last run is newer.")
        try:
            return self.desk.decide_findings(request)
        except UserError as error:
            raise self._refused(error) from None

    def close(self, request: ClosingRequest) -> Mapping[str, Any]:
        """Record what becomes of something at the end of a cycle; returns the row of the log.

        Raises:
            UserError: It is about something that is not seen, or refused.
        """
        objective = request.kind == "objective"
        sees = self.tables.sees_objective if objective else self.tables.sees
        if not sees(request.subject):
            name = "Objective" if objective else "Key Result"
            raise NotSeenError(f"no {name} {request.subject[:80]!r} is published.")
        try:
            return self.desk.close(request)
        except UserError as error:
            raise self._refused(error) from None

    def attest(self, item: str, cycle: str, by: Signature, why: str) -> Mapping[str, Any]:
        """Record that somebody attests an item of the checklist; returns the row of the log.

        Raises:
            UserError: It is refused.
        """
        try:
            return self.desk.attest(item, cycle, by, why)
        except UserError as error:
            raise self._refused(error) from None

    def attest_step(self, step: str, wave: str, by: Signature, why: str) -> Mapping[str, Any]:
        """Record that somebody attests a step of a wave; returns the row of the log.

        Raises:
            UserError: It is refused, or of a wave that is not seen.
        """
        if same_id(wave) not in {same_id(one.wave) for one in rollout_of(self.tables)}:
            raise NotSeenError(f"there is no wave {wave[:60]!r}.")
        try:
            return self.desk.attest_step(step, wave, by, why)
        except UserError as error:
            raise self._refused(error) from None

    def take_back(self, decision: str, by: Signature, why: str) -> Mapping[str, Any]:
        """Record that a decision is taken back; returns the row of the log.

        Raises:
            UserError: There is none that is seen, or it cannot be taken back.
        """
        if decision not in set(self.decided().log["decision_id"]):
            raise NotSeenError(f"there is no decision {decision[:80]}.")
        try:
            return self.desk.take_back(decision, by, why)
        except UserError as error:
            raise self._refused(error) from None

    def next_run(self) -> dt.datetime | None:
        """When decisions count; None if nothing is scheduled."""
        return self.desk.next_run()

    def _refused(self, error: UserError) -> UserError:
        (words,) = self.tables.harmless([str(error)])
        return RefusedError(words or "", error)

    def _harmless(self, texts: pd.Series) -> pd.Series:
        plain = [None if pd.isna(text) else str(text) for text in texts]
        return pd.Series(self.tables.harmless(plain), index=texts.index, dtype=texts.dtype)
