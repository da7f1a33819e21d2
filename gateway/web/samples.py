"""Emails to try: one of each kind, as people paste them."""

SAMPLES = {
    "no_budget": "Hi Ann,\n\nthanks for the detailed note. It looks useful, but we have no budget "
    "left for new tools this year.\n\nBest,\nTom\n--\nTom Berger\nHead of Operations, Example GmbH"
    "\n\nOn Mon, 2 Mar 2026 at 10:12, Ann Lee <ann@vendor.example> wrote:\n> Would you have 15 "
    'minutes this week to see how it works?\n> If not interested, just reply "stop".',
    "a_meeting": "Sounds interesting. Could we talk on Thursday at 3pm? Please send an invite.",
    "a_colleague": "I am not the right person for this. Please contact our head of procurement, "
    "Maria Lopez (maria.lopez@example.com).",
    "out_of_office": "I am out of the office until 14 April with limited access to email. In "
    "urgent cases please contact my colleague Jan at jan@example.com.",
    "stop": "Please remove me from your list and do not contact me again.",
}
