"""The rule names of findings: which kinds of finding there are, and what each means.

What belongs here: the names, as they are published. What does not: when a rule applies and what its
sentence says; every module decides so where it sees it. ``docs/findings.md`` tells readers what to
do about each. Names are a contract: what is published once is never renamed.
"""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    """What kind of problem a finding is about.

    Those of connectors are :class:`connectors.records.ProblemRule`, name for name. Those of signals
    are the names of the signals (:mod:`okr_model.confidence.signals`).
    """

    # Sources, places and single records
    STATE_MADE_ANEW = "state made anew"  # a file of okr-sync's own was damaged or gone
    SOURCE_FAILED = "source failed"  # the whole source could not be read
    UNREADABLE_DATASET = "unreadable dataset"  # its place or fields are gone or emptied
    UNREACHABLE_PLACE = "unreachable place"  # the source was read, but not this place of it
    PROJECT_NOT_VISIBLE = "project not visible"  # Jira shows none of its issues any more
    MASS_DISAPPEARANCE = "mass disappearance"  # most records of a place were gone at once
    EMPTIED_PLACE = "emptied place"  # all records of a place were gone at once
    UNREADABLE_RECORD = "unreadable record"  # one record is served in an unreadable form
    UNREADABLE_FILE = "unreadable file"  # a whole file of the files connector
    ROW_WITHOUT_KEY = "row without key"  # a row of a sheet between records, its key cell empty
    UNKNOWN_TIME_ZONE = "unknown time zone"  # of a spreadsheet; its times are read as UTC
    UNREADABLE_CHANGE_LOG = "unreadable change log"  # of one issue: its past states may be wrong
    UNREADABLE_REMOTE_LINKS = "unreadable remote links"  # those of one issue
    REMOTE_LINKS_NOT_READABLE = "remote links not readable"  # Jira refuses those of every issue
    UNREADABLE_COMMENTS = "unreadable comments"  # those on one issue or page, or of a whole place

    # Objectives, Key Results, initiatives and what is read of them
    MISSING_ID = "missing id"  # a record that needs an id has none, and is left out
    DUPLICATE_ID = "duplicate id"  # several records have one id; only who held it keeps it
    UNREADABLE_VALUE = "unreadable value"  # a cell holds something, but no value of its kind
    NO_CYCLE = "no cycle"  # no cycle of the settings can be told from the record
    KEY_RESULT_GONE = "Key Result gone"  # it was published the run before, and is read no more
    ASSUMED_CYCLE = "assumed cycle"  # it names none, and only one can be meant
    UNKNOWN_PARENT = "unknown parent"  # the parent that is named is not there, or below it
    AGAINST_THE_ARCHITECTURE = "against the architecture"  # a level or parent it does not admit
    UNKNOWN_OBJECTIVE = "unknown objective"  # a Key Result names an Objective there is not
    SIMILAR_OBJECTIVES = "similar objectives"  # of a column: two texts that may be one mistyped
    SEVERAL_OBJECTIVES = "several objectives"  # a Key Result names more than one; the first counts
    KEY_RESULT_OF_A_CLOSED_TEAM = "Key Result of a closed team"  # it runs on after its last team
    UNUSED_TEAM = "unused team"  # the settings declare it, and nothing names it: a misspelling
    DUE_OUTSIDE_CYCLE = "due outside cycle"  # the due date is not in the Key Result's cycle
    START_OUTSIDE_CYCLE = "start outside cycle"  # its start is not in it, or not before it is due
    UNKNOWN_KIND = "unknown kind"  # the declared kind is none there is
    KIND_AGAINST_FIGURES = "kind against figures"  # declared as an increase, but falling, or so
    UNCLEAR_DIRECTION = "unclear direction"  # "at least" is assumed, and met from the first
    NO_TARGET = "no target"  # without a readable target there is no progress
    BASELINE_EQUALS_TARGET = "baseline equals target"  # there is no way to measure progress on
    INITIATIVE_NAMED_TWICE = "initiative named twice"  # two rows have its id; the first counts
    INITIATIVES_WITHOUT_ID = "initiatives without id"  # known by their row: no decision can be kept

    # Check-ins, measurements and KPIs
    UNKNOWN_KEY_RESULT = "unknown key result"  # a reading, check-in or measure of one there is not
    UNKNOWN_CONFIDENCE = "unknown confidence"  # a check-in's word is no level of confidence
    UNREADABLE_CHECK_IN = "unreadable check-in"  # a comment begins like one and states nothing
    DUPLICATE_MEASUREMENT = "duplicate measurement"  # two values of one day: the later counts
    UNKNOWN_IMPEDIMENT_KIND = "unknown impediment kind"  # a word for it that is none of the five
    CONTRADICTORY_CHECK_INS = "contradictory check-ins"  # of two places: nothing orders them
    CONTRADICTORY_DATASETS = "contradictory datasets"  # they read one record differently
    IMPLAUSIBLE_VALUE = "implausible value"  # a hundred times the one before: used and asked about
    DUPLICATE_KPI = "duplicate kpi"  # two values of one day: the later counts
    UNKNOWN_NAME = "unknown name"  # a measure or setting selects by what no record has or had
    AMBIGUOUS_NAME = "ambiguous name"  # what something else was once called; the present one counts
    UNREADABLE_MEASURE = "unreadable measure"  # a declared measure cannot be used or gives nothing
    DUPLICATE_KEY_RESULT = "duplicate key result"  # two measure the same thing, the same way
    COMPETING_KEY_RESULTS = "competing key results"  # one raises what the other lowers

    # How OKRs are written, and how many there are
    OUTPUT_AS_KEY_RESULT = "output as Key Result"  # it counts work done instead of its effect
    SEVERAL_THINGS_IN_ONE = "several things in one"  # two measures, tasks or aims in one line
    UNCLEAR_WORDING = "unclear wording"  # too long, or words that other departments do not know
    TASK_AS_OBJECTIVE = "task as Objective"  # something to build or finish instead of an aim
    FIGURE_IN_AN_OBJECTIVE = "figure in an Objective"  # which a Key Result should name
    TOO_MANY_OBJECTIVES = "too many Objectives"  # of a team in a cycle
    TOO_MANY_KEY_RESULTS = "too many Key Results"  # of an Objective
    TOO_FEW_KEY_RESULTS = "too few Key Results"  # of an Objective whose cycle has begun
    OBJECTIVE_WITHOUT_OWNER = "Objective without owner"  # where others have one
    INDIVIDUAL_OBJECTIVE = "individual Objective"  # of one person
    ONE_SIDED_KEY_RESULTS = "one-sided Key Results"  # all of an Objective's lead, or all lag

    # Links
    UNREADABLE_LINK = "unreadable link"  # where an id should stand there is none
    LOOK_ALIKE_CHARACTERS = "look-alike characters"  # an id in letters that merely look right
    UNRECOGNIZED_ID = "unrecognized id"  # of a Key Result, which key_pattern no longer fits
    BROKEN_LINK = "broken link"  # it names a Key Result there is not
    LINK_TO_AN_ARCHIVED_KEY_RESULT = "link to an archived Key Result"  # it names one there once was
    LINK_TO_ANOTHER_CYCLE = "link to another cycle"  # open work serves a cycle that is over
    CONFLICTING_LINKS = "conflicting links"  # an initiative's stronger claim overrules a weaker one
    UNREADABLE_WEIGHT = "unreadable weight"  # the weight of a link is no share above 0
    WEIGHTS_DO_NOT_ADD_UP = "weights do not add up"  # those of an initiative do not make 100 %
    INITIATIVE_WITHOUT_KEY_RESULT = "initiative without Key Result"  # open work with no active link
    KEY_RESULT_WITHOUT_INITIATIVE = "Key Result without initiative"  # nothing serves it

    # Decisions about links, and the tab in which they are taken
    DECISION_CONTRADICTED = "decision contradicted"  # a source has changed against it since
    DECISION_WITHOUT_INITIATIVE = "decision without initiative"  # the initiative is not read now
    DECISION_NOT_RECORDED = "decision not recorded"  # a row of the tab says what cannot be done
    REVIEW_TAB_NOT_REACHED = "review tab not reached"  # it could not be read or written
    REVIEW_TAB_OUT_OF_ORDER = "review tab out of order"  # header changed, or no right to edit

    # What may go wrong with a Key Result
    TARGET_MOVED = "target moved"  # the target was changed within its cycle
    SOURCES_DISAGREE = "sources disagree"  # another place states another value of one day
    PACE_GAP = "pace gap"  # progress is behind its expected path
    LAST_MINUTE_RECOVERY = "last-minute recovery"  # it must be faster than ever to get there
    TOO_SAFE = "too safe"  # the path before the cycle would have met the target anyway
    STALE_VALUE = "stale value"  # the current value is old
    VOLATILE_VALUE = "volatile value"  # it scatters too widely to trust one week
    TREADMILL = "treadmill"  # much work, little progress
    SCOPE_GROWING = "scope growing"  # more work comes in than gets done
    INITIATIVES_BLOCKED = "initiatives blocked"  # every open one is
    INITIATIVES_SILENT = "initiatives silent"  # nothing has happened in any open one
    WORK_MOVED_ELSEWHERE = "work moved elsewhere"  # silent, while the team does more elsewhere
    INITIATIVES_OVERDUE = "initiatives overdue"  # every open one is past its due date
    MISSED_CHECK_INS = "missed check-ins"  # several in a row, of a Key Result or a whole team
    CHECK_INS_WITHOUT_CONTENT = "check-ins without cause or next action"  # most of a team's last
    DECLINING_CONFIDENCE = "declining confidence"  # the team's calls only fall
    EARLY_RED = "early red"  # the team calls it low early in the cycle
    WATERMELON = "watermelon"  # the team says high, the evidence low
    RED_OVER_GREEN = "red over green"  # the team says low, the evidence high

    # What the phase of a cycle asks
    NOT_READY = "Key Result not ready"  # without owner, baseline, data source or evidence
    MID_CYCLE_REVIEW = "mid-cycle review"  # a team's Key Results that will hardly be reached
    CHANGED_IN_FINAL_PUSH = "changed in the final push"  # its target or another of its terms
    NEW_IN_FINAL_PUSH = "new in the final push"  # it was not there when targets were frozen
    LATE_KICK_OFF = "late kick-off"  # closing and preparing took a team too long
    CYCLE_NOT_CLOSED = "cycle not closed"  # Key Results of a team without score or decision
    OBJECTIVE_NOT_CLOSED = "Objective not closed"  # nobody has decided what becomes of it

    # The roll-out of OKRs
    GATE_NOT_PASSED = "gate not passed"  # the next wave begins, and this one is not ready for it


QUALITY_RULES = (
    Rule.OUTPUT_AS_KEY_RESULT,
    Rule.SEVERAL_THINGS_IN_ONE,
    Rule.UNCLEAR_WORDING,
    Rule.TASK_AS_OBJECTIVE,
    Rule.FIGURE_IN_AN_OBJECTIVE,
    Rule.TOO_MANY_OBJECTIVES,
    Rule.TOO_MANY_KEY_RESULTS,
    Rule.TOO_FEW_KEY_RESULTS,
    Rule.OBJECTIVE_WITHOUT_OWNER,
    Rule.INDIVIDUAL_OBJECTIVE,
    Rule.ONE_SIDED_KEY_RESULTS,
)
"""What is asked about how OKRs are written, and how many there are."""
OF_A_RUNNING_CYCLE = (
    Rule.KEY_RESULT_WITHOUT_INITIATIVE,
    Rule.DUPLICATE_KEY_RESULT,
    Rule.COMPETING_KEY_RESULTS,
    Rule.START_OUTSIDE_CYCLE,
)
"""What nobody is asked about a Key Result once its cycle has ended: it cannot change its score."""
