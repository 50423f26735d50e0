"""The settings in ``okr.yaml``: their schema, and how the file is read.

What belongs here: keys, types, defaults, validation, and errors that name the line and the remedy.
What does not: acting on the settings.
"""

from pipelines.settings.datasets import CANONICAL_FIELDS, Dataset, MeasureSettings, SheetPlace
from pipelines.settings.file.documents import SettingsError
from pipelines.settings.file.load import find_settings, load_settings
from pipelines.settings.operation import AlertSettings
from pipelines.settings.settings import Settings

__all__ = [
    "CANONICAL_FIELDS",
    "AlertSettings",
    "Dataset",
    "MeasureSettings",
    "Settings",
    "SettingsError",
    "SheetPlace",
    "find_settings",
    "load_settings",
]
