"""Work in a sheet is over if its status says so, in whichever language."""

import pandas as pd
import pytest

from okr_model.entities.initiatives import still_open
from okr_model.languages.words import is_closed


@pytest.mark.parametrize(
    "status",
    [
        *("Done", "WON\u2019T DO", "erledigt", "Abgeschlossen", "terminé", "TERMINÉE", "hecho"),
        *("cancelado", "concluso", "Geannuleerd", " klaar ", "concluído"),
    ],
)
def test_a_closed_status_is_known(status: str) -> None:
    assert is_closed(status)


@pytest.mark.parametrize("status", ["offen", "läuft", "not done", "nicht erledigt", "en cours", ""])
def test_an_open_one_is_not_taken_for_it(status: str) -> None:
    assert not is_closed(status)


def test_work_is_open_unless_its_category_or_its_status_says_otherwise() -> None:
    statuses = ["erledigt", "läuft", None, "In Abnahme", "Done"]
    categories = [None, None, None, "done", "new"]
    initiatives = pd.DataFrame({"status": statuses, "status_category": categories}, dtype="str")
    assert still_open(initiatives).tolist() == [False, True, True, False, False]
