"""`tellfirst check`."""

from tellfirst.bootstrap import world
from tellfirst.checking import find_mistakes
from tellfirst.printing import out, show_json


def check(*, json: bool = False) -> int:
    """Check configuration and texts as a whole; each mistake with its file, line and cure.

    Parameters
    ----------
    json
        Print for programs.
    """
    mistakes = find_mistakes(world().settings)
    if json:
        show_json([{"file": m.file, "line": m.line, "problem": m.problem, "cure": m.cure} for m in mistakes])
    elif mistakes:
        for mistake in mistakes:
            out.print(str(mistake), markup=False, soft_wrap=True)
    else:
        out.print("configuration and texts are in order")
    return 1 if mistakes else 0
