"""Words of a check-in's content in seven languages: labels, kinds of impediments, answers.

What belongs here: vocabularies, written down as people write them. What does not: taking a text
apart with them (``entities.content``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from okr_model.languages.folding import fold_case
from okr_model.languages.words import NO, YES, listed

LABELS: Mapping[str, str] = {
    "changed": """changed; change; changes; what changed; what has changed; verändert;
        veränderung; änderung; änderungen; geändert; was hat sich geändert;
        was hat sich verändert; changé; changement; changements; ce qui a changé; cambio; cambios;
        qué cambió; qué ha cambiado; cambiato; cambiamento; cambiamenti; cosa è cambiato;
        veranderd; verandering; gewijzigd; wat is er veranderd; mudou; mudança; mudanças;
        o que mudou""",
    "cause": """why; cause; reason; warum; grund; ursache; pourquoi; raison; por qué; causa; razón;
        motivo; perché; ragione; waarom; oorzaak; reden; por quê; por que; razão""",
    "impediment": """impediment; impediments; blocker; blockers; blocked by; obstacle; obstacles;
        hindernis; hindernisse; blockiert durch; hemmnis; blocage; blocages; impedimento;
        impedimentos; bloqueo; bloqueos; obstáculo; obstáculos; impedimenti; ostacolo; ostacoli;
        blocco; belemmering; belemmeringen; obstakel; bloqueio; bloqueios""",
    "next_action": """next; next action; next actions; next step; next steps; nächster schritt;
        nächste schritte; nächste aktion; als nächstes; prochaine action; prochaines actions;
        prochaine étape; prochaines étapes; ensuite; próxima acción; próximas acciones;
        próximo paso; próximos pasos; siguiente paso; prossima azione; prossimo passo;
        prossimi passi; volgende actie; volgende acties; volgende stap; próxima ação;
        próximo passo; próximos passos""",
    "last_action_done": """done; last action; last action done; erledigt; letzte aktion; fait;
        dernière action; hecho; última acción; fatto; ultima azione; gedaan; vorige actie;
        laatste actie; feito; última ação""",
    "adjustment": """adjust; adjustment; adjustments; anpassung; anpassungen; anpassen; ajustement;
        ajustements; ajuster; ajuste; ajustes; ajustar; aggiustamento; adeguamento; aanpassing;
        aanpassingen; bijsturing""",
    "depends_on": """needs; depends on; dependency; dependencies; braucht; benötigt; abhängig von;
        abhängigkeit; besoin de; dépend de; dépendance; necesita; depende de; dependencia;
        dipende da; dipendenza; ha bisogno di; heeft nodig; afhankelijk van; afhankelijkheid;
        precisa de; dependência""",
    "owner": """owner; who; verantwortlich; wer; responsable; qui; quién; responsabile; chi;
        eigenaar; verantwoordelijk; responsável; quem""",
    "due": """due; by when; by; fällig; bis; bis wann; échéance; pour le; vence; para cuándo;
        scadenza; entro; uiterlijk; prazo; até""",
    "since": """since; open since; seit; offen seit; depuis; desde; dal; aperto dal; sinds;
        aberto desde""",
}
"""What stands before a colon, by what follows it; the last three say more about what is before."""

IMPEDIMENT_KINDS: Mapping[str, str] = {
    "resource": """resource; resources; capacity; people; budget; ressource; ressourcen; kapazität;
        ressources; moyens; recurso; recursos; capacidad; risorsa; risorse; capacità; middelen;
        capaciteit; capacidade""",
    "dependency": """dependency; dependencies; abhängigkeit; abhängigkeiten; dépendance;
        dépendances; dependencia; dependencias; dipendenza; dipendenze; afhankelijkheid;
        afhankelijkheden; dependência; dependências""",
    "clarity": """clarity; unclear; klarheit; unklar; unklarheit; clarté; pas clair; claridad;
        chiarezza; duidelijkheid; onduidelijk; clareza""",
    "priorities": """priorities; priority; competing priorities; prioritäten; priorität; priorités;
        priorité; prioridades; prioridad; priorità; prioriteiten; prioriteit; prioridade""",
    "external": """external; outside; extern; externe; externo; externa; esterno; esterna""",
}
NOTHING = frozenset(
    listed(
        """none; no; nothing; nil; n/a; na; -; --; –; —; keine; keiner; keins; kein; nichts; nein;
        aucun; aucune; rien; non; ninguno; ninguna; nada; nessuno; nessuna; niente; geen; niets;
        nee; nenhum; nenhuma; não"""
    )
)
"""What people write where there is nothing to say."""
SINCE = tuple(listed("since; seit; depuis; desde; dal; sinds"))
DUE_BY = tuple(
    listed(
        """by; until; due; bis zum; bis; fällig; d'ici le; d'ici; avant le; pour le; para el; hasta;
        antes del; entro il; entro; uiterlijk; tot; até; até dia"""
    )
)
_CONFIRMED = f"""{YES}; confirmed; agreed; committed; ok; bestätigt; zugesagt; vereinbart; confirmé;
    confirmée; convenu; convenue; confirmado; confirmada; acordado; acordada; confermato;
    confermata; concordato; bevestigd; toegezegd; akkoord"""
_UNCONFIRMED = f"""{NO}; not confirmed; unconfirmed; not yet confirmed; open; asked; pending;
    nicht bestätigt; unbestätigt; noch offen; angefragt; non confirmé; non confirmée; en attente;
    no confirmado; no confirmada; pendiente; non confermato; non confermata; in attesa;
    niet bevestigd; onbevestigd; não confirmado; não confirmada; pendente"""


@cache
def label_fields() -> Mapping[str, str]:
    """Each label, folded, with the field it stands before."""
    return {word: field for field, words in LABELS.items() for word in listed(words)}


@cache
def impediment_kind(text: str) -> str | None:
    """The kind of impediment that a word names in any of the languages; None where it is none."""
    word = " ".join(fold_case(text).split())
    return next((kind for kind, words in IMPEDIMENT_KINDS.items() if word in listed(words)), None)


@cache
def is_confirmed(text: str) -> bool | None:
    """Whether a word says that something is confirmed; None where it says neither."""
    return _either(text, _CONFIRMED, _UNCONFIRMED)


@cache
def is_done(text: str) -> bool | None:
    """Whether a word says that something is done; None where it says neither."""
    return _either(text, YES, NO)


def _either(text: str, yes: str, no: str) -> bool | None:
    word = " ".join(fold_case(text).split()).rstrip(".!")
    if word in listed(yes):
        return True
    return False if word in listed(no) else None
