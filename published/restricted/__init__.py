"""Restricted Key Results: published tables in which they do not occur.

What belongs here: which Key Results a reader may not see, what else tells of them, and the views
of the tables without all that. What does not: who a reader is (``dashboard.access``).

The one rule of figures: a roll-up that has a restricted Key Result in it is computed again from the
others, as if there were no such Key Result. What cannot be computed again is withheld: the
calibration and the adoption of its cycle, the share of an initiative's work that goes to the
others, how many it served in a week, how many Key Results and findings earlier runs published.
"""

from published.restricted.rights import NOTHING as NOTHING
from published.restricted.rights import Hidden as Hidden
from published.restricted.rights import Restriction as Restriction
from published.restricted.rights import hidden_from as hidden_from
