"""What each sentence of a notice does: says that somebody is away, until when, whom to ask.

By language and move, searched in one sentence: small letters, spaces single, apostrophes straight.
Gaps are bounded, so that no pattern can wander. The sentence's words are checked on their own
(`notice_words`), therefore these patterns need not be tight.
"""

from __future__ import annotations

NOTICE_MOVES: dict[str, dict[str, str]] = {
    "en": {
        "absent": r"\bout of (?:the |my )?(?:office|country)|\bout-of-office|\baway from (?:the |"
        r"my )?(?:office|desk|work|e-?mail|computer|inbox)|\b(?:on|taking) (?:\w{1,12} "
        r"){0,2}?(?:leave|vacation|holidays?|sabbatical|pto|business trip)\b|\booo\b|"
        r"\bnot (?:be )?in the office|\b(?:am|'m|be|are|'re|is|currently) (?:currently |"
        r"now |both )?(?:away|travell?ing|offline|unavailable|absent|out (?:until|till|"
        r"from|through|on leave))\b|\boffices? (?:is|are|will be|is currently) closed|"
        r"\b(?:we are|we will be) closed|^(?:out|away|closed) (?:until|till|from)|"
        r"\battending (?:a|an|the|our)\b|\bout (?:sick|today)\b|\b(?:school|factory|"
        r"plant|shop|store|clinic|practice|church|studio|warehouse|company) "
        r".{0,20}\bclosed\b|\bin (?:training|meetings) all\b|\btaking (?:some |a "
        r")?(?:time off|break)|\breduced hours|\bon (?:jury duty|a course|a training)",
        "access": r"\b(?:limited|no|little|intermittent|sporadic|restricted|without|infrequent|"
        r"poor|patchy|reduced|regular) (?:or no )?(?:internet |e-?mail )?(?:access|"
        r"connectivity|coverage|signal)\b|\b(?:not|won't|rarely|occasionally|only) "
        r"(?:be )?(?:check|read|monitor)ing\b|\bunable to (?:check|read|answer|reply)|"
        r"\bcheck(?:ing)? (?:my )?e-?mails? (?:only |very )?(?:occasionally|"
        r"infrequently)",
        "later": r"\b(?:respond|reply|answer|responding|replying|get back|be in touch|read|attend|"
        r"response|deal)\b.{0,60}\b(?:return|am back|'m back|get back|soonest|reopen|in "
        r"order|(?:soon|early) as possible|earliest|first opportunity)|\b(?:delay|slower)"
        r"|\b(?:on|upon|after|when) (?:my|i) return\b.{0,40}\b(?:respond|reply|answer|"
        r"get back)|\b(?:will|able to) (?:respond|reply|get back|answer)\b",
        "urgent": r"\burgen(?:t|cy|cies)|\bemergenc|\bimmediate (?:\w{1,12} )?(?:assistance|help|"
        r"attention|support|response|need|reply)|\b(?:need|require) (?:\w{1,12} "
        r"){0,2}?(?:assistance|help)|\bin (?:my|the) (?:absence|meantime|mean time)|"
        r"\bduring my absence|\bcannot wait|\bcan't wait",
        "contact": r"(?<!\bthe )(?<!\ba )(?<!\byour )(?<!\bmy )\b(?:contact|reach|e-?mail|call|"
        r"write to|text|direct|refer|ring|phone)\b(?! (?:me|us|my (?:mobile|cell|phone|number))\b)"
        r"|\bcan help\b|\bwill assist|\b(?:can|may) be reached|\bget in touch with",
        "us": r"\b(?:contact|reach|e-?mail|call|write to|visit) us\b|\bvisit (?:our|the)\b|\bon "
        r"our website\b",
        "forwarded": r"\b(?:not|automatically|never) (?:be |been |being ){0,2}(?:forwarded|"
        r"deleted)|\b(?:forwarded|deleted) automatically|\bwill be (?:forwarded|"
        r"deleted|read)|\bnot be read\b|\bnot (?:being )?forwarded",
        "thanks": r"\bthank you (?:very much )?for (?:\w{1,12} ){0,3}?(?:e-?mail|message|mail|note"
        r"|contacting|reaching|writing|enquiry|inquiry|getting|interest|request)|"
        r"\bthank you for (?:contacting|e-?mailing)",
        "thanked": r"\bthanks (?:so much )?for",
        "now": r"\b(?:currently|presently|temporarily|at present|at the moment)\b",
        "left": r"\bno longer (?:with|works?|working|employed|an? employee|at)\b|\b(?:has|have) "
        r"left (?:the|our) (?:company|firm|organi[sz]ation|business|position|role)|\bhas "
        r"left\b|\b(?:has|have) (?:now )?retired\b|\bretired (?:effective|on|from|as of)|"
        r"\bemployment (?:with|at)\b.{0,40}\bended|\bi (?:have |'ve )left\b",
        "enquiries": r"\b(?:for|with|direct|send) (?:all |any |your |further |future |other |"
        r"general ){0,3}(?:\w{1,12} )?(?:enquir|inquir|quer|correspondence|questions|"
        r"requests|messages|communication|e-?mails|assistance|matters)|\bmay be "
        r"(?:directed|addressed)",
        "taken": r"\btaken over\b|\bsuccessor\b|\breplaced by\b|\bresponsibilities\b",
        "records": r"\bupdate your (?:records|contacts?|address)",
        "note": r"\b(?:please (?:note|be advised|be informed|be aware)|this is to inform)",
        "received": r"\byour (?:\w{1,12} ){0,2}?(?:e-?mail|message|request|enquiry|inquiry|ticket|"
        r"case|mail|call)\b.{0,30}\b(?:has been|was|is being|have been) (?:\w{1,14} "
        r")?(?:received|logged|registered|created|opened|assigned|reviewed)|\bwe(?: "
        r"have|'ve)? (?:received|logged|registered|opened|created)\b|\b(?:ticket|case|"
        r"request) .{0,40}(?:created|opened|logged|received|registered)",
        "number": r"\b(?:ticket|case|request|reference|id)\b.{0,24}\d{3,}|#\d{3,}",
        "soon": r"\b(?:we|team|agents?|representatives?|staff|specialists?|someone|one of (?:us|"
        r"our))\b.{0,40}\b(?:will|shall|'ll)\b.{0,30}\b(?:respond|reply|get back|contact|"
        r"be in touch|answer|assist|review)|\bwithin (?:\d|one|two|three|five|the)|"
        r"\b(?:typically|usually|normally|aim to) (?:reply|respond|answer)",
        "contacting": r"\bthank(?:s| you) for (?:contacting|e-?mailing|getting in touch)",
        "track": r"\badditional comments\b|\btrack the status\b|\bin the subject\b|\bquoting\b|"
        r"\breply above this line",
        "automated": r"\bis an? (?:auto(?:mated|matic|-?generated)|(?:computer|system)[- "
        r"]generated)|\b(?:was|is|been) (?:sent |generated )?automatically(?: "
        r"generated| sent)?\b|^\W{0,3}(?:automated|automatic|auto)[ -]?(?:reply|"
        r"response|message|notification)\b",
        "noreply": r"\b(?:do not|don't|no need to) (?:reply|respond)\b",
        "unmonitored": r"\b(?:mailbox|inbox|account|address|e-?mail)\b.{0,30}\b(?:not|no longer) "
        r"(?:\w{1,10} ){0,2}?(?:monitored|checked|read|attended|in use|active)|"
        r"\b(?:unmonitored|unattended)\b|\bsend(?:ing)?[- ]only\b",
        "changed": r"\b(?:address|e-?mail)\b.{0,20}\bhas (?:been )?changed\b|\bnew (?:e-?mail "
        r")?address is\b|\bmoved to a new\b",
        "use": r"\bplease (?:use|update)\b|\binstead\b|\bfrom now on\b",
        "old": r"\b(?:old|former|previous) (?:e-?mail )?(?:address|account|mailbox)\b",
        "sorry": r"\bapolog|\binconvenience|\bunderstanding\b|\bpatience\b",
        "wish": r"\b(?:happy|merry|wish)\b.{0,30}\b(?:holiday|christmas|new year|easter|season|"
        r"day)",
        "back": r"\b(?:back|return|returning|reopen|resume|reachable|available)\b",
    },
    "de": {
        "absent": r"\bnicht (?:im (?:büro|haus|hause)|in meinem büro|erreichbar|am platz)|"
        r"\babwesend|\bau(?:ß|ss)er haus|\bnicht im dienst|\bim (?:\w{1,14} )?urlaub\b|"
        r"\bin (?:elternzeit|mutterschutz|ferien)|\bauf (?:\w{1,14} )?(?:dienst|"
        r"geschäfts)reise|\burlaubsbedingt|\bnicht am arbeitsplatz|\bbetriebsferien|"
        r"\b(?:büro|büros|haus) .{0,40}geschlossen|\bnicht anwesend|\bdienstreise\b|"
        r"\bnur (?:sehr )?(?:eingeschränkt|begrenzt|schwer) erreichbar|\bhabe "
        r"(?:\w{1,14} )?urlaub",
        "access": r"\b(?:kein\w*|eingeschränkt\w*|begrenzt\w*|beschränkt\w*|kaum) (?:\w{1,14} "
        r")?zugriff|\bnicht (?:gelesen|lesen|abgerufen)|\bnur (?:unregelmäßig|"
        r"eingeschränkt|begrenzt|gelegentlich|sporadisch)|\beingeschränkt",
        "later": r"\b(?:nach|bei) meiner (?:rückkehr|rueckkehr)|\bsobald (?:ich|wie|als)|"
        r"\b(?:schnellst|baldmöglichst)|\bverzöger|\bwerde .{0,60}(?:beantworten|"
        r"antworten|melden)",
        "urgent": r"\bdringend|\beilig|\bnotf[aä]ll|\bin der zwischenzeit|\bzwischenzeitlich|"
        r"\b(?:in|während) meiner abwesenheit|\bbei (?:rückfragen|dringenden)",
        "contact": r"\bwenden sie sich|\bkontakt|\bvertr(?:itt|etung|eten)|\bhilft|\bunterstützt|"
        r"\bzur verfügung|\berreichen sie|\bschreiben sie|\bsteht ihnen|"
        r"\bansprechpartner|\bübernimmt",
        "us": r"\bkontaktieren sie uns|\bunter folgender",
        "forwarded": r"\bweiter ?ge?leitet|\bweiterleit|\bnicht bearbeitet|"
        r"\bw(?:ird|erden)\b.{0,40}\bnicht (?:\w{1,14} )?gelesen",
        "thanks": r"\b(?:danke|dank)\b.{0,30}\b(?:nachricht|e-?mail|mail|anfrage|schreiben)",
        "now": r"\b(?:derzeit|aktuell|momentan|zurzeit|zur zeit)\b",
        "left": r"\bnicht mehr (?:für|bei|im unternehmen|in unserem|in unserer|tätig)|"
        r"\bausgeschieden|\bverlassen\b|\bim ruhestand",
        "enquiries": r"\bbei (?:fragen|anfragen|anliegen)|\b(?:ihre|alle|künftige\w*) (?:anfragen|"
        r"anliegen|e-?mails|nachrichten)",
        "taken": r"\bübernommen|\bnachfolg|\bzuständig",
        "records": r"\baktualisieren sie",
        "note": r"\bbitte beachten|\bhinweis",
        "received": r"\b(?:nachricht|e-?mail|mail|anfrage|anliegen|"
        r"ticket)\b.{0,40}\b(?:eingegangen|erhalten|erstellt)|\bhaben (?:wir "
        r")?.{0,30}erhalten|\beingangsbestätigung",
        "number": r"\b(?:ticket|vorgang)\w*\b.{0,24}\d{3,}|#\d{3,}",
        "soon": r"\b(?:in kürze|innerhalb|schnellstmöglich|umgehend)\b",
        "automated": r"\bautomatisch (?:generiert|erstellt|versendet|erzeugt)|\bautomatische "
        r"(?:antwort|nachricht|e-?mail|eingangsbestätigung|abwesenheit)",
        "noreply": r"\b(?:antworten sie|bitte) .{0,20}nicht (?:auf|antworten)",
        "unmonitored": r"\b(?:postfach|adresse|mailadresse)\b.{0,30}\bnicht (?:mehr )?(?:gelesen|"
        r"überwacht|bearbeitet|genutzt|gültig)",
        "changed": r"\bneue (?:e-?mail-?)?adresse (?:lautet|ist)|\badresse hat sich geändert",
        "use": r"\bverwenden sie",
        "old": r"\balte (?:e-?mail-?)?adresse",
        "sorry": r"\bverständnis|\bentschuldig",
        "back": r"\bwieder\b|\bzurück\b|\bzurueck\b|\bbis\b",
        "wish": r"\b(?:frohe|schöne|frohes|erholsame)\b",
    },
    "fr": {
        "absent": r"\babsente?\b|\babsents\b|\ben congés?\b|\ben (?:déplacement|vacances|formation"
        r"|voyage)|\bhors du bureau|\bindisponible|\ben arrêt|\bcongé (?:maladie|"
        r"maternité|parental)|\b(?:bureaux?|société|entreprise) .{0,30}ferm",
        "access": r"\baccès (?:très )?(?:limité|restreint)|\bsans accès|\bpas accès|\bn'aurai pas "
        r"accès",
        "later": r"\bdès (?:que possible|mon retour)|\bà mon retour|\bmeilleurs délais|\bplus "
        r"brefs|\bplus rapidement|\brépondr(?:ai|ons|a)\b",
        "urgent": r"\burgen|\bbesoin immédiat|\ben mon absence|\b(?:durant|pendant) mon absence",
        "contact": r"\bcontacte|\bjoindre\b|\badress|\bécrire à|\bappel|\bremplac|\bvous pouvez",
        "forwarded": r"\bne (?:sera|seront|sont|sera) (?:pas|ni) (?:lu|transm|transf|trait|"
        r"consult)|\btransféré|\btransmis",
        "thanks": r"\b(?:merci|remercie)\b.{0,30}\b(?:message|mail|e-?mail|courriel|demande)",
        "now": r"\b(?:actuellement|présentement|en ce moment)\b",
        "left": r"\bne (?:travaill\w+|fait|faisons|fais) plus|\b(?:a|ai) quitté|\bplus partie",
        "enquiries": r"\bpour tou(?:te|s|tes|t)\b|\bquestions? concernant",
        "taken": r"\bsuccesseur|\bremplac|\brepris",
        "note": r"\bveuillez noter|\binforme",
        "received": r"\b(?:bien reçu|avons reçu|été (?:reçu|enregistré)|accusé de réception|"
        r"prise? en compte)",
        "number": r"\b(?:ticket|dossier|référence|numéro|demande)\b.{0,24}\d{3,}|#\d{3,}",
        "soon": r"\b(?:équipe|service|nous|conseiller)\b.{0,40}\b(?:recontact|répond|traiter)|"
        r"\bplus brefs|\bsous \d",
        "automated": r"\b(?:réponse|message) automatique|\b(?:généré|envoyé) automatiquement",
        "noreply": r"\b(?:ne pas|n'y) répond|\bmerci de ne pas répondre",
        "unmonitored": r"\b(?:adresse|boîte)\b.{0,30}\bn'est (?:pas|plus)",
        "changed": r"\badresse\b.{0,20}\ba changé|\bnouvelle adresse",
        "use": r"\bdésormais\b|\butilis",
        "old": r"\bancienne adresse",
        "sorry": r"\bcompréhension|\bexcuse|\bgêne|\bdésagrément",
        "wish": r"\b(?:bonnes|joyeuses|excellentes|meilleurs) (?:fêtes|vacances|voeux)|\bbonne "
        r"année",
        "back": r"\bretour\b|\brevien|\brouvr|\bjusqu|\brentre",
    },
    "es": {
        "absent": r"\bfuera de (?:la |mi )?oficina|\bde (?:vacaciones|viaje|baja|permiso|"
        r"licencia)\b|\bausente|\boficinas? .{0,30}cerrad",
        "access": r"\b(?:acceso (?:muy )?(?:limitado|restringido)|sin acceso|no tendré acceso)",
        "later": r"\b(?:a|en) mi (?:regreso|vuelta)|\btan pronto|\bmayor brevedad|\blo antes "
        r"posible|\bcuando (?:regrese|vuelva)|\b(?:responder|contestar)é|\batenderemos|"
        r"\b(?:responder|contestar)emos",
        "urgent": r"\burgen|\batención inmediata|\bdurante mi ausencia|\bmientras tanto",
        "contact": r"\bcontact|\bpónga(?:n)?se|\bcomun[ií]|\bdir[ií]j|\bescrib|\bllam|\bpuede",
        "forwarded": r"\bno ser[áa] (?:reenviad|leíd)|\breenviad",
        "thanks": r"\bgracias por\b.{0,30}\b(?:mensaje|correo|email|mail|contact|escrib|consulta)",
        "now": r"\b(?:actualmente|en este momento)\b",
        "left": r"\bya no (?:trabaja|forma parte|pertenece|labora)|\bha dejado",
        "enquiries": r"\bpara cualquier|\btodas las|\bcualquier (?:otra )?consulta",
        "taken": r"\bsustitu|\breemplaz",
        "note": r"\ble[s]? inform",
        "received": r"\b(?:hemos recibido|ha sido (?:recibid|registrad|cread)|recibimos)",
        "number": r"\b(?:ticket|caso|número|referencia|solicitud)\b.{0,24}\d{3,}|#\d{3,}",
        "soon": r"\b(?:agente|equipo|nosotros|breve)\b|\bmayor brevedad",
        "automated": r"\b(?:mensaje|respuesta|correo) (?:automátic|generad)|\bgenerad\w "
        r"automáticamente",
        "noreply": r"\bno respond|\bno conteste",
        "unmonitored": r"\b(?:buzón|dirección|cuenta)\b.{0,30}\bno (?:está|es|se) (?:supervis|"
        r"monitor|revis)",
        "changed": r"\bdirección\b.{0,20}\bha cambiado|\bnueva dirección",
        "use": r"\butilice|\bde ahora en adelante|\bdesde ahora",
        "old": r"\bantigua dirección",
        "sorry": r"\bdisculp|\bmolestias|\bcomprensión|\bpaciencia",
        "back": r"\bregres|\bvuelv|\bvolver|\bhasta\b|\bvuelta\b",
        "wish": r"\bfelices fiestas",
    },
    "it": {
        "absent": r"\bfuori (?:ufficio|sede)|\bassente\b|\bin (?:ferie|viaggio|congedo|trasferta|"
        r"malattia|maternità)\b|\b(?:uffici|ufficio|azienda) .{0,30}chius",
        "access": r"\baccesso (?:molto )?limitato|\bsenza (?:possibilità di )?accesso|\bnon "
        r".{0,20}accesso",
        "later": r"\bal (?:mio )?rientro|\bal mio ritorno|\bappena possibile|\bprima possibile|"
        r"\brisponderò|\bquanto prima|\brisponderemo",
        "urgent": r"\burgen|\bimmediata|\bdurante la mia assenza|\bin mia assenza",
        "contact": r"\bcontatt|\brivolg|\bscriv|\bchiam",
        "forwarded": r"\bnon (?:verrà|sarà|verranno|saranno) (?:inoltrat|lett)|\binoltrat",
        "thanks": r"\bgrazie per\b.{0,40}\b(?:messaggio|mail|e-?mail|email|contatt|scritto)",
        "now": r"\b(?:attualmente|al momento|in questo momento)\b",
        "left": r"\bnon (?:lavora|fa|collabora) più|\bha lasciato",
        "enquiries": r"\bper qualsiasi|\bper (?:tutte|ogni)",
        "taken": r"\bsostitui",
        "note": r"\binform",
        "received": r"\babbiamo ricevuto|\bè stat[oa] (?:ricevut|registrat)|\bconferma di "
        r"ricezione",
        "number": r"\b(?:ticket|numero|riferimento|richiesta)\b.{0,24}\d{3,}|#\d{3,}",
        "soon": r"\b(?:operatore|team|nostro)\b.{0,40}\b(?:rispond|contatt)|\bal più presto|\ba "
        r"breve",
        "automated": r"\b(?:messaggio|risposta|e-?mail|email) (?:generat\w )?automatic",
        "noreply": r"\bnon rispond|\bdi non rispondere",
        "unmonitored": r"\bcasella\b.{0,30}\bnon (?:è|viene) ",
        "changed": r"\bindirizzo\b.{0,20}\bcambiato|\bnuovo indirizzo",
        "use": r"\butilizz",
        "old": r"\bvecchio indirizzo",
        "sorry": r"\bscus|\bdisagio|\bcomprensione",
        "back": r"\brientr|\btorn|\bfino al|\briapr",
        "wish": r"\bbuone feste|\bbuon natale",
    },
    "nl": {
        "absent": r"\bafwezig\b|\bniet (?:aanwezig|op kantoor|bereikbaar)|\b(?:op|met) (?:vakantie"
        r"|verlof|reis|zakenreis|zwangerschapsverlof)|\bbuiten kantoor|\bkantoor "
        r".{0,30}gesloten",
        "access": r"\bbeperkt\w* (?:toegang|bereikbaar)|\bgeen toegang|\bniet (?:gelezen|lezen)|"
        r"\blees .{0,20}\bniet",
        "later": r"\bna (?:mijn )?(?:terugkomst|terugkeer)|\bzo (?:snel|spoedig) mogelijk|\bzodra|"
        r"\b(?:beantwoord|reageer|antwoord)",
        "urgent": r"\bdringend|\burgent|\bspoed|\bnoodgeval|\btijdens mijn afwezigheid",
        "contact": r"\bcontact|\bwend\b|\bmail(?:en)?\b|\bbel(?:len)?\b|\bbereik",
        "forwarded": r"\bdoorgestuurd|\bword(?:t|en)\b.{0,40}\bniet gelezen",
        "thanks": r"\b(?:dank|bedankt)\b.{0,20}\b(?:bericht|mail|e-?mail|email|vraag)",
        "now": r"\b(?:momenteel|op dit moment)\b",
        "left": r"\bwerkt niet (?:meer|langer)|\bniet (?:langer|meer) werkzaam|\bwerkt niet meer",
        "enquiries": r"\bvoor (?:al uw |alle |overige )?(?:vragen|zaken)",
        "received": r"\b(?:ontvangen|geregistreerd)\b",
        "number": r"\b(?:ticket\w*|nummer)\b.{0,24}\d{3,}|#\d{3,}",
        "soon": r"\bbinnen(?:kort)?\b|\bzo (?:snel|spoedig) mogelijk",
        "automated": r"\bautomatisch (?:gegenereerd|antwoord|bericht)|\bautomatische (?:reactie|"
        r"e-?mail)",
        "noreply": r"\bniet (?:te )?(?:beantwoorden|antwoorden|reageren)",
        "unmonitored": r"\b(?:mailbox|postbus|adres)\b.{0,30}\bniet (?:gelezen|gemonitord)",
        "changed": r"\badres\b.{0,20}\bgewijzigd|\bnieuwe (?:e-?mail)?adres",
        "use": r"\bgebruik",
        "old": r"\boude (?:e-?mail)?adres",
        "sorry": r"\bbegrip|\bongemak|\bexcuses",
        "back": r"\bterug|\btot\b|\bweer\b|\bt/m\b",
        "wish": r"\bfijne feestdagen",
    },
}
