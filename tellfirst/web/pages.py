"""Renders pages: escaped always, without scripts, in the customer's language and direction."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tellfirst.bootstrap import World
from tellfirst.domain.occasion import Locale


def page(here: World, name: str, language: Locale, status: int = 200, **values: Any) -> HTMLResponse:
    """The page `name` of templates/pages with `values`; its frame is templates/layout/page.html.j2."""
    template = _environment(here.settings.templates).get_template(f"pages/{name}")
    framed: dict[str, Any] = {"frame": here.templates.phrases(language).frame, "root": "/", "switch": ()}
    text = template.render(
        language=language.value,
        direction=language.direction,
        company=here.settings.company,
        **(framed | values),
    )
    return HTMLResponse(text, status_code=status)


@lru_cache(maxsize=1)
def _environment(folder: Path) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
