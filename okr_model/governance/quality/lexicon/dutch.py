"""Dutch words by what they say in a line of an OKR, see ``lexicon``."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "make verbs": """
        lanceren; publiceren; schrijven; maken; bouwen; ontwikkelen; ontwerpen; herontwerpen;
        uitvoeren; uitrollen; implementeren; invoeren; introduceren; installeren; migreren;
        opleveren; afronden; voltooien; organiseren; houden; deelnemen; aannemen; werven;
        trainen; opleiden; certificeren; definiëren; documenteren; voorbereiden; produceren;
        vertalen; automatiseren; bijwerken; vervangen; integreren; testen; piloten; evalueren;
        selecteren; onderhandelen; indienen; valideren; bezoeken; interviewen; contacteren;
        versturen; toevoegen; oplossen; openen; starten; beginnen; plannen; opstellen;
        uitwerken; renoveren; digitaliseren; standaardiseren; analyseren; verzamelen; tekenen;
        ondersteunen; begeleiden; doorgaan; doorwerken; werken; verkennen; onderzoeken;
        coördineren; opnemen; consolideren; inrichten; opzetten; herzien; kiezen; benoemen;
        communiceren; sluiten; doen; configureren; behalen; vaststellen; verhuizen;
        presenteren; moderniseren; afsluiten; aanleggen; herschrijven; vernieuwen; live
        zetten; plaatsen; aanstellen""",
    "soft verbs": """
        maken; bouwen; ontwikkelen; houden; doen; ondersteunen; begeleiden; doorgaan; werken;
        behalen; ontwikkeling""",
    "making": """
        invoering; implementatie; lancering; ontwikkeling; migratie; uitrol; publicatie;
        organisatie; werving; training; certificering; definitie; voorbereiding; integratie;
        automatisering; opening; afronding; verhuizing; digitalisering; uitwerking;
        installatie; deelname; vernieuwing; herontwerp; opzet; oplevering; introductie""",
    "made": """
        gelanceerd; gepubliceerd; geschreven; gemaakt; gebouwd; ontwikkeld; ontworpen;
        herontworpen; uitgevoerd; uitgerold; geïmplementeerd; ingevoerd; geïntroduceerd;
        geïnstalleerd; gemigreerd; opgeleverd; afgerond; voltooid; georganiseerd; gehouden;
        aangenomen; geworven; getraind; opgeleid; gecertificeerd; gedefinieerd;
        gedocumenteerd; voorbereid; geproduceerd; vertaald; geautomatiseerd; bijgewerkt;
        vervangen; geïntegreerd; getest; geëvalueerd; geselecteerd; ingediend; bezocht;
        geïnterviewd; verstuurd; opgelost; geopend; gestart; gepland; opgesteld; uitgewerkt;
        gerenoveerd; gedigitaliseerd; geanalyseerd; getekend; ingericht; opgezet; herzien;
        gekozen; klaar; live; in gebruik; gereed; beschikbaar; behaald; vastgesteld; verhuisd""",
    "change": """
        verhogen; verlagen; verminderen; verbeteren; verkorten; halveren; verdubbelen;
        verdrievoudigen; groeien; optimaliseren; versterken; versnellen; maximaliseren;
        minimaliseren; stabiliseren; brengen; terugbrengen; vergroten; verkleinen; stijgen;
        dalen; verrassen; besparen; beperken; vereenvoudigen""",
    "change-s": """
        verhoogt; verlaagt; vermindert; verbetert; stijgt; daalt; groeit; brengt; halveert""",
    "reach": """
        bereiken; halen; winnen; verkopen; genereren; behouden; zijn; worden; hebben;
        aantrekken; overtreffen; verdienen; binden; krijgen""",
    "reach-s": "bereikt; wint; verkoopt; genereert; is; heeft; haalt",
    "open": """
        doorgaan; doorwerken; ondersteunen; begeleiden; verkennen; onderzoeken; werken;
        analyseren; coördineren; communiceren; verzamelen; meewerken; helpen""",
    "effect": """
        *percentage; *graad; *ratio; *score; score; nps; csat; enps; churn; retentie; verloop;
        *verloop; *tevredenheid; omzet; *omzet; winst; *marge; *kosten; kosten; *tijd;
        *tijden; *duur; latentie; *beschikbaarheid; beschikbaarheid; uptime; *gebruikers;
        gebruikers; *klanten; klanten; leads; *leads; *aanmeldingen; aanmeldingen;
        *bestellingen; bestellingen; orders; *bezoeken; *bezoekers; bezoekers; *sessies;
        verkeer; downloads; abonnees; volgers; aanbevelingen; *klachten; klachten; incidenten;
        bugs; fouten; *fouten; defecten; *tickets; tickets; aandeel; *aandeel; conversie;
        *conversie; activatie; adoptie; betrokkenheid; *bekendheid; *kwaliteit; kwaliteit;
        productiviteit; loyaliteit; pipeline; kansen; contracten; groei; *verzuim; verzuim;
        ongevallen; *uitstoot; uitstoot; *verbruik; nauwkeurigheid; retouren; mrr; arr;
        ebitda; gebruik; rendement; vertraging*; donaties; *waarde; voltooiing; partners;
        deals; verkoop; verkopen""",
    "product": """
        *artikelen; *artikel; *gids; *gidsen; *pagina; *pagina's; website; *website; *site;
        app; *app; *apps; *functies; *features; *dashboard; *dashboards; *rapport; *rapporten;
        *interviews; *interview; *workshop; *workshops; *webinar; *webinars; *training;
        *trainingen; *campagne; *campagnes; *plan; *plannen; *strategie; *concept; *proces;
        *processen; *handboek; *documentatie; *documenten; *video; *video's; *nieuwsbrief;
        *vergadering; *vergaderingen; *evenement; *evenementen; *beurs; *beurzen; *enquête;
        *audit; *certificering; *migratie; *pilot; *pilots; *prototype; *integratie;
        *integraties; *module; *tool; *tools; *systeem; *systemen; *platform; *sjabloon;
        *sjablonen; *ontwikkelaars; *ontwikkelaar; *medewerkers; *vacatures; *mijlpalen;
        *project; *projecten; *taken; *experimenten; *tests; *beleid; *winkel; *winkels;
        *kantoor; *kantoren; *crm; *erp; *database; *begroting; *presentatie; *roadmap;
        *posts; *chat; *voorwaarden; *portaal; *intranet""",
    "people": """
        klanten; klant; gebruikers; medewerkers; patiënten; leerlingen; studenten; partners;
        leden; donateurs; teams; managers; leveranciers; mensen""",
    "comparative": """
        meer; minder; hogere; hoger; lagere; lager; betere; beter; sneller; snellere; kortere;
        korter; aanzienlijk; tevredener""",
    "determiner": "de; het; een; onze; ons; nieuwe; nieuw; eerste; hun; deze; dit",
    "preposition": """
        van; naar; tot; om; in; voor; met; per; bij; onder; boven; binnen; aan; uit; te; op;
        tussen; tegen; dan; zonder; is; wordt; zijn; dat; zodat; sinds; door; na; via;
        terwijl; minstens""",
    "amount": "aantal; hoeveelheid; #",
    "of": "van; de; aan",
    "purpose": "om; zodat; dat; waardoor",
    "to": "naar; tot; op",
    "from": "van",
    "joins": "en; alsmede; plus; &; +; of; evenals",
    "holding": "zonder; terwijl",
    "baseline": "was; voorheen; momenteel; plaats",
    "limit": """
        minstens; minimaal; hoogstens; maximaal; onder; boven; meer dan; minder dan; max; min;
        ten minste; hooguit""",
    "rhythm": "wekelijks*; maandelijks*; dagelijks*; jaarlijks*; week; maand",
    "mass": "documentatie; content; onderzoek; communicatie",
    "aim": """
        vertrouwen; cultuur; merk; team; gemeenschap; relatie*; reputatie; toekomst; keus;
        keuze; partner; werkgever; succes; koploper""",
    "unit": """
        procent; punten; uur; uren; dagen; dag; minuten; weken; maanden; jaar; seconden; euro;
        eur; mln; miljoen; x; u; kg; min; sterren""",
    "name": """
        fase; versie; iso; soc; niveau; golf; hal; ruimte; python; visie; agenda; q; kr;
        release; kwartaal""",
    "month": """
        januari; februari; maart; april; mei; juni; juli; augustus; september; oktober;
        november; december""",
    "number": """
        twee; drie; vier; vijf; zes; zeven; acht; negen; tien; elf; twaalf; twintig; honderd;
        duizend; miljoen*; helft; halveren; verdubbelen; nul; geen; alle; elke; ieder; dubbel""",
    "share_word": "helft; halveren; nul; geen; alle; elke; ieder",
    "doubling": "verdubbelen; verdrievoudigen; halveren",
    "endless": """
        zo veel mogelijk; zoveel mogelijk; continu; doorlopend; voortdurend; doorgaan;
        doorwerken""",
    "buzz": """
        synergie*; holistisch*; innovatie*; van wereldklasse; naadloos; naadloze; disrupti*;
        paradigma*; leverage*; best-in-class; baanbrekend*; volgende niveau; next level; game
        changer""",
}
