"""The one reader of the environment. Every setting is TELLFIRST_<NAME> and is listed in docs/settings.md."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tellfirst.domain.errors import SetupError

Price = Annotated[Decimal | None, Field(ge=0), BeforeValidator(lambda given: None if given == "" else given)]
Folder = Annotated[Path | None, BeforeValidator(lambda given: None if given == "" else given)]
PREFIX = "TELLFIRST_"
PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Defaults are the embedded installation; production sets the database and the carriers."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    home: Path = Field(Path(".tellfirst"), description="Where this installation keeps its state, mode 0700.")
    database_url: str = Field("", description="SQLAlchemy address; empty: SQLite in the home.")
    clock: Literal["system", "stepped"] = Field("system", description="`stepped` is for scenarios only.")
    stop: bool = Field(False, description="`true`: this process sends nothing; what waits is cancelled.")
    company: str = Field("Deccan Mobile", description="Your name as customers know it; stands in every text.")
    contact: str = Field("198", description="Where customers reach a person.")
    templates: Path = Field(PROJECT / "templates", description="Folder of texts.")
    config: Path = Field(PROJECT / "config", description="Folder of playbooks, sources and scenarios.")
    prefect_port: int = Field(4200, description="Prefect server and its pages, on 127.0.0.1.")
    web_port: int = Field(4280, description="Webhooks and customer pages, on 127.0.0.1.")
    web_host: str = Field("127.0.0.1", description="Where the web port listens; 0.0.0.0 in a container.")
    simulate: bool = Field(False, description="`true`: simulated carriers, whatever is configured.")
    carriers_port: int = Field(4299, description="Simulated carriers, when none is configured.")
    public_url: str = Field("", description="How carriers and customers reach the web port from outside.")
    trusted_proxies: int = Field(
        0, ge=0, description="Proxies of your own before the web port; each adds one X-Forwarded-For."
    )
    text_countries: str = Field("", description="Calling codes that codes may be texted to, like 91,60.")
    pages_folder: Folder = Field(
        None, description="Where the status pages are kept as files; empty: nowhere."
    )
    worker_limit: int = Field(4, description="Flow runs at once in the work pool.")
    signal_token: SecretStr = Field(SecretStr(""), description="Bearer token monitors send; made if empty.")
    agent_token: SecretStr = Field(
        SecretStr(""), description="Bearer token of agents and helpdesks; empty: their door is closed."
    )
    mail_door_token: SecretStr = Field(
        SecretStr(""), description="Stands in the address SendGrid posts unsigned mails to; made if empty."
    )
    link_secret: SecretStr = Field(SecretStr(""), description="Signs survey links; made if empty.")
    twilio_account_sid: str = Field("", description="Twilio account; empty: simulated.")
    twilio_auth_token: SecretStr = Field(SecretStr(""), description="Twilio auth token.")
    twilio_sender: str = Field("", description="Sender number or messaging service (MG...).")
    twilio_base_url: str = Field("", description="Only for a test double: where the Twilio API is.")
    sendgrid_api_key: SecretStr = Field(SecretStr(""), description="SendGrid key; empty: simulated.")
    sendgrid_base_url: str = Field("", description="Only for a test double: where the SendGrid API is.")
    sendgrid_sender: str = Field("", description="Address notices come from.")
    sendgrid_receipt_key: str = Field("", description="Public key of SendGrid's signed event webhook.")
    sendgrid_inbound_key: str = Field(
        "", description="Public key of the security policy of SendGrid's Inbound Parse; empty: by token."
    )
    sms_segment_price: Price = Field(None, description="What one part of a text costs; empty: not set.")
    mail_price: Price = Field(None, description="What one mail costs; empty: not set.")
    currency: str = Field("", description="What the prices are in, like INR; stands behind each cost.")

    def variable(self, name: str) -> str:
        """What a variable named in the configuration holds; empty when it is not set."""
        known = getattr(self, name.removeprefix(PREFIX).lower(), None) if name.startswith(PREFIX) else None
        if isinstance(known, SecretStr):
            return known.get_secret_value()
        return known if isinstance(known, str) else os.environ.get(name, "")

    @property
    def served(self) -> frozenset[str]:
        """Calling codes of countries; empty: all of them."""
        return frozenset(one.strip().lstrip("+") for one in self.text_countries.split(",") if one.strip())

    @property
    def store_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home.resolve() / 'tellfirst.db'}"

    @property
    def web_url(self) -> str:
        return self.public_url or f"http://127.0.0.1:{self.web_port}"

    @property
    def prefect_url(self) -> str:
        return f"http://127.0.0.1:{self.prefect_port}"

    @property
    def carriers_url(self) -> str:
        return f"http://127.0.0.1:{self.carriers_port}"


def read_settings() -> Settings:
    """The settings of this process. Raises SetupError that names each wrong variable and what it must be."""
    try:
        return Settings()
    except ValidationError as wrong:
        faults = "; ".join(
            f"TELLFIRST_{str(fault['loc'][0]).upper()}: {fault['msg']}"
            for fault in wrong.errors()
            if fault["loc"]
        )
        raise SetupError(f"the environment has wrong settings: {faults}") from None
