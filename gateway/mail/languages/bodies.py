"""How absence notices and receipts speak, as word patterns, by kind; matched on small letters."""

from __future__ import annotations

# Every pattern is searched in the first 300 characters, spaces single, apostrophes straight.
# Gaps are bounded, so that no pattern can wander.
LEFT_COMPANY: tuple[str, ...] = (
    r"\bno longer (?:with|works?|working|connected with"
    r"|employed|an? (?:employee|member)|part of|at)\b",
    r"\b(?:has|have|'s) left (?:the (?:company|firm|organi[sz]ation|business)|our (?:company"
    r"|team|firm))",
    r"\bis no longer (?:available|active|in use)? ?(?:at|with) \w",
    r"\bhas left (?!me\b|us\b|his\b|her\b|a\b|an\b|for\b)\w[\w&.]{1,20}(?: \w{1,15})? (?:on|in"
    r"|as of|effective)"
    r" (?:\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", r"\bhas left our \w",
    r"\bemployment (?:with|at) .{1,50} has ended\b", r"\bretired effective\b",
    r"\bhas now retired\b",
    r"\b(?:her|his|their) (?:e-?mails?|messages|mail) (?:is|are) (?:not|no longer) (?:being )?"
    r"(?:forwarded|read|monitored)\b",
    r"\b(?:has|have) retired\b(?! from (?:that|this|the idea))",
    r"nicht mehr (?:für|bei|im unternehmen|in unserem|bei uns)",
    r"(?:ne travaille|fait|faisons) plus (?:partie |chez |pour |dans |au sein)",
    r"ne fait plus partie", r"a quitté (?:la société|l'entreprise|notre|ses fonctions)",
    r"ya no (?:trabaja|forma parte|pertenece|labora)", r"non (?:lavora|fa|collabora) più",
    r"(?:werkt niet meer|niet langer werkzaam|niet meer werkzaam)",
    r"(?:não trabalha mais|já não trabalha"
    r"|não faz mais parte|não está mais)", r"(?:har slutat|arbetar inte längre|jobbar inte"
    r" längre)",
    r"(?:er fratrådt|har fratrådt|arbejder ikke længere|jobber ikke lenger|har sluttet)",
    r"(?:nie pracuje już|już nie pracuje|nie jest już pracown)", r"больше не работает", r"已离职",
    r"已離職",
    r"退職(?:し|いた|致)", r"퇴사",
)  # fmt: skip
ABSENT: tuple[str, ...] = (
    r"^\W{0,3}(?:ooo|out of (?:the )?office)[ ,:\-]{1,3}(?:until|till|til|from|through|thru|\d)",
    r"^\W{0,3}(?:i'm |i am )?(?:out|away) (?:until|till|til|from|through|thru) (?:\d|the \d"
    r"|mon|tue"
    r"|wed|thu|fri|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
    r"\b(?:office|factory|company|shop|store|school|studio|clinic|practice|warehouse)s?(?:"
    r" and \w+)?"
    r" (?:is|are|will be|stays?|remains?|will remain)"
    r" closed (?:for|from|until|till|on|between|due"
    r"|during|over|through|this|today|tomorrow|\w{3,6}day|\d)",
    r"^[^.!?]{3,60} (?:is|are|will be) closed (?:from |between |on )?(?:the )?(?:\d{1,2} |jan|feb"
    r"|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
    r"\b(?:i|we)(?: will|'ll| shall) (?:return|respond to|reply to|answer|be answering|pick up)"
    r" (?:all |your |any )?(?:messages|e-?mails|calls)\b",
    r"(?:\b(?:i'm|i am|i will|i'll|we are|we're|we will|currently|be|is"
    r"|are)\b[^.]{0,60}\b(?:away|out"
    r"|off|leave|travell?ing|holidays?|vacation|break|closed|conference)\b|\breturn(?:ing)?"
    r" (?:on|to)"
    r"\b|\bback (?:on|in)\b).{0,160}\b(?:(?:for|in) (?:anything |any )?(?:urgent|immediate"
    r"|emergenc)"
    r"|(?:if|in case)\b.{0,30}(?:urgent|urgency|emergency|can't wait|cannot wait)|emergencies:"
    r"|urgent (?:matters|issues|requests|queries|enquiries|inquiries))",
    r"\b(?:contact|urgent|reach|e-?mail|call|refer|direct|questions|assist\w*"
    r"|help)\b.{0,80}\b(?:in"
    r"|during) my absence\b|\b(?:in|during) my absence,? (?:please|contact|you (?:can|may))\b",
    r"\b(?:in|während) meiner abwesenheit (?:wenden|kontakt|erreichen|vertritt|hilft|steht|ist)"
    r"|\b(?:en|pendant|durant) mon absence\b|\bdurante mi ausencia\b"
    r"|\bdurante (?:la mia assenza|a minha ausência)\b|\btijdens mijn afwezigheid\b",
    r"\bin dringenden (?:fällen|angelegenheiten)\b|\ben cas d'urgence\b"
    r"|\bpara (?:temas|asuntos|casos) urgentes\b|\bper (?:questioni urgenti|urgenze)\b"
    r"|\bvoor dringende (?:zaken|vragen)\b|\bem caso de urgência\b|\bvid brådskande ärenden\b"
    r"|\bw (?:pilnych sprawach|sprawach pilnych)\b|\bved hastende\b",
    r"\bi shall return on \b",
    r"\b(?:limited|hardly any|little|poor|patchy|no) (?:phone |mobile )?(?:signal|wi-?fi|reception"
    r"|connectivity|coverage)\b|\b(?:be|am|i'm) back at my desk\b|\bback at my desk on\b",
    r"\b(?:i'm|i am|i'll be|i will be) at (?:a|an|the|our) (?:\w{1,12} ){0,2}(?:trade fair|fair"
    r"|conference|offsite|off-site|congress|expo|summit) (?:all|this|until|till|from|through)\b",
    r"\bi(?:'m| am| will be|'ll be) (?:currently |now )?(?:travell?ing|attending|offline"
    r"|unavailable)",
    r"\b(?:i am|i'm|i will be|i'll be|is|we are|am|will be|be|currently|being|are) (?:currently"
    r" |now |also )?"
    r"(?:out of (?:the )?office|out of (?:the )?country|out-of-office|away from (?:the office"
    r"|my desk|work"
    r"|my (?:e-?mail|inbox|computer))|not in the office|on (?:annual|parental|maternity"
    r"|paternity|sick|medical"
    r"|family|personal|bereavement|extended|study) leave|on leave|on vacation|on holidays?|on"
    r" pto|on sabbatical"
    r"|ooo\b)",
    r"^(?:\W|hello|hi|dear|all|there|thank you|thanks|for your (?:e-?mail|message|mail)){0,6}"
    r"(?:i am|i'm)? ?(?:currently )?(?:out of (?:the )?office|on (?:annual|parental|maternity)"
    r" leave)\b",
    r"\b(?:out of|away from) (?:the |my )?office\b.{0,90}\b(?:return|back|until|till|through"
    r"|from|with"
    r"|limited|no access)\b",
    r"\b(?:limited|no|intermittent|sporadic|restricted|without|infrequent|reduced) (?:or no"
    r" )?access to (?:my )?"
    r"(?:e-?mails?|inbox|internet|phone|messages)",
    r"\b(?:will|shall|'ll) (?:respond|reply|answer|get back|be responding|be replying|read"
    r"|return|attend)"
    r"\b.{0,60}\b(?:upon|on|after|when|once) (?:my |i |the )?(?:return|am back|'m back|get back)",
    r"\b(?:this|your) (?:e-?mail|message|mail)s? will (?:not )?be (?:forwarded|read|answered"
    r"|deleted|checked)",
    r"\bnot (?:be )?(?:checking|reading|monitoring) (?:my )?(?:e-?mails?|inbox|messages)",
    r"\b(?:check|read|respond to|answer) (?:my )?(?:e-?mails?|messages|mail) (?:only )?"
    r"(?:once|twice|two|three|\d) ?(?:times)? ?(?:a|per) (?:day|week)",
    r"\bour (?:office|offices) (?:is|are|will be) closed\b",
    r"\boffice (?:is|will be) closed (?:for|from|until|on|between)",
    r"(?:ich bin|bin ich|befinde mich|bin) (?:\w{1,14} ){0,6}?(?:nicht (?:im (?:büro|haus)"
    r"|erreichbar|am platz"
    r"|an meinem)|abwesend|außer haus|ausser haus|im urlaub|in elternzeit|auf dienstreise|im"
    r" mutterschutz)",
    r"(?:bis|ab|vom|zum) .{1,40}(?:nicht (?:im büro|im haus|erreichbar)|abwesend|im urlaub"
    r"|außer haus)",
    r"(?:ihre|deine) (?:e-?mail|nachricht|mail) wird (?:nicht|leider nicht|automatisch)",
    r"(?:keinen|eingeschränkten|begrenzten) zugriff auf meine",
    r"je suis (?:actuellement |en ce moment |présentement )?(?:absente?|en congés?|en"
    r" déplacement|en vacances"
    r"|hors du bureau|indisponible)",
    r"je serai (?:absente?|en congés?|de retour|en vacances|indisponible)",
    r"actuellement (?:absente?|en congés?|en déplacement)",
    r"(?:absente?|en congés?) (?:du|jusqu'au|jusqu’au)",
    r"(?:estoy|estaré|me encuentro|me encontraré|estando) (?:actualmente )?(?:fuera de (?:la"
    r" )?oficina|de vacaciones"
    r"|ausente|de viaje|de baja|de permiso|fuera del)",
    r"fuera de (?:la )?oficina (?:hasta|del|desde)",
    r"(?:sono|sarò|mi trovo) (?:attualmente |al momento )?(?:fuori (?:ufficio|sede)|assente|in"
    r" ferie|in viaggio"
    r"|in congedo)",
    r"(?:ik ben|ben ik|wegens|in verband met) (?:\w{1,14} ){0,5}?(?:afwezig|niet aanwezig|met"
    r" vakantie"
    r"|op vakantie|vakantie|met verlof|niet op kantoor|buiten kantoor|verlof)",
    r"(?:estou|estarei|encontro-me|me encontro) (?:atualmente )?(?:fora do escritório|de férias"
    r"|em férias|ausente"
    r"|de licença|em viagem)",
    r"(?:jag är|är jag|jag har) (?:\w{1,14} ){0,4}?(?:frånvarande|på semester|inte på kontoret"
    r"|semester|föräldraledig"
    r"|bortrest|ledig)",
    r"(?:jeg er|er jeg|jeg har|jeg holder) (?:\w{1,14} ){0,4}?(?:på ferie|ikke på kontoret"
    r"|fraværende|ferie|bortreist|på barsel|i permisjon|ute av kontoret|ikke til stede)",
    r"(?:jestem|będę|przebywam) (?:\w{1,14} ){0,3}?(?:nieobecn\w|na urlopie|poza biurem"
    r"|niedostępn\w)",
    r"olen (?:\w{1,14} ){0,3}?(?:lomalla|poissa|vapaalla)",
    r"(?:jsem|budu) (?:\w{1,14} ){0,3}?(?:mimo kancelář"
    r"|na dovolené|nepřítom)",
    r"(?:нахожусь|буду|я) (?:\w{1,14} ){0,3}?(?:в отпуске|вне офиса|в командировке"
    r"|отсутств)",
    r"(?:不在にして|休暇(?:中|をいただいて|を頂いて|を取得)|出張(?:中|のため|しており)|席を外して)",
    r"(?:目前|现在|正在|我在|本人).{0,12}(?:休假|外出|出差|不在办公室|不在辦公室|年假)",
    r"(?:休假|年假)(?:中|期间|期間)",
    r"(?:부재중|휴가 ?중|출장 ?중|자리를 비|휴가로 인)",
)  # fmt: skip
ACKNOWLEDGED: tuple[str, ...] = (
    r"\byour (?:call|ticket|case|request|transmittal|submission|enquiry|inquiry)(?: [#(\[]?\w*-?"
    r"\d{2,12}[)\]]?)? (?:has been|was|is being) (?:\w+ )?(?:received|logged|registered|queued"
    r"|created|opened|reviewed)(?=[.,:;!]| and\b| under\b| as\b| by (?:our|the) \w|$)",
    r"\byour (?:ticket|case|reference) (?:number|id|no\.?) is\b",
    r"\b(?:maintenance|support|service) request received\b",
    r"\byour (?:message|mail|e-?mail) (?:has (?:reached|landed|arrived)|landed safely"
    r"|arrived safely)\b(?! (?:me|us|my|at a|in my|on my)\b)",
    r"\b(?:one of (?:us|the team|our \w+)|a member of (?:the|our) team|an agent|our team) will"
    r" (?:answer|reply|respond|get back|be in touch|contact you)",
    r"\bplease quote this reference\b|\bthis acknowledge?ment does not\b",
    r"\b(?:automatic|automated) (?:note|message|acknowledge?ment|confirmation)\b",
    r"\b(?:this is|is) an? (?:auto(?:mated|matic|mated)?|auto-?generated|computer-generated"
    r"|system[- ]generated)"
    r"(?:ally)?[- ]?(?:generated )?(?:reply|response|message|e-?mail|notification"
    r"|acknowledge?ment|answer"
    r"|confirmation)", r"\b(?:automated|automatic|auto-?) ?(?:reply|response|responder)\b",
    r"\b(?:ticket|case|request|enquiry|inquiry|reference)(?: number| id| no\.?| #)? ?(?:#|\[|:)? ?"
    r"(?:[#\[]?[a-z]{0,5}-?\d{3,12}\]?)? ?(?:has been|was|is being) (?:created|opened|logged"
    r"|received|assigned"
    r"|registered)(?! (?:by mistake|badly|with (?:another|some)))",
    r"\bthank(?:s| you) for (?:contacting|reaching out to|e-?mailing|writing to|getting in touch"
    r" with|your (?:e-?mail|message|enquiry|inquiry|request|interest))\b.{0,120}(?:will"
    r" (?:respond|reply|get back"
    r"|be in touch|review|contact)|has been received|have received (?:it|your|this)|received your"
    r"|within (?:\d"
    r"|one|two|the next)"
    r"|as soon as possible|shortly|business days?)",
    r"\b(?:we have|we've|has been) received (?:your (?:e-?mail|message|enquiry|inquiry"
    r"|request))?.{0,80}"
    r"(?:will (?:respond|reply|get back|be in touch|review|contact)|within \d)",
    r"\byour (?:e-?mail|message|enquiry|inquiry|request|application|mail) (?:has been|was)"
    r" (?:successfully )?received(?! (?:with|badly)\b)",
    r"\b(?:do not|don't|please do not|no need to) (?:reply|respond) to this (?:e-?mail|message"
    r"|mail|address)",
    r"(?:automatisch (?:generierte|erstellte|versendete)|automatische (?:antwort"
    r"|eingangsbestätigung|e-?mail"
    r"|nachricht))", r"(?:réponse|message) automatique",
    r"(?:mensaje|respuesta|correo) (?:automátic[oa]|generad[oa] automáticamente)",
    r"(?:messaggio|risposta) automatic[oa]",
    r"(?:automatisch gegenereerd|automatisch antwoord|automatisch bericht"
    r"|automatische (?:reactie|ontvangst))", r"(?:mensagem|resposta|e-mail) automátic[oa]",
    r"(?:automatiskt (?:svar|meddelande|genererat)|autosvar|automatisk (?:svar|besked|generert"
    r"|genereret))",
    r"(?:wiadomość (?:została )?wygenerowana automatycznie|automatyczna odpowiedź)",
    r"(?:自动(?:回复|发送|生成)|自動(?:返信|送信|回覆|配信)|자동 ?(?:회신|응답|발송))",
    r"автоматическ(?:ий ответ|ое (?:сообщение|"
    r"уведомление))",
)  # fmt: skip
UNMONITORED: tuple[str, ...] = (
    r"\b(?:inbox|mailbox|account|address)\b.{0,60}\b(?:is not|isn't|is no longer|not) (?:being )?"
    r"(?:monitored|read|looked at)\b",
    r"\b(?:inbox|mailbox)\b.{0,50}\b(?:decommissioned|archived)\b",
    r"\bnobody reads (?:this|answers|the)\b",
    r"\b(?:send-only|notification-only|no-?reply) (?:address|mailbox|account)",
    r"\baddress is send-only\b", r"\bmailbox of sending only\b", r"\bmailbox isn't checked\b",
    r"\b(?:mailbox|inbox|e-?mail address|address|account|email|e-mail) (?:is|are) (?:not|no"
    r" longer|un)(?: being| actively"
    r"| regularly)? ?(?:monitored|attended|checked|read|in use|active|used|manned|supervised)",
    r"\bunmonitored (?:mailbox|inbox|address|account|e-?mail)",
    r"\bunattended (?:mailbox|inbox|address)",
    r"(?:postfach|adresse|mailadresse) wird nicht (?:gelesen|überwacht|bearbeitet|mehr)",
    r"(?:boîte|adresse) (?:\w{1,14} ){0,2}?n'est (?:pas|plus) (?:consultée|surveillée|relevée"
    r"|lue|active|utilisée)",
    r"(?:buzón|dirección|cuenta) (?:\w{1,14} ){0,3}?(?:no está (?:supervisad|monitoread"
    r"|atendid)|no (?:se|es) "
    r"(?:revisa|monitore))",
    r"casella (?:\w{1,14} ){0,3}?non (?:è|viene) (?:presidiata|monitorata|letta)",
    r"(?:mailbox|postbus) wordt niet (?:gelezen|gemonitord)",
)  # fmt: skip
ADDRESS_CHANGED: tuple[str, ...] = (
    r"\bi(?:'ve| have) moved (?:on )?to a new e-?mail (?:address|provider)\b"
    r"|\bi(?:'ve| have) moved to a new address:? \S{1,40}@",
    r"\bmy (?:company |work )?e-?mail (?:address )?(?:has|have) changed\b",
    r"\bmy new (?:e-?mail )?address is\b|\bmy e-?mail is now\b",
    r"\b(?:messages|mail|e-?mails|correspondence) (?:sent )?to the (?:old|former|previous)"
    r" (?:address|domain|one|mailbox|account)\b",
    r"\baddresses (?:ending in \S{3,40} )?(?:are|have been) replaced by\b",
    r"\bmy (?:e-?mail )?address has changed\b", r"\b(?:new|changed) e-?mail address (?:is|to)\b",
    r"\bplease (?:use|update) my new (?:e-?mail|address)",
    r"\bthis (?:e-?mail )?(?:address|account|mailbox) (?:has been"
    r"|will be|is) (?:closed|deactivated|discontinued|retired|decommissioned)",
    r"(?:neue|geänderte) (?:e-?mail-?)?adresse (?:lautet|ist)",
    r"nouvelle adresse (?:e-?mail|mail|est)",
    r"nueva dirección de correo",
)  # fmt: skip
CHALLENGE: tuple[str, ...] = (
    r"\b(?:mail|messages?) from senders\b|\bsenders (?:who|that) (?:aren't|are not) (?:in|on)"
    r" (?:my"
    r"|the|this|their)\b|\breply to this (?:message|e-?mail) with the (?:word|code)\b",
    r"\b(?:verify|prove|confirm) (?:that )?you(?:'re| are) (?:a |not a )?(?:human|real person"
    r"|robot)",
    r"\bprove (?:that )?you (?:are|aren't) (?:a |not a )?(?:human|person|real person|robot)",
    r"\byou are not on (?:this|the) (?:user|recipient)'?s allow list",
    r"\bcomplete (?:this|the) (?:captcha|verification|challenge)\b",
    r"\byour (?:message|e-?mail|mail) (?:\w{1,12} ){0,4}(?:is|has been|was) (?:being |currently )?"
    r"(?:held|quarantined|queued) (?:for|until|pending|because|while)",
    r"\bto release your (?:message|e-?mail|mail)\b|\b(?:address|sender) .{0,60}\bhas not been"
    r" verified\b",
    r"\bconfirm your (?:message|e-?mail|mail)\b.{0,100}\b(?:reply|click|link|deliver)",
    r"\b(?:approved|unknown) senders\b|\bto (?:request entry|be added to the list)\b",
)  # fmt: skip
INVITED: tuple[str, ...] = (
    r"\bhas proposed a new time for this (?:meeting|event)\b",
    r"^(?:accepted|declined|tentative|tentatively accepted|cancell?ed(?: event)?|new time"
    r" proposed): .{3,120}(?:when:|@ |\d{1,2}[:.]\d\d)",
    r"\bhas (?:accepted|declined|tentatively accepted) this invitation\b",
    r"\bevent has been cancell?ed\b.{0,200}\bwhen\b",
)  # fmt: skip
