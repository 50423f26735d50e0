"""Who may read the page, from the settings.

What belongs here: handing ``dashboard.access`` what it needs, and the refusal to open the page to
others without sign-in. What does not: recognizing a reader (``dashboard.access``).
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import tempfile
from dataclasses import replace
from pathlib import Path

from dashboard.access.attempts import Attempts
from dashboard.access.gate import Access
from dashboard.access.known import ApiToken, TrustedProxy, by_machine, by_proxy, by_session
from dashboard.access.openid import OpenId, Provider
from dashboard.access.roles import Roles
from dashboard.access.sessions import Clock, Cookie, Sessions
from dashboard.access.sign_in import SignIn
from pipelines.project import Project
from pipelines.settings.page import PageSettings, PageSignIn
from published.errors import UserError

_LEAST = 32  # characters of a secret
# Requests of a sign-in from one address within a minute: one takes two, and a proxy that ends HTTPS
# is the address of a whole company.
_ATTEMPTS = 300


class PageSecretError(UserError):
    """A secret of the page is too short to be one, or cannot be kept."""


def access_of(project: Project, user: str, clock: Clock) -> Access:
    """Who may read the page of a project.

    Args:
        project: With the secrets of the page.
        user: Who reads where nobody signs in.
        clock: The present instant.

    Raises:
        PageSecretError: A secret is too short, or the file with it cannot be used.
    """
    page = project.settings.page
    secret = page_secret(page, project.paths.page_secret)
    groups = page.roles
    roles = Roles(groups.viewer, groups.lead, groups.admin)
    access = Access(
        by_machine(user),
        secret,
        page.address,
        tokens=tuple(ApiToken(one.name, one.sha256, frozenset(one.groups)) for one in page.tokens),
        restrictions=page.restrictions,
        aliases=lambda: aliases_of(project),
    )
    if page.proxy is not None:
        shared = _long("page: proxy: secret:", page.proxy.secret.get_secret_value())
        names = page.proxy.secret_header, page.proxy.user_header, page.proxy.groups_header
        return replace(access, identify=by_proxy(TrustedProxy(shared, *names), roles))
    if page.sign_in is not None:
        way = _sign_in(page, page.sign_in, roles, access, clock)
        return replace(access, identify=by_session(way.sessions, roles), sign_in=way)
    return access


def aliases_of(project: Project) -> dict[str, str]:
    """Former ids of Key Results and the present ones, as they are known now."""
    if not project.settings.page.restricted:
        return {}
    from pipelines.datasets.former_ids import known_aliases

    # Not the project itself: it goes on seeing the lake as it first did.
    return known_aliases(replace(project))


def page_secret(page: PageSettings, path: Path) -> bytes:
    """What sessions are sealed with: the settings' secret, else that of a file, made if missing.

    Raises:
        PageSecretError: It is too short, or the file cannot be used.
    """
    if page.secret is not None:
        return _long("page: secret:", page.secret.get_secret_value()).encode()
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            made, beside = tempfile.mkstemp(dir=path.parent)  # for its owner alone
            with os.fdopen(made, "w", encoding="utf-8") as file:
                file.write(secrets.token_urlsafe(48))
            try:
                os.link(beside, path)  # unless another server has just made it
            except FileExistsError:
                pass
            finally:
                Path(beside).unlink()
        return _long(str(path), path.read_text(encoding="utf-8").strip()).encode()
    except (OSError, UnicodeDecodeError) as error:
        kind = type(error).__name__
        raise PageSecretError(
            f"{path}: the page's secret cannot be kept there ({kind}). Mend that, or set page:"
            ' secret: "${OKR_PAGE_SECRET}".'
        ) from None


def _sign_in(
    page: PageSettings, told: PageSignIn, roles: Roles, access: Access, clock: Clock
) -> SignIn:
    provider = Provider(
        told.issuer,
        told.client_id,
        told.client_secret.get_secret_value() if told.client_secret else "",
        told.groups_claim,
        told.name_claim,
        told.scopes,
    )
    of_rows = (group for one in page.restricted for group in one.groups)
    return SignIn(
        OpenId(provider, f"{page.address}/sign-in/callback", access.secret, clock),
        Sessions(
            access.secret, clock, dt.timedelta(hours=page.session_hours), secure=access.secure
        ),
        roles,
        frozenset({*roles.viewer, *roles.lead, *roles.admin, *of_rows}),
        Cookie("okr_sign_in", access.secure),
        Attempts(_ATTEMPTS, dt.timedelta(minutes=1), clock),
    )


def _long(where: str, secret: str) -> str:
    if len(secret) < _LEAST:
        raise PageSecretError(
            f"{where} has fewer than {_LEAST} characters. Make one with: python3 -c"
            ' "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return secret
