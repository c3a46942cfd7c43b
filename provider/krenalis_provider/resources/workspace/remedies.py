"""The ways out that messages print. `tests/acceptance/test_remedies.py` goes each of them to its end, where it is printed.

Source: docs/facts/terraform.md, "How a resource goes and stays".
"""

from typing import Final

# Terraform wraps no line that begins with a space: what is indented can be copied as it is
_MOVED_BLOCK: Final = """\
    moved {
      from = krenalis_workspace.OLD
      to   = krenalis_workspace.NEW
    }"""
_REMOVED_BLOCK: Final = """\
    removed {
      from = krenalis_workspace.NAME
      lifecycle {
        destroy = false
      }
    }"""
MADE: Final = (
    'If the same apply makes what is missing, set plan_check = "warn" in this resource: '
    "then the plan warns, and applying checks again."
)
MADE_FIRST: Final = "If the same apply makes what is missing, make that first, by terraform apply -target=ADDRESS with its address."
KNOWN_FIRST: Final = (
    "Make first what it comes from, by terraform apply -target=ADDRESS with the address of that resource."
)
REFRESHED_LATER: Final = (
    "If the configuration has new settings, such as a rotated password, apply them once with terraform apply "
    "-refresh=false: then the plan looks into the warehouse by the settings of the configuration, as strictly."
)
SERVER_LATER: Final = (
    "Look whether endpoint and api_key of the provider are right and the server can be reached from here, and plan again; "
    "with -refresh=false, Terraform plans by what the state holds."
)
REHEARSED_LATER: Final = "Plan again, or set rehearse = false in this resource."
DESTROYED_AS_IT_IS: Final = (
    "If this is a destruction, destroy the workspace as it is: terraform destroy -refresh=false."
)
RESTORED_FIRST: Final = "If there is a backup, restore it before applying."
GONE: Final = (
    "The state had the workspace {} there, which is gone, so this plan makes it anew. If it is not to be made again: terraform "
    "state rm krenalis_workspace.NAME lets Terraform forget it, and if it is not protected, so does terraform destroy -refresh=false."
)
WITHOUT_RECORD: Final = (
    "If a Krenalis server has filled it, set endpoint and api_key in the provider block, and import the workspace by the id that "
    "the server gave it. If this provider has, restore the table krenalis_workspace with its row."
)
FORGOTTEN: Final = (
    "To leave the warehouse as it is and only forget the workspace, put this block in place of the resource block:\n"
    f"{_REMOVED_BLOCK}\n\n"
    "If Terraform calls it deposed: run terraform state rm krenalis_workspace.NAME, and then import the workspace that "
    "is to stay, if there is one, with terraform import krenalis_workspace.NAME 'ID'."
)
A_SCHEMA_EACH: Final = (
    "If each is to be a workspace of its own, give each a schema of its own: with for_each, one that depends on "
    "each.key, and with count, on count.index."
)
_MOVED: Final = f"If it is this resource's, whose block was renamed or moved, add this block:\n{_MOVED_BLOCK}"
ONE_RESOURCE_ONLY: Final = (
    "Keep one of them, and let Terraform forget the others: run terraform state rm krenalis_workspace.NAME for each, "
    "then remove its block, or give it a schema of its own. To destroy the workspace, destroy them all."
)
BEFORE: Final = (
    "The old one goes first, and is lost if the new one cannot be made then; with lifecycle "
    "{ create_before_destroy = true } it goes only after the new one was made."
)
NOT_BEFORE_IN_ONE_PLACE: Final = "The new one is made in the same place, where create_before_destroy cannot work: the old one has to go first."
UNKNOWN_PLACE: Final = (
    "Where the new one goes is not known yet: it is looked at only when the old one is gone; and if it is the same "
    "place, create_before_destroy cannot work."
)
LOSE_NOTHING: Final = (
    "To lose nothing, leave this workspace as it is and describe the new one in a resource block of its own; apply, copy "
    "the data, and remove the block of the old one, which destroys it."
)
OF_DIRECT_MODE: Final = (
    "  - to go on with it, take endpoint and api_key out of the provider block, and KRENALIS_ENDPOINT and KRENALIS_API_KEY "
    "out of the environment; or give this resource, by the argument provider, a provider block with an alias that has "
    "none;\n"
    "  - to have a workspace in the server instead, describe it in another resource block, with an empty schema, copy the "
    f"data, and put this block in place of the old resource block:\n{_REMOVED_BLOCK}"
)
OF_A_SERVER: Final = (
    '  - to go on with it, set endpoint = "{}" and api_key in the provider block, or KRENALIS_ENDPOINT and '
    "KRENALIS_API_KEY; or give this resource, by the argument provider, a provider block with an alias that has them;\n"
    "  - to forget it and leave it in the server, put this block in place of the resource block:\n"
    + _REMOVED_BLOCK.replace("{", "{{").replace("}", "}}")
)
OF_ANOTHER_SERVER: Final = (
    '  - to go on with it, set endpoint = "{}", or give this resource a provider block with an alias that has it;\n'
    "  - if the server was only restored or moved and has lost the workspace, or to leave it there, run terraform state rm "
    "krenalis_workspace.NAME, and apply or import what is to be in this server."
)
ABANDONED_IN_ONE_PLACE: Final = (
    '  - to replace it with an empty one, set on_destroy = "drop", apply, and then replace it: its data is dropped;\n'
    "  - to keep its data, give the new one another schema."
)
PROTECTED_DESTROYED: Final = (
    "  - to keep it, restore the resource block; if that was renamed or moved, add this block:\n"
    f"{_MOVED_BLOCK}\n"
    "  - to keep it without Terraform, put this block in place of the resource block:\n"
    f"{_REMOVED_BLOCK}\n"
    "  - if Terraform calls it deposed, run terraform state rm krenalis_workspace.NAME, and import the workspace that "
    "is to stay;\n"
    "  - to destroy it, set deletion_protection = false, apply, and then destroy it."
)
PROTECTED_CHANGED: Final = (
    "  - to replace it, undo the change, set deletion_protection = false, apply, and then change it;\n"
    "  - to keep it, undo the change that replaces it;\n"
    "  - to have both, undo the change, and describe the new workspace in a resource block of its own."
)
PROTECTED_ON_REQUEST: Final = (
    "  - to replace it, set deletion_protection = false, apply, and then replace it;\n"
    "  - to keep it, plan without -replace, and without the change of what replace_triggered_by names."
)
PROTECTED_TAINTED: Final = (
    "  - to keep it, use terraform untaint krenalis_workspace.NAME;\n"
    "  - to destroy it, use terraform untaint krenalis_workspace.NAME, set deletion_protection = false, apply, and "
    "then destroy it."
)
_UNTAINTED: Final = (
    "If it is this resource's, which was tainted: keep it with terraform untaint krenalis_workspace.NAME; to replace it then, use "
    "terraform apply -replace=krenalis_workspace.NAME. Or destroy it with terraform destroy -refresh=false."
)
_DEPOSED: Final = (
    "If it is this resource's, left as deposed by a replacement with create_before_destroy: run terraform state rm "
    "krenalis_workspace.NAME, and then terraform import krenalis_workspace.NAME '{}'. In one place, only a replacement without create_before_destroy "
    "works."
)
_IMPORTED: Final = (
    "If it is this resource's own, made by an apply that was cut off before the state was written, take it over: "
    "terraform import krenalis_workspace.NAME '{}'"
)
_REPLACED: Final = (
    "If it is this resource's own, made by an apply that replaced the workspace with create_before_destroy and was cut "
    "off: run terraform state rm krenalis_workspace.NAME, and then terraform import krenalis_workspace.NAME '{}'. The old "
    "workspace stays as it is, with its data; to destroy it, import it into a resource block of its own, and remove that."
)
_NOT_BEFORE: Final = (
    "If this is a replacement in the same place with create_before_destroy, nothing was changed: leave "
    "create_before_destroy out, and apply again."
)
OF_ANOTHER: Final = "If it is that of another resource, of this configuration or of another one: give this one a schema of its own."


