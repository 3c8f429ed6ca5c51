"""Plans of faults, given and taken away while the carriers run."""

import orjson

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.faults.plan import NO_FAULTS, PlanError, read_plan
from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer, Request


def begin(request: Request, account: Account) -> Answer:
    """POST /faults: follow the plan in the body from now on, from its first occasion."""
    try:
        plan = read_plan(orjson.loads(request.body))
    except orjson.JSONDecodeError:
        return json_answer({"error": "The plan of faults is not JSON."}, 400)
    except PlanError as error:
        return json_answer({"error": str(error)}, 400)
    account.faults.begin(plan)
    return Answer(204)


def end(request: Request, account: Account) -> Answer:
    """DELETE /faults: nothing goes wrong from now on; what happened stays counted."""
    account.faults.begin(NO_FAULTS)
    return Answer(204)
