"""Mail over a company's own relay."""

from tellfirst.carriers.smtp.settings import SmtpSettings
from tellfirst.carriers.smtp.smtp import SmtpMail

__all__ = ["SmtpMail", "SmtpSettings"]
