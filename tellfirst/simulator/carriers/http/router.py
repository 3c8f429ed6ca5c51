"""Which handler answers a path."""

import re
from collections.abc import Callable, Coroutine
from typing import Any

from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer, Request

Handler = Callable[..., Answer | Coroutine[Any, Any, Answer]]
"""Takes the request, then one text for each {place} of its path."""

NOT_FOUND = json_answer({"error": "There is nothing at this path."}, 404)
WRONG_METHOD = json_answer({"error": "This path does not take this method."}, 405)


class Router:
    """Paths with places in braces, as in /Messages/{sid}.json; a place takes any text without a slash."""

    def __init__(self) -> None:
        self._routes: dict[int, list[tuple[str, re.Pattern[str], Handler]]] = {}

    def add(self, method: str, path: str, handler: Handler) -> None:
        """Where several routes fit, the one added first answers."""
        literal = re.split(r"\{\w+\}", path)
        pattern = re.compile("([^/]+)".join(map(re.escape, literal)))
        self._routes.setdefault(path.count("/"), []).append((method, pattern, handler))

    def answer(self, request: Request) -> Answer | Coroutine[Any, Any, Answer]:
        """The answer of the first route that fits; 404 or 405 when none does."""
        path = request.path
        refused = NOT_FOUND
        for method, pattern, handler in self._routes.get(path.count("/"), ()):
            if (places := pattern.fullmatch(path)) is None:
                continue
            if method == request.method:
                return handler(request, *places.groups())
            refused = WRONG_METHOD
        return refused
