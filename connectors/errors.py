"""Every error that leaves this room.

::

    SourceError
    ├── TransientError       may pass by itself: limits, time-outs, resets, 5xx, truncated bodies
    ├── PermanentError       will not pass by itself, and the settings are not the cause
    └── ConfigurationError   someone must change a setting, a scope, a share or a credential
        ├── CredentialError  the credential is missing, wrong, expired or revoked
        ├── AccessError      the credential is good, but may not see this
        └── MissingError     the place or field named in the settings is not there

Messages say what happened and ``remedy`` what to do about it; neither ever holds a secret.
"""


class SourceError(Exception):
    """A service could not be read.

    Args:
        source: ``jira``, ``notion``, ``sheets``.
        message: What happened, in one sentence, with the HTTP status where there is one.
        remedy: What a person should do now, in one sentence.
    """

    def __init__(self, source: str, message: str, remedy: str = "") -> None:
        super().__init__(f"{source}: {message}" + (f" {remedy}" if remedy else ""))
        self.source = source
        self.message = message
        self.remedy = remedy


class TransientError(SourceError):
    """May pass by itself; ``retry_after`` is the wait in seconds that the service asked for."""

    def __init__(
        self, source: str, message: str, remedy: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(source, message, remedy)
        self.retry_after = retry_after


class PermanentError(SourceError):
    """Will not pass by itself, and no setting is to blame."""


class ConfigurationError(SourceError):
    """Someone must change a setting, a scope, a share or a credential."""


class CredentialError(ConfigurationError):
    """The credential is missing, wrong, expired or revoked."""


class AccessError(ConfigurationError):
    """The credential is good, but may not see this."""


class MissingError(ConfigurationError):
    """The place or field that the settings name is not there."""


class CancelledError(Exception):
    """The pull that this request belonged to has ended; nobody waits for the answer any more."""
