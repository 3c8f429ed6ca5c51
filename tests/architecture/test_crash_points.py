"""Every commit and every call of the delivery has a point before and after it at which a proof may kill."""

import ast
from collections.abc import Iterator

from sources import PROJECT, modules, tree

from tellfirst.proof.points import AT_THE_DOOR, INSIDE, NAMES, STATEMENT

DELIVERY = {name: path for name, path in modules().items() if name.startswith("tellfirst.delivery")}
CALLS = ("submit", "reconcile")


def _points(node: ast.AST) -> set[str]:
    """Names of the crash points passed inside a piece of source."""
    return {
        str(call.args[0].value)
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "crashpoint"
        and isinstance(call.args[0], ast.Constant)
    }


def _called(node: ast.AST) -> set[str]:
    calls = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    return {
        one.id if isinstance(one, ast.Name) else one.attr
        for one in calls
        if isinstance(one, ast.Name | ast.Attribute)
    }


def _functions_with_a_point() -> set[str]:
    return {
        node.name
        for path in DELIVERY.values()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _points(node)
    }


def _blocks() -> Iterator[tuple[str, ast.With, ast.stmt | None]]:
    """Each `with writing(...)` of the delivery, with what follows it."""
    for name, path in DELIVERY.items():
        for parent in ast.walk(tree(path)):
            for body in (getattr(parent, "body", None), getattr(parent, "orelse", None)):
                if not isinstance(body, list):
                    continue
                for place, node in enumerate(body):
                    if isinstance(node, ast.With) and any("writing" in _called(item) for item in node.items):
                        yield (
                            f"{name}:{node.lineno}",
                            node,
                            body[place + 1] if place + 1 < len(body) else None,
                        )


def test_the_list_of_points_is_that_of_the_source() -> None:
    found = {point for path in modules().values() for point in _points(tree(path))}
    after_the_inbox = AT_THE_DOOR[1]
    assert found == set(NAMES) - {STATEMENT, INSIDE, after_the_inbox}


def test_every_transaction_of_the_delivery_has_a_point_before_and_after_its_commit() -> None:
    inside = _functions_with_a_point()
    blocks = list(_blocks())
    assert len(blocks) >= 9
    for place, block, following in blocks:
        assert _points(block) or _called(block) & inside, f"{place} has no point before its commit"
        assert following is not None, f"{place} has nothing after it"
        assert _points(following), f"{place} has no point after its commit"


def test_every_call_of_a_carrier_has_a_point_before_and_after_it() -> None:
    calls = 0
    for name, path in DELIVERY.items():
        for block in ast.walk(tree(path)):
            body = getattr(block, "body", None)
            for place, statement in enumerate(body if isinstance(body, list) else ()):
                # What only passes the answer on leaves the points to whoever asked for it.
                if isinstance(statement, ast.Assign | ast.Expr) and any(
                    f"carrier.{one}(" in ast.unparse(statement) for one in CALLS
                ):
                    calls += 1
                    assert _points(body[place + 1]), f"{name}:{statement.lineno}"
    assert calls >= 2
    assert "call: about to be made" in _points(tree(PROJECT / "tellfirst/delivery/permitting.py"))
    assert {"reconcile: about to ask", "reconcile: asked, not written"} <= _points(
        tree(PROJECT / "tellfirst/delivery/reconciling.py")
    )
