"""Which handler answers a path."""

from collections.abc import Callable, Coroutine
from typing import Any

from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer, Request

Handler = Callable[..., Answer | Coroutine[Any, Any, Answer]]
"""Takes the request, then one text for each {place} of its path."""

NOT_FOUND = json_answer({"error": "There is nothing at this path."}, 404)
WRONG_METHOD = json_answer({"error": "This path does not take this method."}, 405)


class Router:
    """Paths by their segments; a segment in braces takes any text, with what stands around the braces."""

    def __init__(self) -> None:
        self._routes: dict[int, list[tuple[str, tuple[str, ...], Handler]]] = {}

    def add(self, method: str, path: str, handler: Handler) -> None:
        """`path` as in /schedules/{name}/faults or /Messages/{sid}.json; later routes yield to earlier ones."""
        segments = tuple(path.split("/"))
        self._routes.setdefault(len(segments), []).append((method, segments, handler))

    def answer(self, request: Request) -> Answer | Coroutine[Any, Any, Answer]:
        """The answer of the first route that fits; 404 or 405 when none does."""
        given = request.path.split("/")
        refused = NOT_FOUND
        for method, segments, handler in self._routes.get(len(given), ()):
            places = _places(segments, given)
            if places is None:
                continue
            if method == request.method:
                return handler(request, *places)
            refused = WRONG_METHOD
        return refused


def _places(segments: tuple[str, ...], given: list[str]) -> list[str] | None:
    places = []
    for wanted, segment in zip(segments, given, strict=True):
        if wanted == segment:
            continue
        opening, brace, rest = wanted.partition("{")
        ending = rest.partition("}")[2]
        if not brace or not segment.startswith(opening) or not segment.endswith(ending):
            return None
        place = segment[len(opening) : len(segment) - len(ending)]
        if not place:
            return None
        places.append(place)
    return places
