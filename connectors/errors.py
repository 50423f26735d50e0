"""Every error that a connector raises.

::

    SourceError
    ├── TransientError       a retry may help: limits, time-outs, resets, 5xx, truncated bodies
    │   └── LoginPageError   somebody else's log-in page in place of an answer
    ├── OverdueError         the whole pull took too long; the next one goes on from there
    ├── PermanentError       a retry does not help, and the settings are not the cause
    │   └── UnreadableResponseError   too large, nested too deeply, or of an undocumented shape
    └── ConfigurationError   someone must change a setting, a scope, a share or a credential
        ├── CredentialError  the credential is missing, wrong, expired or revoked
        ├── AccessError      the credential is valid, but has no access
        └── MissingError     the place or field named in the settings does not exist

The message says what happened, ``remedy`` what to do about it; neither ever contains a secret, even
if a service sends one back in its own explanation.
"""

from connectors.secrets import redact


class SourceError(Exception):
    """A service could not be read.

    Args:
        source: ``jira``, ``notion``, ``sheets`` or ``files``.
        message: What happened, in one sentence, with the HTTP status where there is one.
        remedy: What a person should do about it, in one sentence.

    Attributes:
        blames: The keys of the source's section of the settings that may be wrong.
        brief: The kind of fault and what to do, in a few words; empty if only the sentence tells.
    """

    blames: tuple[str, ...] = ()
    brief: str = ""

    def __init__(self, source: str, message: str, remedy: str = "") -> None:
        message, remedy = _sayable(message), _sayable(remedy)
        self.source = source
        self.message = _ended(message)
        self.remedy = remedy  # which may end with a command
        super().__init__(f"{source}: {self.sentence}")

    @property
    def sentence(self) -> str:
        """What happened and what to do about it, without the service's name."""
        return " ".join(filter(None, (self.message, self.remedy)))


def blaming(error: SourceError, *keys: str) -> SourceError:
    """The same error, for which these keys of the source's section may be the cause."""
    error.blames = keys
    return error


def in_brief(error: SourceError, words: str) -> SourceError:
    """The same error, with these as its ``brief``."""
    error.brief = _sayable(words)
    return error


def _ended(sentence: str) -> str:
    """A sentence with its full stop: a service's own words may lack it."""
    sentence = sentence.rstrip()
    return f"{sentence}." if sentence and sentence[-1] not in ".!?…" else sentence


def _sayable(sentence: str) -> str:
    """A sentence that may quote what a service sent: one line, without a credential."""
    return "".join(one if one.isprintable() else " " for one in redact(sentence))


URL_OR_NETWORK = "correct the url or the network"
"""What to do where somebody else may answer; who knows that the url is right says so instead."""


class TransientError(SourceError):
    """A retry may help; ``retry_after`` is the wait in seconds that the service asked for."""

    def __init__(
        self, source: str, message: str, remedy: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(source, message, remedy)
        self.retry_after = retry_after

    def given_up(self, said: str) -> SourceError:
        """The error once no retry helped; ``said`` is the message with the number of attempts."""
        last = type(self)(self.source, said, self.remedy, self.retry_after)
        return in_brief(blaming(last, *self.blames), self.brief)


class OverdueError(SourceError):
    """The pull took too long as a whole."""


class PermanentError(SourceError):
    """A retry does not help, and the settings are not the cause."""


class UnreadableResponseError(PermanentError):
    """A response is too large, nested too deeply, without end, or of an undocumented shape."""


class ConfigurationError(SourceError):
    """Someone must change a setting, a scope, a share or a credential."""


class CredentialError(ConfigurationError):
    """The credential is missing, wrong, expired or revoked."""

    blames = ("user", "token", "credentials")
    brief = "the credential is refused: copy it anew, or renew it"


class LoginPageError(TransientError):
    """A log-in page that is not the service's own came in place of an answer."""

    blames = ("url",)
    brief = f"a log-in page answers in its place: {URL_OR_NETWORK}"


class AccessError(ConfigurationError):
    """The credential is valid, but has no access."""


class MissingError(ConfigurationError):
    """The place or field named in the settings does not exist."""


class CancelledError(Exception):
    """The pull that this request belonged to has ended; its response is no longer needed."""
