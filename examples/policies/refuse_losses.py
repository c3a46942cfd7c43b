"""Refuses a plan that loses data of a workspace: ``terraform show -json plan.tfplan | python3 refuse_losses.py``."""

import json
import sys
from collections.abc import Iterator
from typing import Any


def refusals(plan: dict[str, Any]) -> Iterator[str]:
    """What the plan, as ``terraform show -json`` prints it, loses."""
    for resource in plan.get("resource_changes", []):
        change = resource["change"]
        # a plan without a change keeps what the state says of the last one, if that was not refreshed
        if resource["type"] != "krenalis_workspace" or change["actions"] == ["no-op"]:
            continue
        if "delete" in change["actions"]:
            fate = "replaced" if "create" in change["actions"] else "destroyed"
            yield f"{resource['address']} is {fate}, and all its data goes"
        elif (change.get("after_unknown") or {}).get("losses") is True:
            yield f"{resource['address']}: what it loses is not known before applying"
        else:
            for loss in (change["after"] or {}).get("losses") or ():
                becomes = f" (it becomes an empty one of type {loss['becomes']})" if loss["becomes"] else ""
                yield f"{resource['address']} loses the data of column {loss['column']}{becomes}"


def main() -> int:
    """The exit code: 1 if anything is lost."""
    found = list(refusals(json.load(sys.stdin)))
    for refusal in found:
        print(refusal, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
