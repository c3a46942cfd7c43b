"""Where the sockets are when no folder of the system will do."""

import pytest

from tfplugin import socket_folder
from tfplugin.crash import Explained
from tfplugin.socket_folder import SocketFolder


def test_without_any_folder_that_will_do_the_error_names_each_and_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket_folder, "_LAST_RESORTS", ("/proc", "/dev/null"))

    with pytest.raises(Explained) as raised:
        SocketFolder().make({"TMPDIR": "/nowhere\n", "PLUGIN_UNIX_SOCKET_DIR": "relative"})

    assert str(raised.value) == (
        "There is no folder for the provider's socket. Set TMPDIR to one that can be written, with a short path"
        " ('relative': not an absolute path; '/nowhere\\n': a character that does not fit into the handshake line;"
        " '/proc': No such file or directory; '/dev/null': Not a directory)."
    )
