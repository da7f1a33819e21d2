"""First names that are no other word, for names in small letters; local parts that name nobody."""

from __future__ import annotations

FIRST_NAMES: frozenset[str] = frozenset(
    """aaron adam adele adrian agnes ahmed alan albert alejandro alex alexandra alfred alice
alicia alison allison amanda amelia amir amy anders andrea andreas andrew andy angela
anita anja anna anne annie anthony antonio arjun arthur ashley barbara beatrice benjamin
bernard beth betty bob bobby brandon brenda brett brian bruno bryan caleb cameron camille carla
carlos carmen carol caroline catherine cathy cecilia charles charlie charlotte chloe chris
christian christina christine christopher cindy claire clara claudia colin connor corey craig
cynthia damian daniel daniela danielle danny darren dave david deborah debbie debra
denise dennis derek diana diane diego dmitri dominic donald donna doris dorothy doug douglas
dylan eddie edgar edith eduardo edward elaine eleanor elena eli elizabeth ellen elsa emily
emma eric erica erik erin esther ethan evelyn fatima felix fernando fiona florian francesca
francesco francisco frederik gabriel gareth gary geoff george gerald gemma gina giovanni giulia
gloria gordon graham greg gregory greta gustavo hannah hans harriet harry heather hector heidi
helen helena henrik henry ian ibrahim igor imran ingrid irene isaac isabel isabella
ivan jacek jackie jacob jacqueline jaime jake james jamie jane janet janice jared jasmine
jason javier jeff jeffrey jen jenna jennifer jenny jeremy jerome jerry jess jesse jessica jill jim
jimmy joan joanna joanne joe joel johan johanna john johnny jon jonas jonathan jordan jorge jose
josef joseph josh joshua juan judith judy julia julian julie julien jurgen justin karen
karin karl kate katherine kathleen kathryn kathy katie kayla keith kelly ken kenneth kenny kevin
kim kirsten klaus kristen kristin kumar kyle lars laura lauren laurence leah leanne leo
leonard leslie liam linda lindsay lisa liz lorenzo lori lorraine louis louise luca lucas lucia
lucy luis luke lukas lydia lynn maggie magnus malcolm manny marcel marco marcus margaret
maria marie marion marjorie markus marta martha martin martina mary mateo mathias
matt matteo matthew maureen maurice meera megan mehmet melanie melissa michael michelle
miguel mike mikael miriam mohamed mohammed molly monica monika morgan nadia nancy naomi
natalia natalie natasha nathan neil nicholas nick nicola nicolas nicole nigel nils nina noah nora
norman olaf oliver olivia omar oscar oskar otto pablo pam pamela paolo patricia patrick patrik
paul paula pauline pedro peggy peter petra phil philip philippe phyllis pierre piotr priya
rachel rafael raj rajesh ralph ramon randy raul raymond rebecca renee ricardo richard rick ricky
rita robert roberto robin rodrigo roger roland ron ronald ronnie rosie ross roxanne rhonda
ruben russell ruth ryan sabine sally sam samantha samuel sandra sanjay sara sarah scott sean
sebastian sergei sergio shane shannon sharon sheila shirley silvia simon sofia sonia sophia
sophie stacy stefan stella stephanie stephen steve steven stuart susan suzanne sven sylvia tamara
tanya ted teresa terry theo theresa thomas tiffany tim timothy tina todd tom tomas tommy
tony tracy travis trevor tristan tyler ulrich uwe valentina valerie vanessa veronica vicky
victor victoria vijay vikram vincent vinnie violeta vivian vladimir walter wanda warren wendy
wesley wolfgang xavier yolanda yusuf yuki yvonne zach zoe""".replace("\n", " ").split(" ")
)  # fmt: skip
MAILBOXES: frozenset[str] = frozenset(
    """info contact sales support hello office admin orders order booking bookings project projects
quote quotes account accounts billing tender tenders event events press media jobs careers team
service services help helpdesk desk mail enquiries enquiry inquiries vendor vendors supplier
suppliers procurement purchasing purchase finance legal marketing it hr security soc noc ops
operations reception invoice invoices claims news shop store logistics payroll kontakt einkauf
achats compras inkoop ventas general main post postmaster noreply no-reply records studies
transit duty maintenance planning research training client clients customer customers new old
email address incident incidents emergency portal grants partners partnerships web all""".replace(
        "\n", " "
    ).split(" ")
)  # fmt: skip
