"""Mail over Twilio SendGrid's v3 API."""

from tellfirst.carriers.sendgrid.mail import SendGridMail
from tellfirst.carriers.sendgrid.settings import SendGridSettings

__all__ = ["SendGridMail", "SendGridSettings"]
