"""The labelled lines: ``lines.tsv``, one Key Result or Objective a line, and what a reader says of it.

What belongs here: reading the lines, and the guide by which they were labelled, which was written
before them. What does not: judging a line (``okr_model.governance.quality``).

Each label is ``y`` (it is so), ``n`` (it is not: what a rule should find) or ``-`` (the guide does
not decide it, or the question is not asked of this kind of line; it is not counted). A label
judges the words alone, without target field, owner or date. The end of the cycle is the date of
every line.

**outcome**, of a Key Result: what is counted is what people outside the team's work list do,
feel or get, or how well product, process or business do: a rate, time, score, cost, revenue, number of
users, leads, orders, deals, partners, followers, open defects, delivery performance. Not so (an
output) when the line is met once the team has done or made something: a task, a deliverable, a
milestone, a certificate, a hire, a training or event held, a migration, a share of a plan carried
out, a number of things made or activities done. A line whose means is a task but whose measure is an
outcome is an outcome ("Launch onboarding to raise completion from 42 % to 75 %"). A task with a
purpose that has no measure stays an output ("Launch chat to help customers"); so do two numbers
of things made ("guides from 2 to 8"). People outside who complete, use or attend something: outcome. A
vague effect ("Improve customer satisfaction") is an outcome that cannot be measured.

**measurable**: the line holds a figure from which its value can be computed, in digits or words (three,
half, double, zero, all, every). A date, a quarter, a year, a version, a standard's number is
none. "First", "a" and "one of" are none. A rhythm alone ("weekly") is not decided.

**one_thing**: one measure or one deliverable. Two figures of two measures, two tasks, a measure and a
separate task, and a measure with a second one to hold ("while keeping churn below 2 %") are
several. A means with its measure is one. Nouns joined within one measure ("sales and marketing
costs", "from 3 to 4 in Spain and Italy") are one. An Objective: one aim; two verbs with an object
each are two; two adjectives or two predicates of one subject are one.

**bounded**: somebody could say at the end of the cycle that it is met: a target value, or one definite
deliverable ("the new website"). Not so: a direction without an amount, "as much as possible",
"continue", "ongoing", "support", "explore", "work on", plurals and materials without a number ("publish
guides", "write documentation"). A rhythm bounds ("monthly newsletter").

**plain**: a colleague of another department understands it at the first reading. Not so: more than 25
words; two or more abbreviations that are not common in any office (KPI, NPS, CRM, SEO, API, ARR
and the like are common); words that sound good and say nothing (leverage, synergies, holistic,
best-in-class, world-class, next level, seamless, paradigm, game-changing, cutting-edge).

Of Objectives, **outcome** asks for an aim instead of a task (a project to finish, a thing to
build or launch), and **qualitative** for words without a figure; they are not asked whether they are
measurable or bounded.

A line belongs to the half that the digest of its text says. Rules are written while looking at the
build half; the report half is for stating figures only.
"""
