"""Words by which a Key Result leads or lags, by language.

What belongs here: what moves early, so that a team can act on it within the cycle (``leading``),
and what shows a result once it is there (``lagging``). What does not: what a line says otherwise
(the languages beside this module), and which of both a line is (``indicators``).

Only words that mean one of both in nearly every line: what may be either (engagement, conversion)
is left out, and says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

_EVERYWHERE = {
    "leading": "lead; leads; mql; mqls; sqls; dau; wau; mau; pipeline; demo; demos; downloads",
    "lagging": "ebitda; ebit; mrr; arr; nrr; grr; churn; nps; enps; csat; ltv; clv; co2",
}
INDICATOR_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "leading": """
            opportunities; trial; trials; sign-up; sign-ups; signup; signups; registration*;
            visit; visits; visitor*; session; sessions; traffic; views; impressions; clicks;
            installs; follower*; subscriber*; backlinks; activation*; adoption; usage; referrals;
            active users; active customers; response time; first response; resolution time;
            first-contact resolution; time to productivity; time to value; time to hire; lead time;
            cycle time; sales cycle; sales calls; sales pipeline; revenue pipeline; sales leads;
            deployment frequency; open rate; click-through; reply rate; completion of onboarding;
            onboarding completion; completion of the onboarding""",
        "lagging": """
            revenue*; turnover; profit*; margin*; income; earnings; retention; attrition;
            satisfaction; loyalty; market share; renewal*; lifetime value; refund*; complaint*;
            bookings; sales; cash flow; cost; costs; accidents; injuries; emissions; footprint;
            outage*; reputation; net promoter score""",
    },
    "de": {
        "leading": """
            anfragen; verkaufschancen; testzugänge; testphasen; registrierungen; anmeldungen;
            besuche; besucher*; sitzungen; seitenaufrufe; aufrufe; zugriffe; klicks; follower;
            abonnenten; aktivierung*; nutzung*; aktive nutzer; reaktionszeit*; antwortzeit*;
            bearbeitungszeit*; lösungszeit*; durchlaufzeit*; einarbeitungszeit*; verkaufszyklus;
            angebote; öffnungsrate; klickrate; traffic""",
        "lagging": """
            umsatz*; *umsatz; gewinn; gewinne; marge; margen; *marge; abwanderung*; kündigungen;
            kündigungsquote; fluktuation*; zufriedenheit*; *zufriedenheit; marktanteil*; kosten;
            *kosten; reklamation*; beschwerden; unfälle; emissionen; kundenbindung; erlös*;
            ausfälle""",
    },
    "fr": {
        "leading": """
            prospects; opportunités; inscriptions; visites; visiteurs; sessions; trafic; clics;
            téléchargements; abonnés; activation; adoption; utilisateurs actifs; temps de réponse;
            délai de réponse; délai de résolution; cycle de vente; essais; devis; taux ouverture""",
        "lagging": """
            chiffre affaires; revenu; revenus; bénéfice; bénéfices; marge; marges; attrition;
            désabonnement; satisfaction; fidélité; fidélisation; part de marché; parts de marché;
            coût; coûts; réclamations; accidents; émissions; ventes; rétention""",
    },
    "es": {
        "leading": """
            prospectos; oportunidades; registros; visitas; visitantes; sesiones; tráfico; clics;
            descargas; seguidores; suscriptores; activación; adopción; usuarios activos;
            tiempo de respuesta; tiempo de resolución; ciclo de venta; ciclo de ventas""",
        "lagging": """
            ingresos; facturación; beneficio; beneficios; margen; márgenes; rotación; abandono;
            satisfacción; lealtad; fidelidad; retención; cuota de mercado; coste; costes; costo;
            costos; quejas; reclamaciones; accidentes; emisiones; ventas""",
    },
    "it": {
        "leading": """
            opportunità; iscrizioni; registrazioni; visite; visitatori; sessioni; traffico; clic;
            follower; iscritti; attivazione; attivazioni; adozione; utenti attivi;
            tempo di risposta; tempi di risposta; tempo di risoluzione; ciclo di vendita""",
        "lagging": """
            fatturato; ricavi; utile; utili; margine; margini; abbandono; soddisfazione; fedeltà;
            fidelizzazione; quota di mercato; costo; costi; reclami; infortuni; emissioni; vendite;
            turnover""",
    },
    "nl": {
        "leading": """
            verkoopkansen; aanmeldingen; registraties; bezoeken; bezoekers; sessies; klikken;
            kliks; volgers; abonnees; activatie; adoptie; actieve gebruikers; reactietijd;
            responstijd; oplostijd; doorlooptijd; verkoopcyclus; offertes""",
        "lagging": """
            omzet*; winst; marge; marges; verloop; tevredenheid*; *tevredenheid; marktaandeel;
            kosten; *kosten; klachten; ongevallen; uitstoot; loyaliteit; klantbehoud""",
    },
    "pt": {
        "leading": """
            oportunidades; inscrições; registos; registros; cadastros; visitas; visitantes;
            sessões; tráfego; cliques; seguidores; assinantes; ativação; adoção; usuários ativos;
            utilizadores ativos; tempo de resposta; tempo de resolução; ciclo de vendas""",
        "lagging": """
            receita; receitas; faturamento; faturação; lucro; lucros; margem; margens;
            rotatividade; satisfação; lealdade; fidelidade; retenção; quota de mercado;
            participação de mercado; custo; custos; reclamações; acidentes; emissões; vendas""",
    },
}


def indicator_words(language: str) -> Mapping[str, str]:
    """What leads and what lags in a language: entries apart by semicolons, ``*`` for any letters.

    An entry of several words goes before its words: a sales cycle is no sales.
    """
    own = INDICATOR_WORDS[language]
    return {kind: f"{words}; {own[kind]}" for kind, words in _EVERYWHERE.items()}
