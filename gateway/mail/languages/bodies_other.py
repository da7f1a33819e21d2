"""How automatic mail speaks in seven further languages, by kind; matched on small letters.

Loose on purpose: what these find proves nothing, it is a sign beside a header, a subject or the
heads. Searched in the first 300 characters, spaces single, apostrophes straight; gaps are bounded.
"""

from __future__ import annotations

# Languages in order: German, French, Spanish, Italian, Dutch, Polish, Portuguese.
BODIES_OTHER: dict[str, tuple[str, ...]] = {
    "bounce": (
        r"\bnicht (?:\w{1,14} ){0,3}(?:zugestellt|zustellbar)\b|\bunzustellbar\b|"
        r"\bzustellung .{0,40}\b(?:fehlgeschlagen|gescheitert|nicht möglich)",
        r"\b(?:empfänger|adresse|postfach)\w*\b.{0,50}\b(?:nicht gefunden|existiert nicht|"
        r"unbekannt|ist voll)",
        r"\bn'(?:a|ont) pas pu être (?:remis|distribu|livr|achemin|délivr)|"
        r"\béchec de (?:la )?(?:remise|distribution)|\b(?:adresse|"
        r"destinataire)\b.{0,40}\b(?:introuvable|n'existe pas|inconnu)",
        r"\bno (?:se )?(?:ha |han |pudo |pudieron )?(?:podido )?(?:ser )?entrega(?:r|do|rse)\b|"
        r"\b(?:dirección|destinatario|buzón)\b.{0,40}\b(?:no (?:existe|encontrad|se encuentra)|"
        r"desconocid|está lleno)|\bno se (?:ha )?encontr(?:ó|ado) (?:la dirección|"
        r"el destinatario)",
        r"\bimpossibile (?:recapitare|consegnare|recapito)|\bnon (?:è stato possibile|"
        r"può essere|è stato) (?:recapit|consegn)|\bmancat[oa] (?:recapito|consegna)|"
        r"\b(?:indirizzo|destinatario|casella)\b.{0,40}\b(?:non (?:è stato )?trovato|"
        r"inesistente|sconosciuto|piena)",
        r"\bkon(?:den)? niet (?:worden )?(?:bezorgd|afgeleverd)|\bniet (?:worden )?(?:bezorgd|"
        r"afgeleverd)\b|\bbezorging .{0,20}mislukt|\b(?:adres|"
        r"ontvanger)\b.{0,40}\b(?:niet (?:gevonden|bekend)|bestaat niet|onbekend)",
        r"\bnie (?:można|udało się|mogła|została)(?: być| było)? dostarcz|\bniedostarcz|"
        r"\b(?:adres|odbiorc|skrzynk)\w*\b.{0,40}\b(?:nie istnieje|nieznan|nie znaleziono|"
        r"pełna)|\bnie znaleziono (?:adresu|odbiorcy)",
        r"\bnão (?:foi possível|pôde|pode)(?: ser)? entreg|\bfalha na entrega|\b(?:endereço|"
        r"destinatário|caixa)\b.{0,40}\b(?:não (?:foi )?encontrad|não existe|inexistente|"
        r"desconhecid|cheia)",
    ),
    "left_company": (
        r"\b(?:hat|haben|habe) (?:\w{1,14} ){0,3}?(?:unternehmen|firma|haus|team|gesellschaft|"
        r"gmbh)(?: \w{1,14}){0,4} verlassen|\b(?:ist|bin) (?:\w{1,14} ){0,5}(?:ausgeschieden|"
        r"im ruhestand|in rente)|\bnicht (?:mehr|länger) (?:\w{1,14} ){0,6}(?:tätig|beschäftigt|"
        r"angestellt)|\barbeitet nicht (?:mehr|länger)",
        r"\b(?:a|ai) quitté (?:\w{1,14} ){0,3}(?:société|entreprise|groupe|structure|fonctions|"
        r"poste|cabinet|équipe)|\bn'(?:est|exerce|occupe) plus (?:\w{1,14} ){0,4}(?:poste|"
        r"fonctions|parmi|effectifs|salarié)|\b(?:à la|en) retraite depuis",
        r"\b(?:ha dejado|dejó) (?:de (?:trabajar|formar parte|prestar|pertenecer)|la empresa|"
        r"su puesto|nuestra)|\bya no (?:está|presta|colabora|trabajo)\b|\bse ha jubilado\b",
        r"\bha lasciato (?:la |l'|il |l)?(?:nostr[ao] )?(?:azienda|società|incarico|ruolo|"
        r"studio)|\bnon è più (?:in servizio|dipendente|parte|presso|con noi)|\bnon opera più\b|"
        r"\bè andat[oa] in pensione\b",
        r"\bniet (?:meer|langer) (?:\w{1,14} ){0,2}(?:werkzaam|in dienst)\b|\bheeft (?:ons|de|"
        r"onze|het) (?:bedrijf|organisatie|team|kantoor) verlaten|\buit dienst\b|"
        r"\bmet pensioen\b",
        r"\bnie jest już|\bjuż nie (?:pracuje|pracuję|jest)\b|\bnie pracuj[eę] (?:już|w )|"
        r"\bzakończył\w? (?:pracę|współpracę)|\bna emerytur",
        r"\b(?:já )?não (?:trabalha|faz parte|integra|colabora)\b|\bdeixou (?:a empresa|"
        r"de (?:trabalhar|fazer parte|colaborar))|\b(?:se aposentou|reformou-se)\b",
    ),
    "unmonitored": (
        r"\b(?:postfach|adresse|mailadresse|mailbox|konto|posteingang)\b.{0,50}\b(?:nicht|"
        r"keine) (?:\w{1,14} ){0,2}(?:gelesen|überwacht|bearbeitet|betreut|beantwortet|empfang|"
        r"abgerufen|eingesehen)|\bantworten (?:an|auf) diese .{0,40}\b(?:nicht|keine)\b|"
        r"\b(?:nur|ausschließlich|lediglich) (?:zum|für den) versand\b",
        r"\b(?:boîte|adresse|messagerie)\b.{0,40}\bn'est (?:pas|plus)\b|"
        r"\bréponses? (?:envoyées? )?à cette adresse\b",
        r"\b(?:buzón|dirección|cuenta|correo)\b.{0,40}\bno (?:está|es|se|admite|recibe|"
        r"acepta) (?:\w{1,14} )?(?:supervis|monitor|atend|revis|leíd|lee\b|respuestas|correos)",
        r"\b(?:casella|indirizzo)\b.{0,40}\bnon (?:è|viene) (?:più )?(?:presidiat|monitorat|"
        r"lett|controllat|consultat|attiv|abilitat)",
        r"\b(?:mailbox|postbus|postvak|adres|e-?mailadres|"
        r"inbox)\b.{0,40}\bniet (?:\w{1,12} )?(?:gelezen|gemonitord|bekeken|beheerd|in gebruik|"
        r"bemand)|\bniet (?:op )?dit adres\b",
        r"\b(?:skrzynk|adres|kont)\w*\b.{0,40}\bnie (?:jest|są|"
        r"będzie) (?:już )?(?:\w{1,14} )?(?:monitorowan|sprawdzan|obsługiwan|czytan|używan|"
        r"aktywn|odczytywan)",
        r"\b(?:caixa|endereço|conta)\b.{0,40}\bnão (?:é|está|são|"
        r"será) (?:mais )?(?:\w{1,14} )?(?:monitor|consultad|lid|verificad|acompanhad|ativ|"
        r"utilizad)",
    ),
    "address_changed": (
        r"\badresse (?:\w{1,14} ){0,3}(?:hat sich|wurde|ist) (?:\w{1,14} )?(?:geändert|"
        r"gewechselt|umgestellt)|\bneue[nr]? (?:e-?mail-?|mail-?)?adresse\b|"
        r"\balte[nr]? (?:e-?mail-?|mail-?)?adresse\b",
        r"\badresse\b.{0,30}\ba changé\b|\bchangé d'adresse\b|\bnouvelle adresse\b|"
        r"\bancienne adresse\b",
        r"\b(?:dirección|correo)\b.{0,30}\bha cambiado\b|\b(?:cambiado|cambié) de (?:dirección|"
        r"correo)|\bnueva dirección\b|\bnuevo correo\b|\bdirección anterior\b",
        r"\bindirizzo\b.{0,30}\bcambiato\b|\bcambiato indirizzo\b|\b(?:nuovo|"
        r"vecchio) indirizzo\b",
        r"adres\b.{0,20}\b(?:gewijzigd|veranderd)\b|\b(?:nieuwe?|oude?) (?:e-?mail|mail)?adres\b",
        r"\badres\b.{0,30}\b(?:uległ zmianie|zmienił|został zmieniony)|\b(?:nowy|stary) adres\b|"
        r"\bzmian\w adresu\b",
        r"\bendereço\b.{0,30}\b(?:mudou|foi alterado)\b|\b(?:novo|antigo) (?:endereço|"
        r"e-?mail)\b|\bmudei de (?:endereço|e-?mail)\b",
    ),
    "challenge": (
        r"\b(?:nachricht|mail|absender)\w*\b.{0,70}\b(?:zurückgehalten|angehalten|quarantäne)\b|"
        r"\bkein (?:roboter|automat|bot)\b|\b(?:bestätigen|beweisen) sie\b.{0,60}\b(?:mensch|"
        r"person|absender)",
        r"\b(?:message|courriel|mail|expéditeur)s?\b.{0,70}\b(?:en attente|en quarantaine|"
        r"retenus?)\b|\b(?:confirmer|prouver|vérifier) que vous (?:êtes|n'êtes pas)\b|"
        r"\bpas un robot\b",
        r"\b(?:mensaje|correo|remitente)s?\b.{0,70}\b(?:retenid|en cuarentena|en espera)|"
        r"\b(?:confirm|verifi|demuestr)\w* que (?:es|no es|usted)\b|\bno es un robot\b",
        r"\b(?:messaggi\w?|mail|mittent\w)\b.{0,70}\b(?:trattenut|in quarantena|in attesa)|"
        r"\b(?:confermar?e?|verificar?e?|dimostr\w{1,4}) (?:di|che) (?:essere|non|è)\b|"
        r"\bun robot\b",
        r"\b(?:bericht|mail|afzender)\w*\b.{0,70}\b(?:vastgehouden|quarantaine|tegengehouden)\b|"
        r"\bbevestigen dat u\b|\bgeen robot\b",
        r"\b(?:wiadomoś|nadawc)\w*\b.{0,70}\b(?:wstrzym|kwarantann|zatrzym)|\b(?:potwierdz|"
        r"udowodn)\w*\b.{0,60}\b(?:robot|człowiek)|\bnie jest (?:\S{1,12} )?robotem",
        r"\b(?:mensage\w{1,2}|remetente)s?\b.{0,70}\b(?:retid|em quarentena|bloquead)|"
        r"\b(?:confirm|verific|prov)\w* que (?:é|não é)\b|\bnão é um robô\b",
    ),
    "calendar": (
        r"^(?:zugesagt|abgesagt|abgelehnt|mit vorbehalt|accepté|refusé|provisoire|aceptad[ao]|"
        r"rechazad[ao]|provisional|accettato|rifiutato|provvisorio|geaccepteerd|geweigerd|"
        r"afgewezen|voorlopig|zaakceptowano|odrzucono|wstępnie|aceito|aceite|recusado|"
        r"provisório) ?: .{3,120}(?:wann|wo|quand|cuándo|quando|wanneer|kiedy|\d{1,2}[:.h]\d\d)",
        r"\bhat (?:diese|ihre|die) (?:\w{1,14} )?einladung (?:angenommen|abgelehnt|zugesagt)|"
        r"\ba (?:accepté|refusé|décliné) (?:cette|votre|l')\s?invitation|\bha (?:aceptado|"
        r"rechazado) (?:esta|su|la) invitación|\bha (?:accettato|rifiutato|declinato) (?:questo|"
        r"il suo|l')\s?invito|\bheeft (?:deze|uw|de) uitnodiging (?:geaccepteerd|afgewezen|"
        r"geweigerd)|\bzaakceptował\w? (?:to )?zaproszenie|\b(?:aceitou|recusou) (?:este|o seu|"
        r"o) convite",
    ),
    "out_of_office": (
        r"\b(?:büro|betrieb|praxis|geschäft|filiale|kanzlei|werk|wir|"
        r"büros)\b.{0,60}\bgeschlossen|\bbetriebs(?:ferien|urlaub|ruhe)\b|\b(?:in|"
        r"nur) teilzeit\b|\bteilzeit\b.{0,60}\b(?:erreichbar|büro)|"
        r"\bbefinde mich (?:\w{1,14} ){0,5}(?:urlaub|elternzeit|mutterschutz|dienstreise)|"
        r"\bnach meiner (?:rückkehr|rueckkehr)\b|\bnicht (?:\w{1,14} ){0,3}erreichbar\b|"
        r"\bwährend meiner abwesenheit\b|\babwesenheits",
        r"\b(?:bureaux?|agence|établissement|société|entreprise|cabinet|magasin|"
        r"usine)\b.{0,50}\bferm(?:é|ée|és|ées|era|eront)\b|\btemps partiel\b|"
        r"\bcongé (?:de )?(?:maternité|maladie|parental|paternité)|\b(?:à|dès) mon retour\b|"
        r"\bne (?:suis|serai) (?:pas|plus) (?:\w{1,14} )?(?:présente?|disponible|joignable|"
        r"au bureau)|\bd'absence\b",
        r"\boficinas?\b.{0,60}\bcerrad|\b(?:media jornada|jornada reducida|tiempo parcial)\b|"
        r"\bde baja (?:por|médica|maternal)|\bpermiso (?:de|por) (?:maternidad|paternidad)|"
        r"\ba (?:mi|nuestro|nuestra) (?:regreso|vuelta)\b|\bno (?:estoy|estaré|"
        r"estamos) (?:\w{1,14} )?disponibles?\b|\bno podré (?:responder|contestar|atender)",
        r"\buffic(?:io|i)\b.{0,50}\bchius|\bpart-?time\b|\btempo parziale\b|\bcongedo\b|"
        r"\bal mio (?:rientro|ritorno)\b|\bnon (?:sono|sarò) (?:\w{1,14} )?(?:disponibile|"
        r"raggiungibile|reperibile|in ufficio)|\bin mia assenza\b",
        r"\b(?:kantoor|winkel|bedrijf|praktijk|wij zijn)\b.{0,60}\bgesloten\b|\b(?:parttime|"
        r"deeltijd)\b|\b(?:zwangerschaps|ouderschaps|bevallings|ziekte)verlof|"
        r"\bniet (?:\w{1,14} ){0,2}(?:bereikbaar|aanwezig|beschikbaar)\b|\bafwezig\b|"
        r"\bafwezigheid\b",
        r"\b(?:biuro|firma|sklep|gabinet|urząd|zakład)\b.{0,50}\b(?:zamknięt|nieczynn)|"
        r"\bniepełn\w{1,3} wymiar|\bpół etatu\b|\burlop(?:ie|u)\b|\bna zwolnieniu\b|\bnieobecn|"
        r"\bpo (?:moim )?powrocie\b|\bnie mam dostępu\b",
        r"\bescritórios?\b.{0,60}\b(?:fechad|encerrad)|\b(?:tempo parcial|meio período|"
        r"part-?time)\b|\bde licença\b|\blicença (?:de )?(?:maternidade|paternidade|médica)|"
        r"\bna minha ausência\b|\bquando (?:regressar|voltar|retornar)\b|\bnão est(?:ou|"
        r"arei) (?:\w{1,14} )?disponível",
        r"\b(?:in|während) (?:meiner|unserer) abwesenheit\b|\b(?:en|pendant|"
        r"durant) mon absence\b|\b(?:durante|en) mi ausencia\b|\b(?:in|"
        r"durante) (?:la )?mia assenza\b|\btijdens mijn afwezigheid\b|\b(?:podczas|"
        r"w czasie) mojej nieobecności\b|\b(?:na|durante a) minha ausência\b",
        r"\b(?:in|bei) dringenden\b|\ben cas d'urgence\b|\bpour toute urgence\b|"
        r"\ben caso de urgencia\b|\bper (?:le )?urgenze\b|\bin caso di urgenza\b|"
        r"\bvoor (?:dringende|spoedeisende)\b|\bbij spoed\b|\bw (?:pilnych|nagłych) (?:sprawach|"
        r"przypadkach)\b|\bem caso de urgência\b",
    ),
    "auto_ack": (
        r"\b(?:nachricht|anfrage|mail|bewerbung|anliegen|bestellung|schreiben|ticket|meldung|"
        r"antrag)\b.{0,60}\b(?:eingegangen|erhalten|erfasst|registriert|angelegt|erstellt|"
        r"aufgenommen)\b|\b(?:ticket|vorgangs?|bearbeitungs|referenz)-?nummer\b|\bmeld(?:et|"
        r"en) (?:sich|uns) (?:\w{1,14} ){0,6}(?:bei ihnen|so schnell|in kürze|innerhalb)|"
        r"\bbitte (?:\w{1,14} ){0,3}nicht (?:\w{1,14} ){0,4}(?:antworten|auf diese)",
        r"\b(?:avons|a|ai) bien (?:été )?(?:reçu|enregistr|pris)|\b(?:demande|message|"
        r"candidature|courriel|commande)\b.{0,40}\b(?:reçue?|enregistrée?|prise? en (?:compte|"
        r"charge)|en cours de traitement)|\b(?:référence|numéro|ticket|dossier)\b.{0,24}\d{3}|"
        r"\bne pas (?:y )?répondre\b|\bn'y répondez pas\b|\bvous (?:répondra|répondrons|"
        r"recontacter|contactera)",
        r"\b(?:hemos|se ha|ha sido|fue) (?:recibid|registrad)|\brecibimos (?:su|tu)\b|"
        r"\b(?:número|ticket|referencia|caso)\b.{0,24}\d{3}|\bno respond\w{1,3} (?:a )?(?:este|"
        r"directamente)|\b(?:se pondrá|nos pondremos) en contacto\b|\ble responder(?:emos|á)\b",
        r"\b(?:abbiamo|è stat[ao]) (?:\w{1,14} )?(?:ricevut|registrat|pres[oa] in carico)|"
        r"\b(?:numero|ticket|riferimento|pratica)\b.{0,24}\d{3}|\bnon rispondere (?:a quest|"
        r"direttamente)|\b(?:la|vi|ti) (?:contatter|ricontatter|risponder)|"
        r"\bverrà (?:ri)?contattat",
        r"\b(?:bericht|aanvraag|verzoek|mail|sollicitatie|melding|bestelling|"
        r"vraag)\b.{0,60}\b(?:ontvangen|geregistreerd|in behandeling|aangemaakt)\b|\b(?:ticket|"
        r"zaak|referentie|dossier)\w*\b.{0,24}\d{3}|\bniet (?:op|"
        r"te) (?:\S{1,12} ){0,3}(?:reageren|beantwoorden|antwoorden)\b|\bneem(?:t|"
        r"en) (?:\S{1,14} ){0,6}contact (?:met u )?op\b",
        r"\b(?:otrzymaliśmy|wpłynęł|zarejestrowa|przyjęt|przyjęl)\w*|\b(?:zgłoszeni|numer|"
        r"spraw)\w*\b.{0,24}\d{3}|\bpros(?:imy|zę) (?:\S{1,14} ){0,4}nie odpowiadać\b|"
        r"\bskontaktuje(?:my)? się\b|\bwygenerowan\w{1,2} automatycznie",
        r"\b(?:recebemos|foi (?:recebid|registad|registrad|abert))|\b(?:número|protocolo|pedido|"
        r"ticket|chamado)\b.{0,24}\d{3}|\bnão respond[ae] (?:a )?est[ea]\b|\bentrar(?:emos|"
        r"á) em contac?to\b|\bresponderemos\b",
        r"\b(?:wurde|ist) (?:am .{1,30} )?(?:gelesen|geöffnet)\b|\ba été (?:lu|ouvert|clôturée?|"
        r"résolue?)\b|\bha sido (?:leíd|abiert|cerrad|resuelt|actualizad)|\bè stat[oa] (?:lett|"
        r"chius|aggiornat|risolt)|\bis (?:op .{1,30} )?(?:gelezen|bijgewerkt|afgesloten)\b|"
        r"\bzostał[ao]? (?:odczytan|przeczytan|zamknięt|zaktualizowan)|\bfoi (?:lid|fechad|"
        r"encerrad|atualizad)",
        r"\bvom system\b|\bpar (?:le|notre) système\b|\bpor el sistema\b|\bdal sistema\b|"
        r"\bdoor het systeem\b|\bprzez system\b|\bpelo sistema\b",
        r"\b(?:innerhalb|binnen) (?:von )?\S{1,8} (?:werktag|arbeitstag|werkdag|stunden|uur)|"
        r"\bjours? ouvr(?:é|able)|\bdías (?:hábiles|laborables)\b|\bgiorni lavorativi\b|"
        r"\bdni robocz|\bdias úteis\b",
        r"\bvielen dank für ihre (?:bestellung|anmeldung|registrierung|bewerbung)|"
        r"\bmerci (?:pour|de) votre (?:commande|inscription|candidature)|\bgracias por (?:su|"
        r"tu) (?:pedido|registro|inscripción|compra|solicitud)|\bgrazie per (?:il suo ordine|"
        r"la (?:sua )?(?:registrazione|iscrizione|candidatura|richiesta))|\bbedankt voor (?:uw|"
        r"je) (?:bestelling|aanmelding|inschrijving|aanvraag|sollicitatie)|"
        r"\bdziękujemy za (?:zamówienie|rejestrację|zgłoszenie)|\bobrigad[oa] pel[ao] (?:sua|"
        r"seu) (?:encomenda|inscrição|pedido|candidatura)",
    ),
}
