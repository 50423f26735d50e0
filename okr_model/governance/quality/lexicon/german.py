"""German words by what they say in a line of an OKR, see ``lexicon``."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "make verbs": """
        launchen; veröffentlichen; schreiben; erstellen; bauen; aufbauen; entwickeln;
        gestalten; umgestalten; überarbeiten; implementieren; umsetzen; einführen; ausrollen;
        einrichten; aufsetzen; migrieren; umziehen; liefern; abschließen; fertigstellen;
        durchführen; abhalten; veranstalten; organisieren; teilnehmen; einstellen;
        rekrutieren; schulen; trainieren; zertifizieren; definieren; dokumentieren;
        vorbereiten; produzieren; übersetzen; automatisieren; refaktorieren; aktualisieren;
        ablösen; ersetzen; integrieren; installieren; testen; pilotieren; evaluieren;
        auswählen; verhandeln; einreichen; prüfen; besuchen; interviewen; kontaktieren;
        versenden; senden; posten; anlegen; beheben; schließen; eröffnen; starten; beginnen;
        planen; ausarbeiten; erarbeiten; konzipieren; entwerfen; aufnehmen; drehen;
        verabschieden; freigeben; präsentieren; analysieren; sammeln; befragen; führen;
        halten; bereitstellen; etablieren; konsolidieren; digitalisieren; standardisieren;
        renovieren; umbauen; abbauen; unterstützen; begleiten; weiterentwickeln;
        weiterarbeiten; arbeiten; ausbauen; live stellen; relaunchen; deployen; releasen;
        beauftragen; unterschreiben; untersuchen; recherchieren; abstimmen; koordinieren;
        festlegen; beschließen; besetzen; qualifizieren; erheben; absolvieren; ausliefern;
        vereinheitlichen; archivieren; publizieren; kommunizieren; informieren; anbinden""",
    "soft verbs": """
        erstellen; bauen; aufbauen; entwickeln; gestalten; etablieren; ausbauen;
        weiterentwickeln; führen; halten; liefern; arbeiten; starten; unterstützen;
        informieren; aufbau; entwicklung; ausbau; etablierung; begleiten""",
    "making": """
        einführung; umsetzung; implementierung; migration; erstellung; entwicklung; aufbau;
        ausbau; rollout; roll-out; launch; relaunch; veröffentlichung; durchführung;
        konzeption; planung; vorbereitung; überarbeitung; umzug; abschluss; integration;
        ablösung; automatisierung; digitalisierung; dokumentation; zertifizierung; schulung;
        etablierung; definition; eröffnung; fertigstellung; go-live; pilotierung; umstellung;
        modernisierung; bereitstellung""",
    "made": """
        gelauncht; veröffentlicht; geschrieben; erstellt; gebaut; aufgebaut; entwickelt;
        gestaltet; überarbeitet; implementiert; umgesetzt; eingeführt; ausgerollt;
        eingerichtet; aufgesetzt; migriert; umgezogen; geliefert; abgeschlossen;
        fertiggestellt; durchgeführt; abgehalten; veranstaltet; organisiert; eingestellt;
        geschult; trainiert; zertifiziert; definiert; dokumentiert; vorbereitet; produziert;
        übersetzt; automatisiert; aktualisiert; abgelöst; ersetzt; integriert; installiert;
        getestet; pilotiert; evaluiert; ausgewählt; verhandelt; eingereicht; geprüft; besucht;
        interviewt; kontaktiert; versendet; angelegt; behoben; eröffnet; gestartet; geplant;
        erarbeitet; konzipiert; entworfen; verabschiedet; freigegeben; präsentiert;
        analysiert; geführt; gehalten; bereitgestellt; etabliert; konsolidiert; digitalisiert;
        fertig; erledigt; live; online; im einsatz; in betrieb; besetzt; liegt vor; steht;
        unterschrieben; vorhanden; festgelegt; beschlossen; renoviert; verfügbar""",
    "change": """
        steigern; erhöhen; senken; reduzieren; verbessern; verringern; verkürzen; halbieren;
        verdoppeln; verdreifachen; wachsen; ausweiten; optimieren; stärken; beschleunigen;
        maximieren; minimieren; stabilisieren; anheben; heben; drücken; steigt; sinkt; sinken;
        steigen; mindern; vermeiden; einsparen; sparen; begeistern; bringen; festigen""",
    "change-s": """
        steigert; erhöht; senkt; reduziert; verbessert; verringert; verkürzt; halbiert;
        bringt; hebt; steigt; sinkt; fällt""",
    "reach": """
        erreichen; erzielen; gewinnen; halten; verkaufen; generieren; erwirtschaften; haben;
        sein; werden; binden; erhalten; bekommen; akquirieren""",
    "reach-s": "erreicht; erzielt; gewinnt; hält; verkauft; hat; beträgt; liegt",
    "open": """
        unterstützen; weiterarbeiten; arbeiten; begleiten; weiterentwickeln; ausbauen;
        analysieren; abstimmen; koordinieren; untersuchen; sammeln; recherchieren;
        kommunizieren; vorantreiben; fördern; mitarbeiten""",
    "effect": """
        *quote; *rate; *zeit; *zeiten; *dauer; *zufriedenheit; *umsatz; *umsätze; umsatz;
        *kosten; kosten; *marge; gewinn; *gewinn; nps; csat; enps; churn; conversion;
        *conversion; retention; fluktuation; *fluktuation; *bindung; loyalität; *nutzung;
        adoption; *nutzer; nutzer; *nutzerinnen; *kunden; kunden; neukunden; *leads; leads;
        *anmeldungen; anmeldungen; *abschlüsse; *aufträge; aufträge; *bestellungen;
        bestellungen; *besucher; besucher; *besuche; *sitzungen; *aufrufe; downloads;
        *downloads; *follower; follower; *abonnenten; abonnenten; *fehler; fehler; *ausfälle;
        *beschwerden; beschwerden; *reklamationen; reklamationen; *tickets; *score; score;
        *wert; *index; *anteil; anteil; *qualität; qualität; *produktivität; *verfügbarkeit;
        verfügbarkeit; uptime; *latenz; latenz; *pipeline; pipeline; *ertrag; deckungsbeitrag;
        ebitda; *ergebnis; mrr; arr; *wachstum; wachstum; *bekanntheit; bekanntheit;
        *engagement; engagement; *genauigkeit; *termintreue; termintreue; *treue; *bewertung;
        *bewertungen; *verbrauch; emissionen; *emissionen; *unfälle; unfälle; krankenstand;
        *tage; *stunden; *ausschuss; ausschuss; *rückstand; *bestand; *marktanteil;
        marktanteil; traffic; *zugriffe; *spenden; *teilnehmer; *partner; verkäufe; *verkäufe;
        *auslastung; *durchsatz; stornos; retouren""",
    "product": """
        *artikel; *beitrag; *beiträge; *leitfaden; *leitfäden; *seite; *seiten; website;
        *website; app; *app; *apps; *feature; *features; *funktionen; dashboard; *dashboard;
        *dashboards; *bericht; *berichte; *report; *reports; *interview; *interviews;
        *gespräche; *workshop; *workshops; *webinar; *webinare; *schulung; *schulungen;
        *training; *trainings; *kampagne; *kampagnen; *plan; *pläne; *strategie; *konzept;
        *konzepte; *prozess; *prozesse; *handbuch; *handbücher; *dokumentation; *dokumente;
        *video; *videos; *newsletter; *mails; *meeting; *meetings; *veranstaltung;
        *veranstaltungen; *event; *events; *messe; *messen; *umfrage; *audit; *audits;
        *zertifizierung; *zertifikat; *migration; *rollout; *relaunch; *pilot; *piloten;
        *prototyp; *mvp; *integration; *integrationen; *modul; *module; *tool; *tools;
        *system; *systeme; *systems; *plattform; *vorlage; *vorlagen; *entwickler; *stellen;
        *mitarbeiter; *einstellungen; *meilensteine; *projekt; *projekte; *aufgaben;
        *experimente; *tests; *richtlinie; *richtlinien; *filiale; *filialen; *büro; *büros;
        *shop; *webshop; *datenbank; *modell; *präsentation; *roadmap; *budget; *posts;
        *whitepaper; *fallstudien; *personas; *checkliste; *schnittstelle; *schnittstellen;
        *portal; *intranet; *crm; sap; *software; *infrastruktur; *playbook; *playbooks;
        *stunden training""",
    "people": """
        kunden; *kunden; kundinnen; nutzer; *nutzer; mitarbeitende; mitarbeiter; patienten;
        schüler; studierende; partner; teams; führungskräfte; lieferanten; bewerber; spender;
        mitglieder; besucher; händler""",
    "comparative": """
        mehr; weniger; höhere; höherer; höheres; niedrigere; geringere; bessere; besserer;
        besseres; schneller; schnellere; kürzere; zufriedenere; besser; stärkere; günstiger;
        deutlich""",
    "determiner": """
        der; die; das; den; dem; des; ein; eine; einen; einem; einer; unser; unsere; unseren;
        neue; neuen; neues; neuer; erste; ersten""",
    "preposition": """
        vom; beim; ans; ins; zwischen;
        von; auf; bis; um; in; im; für; mit; pro; je; bei; unter; über; innerhalb; an; am;
        aus; zu; zum; zur; nach; vor; durch; zwischen; gegen; als; statt; ohne; ist; wird;
        sind; dass; damit; seit; ins; ans; während; ab; per; mindestens; höchstens""",
    "amount": "anzahl; zahl; menge; #",
    "of": "der; von; an; des",
    "purpose": "um; damit; sodass; dass; wodurch",
    "to": "auf; zu; bis",
    "from": "von",
    "joins": "und; sowie; plus; &; +; oder",
    "holding": "ohne; während",
    "baseline": "statt; zuvor; bisher; aktuell; gegenüber",
    "limit": """
        mindestens; höchstens; unter; über; maximal; minimal; mehr als; weniger als; max; min;
        wenigstens; kleiner; größer""",
    "rhythm": "wöchentlich*; monatlich*; täglich*; jährlich*; quartalsweise; woche; monat",
    "mass": """
        dokumentation; content; inhalte; forschung; kommunikation; unterstützung; daten;
        feedback; code""",
    "aim": """
        vertrauen; kultur; marke; team; gemeinschaft; beziehung*; ruf; zukunft; arbeitgeber;
        arbeitsplatz; begeisterung; erfolg; wahl; partner; führung; referenz""",
    "unit": """
        prozent; prozentpunkte; punkte; stunden; stunde; tage; tagen; minuten; wochen; monate;
        monaten; sekunden; euro; eur; mio; tsd; mrd; x; std; min; kg; sterne""",
    "name": """
        phase; version; iso; soc; stufe; level; welle; halle; raum; python; vision; agenda; q;
        kr; release; kw""",
    "month": """
        januar; februar; märz; april; mai; juni; juli; august; september; oktober; november;
        dezember""",
    "number": """
        zwei; drei; vier; fünf; sechs; sieben; acht; neun; zehn; elf; zwölf; zwanzig; hundert;
        tausend; hälfte; halbieren; verdoppeln; verdreifachen; null; keine; alle; allen; jede;
        jeder; jedes; doppelt; million*; sämtliche""",
    "share_word": "keine; alle; allen; jede; jeder; jedes; hälfte; halbieren; null; sämtliche",
    "doubling": "verdoppeln; verdreifachen; halbieren",
    "endless": """
        so weit wie möglich; so viele wie möglich; so viel wie möglich; möglichst; laufend*;
        kontinuierlich*; fortlaufend; weiterarbeiten; weiterhin; ständig""",
    "buzz": """
        synergie*; ganzheitlich*; weltklasse; best-in-class; nahtlos*; zukunftsweisend*;
        paradigm*; leverage*; nächstes level; next level; innovativ*; disruptiv*; nachhaltige
        mehrwerte; game-changer; state-of-the-art; enablement-framework""",
}
