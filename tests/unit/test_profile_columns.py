"""The profile schema as warehouse columns."""

from hypothesis import given

from krenalis_provider.model.profile_columns import ProfileColumn, profile_columns
from krenalis_provider.model.profile_schema import ProfileSchema, Property, Type, parse
from krenalis_provider.model.property_path import PropertyPath
from tests.support.profile_schemas import Document, documents

TEXT = Type("string")


def test_objects_disappear_and_leaves_keep_their_order_and_case() -> None:
    geo = Type("object", properties=(Property("Lat", TEXT), Property("lon", TEXT)))
    address = Type("object", properties=(Property("geo", geo), Property("city", TEXT)))
    tags = Type("array", element=TEXT)
    schema = ProfileSchema((Property("z", TEXT), Property("Address", address), Property("tags", tags)))
    assert profile_columns(schema) == (
        ProfileColumn("z", PropertyPath.parse("z"), TEXT),
        ProfileColumn("Address_geo_Lat", PropertyPath.parse("Address.geo.Lat"), TEXT),
        ProfileColumn("Address_geo_lon", PropertyPath.parse("Address.geo.lon"), TEXT),
        ProfileColumn("Address_city", PropertyPath.parse("Address.city"), TEXT),
        ProfileColumn("tags", PropertyPath.parse("tags"), tags),
    )


@given(documents())
def test_columns_of_a_parsed_schema_are_distinct_in_any_case(document: Document) -> None:
    schema = parse(document).schema
    assert schema is not None
    names = [column.name.lower() for column in profile_columns(schema)]
    assert len(names) == len(set(names))
