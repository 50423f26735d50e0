"""How people name tables and columns of OKRs, in seven languages.

What belongs here: the words. What does not: choosing with them (``proposals``).
"""

from __future__ import annotations

from collections.abc import Mapping

from okr_model.languages.check_in_words import LABELS
from okr_model.languages.folding import fold_case

_KEY_RESULT = """key result; key results; kr; krs; kr id; supports; serves; contributes to;
    ergebnis; schlüsselergebnis; schlüsselergebnisse; zahlt ein auf; résultat clé; résultats clés;
    resultado clave; resultados clave; risultato chiave; risultati chiave; kernresultaat;
    kernresultaten; resultado-chave; resultados-chave"""
_ID = """id; key; kr; kr id; nr; nr.; no.; number; nummer; code; ref; kürzel; schlüssel; clé; n°;
    numéro; clave; código; codice; chiave; sleutel; chave"""
_NAME = """name; title; statement; summary; titel; bezeichnung; titre; intitulé; nom; título;
    nombre; titolo; nome; naam"""
_DATE = """date; day; week; month; datum; tag; woche; monat; semaine; jour; mois; fecha; semana;
    día; data; settimana; giorno; dag; dia"""
_VALUE = """value; actual; current value; reading; wert; ist; istwert; aktueller wert; valeur;
    valor; valore; waarde"""
_OWNER = """owner; lead; responsible; assignee; verantwortlich; verantwortliche; wer; responsable;
    responsabile; eigenaar; verantwoordelijke; responsável"""
_TEAM = (
    "team; teams; department; squad; abteilung; bereich; équipe; equipo; squadra; afdeling; equipe"
)
_CYCLE = "cycle; quarter; period; zyklus; quartal; zeitraum; trimestre; ciclo; kwartaal; periode"
_DUE = """due; due date; deadline; until; by when; fällig; bis; frist; échéance; vencimiento;
    fecha límite; scadenza; vervaldatum; prazo; duedate"""

FIELD_WORDS: Mapping[str, Mapping[str, str]] = {
    "objectives": {
        "id": _ID, "title": f"objective; ziel; {_NAME}", "team": _TEAM, "cycle": _CYCLE,
        "owner": _OWNER, "level": "level; ebene; niveau; nivel; livello; nível",
        "parent": "parent; parent objective; übergeordnet; parent ziel; padre; ouder",
    },
    "key_results": {
        "id": _ID, "statement": f"key result; ergebnis; résultat clé; {_NAME}",
        "objective": "objective; ziel; objectif; objetivo; obiettivo; doel; parent",
        "team": _TEAM, "cycle": _CYCLE, "owner": _OWNER,
        "kind": "kind; type; art; typ; genre; tipo; soort",
        "unit": "unit; einheit; unité; unidad; unità; eenheid; unidade",
        "baseline": """baseline; from; start value; start; ausgangswert; startwert; von; départ;
            valeur initiale; inicial; valor inicial; valore iniziale; beginwaarde""",
        "target": """target; to; target value; goal; zielwert; soll; cible; valeur cible; meta;
            valor objetivo; valore obiettivo; streefwaarde; valor alvo""",
        "due": _DUE, "ambition": "ambition; ambitie; ambición; ambizione; ambição",
    },
    "check_ins": {
        "key_result": _KEY_RESULT, "date": _DATE,
        "confidence": """confidence; rag; health; zuversicht; ampel; konfidenz; confiance;
            confianza; fiducia; vertrouwen; confiança""",
        "value": _VALUE,
        "note": "note; notes; comment; notiz; kommentar; commentaire; nota; notitie",
        "author": "by; author; who; von; autor; autore; auteur; par; por; da; door",
        **{name: LABELS[name] for name in ("changed", "cause", "impediment", "next_action")},
        **{name: LABELS[name] for name in ("adjustment", "depends_on")},
        "impediment_kind": "impediment kind; kind of impediment; blocker type",
        "impediment_owner": "impediment owner; blocker owner",
        "action_owner": "action owner; next action owner",
        "action_due": "action due; next action due; action by",
        "last_action_done": "last action done; last action; letzte aktion; dernière action",
    },
    "measurements": {"key_result": _KEY_RESULT, "date": _DATE, "value": _VALUE},
    "kpis": {
        "id": _ID, "name": _NAME, "team": _TEAM, "date": _DATE, "value": _VALUE,
        "low": "low; lower; min; untergrenze", "high": "high; upper; max; obergrenze",
    },
    "initiatives": {
        "id": _ID,
        "title": f"initiative; project; maßnahme; projekt; projet; proyecto; progetto; {_NAME}",
        "team": _TEAM, "owner": _OWNER, "status": "status; state; stand; statut; estado; stato",
        "due": _DUE, "key_result": _KEY_RESULT,
    },
}  # fmt: skip
"""What a column is called that holds a field, by what its table holds; the first words first."""

TITLE_WORDS: Mapping[str, str] = {
    "objectives": "objective; objectives; ziel; ziele; objectifs; objetivos; obiettivi; doelen",
    "key_results": f"okr; okrs; {_KEY_RESULT}",
    "check_ins": "check-ins; check-in; checkins; check ins; statusmeldungen; puntos de control",
    "measurements": """measurements; readings; weekly; metrics; weekly numbers; messwerte;
        wochenwerte; zahlen; mesures; mediciones; misure; metingen; medições""",
    "kpis": "kpi; kpis; kennzahlen; indicateurs; indicadores; indicatori",
    "initiatives": """initiative; initiatives; project; projects; epic; epics; maßnahme; maßnahmen;
        projekt; projekte; projets; proyectos; progetti; projecten; projetos""",
}
"""What people call a table or issue type, by what it holds."""


def words(vocabulary: str) -> list[str]:
    """The words of a vocabulary above, as :func:`plain` makes them."""
    return [plain(word) for word in vocabulary.split(";")]


def plain(text: str) -> str:
    """A name as it is compared."""
    return " ".join(fold_case(text).split())
