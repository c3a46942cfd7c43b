"""Links within the repository lead somewhere."""

import subprocess

from tests.docs.blocks import ROOT
from tools.docs.links import dead_links, links


def test_each_relative_link_of_a_page_leads_somewhere() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    texts = {
        page: (ROOT / page).read_text() for page in listed.stdout.splitlines() if (ROOT / page).is_file()
    }

    assert {"README.md", "CONTRIBUTING.md", "docs/index.md", "docs/design.md"} <= texts.keys()
    assert sum(len(links(text)) for text in texts.values()) > 50
    assert dead_links(ROOT, texts) == []
