"""What only shows when a text is rendered: a fact it does not tell, nothing at all, or too much."""

import traceback
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter

from tellfirst.domain.errors import Mistake, RuleBroken, SetupError, TellFirstError
from tellfirst.domain.sms import encoding_of, segment_count, unit_count
from tellfirst.notices.placeholders import Asked
from tellfirst.notices.proofs import Proof


def proofread(file: str, asked: Asked, render: Callable[[], Iterable[Proof]]) -> Iterator[Mistake]:
    """Every fault that the sample renderings of the template in `file` show."""
    try:
        proofs = list(render())
    except SetupError as error:
        here = Mistake(file, _template_line(error), str(error), "mend the template")
        yield from error.mistakes or [here]
    except RuleBroken as error:
        cure = "ask with {% if %} whether it is known before you print it"
        yield Mistake(file, _template_line(error), "this prints a value that can be unknown", cure)
    else:
        yield from _unsaid(file, asked, proofs)
        yield from _priced(file, [proof for proof in proofs if proof.segment_budget is not None])


def _unsaid(file: str, asked: Asked, proofs: list[Proof]) -> Iterator[Mistake]:
    if not all(proof.said.strip() for proof in proofs):
        yield Mistake(file, 1, "this says nothing", "write the text")
        return
    for name in dict.fromkeys(name for proof in proofs for name in proof.unsaid()):
        problem = f"a reader is not always told {{{{ {name} }}}}"
        yield Mistake(file, asked.first_line(name), problem, "say it wherever it is known")


def _priced(file: str, proofs: list[Proof]) -> Iterator[Mistake]:
    counted = ((segment_count(proof.as_sent()), proof) for proof in proofs)
    over = [
        (count, unit_count(proof.as_sent()), proof)
        for count, proof in counted
        if count > (proof.segment_budget or 0)
    ]
    if over:
        count, units, proof = max(over, key=itemgetter(0, 1))
        measured = f"{count} parts ({units} units of {encoding_of(proof.as_sent())})"
        problem = f"this SMS takes {measured}, {proof.segment_budget} are allowed"
        yield Mistake(file, 1, problem, "say it in fewer words")


def _template_line(error: TellFirstError) -> int:
    """Jinja rewrites tracebacks so that the innermost frame of a template bears the template's line."""
    cause = error.__cause__
    frames = traceback.extract_tb(cause.__traceback__) if cause else []
    lines = [frame.lineno for frame in frames if frame.filename == "<template>" and frame.lineno]
    return lines[-1] if lines else 1
