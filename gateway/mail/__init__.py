"""From raw mail to the newest words: pure functions, one stage a file."""

from gateway.mail.clean import clean
from gateway.mail.types import CLEANER_VERSION, CleanedMail, FollowUp, MailInput, Referral

__all__ = ["CLEANER_VERSION", "CleanedMail", "FollowUp", "MailInput", "Referral", "clean"]
