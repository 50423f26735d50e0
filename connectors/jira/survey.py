"""The projects, issue types and fields that an account of Jira may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from connectors.cells import Cell, decode_cells
from connectors.errors import AccessError, CredentialError, MissingError
from connectors.jira.api.discovery import service_of
from connectors.jira.api.search import RejectedQueryError, Service, query
from connectors.jira.decode.fields import Field, read_fields
from connectors.jira.decode.issues import IssueReader
from connectors.jira.query_text import projects_named
from connectors.jira.settings import Deployment, JiraSettings
from connectors.records import Figures
from connectors.survey import BRIEFLY, TIMEOUT_SECONDS, Account, Column, Table
from connectors.transport.credential import basic_credential, bearer_credential
from connectors.transport.http import Http
from connectors.transport.paged_list import PagedList
from connectors.transport.shapes import expected_shape

_SERVICE = "@serviceaccount.atlassian.com"
_PROJECTS_AT_ONCE = 100


def of_type(name: str) -> str:
    """The JQL for issues of a type."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'issuetype = "{escaped}"'


class JiraSurvey:
    """A site; see :class:`connectors.survey.Survey`. Its tables are its issue types.

    Args:
        settings: Site, credential and query.
        columns: What every issue has, by the names of the stream ``jira_issues``.
    """

    def __init__(self, settings: JiraSettings, columns: Sequence[str]) -> None:
        token, user = settings.token, settings.user
        credential = basic_credential(user, token) if user else bearer_credential(token)
        self._site, self._jql = settings.site, settings.jql
        self._columns = columns
        timeouts = (TIMEOUT_SECONDS, TIMEOUT_SECONDS)
        self._http = Http("jira", credential, Figures(), BRIEFLY, timeouts)
        self._deployment: Deployment | None = settings.deployment
        self._fields: list[Field] | None = None

    @property
    def served_at(self) -> datetime | None:
        """Jira's clock; None before a response."""
        return self._http.last_date

    def account(self) -> Account:
        """The owner of the token."""
        me = self._get("myself")
        with expected_shape("jira", "The token's owner"):
            name, mail = str(me.get("displayName") or ""), str(me.get("emailAddress") or "")
            if me.get("active") is False:
                raise CredentialError(
                    "jira", f"The account {name} is deactivated.", "Activate it, or use another."
                )
        known = f"{name} ({mail})" if mail else name
        said = "Jira does not tell when the token ends; Cloud's last at most a year."
        if me.get("accountType") == "app" or mail.casefold().endswith(_SERVICE):
            return Account(known, "a service account", False, said)
        return Account(known, "a user account", None, said)

    def projects(self) -> dict[str, str]:
        """Key -> name of the projects that the account may browse."""
        with expected_shape("jira", "The list of projects"):
            served = self._project_pages() if self._kind() == "cloud" else self._get("project")
            return {str(one["key"]): str(one.get("name", "")) for one in served}

    def fields(self) -> list[Column]:
        """Every field, and the columns that every issue has."""
        columns = [Column(name, name) for name in self._columns]
        return columns + [Column(one.id, one.name, one.type) for one in self._all_fields()]

    def issue_types(self) -> list[str]:
        """The names of all issue types, each once."""
        with expected_shape("jira", "The list of issue types"):
            names = [str(one["name"]) for one in self._get("issuetype")]
        return list(dict.fromkeys(names))

    def count(self, jql: str = "") -> int | None:
        """How many issues the query of the settings finds, narrowed by ``jql``.

        Raises:
            RejectedQueryError: Jira does not understand it.
        """
        asked = f"({self._jql}) AND {jql}" if jql else self._jql
        service, wanted = self._service(), query(asked)
        if not service.search(wanted, ["key"], 1, None).issues:
            return 0
        return service.count(wanted)

    def tables(self) -> list[Table]:
        """The issue types that have issues in the query of the settings."""
        columns, found = tuple(self.fields()), []
        for name in self.issue_types():
            try:
                count = self.count(of_type(name))
            except RejectedQueryError:
                continue  # a type of no project that is searched
            if count != 0:
                found.append(Table(name, name, columns, count=count))
        return found

    def look(self, place: str) -> list[Table]:
        """One issue type."""
        found = [one for one in self.tables() if one.place == place]
        if not found:
            raise MissingError("jira", f"There are no issues of the type {place}.")
        return found

    def sample(self, table: Table, count: int) -> Sequence[Mapping[str, Cell]]:
        """The first issues of a type, with all their fields."""
        asked = query(f"({self._jql}) AND {of_type(table.place)}")
        page = self._service().search(asked, ["*all"], count, None)
        reader = IssueReader(self._site, self._all_fields())
        return [self._cells(reader, served) for served in page.issues[:count]]

    def hidden_projects(self) -> list[str]:
        """Those that the query names and the account cannot see, as the query has them."""
        return [one for one in projects_named(self._jql) if not self._sees(one)]

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def _cells(self, reader: IssueReader, served: msgspec.Raw) -> Mapping[str, Cell]:
        issue = reader.read(served)
        own = issue._asdict()
        columns = {
            name: Cell("text", str(own[name]), name=name, address=name)
            for name in self._columns
            if own.get(name) is not None
        }
        return decode_cells(issue.cells or "{}") | columns

    def _sees(self, project: str) -> bool:
        try:
            self._http.get_json(f"{self._service().api}/project/{quote(project, safe='')}")
        except (MissingError, AccessError):
            pass  # it may be named by its name
        else:
            return True
        try:
            found = self._get(f"project/search?query={quote(project, safe='')}&maxResults=50")
        except (MissingError, AccessError):
            return False
        return project.casefold() in {
            str(one.get(part)).casefold()
            for one in found.get("values") or []
            for part in ("key", "name")
        }

    def _project_pages(self) -> Iterator[Any]:
        pages = PagedList("jira", "the list of projects", "Check the url.")
        start = 0
        while True:
            page = self._get(f"project/search?startAt={start}&maxResults={_PROJECTS_AT_ONCE}")
            found = page.get("values") or []
            yield from found
            if page.get("isLast", True) or not found:
                return
            pages.page(found, str(found[0].get("id")))
            start += len(found)

    def _all_fields(self) -> list[Field]:
        if self._fields is None:
            self._fields = read_fields(self._get("field"))
        return self._fields

    def _kind(self) -> Deployment:
        if self._deployment is None:
            is_cloud = self._get("serverInfo").get("deploymentType") == "Cloud"
            self._deployment = "cloud" if is_cloud else "data-center"
        return self._deployment

    def _service(self) -> Service:
        return service_of(self._kind(), self._http, self._site)

    def _get(self, path: str) -> Any:
        return msgspec.json.decode(self._http.get_json(f"{self._site}/rest/api/2/{path}"))
