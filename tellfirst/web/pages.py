"""Answers with pages that the press prints."""

from typing import Any

from fastapi.responses import HTMLResponse

from tellfirst.bootstrap import World
from tellfirst.domain.occasion import Locale


def page(here: World, name: str, language: Locale, status: int = 200, **values: Any) -> HTMLResponse:
    """The page `name` of templates/pages with `values`; its frame is templates/layout/page.html.j2."""
    return HTMLResponse(here.press.page(name, language, **values), status_code=status)
