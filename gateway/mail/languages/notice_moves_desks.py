"""What desks, mailboxes, gatekeepers and mail servers do in each sentence (see `notice_moves`)."""

from __future__ import annotations

NOTICE_MOVES_DESKS: dict[str, dict[str, str]] = {
    "en": {
        "absent": r"\bwork(?:ing)? (?:part[- ]time|reduced hours|\w{3,6}days?\b)|\b(?:offices?|"
        r"reception|department|team) (?:is|are|will be) (?:\w{1,12} )?(?:shut|closed)\b|"
        r"\bmy (?:working|office) (?:days|hours) are\b|\bdo not work on\b|\bon \w{3,9} leave\b",
        "left": r"\bleft \w[\w&]{1,20}(?: (?:& |and )?\w{1,12}){0,2} (?:on|in|at the end of)\b|"
        r"\bmoved on from\b|\bno longer part of\b",
        "unmonitored": r"\b(?:e-?mails?|mail|messages|replies) (?:sent )?to this (?:address|"
        r"mailbox|inbox)\b.{0,20}\b(?:not|no longer)\b",
        "changed": r"\b(?:i have|i've|we have|my) (?:got )?a? ?new e-?mail(?: address)?\b|"
        r"\bnew address\b",
        "received": r"\bgiven (?:it )?(?:the )?reference\b|\bplaced in (?:our|the) queue\b|"
        r"\bis (?:now )?in our queue\b|\bapplication (?:has been|was)\b|\backnowledges receipt\b",
        "soon": r"\bwill be in touch\b|\b(?:response|reply|waiting) times?\b|\bget to your\b|"
        r"\baim to (?:answer|reply|respond)\b|\bno need to (?:e-?mail|write|reply) again\b",
        "held": r"\bapproved senders\b|\bunknown senders?\b|\b(?:free of|stop|avoid|"
        r"against) spam\b|\bbeing held\b",
        "verify": r"\bto release your\b|\bconfirm (?:your (?:message|e-?mail|address)|that you|"
        r"you)\b|\bverify your\b",
        "contact": r"\blooking after my\b|\bask for\b|\bwrite to\b|\blive chat\b",
    },
    "de": {
        "absent": r"\b(?:in|nur) teilzeit\b|\b(?:betrieb|praxis|geschäft|filiale|kanzlei|wir|büro|"
        r"büros|zentrale|werk)\b.{0,50}\bgeschlossen\b|\bnicht (?:\w{1,14} ){0,3}(?:erreichbar|"
        r"im büro|verfügbar)\b|\bkrank(?:geschrieben|heitsbedingt)?\b|\bbetriebsruhe\b|"
        r"\bnicht da\b|\bim krankenstand\b|\bin (?:einer|der) fortbildung\b|\b(?:feiertag|"
        r"brückentag)",
        "access": r"\b(?:nicht|erst|nur) (?:\w{1,14} ){0,3}(?:gelesen|lesen|abgerufen|abrufen|"
        r"einsehen)\b|\bkein\w* e-?mails?\b|\bin dieser zeit\b",
        "later": r"\b(?:beantworte|beantworten|melde|antworte|lese|bearbeite|"
        r"bearbeiten)\b.{0,60}\b(?:arbeitstag|rückkehr|danach|zurück|wieder|sobald|möglich)|"
        r"\b(?:erst|dann) wieder\b|\bab dem .{0,30}\b(?:wieder|zurück)\b",
        "contact": r"\b(?:erreichen|kontaktieren|nutzen|fragen) sie\b|\b(?:aufgaben|projekte|"
        r"themen|vertretung)\b.{0,50}\b(?:übernommen|übernimmt|betreut)|\bals vertretung\b|"
        r"\bhilft ihnen\b|\bkontaktformular\b",
        "left": r"\b(?:hat|habe) (?:\w{1,14} ){0,4}verlassen\b|\bnicht (?:mehr|"
        r"länger) (?:\w{1,14} ){0,6}(?:tätig|beschäftigt|angestellt)\b|\barbeitet nicht (?:mehr|"
        r"länger)\b|\b(?:in|im) (?:den )?(?:ruhestand|rente)\b",
        "received": r"\b(?:ticket|vorgang|anfrage|bewerbung|bestellung|nachricht|mail|meldung|"
        r"schreiben|unterlagen|anliegen)\w*\b.{0,60}\b(?:angelegt|erfasst|registriert|aufgenommen|"
        r"eingegangen|erhalten|erstellt|eröffnet)\b|"
        r"\bbestätigen (?:wir )?(?:hiermit )?(?:\w{1,14} ){0,3}(?:eingang|erhalt)",
        "number": r"\b(?:referenz|kunden|auftrags|fall|bearbeitungs)?-?nummer\b.{0,24}\d{3,}",
        "soon": r"\bmeld(?:et|en) (?:sich|uns)\b|\bso schnell wie möglich\b|\b(?:wird|"
        r"werden) (?:\w{1,14} ){0,4}(?:bearbeitet|geprüft|bearbeiten|kontaktieren|melden)\b|"
        r"\bprüfen\b.{0,40}\b(?:unterlagen|anfrage|anliegen|bewerbung)|\b(?:werktag|arbeitstag|"
        r"stunden)\w*\b",
        "track": r"\b(?:ticketnummer|vorgangsnummer|nummer)\b.{0,40}\bbetreff|\bim betreff\b",
        "noreply": r"\bsehen sie .{0,30}\bab\b|\bnicht auf diese\b|\bnicht antworten\b",
        "unmonitored": r"\bantworten (?:an|auf) diese\b.{0,60}\bnicht\b|\b(?:nur|ausschließlich|"
        r"lediglich) (?:zum|für den|dem) versand\b|\b(?:postfach|adresse|konto|"
        r"mailbox)\b.{0,50}\b(?:nicht|keine)\b.{0,30}\b(?:gelesen|überwacht|bearbeitet|betreut|"
        r"empfangen|abgerufen|beantwortet)",
        "changed": r"\badresse\b.{0,30}\b(?:geändert|umgestellt|gewechselt)|"
        r"\bneue[nr]? (?:e-?mail-?|mail-?)?adresse\b",
        "use": r"\bab sofort\b|\bkünftig\b|\baktualisieren\b|\berreichen sie mich\b",
        "old": r"\balte[nr]? (?:e-?mail-?|mail-?)?adresse\b",
        "undelivered": r"\bnicht (?:\w{1,14} ){0,3}(?:zugestellt|zustellbar)\b|\bunzustellbar\b|"
        r"\bzustellung .{0,40}\b(?:fehlgeschlagen|gescheitert|nicht möglich)",
        "diagnosis": r"\b(?:nicht gefunden|existiert nicht|unbekannt|ist voll|schreibweise|"
        r"fehlermeldung|fehlercode|erneut)\b",
        "held": r"\b(?:zurückgehalten|quarantäne|angehalten)\b|\bspam\b|\bunbekannte\w* absender|"
        r"\bwird\b.{0,40}\bzugestellt\b",
        "verify": r"\b(?:bestätigen|beweisen|klicken)\b.{0,60}\b(?:mensch|person|automat|roboter|"
        r"link|absender)",
        "wish": r"\bwünsch\w{1,3}\b.{0,60}\b(?:fest|feiertage|weihnacht|jahr|rutsch|ostern|sommer)",
    },
    "fr": {
        "absent": r"\btemps partiel\b|\bne (?:suis|serai) (?:pas|plus) (?:\w{1,14} )?(?:présente?|"
        r"disponible|joignable|au bureau)\b|\b(?:bureaux?|agence|cabinet|magasin|usine|accueil|"
        r"établissement|service)\b.{0,50}\bferm|\ben (?:arrêt|congé)\b",
        "access": r"\b(?:peu|pas) (?:de |d')?(?:accès|connexion)|"
        r"\bconsult\w{2,6} (?:\w{1,12} )?mes (?:mails|messages)|\bne (?:lis|lirai|consulte)",
        "later": r"\bréponse\b.{0,40}\b(?:retour|tard|différé)|\b(?:traité|traiterai|lirai|"
        r"lu)\b.{0,40}\b(?:retour|réouverture)|\bdès (?:notre|la) (?:retour|réouverture|reprise)",
        "contact": r"\b(?:contacter|écrire|téléphoner|solliciter)\b|\bformulaire\b",
        "forwarded": r"\bpas (?:transféré|transmis|redirigé)",
        "left": r"\b(?:a|ai) quitté\b|\bn'(?:est|exerce|occupe|fait) plus\b|\b(?:à la|"
        r"en) retraite\b",
        "received": r"\b(?:reçue?s?|enregistrée?s?|prise? en (?:compte|charge))\b|\bbien parvenu",
        "number": r"\b(?:commande|réf)\b.{0,24}\d{3,}",
        "soon": r"\bdans (?:un|les|des) (?:\w{1,12} )?délais?|\bsous (?:\d|deux|trois|quatre|48)|"
        r"\b(?:vous|nous) (?:répondr|recontact|contacter|reviendr)\w+|\bouvrée?s\b",
        "track": r"\bobjet\b.{0,40}\b(?:message|mail|numéro)|\bdans l'objet\b",
        "automated": r"\bmessage (?:est )?(?:\w{1,12} )?automatique|\bautomatiquement\b",
        "noreply": r"\bne pas (?:y |lui )?répondre|\bn'y répondez pas\b|\bne répondez pas\b",
        "unmonitored": r"\b(?:boîte|adresse|messagerie|réponses?)\b.{0,40}\b(?:n'est|ne (?:sont|"
        r"sera|seront)) (?:pas|plus)\b",
        "use": r"\b(?:mettre|mettez) à jour\b|\bécri(?:re|vez)(?:-| à | m)|\bm'écrire\b",
        "undelivered": r"\bn'(?:a|ont) pas pu être\b|\béchec de (?:la )?(?:remise|distribution)|"
        r"\bnon remis\b",
        "diagnosis": r"\b(?:introuvable|n'existe pas|inconnue?|pleine|vérifi\w{1,3} (?:l'adresse|"
        r"l'orthographe)|renvoye[rz]|code d'erreur)\b",
        "held": r"\b(?:en attente|quarantaine|retenus?)\b|\bspam|\bindésirables?\b|"
        r"\bsera (?:ensuite )?(?:remis|distribué|transmis)\b",
        "verify": r"\b(?:confirm|vérifi|prouv|cliqu)\w{1,4}\b.{0,60}\b(?:personne|humain|robot|"
        r"lien)",
        "wish": r"\bsouhait\w{1,4}\b.{0,40}\b(?:fêtes|vacances|noël|année)",
    },
    "es": {
        "absent": r"\b(?:media jornada|jornada reducida|tiempo parcial)\b|\bno (?:estoy|estaré|"
        r"estamos|estaremos) (?:\w{1,14} )?disponibles?\b|\boficinas?\b.{0,60}\bcerrad|"
        r"\bno trabajo los\b|\bde (?:baja|permiso|viaje)\b",
        "access": r"\bno podré (?:responder|contestar|atender|leer)|\bno (?:leeré|consultaré|"
        r"reviso)",
        "later": r"\b(?:a|en) (?:mi|nuestra|nuestro) (?:vuelta|regreso)\b|\ben cuanto\b|"
        r"\bhasta mi (?:regreso|vuelta)\b|\b(?:atender|responder|contestar)(?:é|emos|á)\b",
        "contact": r"\b(?:los|las|lo|la) lleva\b|\bllamar\b|\bescribir\b|\bse encarga\b|"
        r"\bme sustituye\b|\bpágina de contacto\b|\bformulario\b",
        "forwarded": r"\bno se (?:reenvía|lee|leen|revis)",
        "left": r"\b(?:ha dejado|dejó) de\b|\bdejó (?:la|nuestra)\b|\bya no está\b|"
        r"\bse ha jubilado\b|\bno (?:trabaja|está) (?:ya|más)\b",
        "received": r"\b(?:se ha|hemos|ha sido|fue|sido) (?:recibid|registrad|asignad)\w{1,2}\b|"
        r"\basignado el\b|\brecibido correctamente\b",
        "soon": r"\b(?:se pondrá|nos pondremos|pondremos) en contacto\b|\bplazo\b|\bhoras\b|"
        r"\bdías hábiles\b",
        "automated": r"\bmensaje automático\b|\brespuesta automática\b|\bautomáticamente\b",
        "noreply": r"\bno (?:responda|conteste|responder)\b",
        "unmonitored": r"\b(?:buzón|dirección|cuenta|correo)\b.{0,40}\bno (?:está|es|se|admite|"
        r"recibe|acepta)\b",
        "changed": r"\b(?:he cambiado|cambié|cambio) de (?:dirección|correo)\b|\bnuevo correo\b",
        "use": r"\ba partir de (?:ahora|hoy)\b|\bactualic",
        "old": r"\b(?:dirección|cuenta|correo) (?:anterior|antigu)",
        "undelivered": r"\bno se (?:ha|han|pudo) (?:podido )?entrega|\bno (?:fue|"
        r"ha sido) entregad|\bno entregad",
        "diagnosis": r"\bno se (?:ha )?encontr|\bno existe\b|\bdesconocid|\bcompr(?:ue|o)b|"
        r"\bvuelva a (?:enviar|intentar)|\bestá llen|\bcódigo de error",
        "held": r"\bretenid|\ben cuarentena\b|\bno deseado\b|\bspam\b|\bserá entregad",
        "verify": r"\b(?:confirm|verifi|demuestr|haga clic)\w*\b.{0,60}\b(?:persona|robot|enlace|"
        r"humano)",
        "wish": r"\bfelices (?:vacaciones|navidades)|\bfeliz\b",
    },
    "it": {
        "absent": r"\bpart-?time\b|\btempo parziale\b|\bnon (?:sono|"
        r"sarò) (?:\w{1,14} )?(?:disponibile|raggiungibile|reperibile|in ufficio)\b|"
        r"\bufficio dal\b|\buffici\b.{0,50}\bchius",
        "access": r"\bnon (?:leggerò|leggo|consulto|consulterò)\b",
        "later": r"\b(?:leggerò|risponderò|risponderemo|legger)\b|\balla (?:riapertura|ripresa)\b|"
        r"\bil prima possibile\b",
        "contact": r"\bpuò (?:rivolgersi|chiamare|scrivere|contattare)\b|\bvisiti\b|\bmodulo\b|"
        r"\bsi occupa\b",
        "left": r"\bnon (?:lavora|è|opera|fa) più\b|\bha lasciato\b|\bin pensione\b",
        "received": r"\b(?:è stata|è stato|abbiamo) (?:\w{1,14} )?(?:ricevut|registrat|assegnat|"
        r"pres)|\bassegnato il\b",
        "soon": r"\bentro\b|\b(?:la|vi|ti) (?:contatter|ricontatter|risponder)\w+|"
        r"\bverrà (?:ri)?contattat|\blavorativ",
        "automated": r"\bmessaggio automatico\b|\brisposta automatica\b|\bautomaticamente\b",
        "noreply": r"\bnon rispondere\b",
        "unmonitored": r"\b(?:casella|indirizzo)\b.{0,40}\bnon (?:è|viene)\b",
        "changed": r"\bindirizzo\b.{0,30}\bcambiato\b|\bcambiato indirizzo\b|"
        r"\bnuov[oa] (?:indirizzo|e-?mail)\b",
        "use": r"\b(?:da oggi|d'ora in poi|da ora)\b|\baggiornare\b",
        "undelivered": r"\bimpossibile (?:recapitare|consegnare)\b|\bnon (?:è stato possibile|"
        r"può essere|è stato) (?:recapit|consegn)|\bmancat[oa] (?:recapito|consegna)",
        "diagnosis": r"\bnon (?:è stat[oa] )?trovat|\binesistente\b|\bsconosciut|"
        r"\bverific\w{1,4}\b|\bdi nuovo\b|\bpiena\b|\bcodice (?:di )?errore",
        "held": r"\btrattenut|\bquarantena\b|\bspam\b|\bmittenti sconosciuti\b|\bverrà consegnat",
        "verify": r"\b(?:conferm|verific|dimostr|clicc)\w*\b.{0,60}\b(?:persona|robot|link|umano)",
        "wish": r"\baugur\w{1,4}\b.{0,40}\b(?:vacanze|feste|natale|anno)|\bbuone vacanze\b",
    },
    "nl": {
        "absent": r"\b(?:parttime|deeltijd)\b|\bniet (?:\w{1,14} ){0,2}(?:aanwezig|bereikbaar|"
        r"beschikbaar|op kantoor)\b|\b(?:kantoor|winkel|bedrijf|praktijk|"
        r"zijn)\b.{0,60}\bgesloten\b|\bziek\b|\bverlof\b",
        "access": r"\bmail niet\b|\bgeen (?:mail|e-?mail)",
        "later": r"\b(?:reageer|reageren|beantwoord|beantwoorden|lees|lezen)\b.{0,40}\b(?:terug|"
        r"mogelijk|terugkeer|daarna)\b",
        "contact": r"\bterecht bij\b|\bneemt .{0,40}\bwaar\b|\bcontactformulier\b|\bstuur\b|"
        r"\bvervangt mij\b|\bbereikt\b",
        "forwarded": r"\bniet doorgestuurd\b|\bworden doorgestuurd\b",
        "left": r"\bniet (?:meer|langer) (?:\w{1,14} ){0,2}(?:werkzaam|in dienst)\b|\bverlaten\b|"
        r"\buit dienst\b|\bmet pensioen\b",
        "received": r"\b(?:in goede orde|goed) ontvangen\b|\bin behandeling\b|\baangemaakt\b",
        "soon": r"\bneem(?:t|en)\b.{0,60}\bcontact\b|\bbinnen\b|\bwerkdag",
        "automated": r"\bautomatisch\b",
        "noreply": r"\bniet op (?:deze|dit)\b.{0,30}\b(?:reageren|antwoorden)|\bniet (?:reageren|"
        r"beantwoorden)\b",
        "unmonitored": r"\b(?:mailbox|postbus|postvak|adres|e-?mailadres|inbox)\b.{0,40}\bniet\b",
        "changed": r"adres\b.{0,20}\b(?:gewijzigd|veranderd)\b|\bnieuwe? (?:e-?mail|mail)?adres\b",
        "use": r"\bvoortaan\b|\bvanaf nu\b",
        "old": r"\boude (?:e-?mail|mail)?adres\b",
        "undelivered": r"\bkon(?:den)? niet (?:worden )?(?:bezorgd|afgeleverd)|\bniet (?:bezorgd|"
        r"afgeleverd)\b|\bbezorging .{0,20}mislukt",
        "diagnosis": r"\bniet gevonden\b|\bbestaat niet\b|\bonbekend\b|\bcontroleer\b|\bopnieuw\b|"
        r"\bis vol\b",
        "held": r"\bvastgehouden\b|\bquarantaine\b|\bspam\b|\bonbekende afzenders?\b|"
        r"\bwordt\b.{0,40}\bafgeleverd\b",
        "verify": r"\b(?:bevestig|klik)\w*\b.{0,60}\b(?:mens|persoon|robot|link)\b",
        "wish": r"\bfijne (?:feestdagen|dagen|vakantie)|\bwens\w{0,2}\b",
        "back": r"\bweer voor u klaar\b",
    },
    "pl": {
        "absent": r"\bniepełn\w{1,3} wymiar|\bpół etatu\b|\b(?:biuro|firma|sklep|gabinet|urząd|"
        r"zakład)\b.{0,50}\b(?:zamknięt|nieczynn)|\bnieobecn|\burlop",
        "access": r"\bnie mam (?:stałego )?dostępu\b|\bnie (?:czytam|odczytuję|odbieram)\b",
        "later": r"\bodpowie(?:m|my)\b|\bpo (?:moim |naszym )?powrocie\b|\bjak to możliwe\b",
        "contact": r"\bkierować\b|\bzastępuje mnie\b|\bkontaktowego\b|\bskorzystać\b|\bkontakt\b",
        "forwarded": r"\bnie (?:są|jest|będą|będzie) (?:przekazywan|przekierow)",
        "left": r"\bnie pracuj[eę]\b|\bjuż nie (?:pracuje|jest)\b|\bnie jest już\b|\bzakończył|"
        r"\bna emerytur",
        "received": r"\botrzyma(?:liśmy|łem|łam)\b|\b(?:został[oa]?|zostały) (?:przyjęt|zarejestr|"
        r"otrzym)|\bwpłynęł|\bprzyjęliśmy\b",
        "number": r"\bnumer\w{0,3}\b.{0,24}\d{3,}",
        "soon": r"\bskontaktuj\w{1,4} się\b|\bw ciągu\b|\bodpowiemy\b|\broboczych\b",
        "automated": r"\bautomatycznie\b|\bautomatyczn",
        "noreply": r"\bnie odpowiadać\b",
        "unmonitored": r"\b(?:skrzynk|adres|kont)\w*\b.{0,40}\bnie jest\b",
        "changed": r"\badres\b.{0,30}\b(?:uległ zmianie|zmienił|zmieniony)|\bnowy adres\b",
        "use": r"\bod teraz\b|\bzaktualizow|\bproszę pisać\b",
        "old": r"\bstary adres\b|\bstarego adresu\b",
        "undelivered": r"\bnie (?:można|udało się|mogła|została)(?: być| było)? dostarcz|"
        r"\bniedostarcz",
        "diagnosis": r"\bnie znaleziono\b|\bnie istnieje\b|\bnieznan|\bsprawdzić\b|\bponownie\b|"
        r"\bpełna\b",
        "held": r"\bwstrzym|\bkwarantann|\bspam\b|\bnieznanych nadawców\b|\bzostanie dostarcz",
        "verify": r"\b(?:potwierdz|klikn|udowodn)\w*\b.{0,60}\b(?:robot|człowiek|link|osob)",
        "wish": r"\bżyczymy\b|\bwesołych\b",
        "contacting": r"\bdziękujemy za\b",
    },
    "pt": {
        "absent": r"\b(?:tempo parcial|meio período|part-?time)\b|\bnão est(?:ou|arei|amos|"
        r"aremos) (?:\w{1,14} )?disponíve|\bescritórios?\b.{0,60}\b(?:fechad|encerrad)|"
        r"\bde licença\b|\blicença\b",
        "access": r"\bnão (?:terei|tenho) acesso\b|\bnão (?:lerei|consulto|leio)\b",
        "later": r"\brespond(?:o|erei|eremos)\b|\bquando (?:regressar|voltar|reabrir|reabrirmos|"
        r"retornar)\b|\bassim que possível\b",
        "contact": r"\bfale com\b|\bcontacte\b|\bpágina de cont|\benvie o seu\b|\bformulário\b|"
        r"\bsubstitui\b",
        "forwarded": r"\bnão (?:são|serão|será|é) (?:re)?encaminhad",
        "left": r"\b(?:já )?não (?:trabalha|faz parte|integra|está)\b|\bdeixou\b|\bse aposentou\b|"
        r"\breformou-se\b",
        "received": r"\b(?:recebemos|foi recebid|foram recebid|atribuímos|registámos|"
        r"registramos)\w{0,2}",
        "soon": r"\bentrar(?:emos|á) em contac?to\b|\bprazo\b|\bhoras\b|\bdias úteis\b",
        "automated": r"\bmensagem automática\b|\bresposta automática\b|\bautomaticamente\b",
        "noreply": r"\bnão responda\b",
        "unmonitored": r"\b(?:caixa|endereço|conta)\b.{0,40}\bnão (?:é|está)\b",
        "changed": r"\bendereço\b.{0,30}\b(?:mudou|alterado)\b|\b(?:novo|antigo) (?:endereço|"
        r"e-?mail)\b|\bmudei de\b",
        "use": r"\ba partir de (?:agora|hoje)\b|\batualiz|\bescreva-me\b",
        "old": r"\bendereço antigo\b|\bantigo endereço\b",
        "undelivered": r"\bnão (?:foi possível|pôde|pode)(?: ser)? entreg|\bfalha na entrega\b",
        "diagnosis": r"\bnão (?:foi )?encontrad|\bnão existe\b|\bdesconhecid|\bverifique\b|"
        r"\bnovamente\b|\bcheia\b",
        "held": r"\bretid|\bquarentena\b|\bspam\b|\bremetentes desconhecidos\b|\bserá entregue\b",
        "verify": r"\b(?:confirm|verific|cliq)\w*\b.{0,60}\b(?:pessoa|robô|ligação|link|humano)",
        "wish": r"\bdesej\w{1,4}\b.{0,40}\b(?:festas|natal|ano|férias)",
    },
}
