"""Who reads the page and what they may do.

What belongs here: recognizing a reader, roles, sessions, tokens, and the checks that every request
passes before a view sees it. What does not: the sign-in pages (``views.sign_in``), and which rows a
reader may see (``published.restricted``).
"""

from dashboard.access.gate import Access as Access
from dashboard.access.gate import csrf_token as csrf_token
from dashboard.access.gate import reader_of as reader_of
from dashboard.access.reader import Reader as Reader
from dashboard.access.reader import Role as Role
from dashboard.access.require import Signed as Signed
from dashboard.access.require import require as require
