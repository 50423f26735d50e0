"""The published tables about links, and of what people decided.

See :mod:`okr_model.tables` for the list of all tables.
"""

from __future__ import annotations

from okr_model.tables.columns import INITIATIVE_ID, LEVELS, RECORD, RUN, Column, Table

LINK_RULES = ("decision", "field", "relation", "mapping", "label", "mention", "inherited")
LINK_STATES = ("active", "overruled", "rejected", "broken")
DECISIONS = ("accepted", "rejected", "other")
NO_LINK = "none"
"""The state, in the history, of an initiative that is not linked to any Key Result."""

LINKS = Table(
    "links",
    "claim that an initiative serves a Key Result, one per initiative and Key Result",
    ("initiative_id", "key_result_id"),
    (
        INITIATIVE_ID,
        Column("initiative", "text", "The initiative's key or title"),
        Column(
            "key_result_id", "text", "The Key Result as written, even if unknown", required=True
        ),
        Column("cycle_id", "text", "The Key Result's cycle; null if it is unknown"),
        Column("state", "text", "Whether the claim counts", required=True, one_of=LINK_STATES),
        Column(
            "weight",
            "number",
            "Share of the initiative that counts here; active ones add to 1",
            unit="fraction",
        ),
        Column(
            "rule",
            "text",
            "The strongest rule by which a source claims it; decision if only a person does, "
            "inherited if only the parent initiative does",
            required=True,
            one_of=LINK_RULES,
        ),
        Column("also_by", "text[]", "Weaker rules that claim the same"),
        Column("confidence", "text", "How sure that rule is", required=True, one_of=LEVELS),
        *RECORD,
        Column("field", "text", "Field, property or column that holds the claim"),
        Column("evidence", "text", "The exact text or relation read there"),
        Column("first_seen_at", "timestamp", "When this pipeline first read the claim"),
        Column("last_seen_at", "timestamp", "When it last read the claim"),
        Column(
            "decision",
            "text",
            "What a person decided about it, if any; other: that the initiative is other work",
            one_of=DECISIONS,
        ),
        Column("decision_id", "text", "That decision; see okr links decisions"),
        Column("decided_by", "text", "Who decided", person=True),
        Column("decided_at", "timestamp", "When"),
        Column("decided_why", "text", "Why, in their words"),
        *RUN,
    ),
)
LINK_HISTORY = Table(
    "link_history",
    "span of days on which a claim did not change; an initiative without a claim has spans too, so "
    "that every initiative is counted on every day",
    ("initiative_id", "key_result_id", "valid_from"),
    (
        Column("initiative_id", "text", "The initiative, which may be gone", required=True),
        Column("initiative", "text", "The initiative's key or title, as last read"),
        Column(
            "key_result_id",
            "text",
            "The Key Result claimed; empty where the initiative has no claim",
            required=True,
        ),
        Column("valid_from", "date", "The first day it was published like this", required=True),
        Column("valid_to", "date", "The first day it no longer was; null while it still is"),
        Column("cycle_id", "text", "The Key Result's cycle; null if it is unknown"),
        Column(
            "state",
            "text",
            "Whether the claim counted; none for an initiative without a claim",
            required=True,
            one_of=(*LINK_STATES, NO_LINK),
        ),
        Column("weight", "number", "Share of the initiative that counted here", unit="fraction"),
        Column("rule", "text", "The strongest rule that claimed it", one_of=LINK_RULES),
        Column("also_by", "text[]", "Weaker rules that claimed the same"),
        Column("confidence", "text", "How sure that rule is", one_of=LEVELS),
        *RECORD,
        Column("field", "text", "Field, property or column that held the claim"),
        Column("evidence", "text", "The exact text or relation read there"),
        Column(
            "decision",
            "text",
            "What a person decided about it, if any; other: that the initiative is other work",
            one_of=DECISIONS,
        ),
        Column("decision_id", "text", "That decision; see okr links decisions"),
        Column("decided_by", "text", "Who decided", person=True),
    ),
)
SUGGESTIONS = Table(
    "suggestions",
    "possible link that no source claims; it counts only once a person accepts it",
    ("asked_for", "initiative_id", "key_result_id"),
    (
        Column(
            "asked_for",
            "text",
            "What has no link: the initiative, or the Key Result",
            required=True,
            one_of=("initiative", "key result"),
        ),
        INITIATIVE_ID,
        Column("initiative", "text", "Its key or title", required=True),
        Column("key_result_id", "text", "A Key Result of the current cycle", required=True),
        Column("rank", "integer", "1 is the most likely candidate", unit="position", required=True),
        Column(
            "score",
            "number",
            "Similarity of texts, meanings, teams, and to other work that serves it; from 0",
            unit="score",
            required=True,
        ),
        Column(
            "share",
            "number",
            "e^(16 score), as a share of the sum of it for all candidates for the initiative and "
            "e^1.6 for none of them",
            unit="fraction",
            required=True,
        ),
        Column(
            "chance",
            "number",
            "The chance that it is right, by its share and how often suggestions of such a share "
            "were right; see suggestion_trials",
            unit="fraction",
            required=True,
        ),
        Column("reason", "text", "Why, in a few words", required=True),
        Column("shared", "text[]", "The shared words with the most weight"),
        Column("same_team", "boolean", "Whether both belong to one team", required=True),
        Column(
            "alike",
            "boolean",
            "Whether they are similar in meaning; false without meanings",
        ),
        Column("resembles", "text", "The most similar other initiative that already serves it"),
        *RECORD,
        *RUN,
    ),
)
SUGGESTION_TRIALS = Table(
    "suggestion_trials",
    "candidate for an initiative whose Key Results are known, ranked as if they were not: what the "
    "chances of suggestions are learnt from",
    ("initiative_id", "key_result_id"),
    (
        INITIATIVE_ID,
        Column("initiative", "text", "Its key or title", required=True),
        Column("key_result_id", "text", "A Key Result of its cycle", required=True),
        Column(
            "rank",
            "integer",
            "1 is the most similar candidate; three are kept",
            unit="position",
            required=True,
        ),
        Column("score", "number", "As in suggestions", unit="score", required=True),
        Column("share", "number", "As in suggestions", unit="fraction", required=True),
        Column(
            "chance",
            "number",
            "The chance that would have been stated, learnt without a tenth of the initiatives, "
            "among them this one",
            unit="fraction",
            required=True,
        ),
        Column(
            "right",
            "boolean",
            "Whether a source states this link on purpose, or a person accepted it",
            required=True,
        ),
        Column(
            "right_ones",
            "integer",
            "How many Key Results of the cycle are right; 0 if all that is known is a rejection, "
            "or that it is other work",
            unit="count",
            required=True,
        ),
        *RUN,
    ),
)
DECISION_LOG = Table(
    "decisions",
    "decision of a person about a link, a finding, the end of a Key Result or an Objective, an"
    " item of the checklist or a step of a roll-out, ever made; never removed",
    ("decision_id",),
    (
        Column("decision_id", "text", "Its id, which undo takes", required=True),
        Column("decided_at", "timestamp", "When", required=True),
        Column("decided_by", "text", "Who decided", person=True),
        Column(
            "action",
            "text",
            "What was done",
            required=True,
            one_of=(
                *("accept", "reject", "correct", "other", "acknowledge", "dismiss"),
                *("close", "attest", "undo"),
            ),
        ),
        Column(
            "in_force",
            "boolean",
            "Whether it counts on as_of: not taken back, not overruled, not run out",
            required=True,
        ),
        Column("why", "text", "The reason they gave"),
        Column("initiative_id", "text", "The initiative; null if it is about none"),
        Column("initiative", "text", "Its key or title then"),
        Column("key_result_id", "text", "The Key Result; of a correction the right one"),
        Column("wrong_key_result_id", "text", "Of a correction the wrong one"),
        Column("claims", "text", "What sources claimed of the initiative then"),
        Column("finding_rule", "text", "The rule of the finding, if it is about one"),
        Column("finding_subject_type", "text", "What the finding is about, such as key result"),
        Column("finding_subject", "text", "Which one"),
        Column("finding_said", "text", "What the finding said then"),
        Column("until", "date", "The last day on which it holds; null: no end is set"),
        Column("objective_id", "text", "The Objective, if it is about the end of one"),
        Column("item", "text", "The item of the checklist, or step of a wave, if it attests one"),
        Column("wave", "text", "The wave of the roll-out, if it is about one"),
        Column("cycle_id", "text", "The cycle, if it is about one"),
        Column(
            "closed_as",
            "text",
            "What becomes of the Key Result or Objective then",
            one_of=("continue", "abandon", "done"),
        ),
        Column("lesson", "text", "What was learnt, in their words"),
        Column("undoes", "text", "The decision that it takes back", refers="decisions.decision_id"),
        Column("via", "text", "Where it was made: command, review tab or page"),
        Column("signed", "text", "How they signed in; null of older ones", person=True),
        *RUN,
    ),
)
