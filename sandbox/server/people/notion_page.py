"""The pages that open at a Notion page's address and list a data source's rows."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from sandbox.server.notion.ids import uuid_text
from sandbox.server.notion.records import DataSource, Page
from sandbox.server.notion.render import page_title
from sandbox.server.notion.store import NotionWorkspace
from sandbox.server.people import html
from sandbox.server.people.page_edits import shown_value


class NotionPages:
    """Pages of a workspace's pages and data sources."""

    def __init__(self, workspace: NotionWorkspace) -> None:
        self._workspace = workspace

    async def show(self, request: Request) -> Response:
        """One page, or one data source with its rows, by the id that ends the address."""
        id = _id(request.path_params["page"])
        if source := self._workspace.data_sources.get(id):
            return self._source(source)
        page = self._workspace.pages.get(id)
        if page is None or not self._workspace.is_visible(page):
            return html.missing(f"page {id}")
        return self._page(page)

    def link(self, page: Page) -> html.Link:
        """Where a page is."""
        return html.Link(page_title(self._workspace, page) or page.id, _address(page.id))

    def source_links(self) -> list[html.Link]:
        """Where each data source is."""
        sources = self._workspace.data_sources.values()
        return [html.Link(one.title, _address(one.id)) for one in sources if one.shared]

    def _source(self, source: DataSource) -> Response:
        pages = [self._workspace.pages[id] for id in self._workspace.rows[source.id]]
        names = source.names
        rows = [
            [self.link(page), *(self._shown(page, key) for key in names)]
            for page in pages
            if not page.in_trash
        ]
        table = html.table(f"{len(rows)} rows", ["Page", *names.values()], rows)
        return html.page(source.title, ["Notion", "data source", source.id], table)

    def _page(self, page: Page) -> Response:
        people = self._workspace.users
        properties: dict[str, html.Shown] = {}
        where: list[html.Shown] = ["Notion"]
        if page.data_source_id is not None:
            source = self._workspace.source_of(page)
            where.append(html.Link(source.title, _address(source.id)))
            properties = {name: self._shown(page, key) for key, name in source.names.items()}
        times = {
            "Created": f"{_time(page.created_at)} by {people[page.created_by].name}",
            "Last edited": f"{_time(page.edited_at)} by {people[page.edited_by].name}",
            "In the trash": "yes" if page.in_trash else "no",
        }
        body = ["".join(run.text for run in block.runs) for block in page.blocks]
        return html.page(
            page_title(self._workspace, page) or page.id,
            [*where, page.id],
            html.facts({**properties, **times}),
            *(html.paragraph(text) for text in body),
        )

    def _shown(self, page: Page, key: str) -> html.Shown:
        if self._workspace.source_of(page).properties[key].type != "relation":
            return shown_value(self._workspace, page, key)
        pages = self._workspace.pages
        return [self.link(pages[id]) for id in page.values.get(key) or () if id in pages]


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _address(id: str) -> str:
    return f"/notion/p/{id.replace('-', '')}"


def _id(address: str) -> str:
    """The id that ends an address, behind a title or alone; as it is if it is none."""
    try:
        return uuid_text(address.replace("-", "")[-32:])
    except ValueError:
        return address
