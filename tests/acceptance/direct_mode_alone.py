"""The tests that do not run at a Krenalis server, and why; all others that run in any warehouse do.

What runs on one platform alone says why itself (`tests.support.warehouse.only_on`), and leaves a server out too.
"""

from typing import Final

_RECORD: Final = "a server keeps the record itself: its warehouse holds none"
_PROCEDURE: Final = "a server resolves identities itself: its warehouse has no procedure"
_OBJECTS: Final = "what is missing or changed in a server's warehouse is the server's to look after"
_REFRESH: Final = "a refresh asks the server, which answers of a warehouse that it cannot reach, too; test_server_calls.py changes such"
_PLACE: Final = "what is imported back is named by its place, and at a server by its id"
_DATABASE: Final = (
    "at a server each workspace needs a database of its own, and the way to it is told in other words"
)
_TYPES: Final = "a server gives a column that changes its type up, and makes it anew: test_server_suite.py"
_RESPELT: Final = "test_workspace_refresh.py::TestProfileSchemaOfTheRecord::test_that_says_something_else_is_shown_and_planned_back"

DIRECT_MODE_ALONE: Final = {
    "test_data_sources.py": "a data source has the warehouse in it, and at a server the id: test_server_mode.py reads it",
    "test_identity_settings.py::test_a_missing_procedure_is_planned_and_made_again": _PROCEDURE,
    "test_identity_settings.py::test_the_mode_refuses_identity_resolution": _PROCEDURE,
    "test_identity_settings.py::test_the_procedure_follows_them": _PROCEDURE,
    "test_identity_settings.py::test_they_are_kept_until_the_configuration_says_otherwise_and_follow_renames": (
        f"{_PROCEDURE}; test_server_suite.py has the same of the settings"
    ),
    "test_import.py": "an import id is the place of the record, and at a server its id: test_server_mode.py imports by it",
    "test_order_and_spelling.py::test_a_property_in_the_middle_comes_last_in_the_view": (
        "a server makes the view anew, in the order of the schema"
    ),
    "test_order_and_spelling.py::test_the_mode_inspection_lets_it": (
        "a server is told of each other spelling, and alters nothing in this mode"
    ),
    "test_order_and_spelling.py::test_what_changes_no_column_changes_only_the_record[limited_in_bytes]": _TYPES,
    "test_order_and_spelling.py::test_what_changes_no_column_changes_only_the_record[in_an_object_of_the_same_column]": (
        "a server takes no property from one object to another"
    ),
    "test_plans.py": "Terraform wraps a plan by the length of the id, which a server chooses",
    "test_profiles_table.py": "a server alone knows which table holds its profiles",
    "test_remedies.py::TestAChangeThatIsRefused": _OBJECTS,
    "test_remedies.py::TestADestructionThatIsRefused::test_a_deposed_object_is_forgotten_and_the_new_one_kept": _PLACE,
    "test_remedies.py::TestProtection::test_a_deposed_one_is_forgotten": _PLACE,
    "test_strict_plan_check.py::TestCredentials": _REFRESH,
    "test_strict_plan_check.py::TestWhatCannotBeReached::test_stops_a_data_source": (
        "a data source has the warehouse in it, and at a server the id"
    ),
    "test_workspace.py::TestDrift": _OBJECTS,
    "test_workspace.py::TestSettings::test_a_place_that_holds_no_record_of_the_workspace_is_refused_and_left_alone": _RECORD,
    "test_workspace_losses.py::test_a_dropped_column_names_what_of_others_goes_along_and_else_nothing": (
        "what else goes with a column, a server does not tell"
    ),
    "test_workspace_migration.py::test_a_column_is_widened_with_its_data_kept": _TYPES,
    "test_workspace_refresh.py::TestPassword": _REFRESH,
    f'{_RESPELT}["maxLength": 37-37]': _TYPES,
    f'{_RESPELT}["maxLength": true-true]': "a server stores no such document",
    "test_workspace_refresh.py::test_a_database_that_is_missing_is_an_error_and_keeps_the_state": _REFRESH,
    "test_workspace_refresh.py::test_a_record_that_cannot_be_read_stops_the_plan_until_it_is_deleted": _RECORD,
    "test_workspace_refresh.py::test_whatever_is_missing_is_made_again_and_data_is_left_alone": _OBJECTS,
    "test_workspace_refresh.py::test_a_column_that_is_missing_is_made_again_and_its_data_is_missed_in_words": _OBJECTS,
    "test_workspace_replacement.py::TestTheOldOne::test_a_record_that_is_gone_stops_the_plan": _RECORD,
    "test_workspace_replacement.py::TestTheOldOne::test_another_workspace_in_its_place_stops_the_plan": _RECORD,
    "test_workspace_replacement.py::TestInTerraform::test_the_way_that_loses_nothing": _DATABASE,
    "test_workspace_twins.py::TestInTerraform": _DATABASE,
}
"""By the beginning of a test's id, within this folder and without its parameters, or with those beside the warehouse."""
