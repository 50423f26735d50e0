"""How Dagster's page shows the assets: kinds, tags, owners, freshness, and only sources in use.

What belongs here: what is said about every asset alike. What does not: the assets themselves, and
what only one of them says (its own module).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import dagster as dg

from connectors.registry import SOURCE_FACTS
from pipelines.assets.model import MODEL_GROUP
from pipelines.assets.published import PUBLISHED_GROUP
from pipelines.settings import Settings

_KINDS = {MODEL_GROUP: {"python", "pandas"}, PUBLISHED_GROUP: {"duckdb", "deltalake"}}
_TAGS = {"domain": "okr"}
_WARN_AFTER = dt.timedelta(hours=26)
_FAIL_AFTER = dt.timedelta(hours=30)
"""A night follows the last after 25 hours where daylight saving ends, and takes its time."""


def sources_in_use(settings: Settings | None) -> list[str]:
    """The sources that the settings name; without settings, every source there is."""
    return list(settings.source_names) if settings else list(SOURCE_FACTS)


def described(
    assets: Sequence[dg.AssetsDefinition], settings: Settings | None
) -> list[dg.AssetsDefinition]:
    """The assets with what Dagster's page shows of them.

    Args:
        assets: As their modules define them.
        settings: Whose sources, schedule and owner; None shows every source and no freshness.
    """
    sources = sources_in_use(settings)
    absent = {dg.AssetKey(name) for name in SOURCE_FACTS if name not in sources}
    owner = settings.organization.owner if settings else None
    freshness = (
        dg.FreshnessPolicy.time_window(fail_window=_FAIL_AFTER, warn_window=_WARN_AFTER)
        if settings and settings.schedule
        else None
    )

    def describe(spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.replace_attributes(
            deps=_deps(spec, absent),
            kinds=_KINDS.get(str(spec.group_name), {spec.key.path[-1]}),
            tags={**spec.tags, **_TAGS},
            owners=[owner] if owner else [],
            freshness_policy=freshness,
        )

    return [*dg.map_asset_specs(describe, assets)]


def _deps(spec: dg.AssetSpec, absent: Collection[dg.AssetKey]) -> list[dg.AssetDep]:
    return [dep for dep in spec.deps if dep.asset_key not in absent]
