"""Which values a template asks for, and on which line."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

from jinja2 import Environment, TemplateSyntaxError, meta, nodes

from tellfirst.domain.errors import Mistake, SetupError


@dataclass(frozen=True, slots=True)
class Asked:
    """What a template asks for: `uses` holds each placeholder with each line it stands on."""

    uses: frozenset[tuple[int, str]]

    @classmethod
    def by(cls, file: str, source: str, sandbox: Environment) -> Self:
        """Raises SetupError when Jinja cannot read the template."""
        try:
            tree = sandbox.parse(source)
            names = meta.find_undeclared_variables(tree)
        except TemplateSyntaxError as error:
            problem = f"Jinja cannot read this: {error.message}"
            mistake = Mistake(file, error.lineno, problem, "mend the syntax")
            raise SetupError(f"{file} is no template", (mistake,)) from error
        return cls(
            frozenset((use.lineno, use.name) for use in tree.find_all(nodes.Name) if use.name in names)
        )

    def unknown(self, file: str, known: Collection[str]) -> Iterator[Mistake]:
        """Each name nobody gives a value to, once per line."""
        for line, name in sorted(self.uses):
            if name not in known:
                near = get_close_matches(name, known, n=1)
                cure = (
                    f"did you mean {{{{ {near[0]} }}}}?" if near else f"use one of {', '.join(sorted(known))}"
                )
                yield Mistake(file, line, f"there is no value {{{{ {name} }}}} here", cure)

    def first_line(self, name: str) -> int:
        """Where the template first speaks of `name`; 1 when it never does."""
        return min((line for line, used in self.uses if used == name), default=1)
