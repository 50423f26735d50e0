"""Italian words by what they say in a line of an OKR, see ``lexicon``."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "make verbs": """
        lanciare; pubblicare; scrivere; redigere; creare; sviluppare; progettare;
        riprogettare; costruire; realizzare; implementare; introdurre; installare; migrare;
        consegnare; terminare; finalizzare; completare; organizzare; tenere; partecipare;
        assumere; reclutare; formare; certificare; definire; documentare; preparare; produrre;
        tradurre; automatizzare; aggiornare; sostituire; integrare; testare; pilotare;
        valutare; selezionare; negoziare; presentare; validare; visitare; intervistare;
        contattare; inviare; aggiungere; correggere; aprire; avviare; iniziare; pianificare;
        elaborare; rinnovare; digitalizzare; standardizzare; analizzare; raccogliere; firmare;
        supportare; sostenere; accompagnare; continuare; lavorare; esplorare; studiare;
        coordinare; registrare; consolidare; mappare; rivedere; scegliere; nominare;
        comunicare; chiudere; fare; configurare; eseguire; condurre; svolgere; mettere in
        produzione; ottenere; stabilire; rilasciare; distribuire; trasferire; redarre;
        impostare; predisporre; effettuare""",
    "soft verbs": """
        creare; sviluppare; costruire; stabilire; fare; tenere; consegnare; supportare;
        sostenere; accompagnare; continuare; lavorare; ottenere; creazione; sviluppo""",
    "making": """
        implementazione; lancio; creazione; riprogettazione; migrazione; sviluppo; redazione;
        pubblicazione; organizzazione; assunzione; formazione; certificazione; definizione;
        preparazione; integrazione; automazione; apertura; finalizzazione; realizzazione;
        trasloco; digitalizzazione; elaborazione; progettazione; installazione;
        partecipazione; firma; aggiornamento; esecuzione; introduzione; rilascio; messa in
        produzione; rifacimento""",
    "made": """
        scritti; scritte; scritto; fatti; fatto; aperti; aperto; aperta; tenuti; tenute;
        svolti; svolte; assunti; assunto; prodotti; in produzione; operativo; operativa;
        disponibile; pronto; pronta; concluso; conclusa; introdotto; condotte; condotti;
        conclusi""",
    "change": """
        aumentare; incrementare; ridurre; diminuire; migliorare; abbassare; alzare;
        raddoppiare; triplicare; accorciare; ottimizzare; rafforzare; accelerare;
        massimizzare; minimizzare; stabilizzare; portare; passare; elevare; crescere;
        fidelizzare; conquistare; tagliare; dimezzare; eliminare; limitare; semplificare""",
    "change-s": "aumenta; riduce; diminuisce; migliora; scende; sale; passa; cresce; porta",
    "reach": """
        raggiungere; ottenere; vincere; acquisire; vendere; generare; mantenere; essere;
        avere; diventare; attrarre; superare; trattenere; guadagnare; conquistare""",
    "reach-s": "raggiunge; vende; genera; ha; sono; supera",
    "open": """
        continuare; supportare; sostenere; accompagnare; esplorare; studiare; lavorare;
        analizzare; coordinare; comunicare; partecipare; raccogliere; aiutare""",
    "effect": """
        tasso; tassi; rapporto; punteggio; nps; csat; enps; churn; retention; soddisfazione;
        fatturato; ricav*; vendite; margin*; cost*; spes*; tempo; tempi; durata; latenza;
        disponibilità; utenti; clienti; lead; leads; iscrizioni; registrazioni; ordini;
        visite; visitatori; sessioni; traffico; download; abbonati; follower; raccomandazioni;
        recensioni; reclami; incidenti; bug; errori; difetti; ticket; quota; conversione;
        conversioni; attivazione; adozione; coinvolgimento; notorietà; qualità; produttività;
        fedeltà; pipeline; opportunità; contratti; carrello; crescita; assenteismo; infortuni;
        emissioni; consum*; precisione; resi; rimborsi; mrr; arr; ebitda; turnover; voto; uso;
        utilizzo; redditività; ritardi; donazioni; percentuale; abbandono; partner; utile;
        utili""",
    "product": """
        articol*; guid*; pagin*; sito; siti; app; applicazion*; funzionalità; funzioni;
        dashboard; report; interviste; intervista; workshop; webinar; formazione; cors*;
        campagn*; piano; piani; strategi*; concept; process*; procedur*; manual*;
        documentazione; document*; video; newsletter; riunion*; event*; fier*; sondaggi*;
        audit; certificazion*; migrazion*; pilot*; prototip*; integrazion*; modul*; strument*;
        sistem*; piattaform*; modell*; sviluppator*; assunzion*; post; posti; mileston*;
        progett*; attività; esperiment*; test; politic*; negoz*; uffic*; crm; erp; base;
        budget; presentazion*; roadmap; studi*; tutorial; catalog*; laborator*""",
    "people": """
        clienti; cliente; utenti; dipendenti; pazienti; alunni; studenti; partner; membri;
        donatori; team; manager; fornitori; persone; collaboratori""",
    "comparative": """
        più; meno; miglior*; maggior*; minor*; superior*; inferior*; meglio;
        significativamente""",
    "determiner": """
        il; lo; la; i; gli; le; un; uno; una; nostro; nostra; nuovo; nuova; nuovi; primo;
        prima; l; suo; questo""",
    "preposition": """
        di; del; dello; della; dei; degli; delle; a; al; alla; ai; in; nel; nella; nelle; per;
        con; su; sul; sotto; tra; fra; da; dal; dalla; entro; prima; dopo; che; è; sono;
        senza; contro; tramite; come; almeno; sopra; dell; all; nell""",
    "amount": "numero; quantità; #",
    "of": "di; del; dei; delle; degli; della",
    "purpose": "per; che; affinché",
    "to": "a; al; all; fino",
    "from": "da; dal; dall; di",
    "joins": "e; ed; nonché; più; &; +; o",
    "holding": "senza; mentre; mantenendo",
    "baseline": "contro; anziché; attualmente; invece",
    "limit": """
        almeno; al massimo; meno; più; sotto; minimo; massimo; inferior*; superior*; oltre;
        max; min; sopra; al di sotto""",
    "rhythm": "settimanal*; mensil*; giornalier*; trimestral*; settimana; mese; giorno",
    "mass": "documentazione; contenuti; ricerca; comunicazione",
    "aim": """
        fiducia; cultura; marchio; comunità; relazion*; reputazione; futuro; riferimento;
        leader; eccellenza; punto; successo; squadra; datore""",
    "unit": """
        per cento; punti; ore; ora; giorni; giorno; minuti; settimane; mesi; anni; secondi;
        euro; eur; milioni; milione; k; m; x; h; kg; min; stelle""",
    "name": """
        fase; versione; iso; soc; livello; tappa; onda; sala; python; visione; agenda; q; t;
        kr; trimestre; tipo""",
    "month": """
        gennaio; febbraio; marzo; aprile; maggio; giugno; luglio; agosto; settembre; ottobre;
        novembre; dicembre""",
    "number": """
        due; tre; quattro; cinque; sei; sette; otto; nove; dieci; undici; dodici; venti;
        trenta; cento; mille; milion*; metà; raddoppiare; triplicare; dimezzare; zero; nessun;
        nessuna; tutti; tutte; ogni; doppio""",
    "share_word": "metà; zero; nessun; nessuna; tutti; tutte; ogni; dimezzare",
    "doubling": "raddoppiare; triplicare; dimezzare",
    "endless": """
        il più possibile; quanto più possibile; in modo continuo; continuo; continua;
        costantemente; continuare""",
    "buzz": """
        sinergi*; olistic*; innovativ*; di livello mondiale; disruptiv*; paradigm*; leverage*;
        best-in-class; all'avanguardia; livello superiore; trasformativ*; game changer""",
}
