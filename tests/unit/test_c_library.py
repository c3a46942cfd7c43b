"""Which glibc an archive needs, and the limit that a release sets."""

import pytest

from krenalis_provider.bundle.files import File
from tests.support.elf_file import elf_file
from tools.release.c_library import c_library, refuse_newer

FILES = {
    "bin/python": File(elf_file(sections=b"\0GLIBC_2.9\0GLIBC_2.17\0GLIBC_PRIVATE\0")),
    "lib/libstdc++.so.6": File(elf_file(sections=b"\0GLIBC_2.2.5\0GLIBC_2.38\0GLIBCXX_3.4.32\0")),
    "lib/text": File(b"\0GLIBC_2.99\0"),
}


def test_the_newest_version_that_a_file_names_is_needed() -> None:
    assert c_library(FILES) == "2.38"
    assert c_library({"lib/text": FILES["lib/text"]}) == ""


def test_a_file_that_needs_a_newer_one_than_the_limit_is_named() -> None:
    with pytest.raises(SystemExit) as raised:
        refuse_newer(FILES, "2.28")

    assert raised.value.code == (
        "The archive is to run with glibc 2.28, and these files need a newer one: lib/libstdc++.so.6 (2.38)"
    )


def test_the_limit_itself_is_allowed() -> None:
    refuse_newer(FILES, "2.38")
    refuse_newer({}, "2.28")
