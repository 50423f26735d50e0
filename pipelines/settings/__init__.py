"""One ``okr.yaml``: what it may hold, and how it is read.

What belongs here: the shape of the settings, their defaults, and errors that name the line and the
remedy. What does not: acting on them.
"""

from pipelines.settings.datasets import CANONICAL_FIELDS, Dataset, MeasureSettings, SheetPlace
from pipelines.settings.load import SettingsError, find_settings, load_settings
from pipelines.settings.settings import Settings

__all__ = [
    "CANONICAL_FIELDS",
    "Dataset",
    "MeasureSettings",
    "Settings",
    "SettingsError",
    "SheetPlace",
    "find_settings",
    "load_settings",
]
