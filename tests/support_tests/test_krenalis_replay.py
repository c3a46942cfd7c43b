"""The test server answers as a real Krenalis server was recorded to answer.

Of 581 recorded exchanges `krenalis_exchanges.jsonl` has those of the endpoints that the provider calls, and of routes that do
not exist. Left out are, with the reason:

- 27 of members, keys, organisations, profiles and metadata, which the provider does not call;
- 3 with a warehouse that never answers, which take as long as the server waits: see `test_krenalis_server.py`;
- 4 creates at the same time in one database, whose order is by chance: see there too;
- 3 answers that were recorded only in part.
"""

from tests.support.krenalis_server import KrenalisServer
from tests.support.postgresql import Server
from tests.support_tests.krenalis_replay import Replay

RECORDED = 544


def test_the_recorded_exchanges_are_all_answered_alike(krenalis: KrenalisServer) -> None:
    with Server.start() as postgresql:
        replay = Replay(krenalis, postgresql)
        differences = [str(difference) for difference in replay.play()]
    assert not differences, f"{len(differences)} of {replay.count}:\n" + "\n".join(differences)
    assert replay.count == RECORDED
