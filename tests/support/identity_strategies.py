"""Identities, events and settings at random, few of each value so that they meet."""

from uuid import UUID

from hypothesis import strategies as st

from tests.support.identities import Identity

ADA, BOB, EVE = (UUID(int=number) for number in (1, 2, 3))
CID_EMAIL = ("customer_id", "email")
SETTINGS: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    ((), {}),
    (("email",), {"email": "1"}),
    (CID_EMAIL, {"customer_id": "2"}),
    (("home.post_code", *CID_EMAIL), {"email": "2", "home.post_code": "1"}),
)
FEW = st.sampled_from([None, None, "x", "y", "z"])
ROWS = st.builds(
    Identity,
    pk=st.just(0),
    identity_id=st.sampled_from(["", *"abcdefg"]),
    connection=st.sampled_from(["1", "2", "3"]),
    is_anonymous=st.booleans(),
    anonymous_ids=st.sampled_from([None, (), ("d",), ("d", "e")]),
    updated_at=st.integers(0, 3),
    kpid=st.sampled_from([None, None, None, ADA, BOB, EVE]),
    values=st.fixed_dictionaries(
        {
            "customer_id": FEW,
            "email": FEW,
            "home_post_code": st.sampled_from([None, None, None, 1, 2]),
            "tags": st.none() | st.lists(st.sampled_from("pqr"), max_size=3),
        }
    ),
)
EVENTS = st.tuples(
    st.sampled_from(["1", "2"]), st.sampled_from([None, "", "a", "b", "c"]), st.sampled_from(["d", "e", "f"])
)
