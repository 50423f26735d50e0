"""French words by what they say in a line of an OKR, see ``lexicon``."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "make verbs": """
        lancer; publier; rédiger; créer; développer; concevoir; construire; réaliser;
        déployer; implémenter; mettre en place; mettre en œuvre; mettre en oeuvre; mettre en
        production; mettre en ligne; introduire; installer; migrer; livrer; terminer;
        finaliser; achever; organiser; animer; participer; recruter; embaucher; former;
        certifier; définir; documenter; préparer; produire; traduire; automatiser; refondre;
        mettre à jour; remplacer; intégrer; tester; piloter; évaluer; sélectionner; négocier;
        déposer; valider; visiter; interviewer; contacter; envoyer; poster; ajouter; corriger;
        ouvrir; démarrer; planifier; élaborer; rénover; numériser; digitaliser; standardiser;
        analyser; collecter; mener; conduire; tenir; signer; obtenir; soutenir; accompagner;
        continuer; poursuivre; travailler; explorer; étudier; coordonner; présenter;
        enregistrer; tourner; consolider; établir; cartographier; auditer; revoir; repenser;
        choisir; nommer; sensibiliser; communiquer; structurer; clôturer; clore; effectuer;
        écrire; faire; harmoniser; sécuriser; équiper""",
    "soft verbs": """
        créer; développer; construire; établir; faire; tenir; livrer; soutenir; accompagner;
        continuer; poursuivre; travailler; obtenir; conduire; mener; création; développement""",
    "making": """
        mise en place; mise en œuvre; mise en oeuvre; mise en production; mise en ligne; mise
        à jour; lancement; création; refonte; migration; déploiement; implémentation;
        développement; rédaction; publication; organisation; recrutement; formation;
        certification; définition; préparation; intégration; automatisation; ouverture;
        finalisation; réalisation; déménagement; numérisation; élaboration; conception;
        installation; participation; signature""",
    "made": """
        écrits; écrit; écrites; faits; fait; tenus; tenues; ouverts; ouverte; conçu; conçus;
        produit; produits; remis; mis en place; en place; en ligne; en production;
        opérationnel; opérationnelle; disponible; prêt; prête; définis; fini; mise en place;
        refondu; refondue; obtenue; obtenu""",
    "change": """
        augmenter; accroître; réduire; diminuer; améliorer; baisser; doubler; tripler;
        raccourcir; optimiser; renforcer; accélérer; maximiser; minimiser; stabiliser; passer;
        porter; faire passer; ramener; élever; abaisser; croître; fidéliser; enchanter;
        satisfaire; simplifier; limiter; éliminer""",
    "change-s": "augmente; réduit; diminue; améliore; baisse; passe; double; progresse",
    "reach": """
        atteindre; gagner; conquérir; acquérir; vendre; générer; conserver; maintenir; être;
        devenir; avoir; garder; attirer; dépasser; obtenir; convaincre""",
    "reach-s": "atteint; gagne; vend; génère; est; sont; ont",
    "open": """
        continuer; poursuivre; soutenir; accompagner; explorer; étudier; travailler; analyser;
        coordonner; communiquer; participer; sensibiliser; collecter; aider""",
    "effect": """
        taux; ratio; score; nps; csat; enps; churn; rétention; attrition; satisfaction;
        chiffre; ca; revenu*; vente; ventes; marge*; coût*; dépenses; délai*; temps; durée;
        latence; disponibilité; utilisateurs; clients; prospects; leads; inscriptions;
        commandes; visites; visiteurs; sessions; trafic; téléchargements; abonnés; followers;
        recommandations; avis; plaintes; réclamations; incidents; bugs; erreurs; défauts;
        tickets; part; conversion; conversions; activation; adoption; engagement; notoriété;
        qualité; productivité; fidélité; pipeline; opportunités; contrats; panier; croissance;
        absentéisme; accidents; émissions; consommation; précision; retours; remboursements;
        mrr; arr; ebitda; rotation; turnover; note; usage; utilisation; rentabilité; retards;
        dons; stock; partenaires""",
    "product": """
        article*; guide*; page*; site*; application*; fonctionnalité*; tableau*; rapport*;
        entretien*; atelier*; webinaire*; formation*; campagne*; plan*; stratégie*; concept*;
        processus; procédure*; manuel*; documentation; document*; vidéo*; newsletter*;
        réunion*; événement*; évènement*; salon*; enquête*; audit*; certification*;
        migration*; déploiement*; pilote*; prototype*; intégration*; module*; outil*;
        système*; plateforme*; modèle*; développeur*; recrutement*; poste*; jalon*; projet*;
        tâche*; expérience*; test*; politique*; magasin*; bureau*; boutique*; charte*; crm;
        erp; base; budget; présentation*; roadmap; support*; fiche*; livre*; étude*; cahier*;
        post; posts; tutoriel*; kit""",
    "people": """
        clients; client; utilisateurs; utilisateur; employés; salariés; collaborateurs;
        patients; élèves; étudiants; partenaires; membres; donateurs; équipes; managers;
        fournisseurs""",
    "comparative": """
        plus; moins; meilleur*; mieux; davantage; supérieur*; inférieur*; rapide*; fortement;
        significativement""",
    "determiner": """
        le; la; les; un; une; notre; nos; nouveau; nouvelle; nouvel; premier; première; son;
        leur; ce; cette""",
    "preposition": """
        de; du; des; à; au; aux; en; dans; pour; avec; par; sur; sous; entre; vers; d'ici;
        avant; après; chez; depuis; qui; que; est; sont; sans; tout; contre; jusqu'à; grâce;
        afin; via; plutôt; comme; d'au; d; au moins""",
    "amount": "nombre; #",
    "of": "de; des; du; d",
    "purpose": "pour; afin; qui",
    "to": "à; au; vers",
    "from": "de; du; des",
    "joins": "et; ainsi que; plus; &; +; ou",
    "holding": "sans; tout en",
    "baseline": "contre; au lieu; actuellement; auparavant; hier",
    "limit": """
        au moins; au plus; moins; plus; sous; minimum; maximum; inférieur*; supérieur*; d'au;
        dépasse; max; min; en dessous; au-dessus""",
    "rhythm": "hebdomadaire*; mensuel*; quotidien*; trimestriel*; semaine; mois; jour",
    "mass": "documentation; contenu; recherche; communication",
    "aim": """
        confiance; culture; marque; équipe; communauté; relation*; réputation; avenir;
        référence; leader; excellence; partenaire; choix; employeur; plaisir; succès""",
    "unit": """
        pour cent; points; heures; heure; jours; jour; minutes; semaines; mois; ans; secondes;
        euros; euro; eur; millions; million; k; m; x; h; kg; min; étoiles""",
    "name": """
        phase; version; iso; soc; niveau; étape; vague; salle; python; vision; agenda; q; t;
        kr; lot; trimestre; type""",
    "month": """
        janvier; février; mars; avril; mai; juin; juillet; août; septembre; octobre; novembre;
        décembre""",
    "number": """
        deux; trois; quatre; cinq; six; sept; huit; neuf; dix; onze; douze; vingt; trente;
        cent; mille; million*; moitié; doubler; tripler; zéro; aucun; aucune; tous; toutes;
        chaque; double""",
    "share_word": "moitié; zéro; aucun; aucune; tous; toutes; chaque",
    "doubling": "doubler; tripler",
    "endless": """
        autant que possible; le plus possible; en continu; continu; constamment; continuer;
        poursuivre""",
    "buzz": """
        synergi*; holistique*; innovant*; de classe mondiale; disrupti*; paradigm*; sans
        couture; leverage*; best-in-class; de pointe; niveau supérieur; à 360; transformant*;
        game changer""",
}
