"""English words by what they say in a line of an OKR, see ``lexicon``."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "make verbs": """
        launch; relaunch; ship; release; publish; write; rewrite; draft; build; rebuild;
        create; develop; design; redesign; implement; deploy; migrate; roll out; rollout; set
        up; introduce; establish; deliver; complete; finish; finalize; finalise; conduct; run;
        hold; host; organize; organise; attend; hire; recruit; onboard; train; certify;
        define; document; map; prepare; produce; record; translate; automate; refactor;
        upgrade; update; decommission; consolidate; replace; integrate; install; configure;
        test; pilot; evaluate; select; shortlist; appoint; negotiate; agree; submit; file;
        research; validate; review; refine; visit; interview; survey; contact; reach out;
        call; send; post; make; add; remove; fix; close; open; move; enter; put; plan;
        execute; carry out; perform; go live; switch; transition; refurbish; renovate;
        overhaul; digitize; digitise; digitalize; digitalise; standardize; standardise; sign;
        approve; pass; clean up; analyze; analyse; collect; present; propose; announce;
        promote; code; model; prototype; compile; curate; audit; assess; identify;
        investigate; outline; specify; procure; purchase; buy; order; hand over; kick off;
        start; begin; initiate; extend; expand; enable; enhance; modernize; modernise;
        restructure; reorganize; reorganise; revise; revamp; rework; rename; rebrand; merge;
        split; archive; delete; import; export; connect; schedule; arrange; facilitate; coach;
        mentor; teach; educate; inform; communicate; brief; share; distribute; print; film;
        shoot; edit; assemble; construct; provision; instrument; scope; spec; prioritize;
        prioritise; align; adapt; localize; localise; formalize; formalise; operationalize;
        operationalise; coordinate; make a decision; engage; apply; register; license; obtain;
        secure; acquire license; explore; support; continue; work; look into; discuss; meet;
        monitor; track; maintain documentation; participate; contribute; drive; leverage;
        foster; experiment; benchmark; scan; label; allocate; assign; nominate; elect;
        process; resolve; handle; answer; respond; follow up; issue""",
    "making": """
        completion of; introduction of; implementation of; creation of; launch of; rollout of;
        roll-out of; migration of; migration to; development of; design of; execution of;
        go-live of; publication of; preparation of; definition of; setup of; set-up of;
        relaunch of; redesign of; organization of; organisation of; establishment of;
        installation of; release of; review of; update of""",
    "made": """
        is complete; are complete;
        built; rebuilt; written; rewritten; held; sent; made; run; done; live; go-live; in
        place; in use; available; signed off; rolled out; set up; set-up; finished; taught;
        begun; shot; completed; bought; relaunched; ready; put; implemented; operational;
        taken over; handed over; carried out; kicked off; met""",
    "change verbs": """
        increase; raise; grow; improve; boost; lift; reduce; cut; lower; decrease; shorten;
        halve; double; triple; quadruple; maximize; maximise; minimize; minimise; optimize;
        optimise; strengthen; stabilize; stabilise; accelerate; eliminate; shrink; drop;
        bring; expand revenue; fall; rise; climb; decline; enhance; speed up; slash; elevate;
        diversify; scale; convert; save; widen; push; limit; drive up; drive down; up; down;
        exceed; outperform; bring down; bring up""",
    "reach verbs": """
        rank;
        reach; achieve; get; hit; attain; be; become; keep; maintain; sustain; win; acquire;
        sell; generate; earn; gain; have; score; obtain; retain; attract; land; see; receive;
        ensure; deliver revenue; stay; remain; book; capture; collect payments; hold steady;
        activate; renew; upsell; drive""",
    "open": """
        continue; support; explore; work; work on; keep working; keep; start; begin; prepare
        for; align; look into; coordinate; collaborate; assist; help; be involved; be; ensure;
        foster; drive; monitor; maintain; participate; contribute; analyze; analyse;
        investigate; discuss; extend; expand; collect; clean up; do; promote; refactor;
        ongoing; continuous; continuously; constantly; regularly; further; more; leverage;
        engage; enhance; carry out""",
    "effect": """
        rate*; ratio*; score*; nps; enps; csat; ces; churn; retention; attrition; turnover;
        revenue*; sales; income; profit*; margin*; ebitda; mrr; arr; nrr; grr; arpu; arpa;
        ltv; clv; cac; roi; roas; cost; costs; spend; spending; expense*; budget use; price
        per; waste; scrap; yield; throughput; uptime; downtime; availability; latency; time;
        times; duration*; delay*; speed; days; hours; minutes; load; satisfaction; engagement;
        loyalty; awareness; reputation; visibility; trust; happiness; adoption; activation;
        conversion*; converts; usage; use; used; traffic; visits; visit rate; visitors;
        sessions; views; impressions; clicks; downloads; installs; opens; sign-up; sign-ups;
        signups; signup; registrations; subscribers; subscriptions; followers; members;
        mentions; backlinks; referrals; reviews on; recommendations; leads; mqls; sqls; mql;
        sql; opportunities; pipeline; deals; logos; bookings; orders; purchases; basket;
        renewal*; upsell*; revenue; share; percentage; proportion; quota; attainment;
        accuracy; precision; quality; productivity; efficiency; effectiveness; reliability;
        stability; performance; coverage; defect*; error*; bug; bugs; incident*; outage*;
        failure*; failures; complaint*; ticket*; escalation*; alerts; crash*; crash-free;
        breaches; violations; accidents; injuries; returns; refund*; cancellations; no-show*;
        absence*; sick; emissions; co2; footprint; energy; consumption; deployment frequency;
        frequency; lead time; cycle; velocity of; backlog; inventory; stock-outs; stock-out;
        growth; market share; donations; donors; citation*; attendees; participants;
        attendance; pass; promotion; diversity; response; resolution; rating*; stars;
        five-star; tenure; net; gross; debt; receivables; cash; runway; forecast; win; users;
        user; customers; dau; wau; mau; p95; p99; mttr; completion; acceptance; delivery;
        shipments; productive; volunteers; sold; tickets; recommend*; drop-off; abandonment;
        bounce; penetration; volume; value; memory; queue; shipping errors; overdue; on-time;
        vacancy; occupancy; utilisation; utilization; capacity; collaboration; experience;
        position; partners; referenceable; fte; stock; wellbeing; morale; climate; spots;
        demand; people; apps on; integrations on; quarter-end; repeat; returning""",
    "strong": """
        rate*; ratio*; score*; nps; enps; csat; churn; retention; attrition; turnover;
        revenue*; margin*; ebitda; mrr; arr; nrr; conversion*; latency; uptime; adoption;
        satisfaction; growth; share; percentage; proportion; time; times; cost; costs;
        accuracy; activation; usage; traffic; frequency; coverage; defect*; error*; failure*;
        attendance; delay*; accidents; spend; emissions; hours per; sales; profit*;
        abandonment; quality; awareness; engagement; backlog; rating*; efficiency;
        productivity; returns; refund*; orders; forecast; used; downtime; complaints; loyalty;
        recommend*; value; price""",
    "product": """
        training sessions; coaching sessions;
        guide*; post; posts; article*; blog post*; page; pages; website*; site; sites; app;
        apps; feature*; dashboard*; report; reports; interview*; workshop*; webinar*;
        training*; session plan*; course*; campaign*; plan; plans; strategy; strategies;
        concept*; process; processes; playbook*; policy; policies; document*; documentation;
        spec; specs; whitepaper*; case study; case studies; video*; newsletter*; email;
        emails; mails; call; calls; meeting*; meetup*; event; events; conference*; fair;
        fairs; trade fair*; hackathon*; survey*; audit*; assessment*; certification*;
        certificate*; certified; migration*; rollout*; roll-out*; launch; launches; release;
        releases; relaunch; redesign; pilot*; prototype*; poc*; mvp*; beta*; integration*;
        module*; service; services; tool*; system*; platform*; framework*; template*;
        handbook*; book; hire; hires; headcount; hiring; role; roles; job ads; job ad; ads;
        ad; candidate*; recruit*; velocity; story point*; sprint goals; milestone*; project;
        projects; task; tasks; deliverable*; deployment*; experiment*; test; tests; a/b;
        slot*; speaker slots; content; copy; brochure*; flyer*; landing page*; store; stores;
        office*; country; countries; language*; test case*; script*; model; models; database*;
        api; budget*; roadmap*; backlog items; items; initiative*; programme*; program;
        programs; sequence*; enablement; criteria; rules; refresh; pairing; checklist*;
        guideline*; approval*; contract draft; proposal*; presentation*; deck*; persona*;
        journey; review; reviews; performance review*; recommendation letters; training hours;
        knowledge base; review meeting*; quick win*; wins list; press release*; tutorial*;
        podcast*; episode*; persona; visits to; store visit*; tweet*; updates; update; fixes;
        patches; patch; docs; design*; system; architecture; vendor*; supplier list;
        improvements; actions; measures; action items; recommendations of; findings; library;
        lunch; budget; kickoff*; kick-off*; ceremony; retrospective*; sprint*; 1:1s;
        stand-up*; onboarding plan*; data room; brand; style; kiosk; mailing*; mailings;
        outreach; demos; demo; benchmarks; code; codebase; setup; go-live; move; upgrade;
        upgrades; introduction; approval; letters; mentoring; buddy; repos; pipelines;
        descriptions; range; scope; tracker; catalogue; catalog; calendar; portal; board;
        committee""",
    "people": """
        contributor*; everyone; everybody; citizens; customer*; client*; user*; visitor*;
        buyer*; shopper*; reader*; subscriber*; member*; patient*; student*; pupil*;
        developer*; employee*; people; candidates; donor*; partner*; account*; team*; hires;
        participants; guest*; tenant*; citizen*; volunteer*; attendees; household*; viewer*;
        teams; companies; store; stores; managers; supplier*; logos; accounts; merchants;
        drivers; families; farmers; learners; teachers; colleagues""",
    "won": """
        deal*; contract*; customer*; client*; partner*; account*; logo*; user*; order*; lead*;
        sales; subscriber*; sponsor*; member*; merchant*; distributor*; reseller*""",
    "comparative": """
        better; higher; lower; fewer; less; more; faster; shorter; happier; greater; bigger;
        smaller; cheaper; stronger; quicker; easier; safer; significantly; healthier; smoother""",
    "determiner": """
        the; a; an; our; new; their; its; this; your; my; first; one; old; final; next;
        existing; whole; complete; entire; phase""",
    "preposition": """
        from; to; by; in; for; with; per; at; below; under; above; over; within; of; on;
        until; before; after; than; through; via; into; between; across; during; against;
        about; so; that; which; who; is; are; was; reaches; goes; takes; falls; as; instead;
        without; while; among; on time; up; down; not; at least; at most; no more; max; min;
        when; where; because; around; outside""",
    "amount": "number; numbers; amount; count; total; frequency; #; nr",
    "purpose": "to; so; that; which; thereby; in order; therefore; hence; because; who",
    "served": "answered; resolved; handled; processed; solved; served; responded",
    "noun": """
        order; call; support; release; test; design; launch; plan; report; review; update; post;
        interview; survey; pilot; visit; research; audit; purchase; contact; share; model; label;
        issue; process; ship; build; record; train""",
    "lowering": "reduce; cut; lower; decrease; shorten; halve; drop; eliminate; minimize; minimise",
    "staff": "team; headcount; staff; workforce; fte; ftes; personnel; crew",
    "to": "to",
    "from": "from",
    "of": "of",
    "joins": "and; &; plus; as well as; +; or",
    "holding": "while; without; whilst",
    "baseline": """
        was; up; down; instead; vs; versus; compared; currently; today; previously; than;
         baseline""",
    "limit": """
        at least; at most; no more; less; more; below; under; above; over; within; max; min;
        maximum; minimum; not; up; only; least; most; exceed*; fewer""",
    "endless": """
        as much as possible; as many as possible; as far as; as possible; continuously;
        ongoing; continuous; continue; keep working; constantly; permanently; on an ongoing
        basis; always; keep the lights on; keep""",
    "doubling": "double; triple; halve; quadruple; half",
    "rhythm": """
        weekly; monthly; daily; quarterly; yearly; annual; annually; biweekly; bi-weekly;
        fortnightly; week; month; day""",
    "mass": """
        documentation; content; research; code; data; feedback; training; work; enablement;
        debt; support; maintenance; communication; hiring; marketing; alignment; awareness;
        messaging; pairing; mentoring; collaboration; planning; outreach; improvement;
        infrastructure""",
    "aim": """
        trust; culture; brand; team; community; relationship*; place; reputation; experience*;
        future; company; organisation; organization; workplace; love; loyalty; habit;
        business; best; pipeline; foundation*; confidence; leader*; leadership; advantage;
        world; home; value; growth; excellence; ourselves; success; happiness; quality;
        reason; mindset; position; customers; people; employees; engagement; moments;
        environment; partnership*; momentum; clarity; belonging; category""",
    "unit": """
        percent; percentage; points; hours; hour; days; day; minutes; minute; min; mins;
        weeks; week; months; month; years; seconds; sec; ms; h; eur; usd; chf; gbp; euro;
        euros; dollars; pounds; k; m; million; billion; kg; g; t; kwh; gb; tb; mb; x; pp; pts;
        score; stars; hrs; fte""",
    "name": """
        phase; version; iso; soc; iec; type; level; stage; tier; series; psd; top; sprint;
        web; release; python; java; windows; grade; section; chapter; article; art; industry;
        vision; agenda; layer; model; wave; step; class; part; track; milestone; epic; room;
        hall; office; w; q; kr; d; p; v; scope; tls; http; year; fy""",
    "month": """
        january; february; march; april; may; june; july; august; september; october;
        november; december; jan; feb; mar; apr; jun; jul; aug; sep; sept; oct; nov; dec""",
    "hard": """
        launch; relaunch; ship; release; publish; write; rewrite; draft; rebuild; redesign;
        implement; deploy; migrate; roll out; set up; introduce; complete; finish; finalize;
        finalise; conduct; organize; organise; hire; recruit; onboard; train; certify; define;
        document; prepare; produce; automate; refactor; upgrade; update; decommission;
        consolidate; replace; integrate; install; test; pilot; evaluate; select; negotiate;
        file; overhaul; execute; digitize; digitise; open; revise; revamp; rework; rebrand""",
    "number": """
        two; three; four; five; six; seven; eight; nine; ten; eleven; twelve; fifteen; twenty;
        thirty; forty; fifty; sixty; hundred; thousand; million; billion; dozen; half; halve;
        double; triple; quadruple; twice; zero; all; every; each; no; both; thirds; three
        quarters; eliminate; none""",
    "share_word": "all; every; each; both; half; no; none; zero; first; twice; eliminate; halve",
    "buzz": """
        leverag*; synerg*; holistic*; best-in-class; best in class; world-class; world class;
        next level; next-level; seamless*; paradigm*; game-changing; game changing; game
        changer; cutting-edge; cutting edge; low-hanging fruit; disruptive; disrupt; empower*;
        state-of-the-art; state of the art; future-proof; thought leader*; move the needle;
        value proposition; end-to-end; omnichannel excellence; operationaliz*; operationalis*;
        ecosystem play*; bleeding edge; bleeding-edge; turnkey; win-win; mission-critical;
        360-degree; unlock value; north star; hyper-*; north-star; transformational;
        transformative; impactful; actionable; customer-centric; ecosystem platform;
        value-added; value-add; ideate; ideation; drive alignment""",
}