def strict(*, is_floor: bool) -> str:
    """The reason why what could not be found out is an error. `is_floor` is whether the environment demands it."""
    source = "KRENALIS_PLAN_CHECK=strict" if is_floor else 'plan_check = "strict"'
    return f"{source} makes an error of what could not be found out."


def taken_in_plan(import_id: str, *, in_a_state: bool) -> str:
    """A planned creation finds a workspace: the likeliest way first. `in_a_state` is whether a resource was seen that has it."""
    ways = [_MOVED, _UNTAINTED, _DEPOSED.format(import_id), OF_ANOTHER]
    if not in_a_state:
        ways.insert(1, _IMPORTED.format(import_id))
    return "\n\n".join(ways)


def taken_in_replacement(import_id: str) -> str:
    """The plan of a replacement finds a workspace where the new one is to be."""
    return f"{OF_ANOTHER}\n\n{_REPLACED.format(import_id)}"


def taken_in_apply(import_id: str, others: list[str], *, is_as_planned: bool) -> str:
    """A creation finds a workspace that the plan did not.

    `others` are the workspaces that the same apply makes there too, and `is_as_planned` whether the one that is there
    may be what a former try to apply the same plan has made.
    """
    if others:
        return A_SCHEMA_EACH
    ways = [OF_ANOTHER, _NOT_BEFORE]
    if is_as_planned:
        ways.append(_IMPORTED.format(import_id))
    return "\n\n".join(ways)
