"""Runs Terraform on all blocks of its language at once: one command formats, one validates all that can be modules."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.docs import terraform_blocks
from tests.docs.blocks import ROOT, Block
from tests.support import terraform_process
from tests.support.terraform import Terraform

_IGNORED = ("Backend configuration ignored", "Cloud configuration ignored")
"""A module has no backend, and a block that shows one is a module here."""


@dataclass
class Batch:
    """All blocks in one folder; each method yields what is wrong, with the block's place."""

    folder: Path
    blocks: list[Block]

    def unformatted(self) -> Iterator[str]:
        """The blocks that are not laid out as ``terraform fmt`` does; it cannot read Terraform's own settings."""
        folder = self.folder / "as-written"
        written = [block for block in self.blocks if not terraform_blocks.is_cli_configuration(block.text)]
        with self._terraform("as-written") as terraform:
            for block in written:
                (folder / f"{block.name}.tf").write_text(block.text)
            result = terraform.run("fmt", "-check", "-diff", success=(0, 3))
        found = dict(
            re.findall(r"^--- old/(\S+)\.tf\n(.*?)(?=^\S+\.tf$|\Z)", result.stdout, re.MULTILINE | re.DOTALL)
        )
        for block in written:
            if block.name in found:
                yield f"{block.place}: is not as `terraform fmt` would write it:\n{found[block.name]}"

    def invalid(self) -> Iterator[str]:
        """The blocks that ``terraform validate`` refuses or warns of."""
        modules = [block for block in self.blocks if self._is_module(block)]
        alone = [block for block in self.blocks if not self._is_module(block)]
        with ThreadPoolExecutor(2) as pool:
            yield from (line for lines in pool.map(self._alone, alone) for line in lines)
        yield from self._as_modules(modules)

    def _is_module(self, block: Block) -> bool:
        text = block.text
        return not terraform_blocks.is_cli_configuration(text) and not terraform_blocks.stands_alone(text)

    def _as_modules(self, blocks: list[Block]) -> Iterator[str]:
        by_folder: dict[str, Block] = {}
        calls = []
        with self._terraform("modules") as terraform:
            root = terraform.folder
            shutil.copytree(
                ROOT / "examples", root / "examples", ignore=shutil.ignore_patterns(".terraform*")
            )
            for block in blocks:
                source, text = self._module(block, root)
                given = "".join(f"  {name} = var.any\n" for name in terraform_blocks.declared_variables(text))
                calls.append(f'module "{block.name}" {{\n  source = "./{source}"\n{given}}}\n')
                terraform_blocks.write_files(
                    text, root, ""
                )  # relative to the current folder, without path.module
                by_folder[source] = block
            terraform.write('variable "any" {}\n' + "\n".join(calls))
            terraform.run("get")
            for file, message in self._complaints(terraform):
                places = [
                    block.place
                    for folder, block in by_folder.items()
                    if file and Path(folder) in Path(file).parents
                ]
                yield f"{places[0] if places else file}: {message}"

    def _module(self, block: Block, root: Path) -> tuple[str, str]:
        """The folder of a block as a module, relative to the root module, and all of its text."""
        if example := terraform_blocks.example_of(block.text):
            text = "".join(path.read_text() for path in (ROOT / example.parent).glob("*.tf"))
            added = terraform_blocks.missing(text)
            (root / example.parent / "completed.tf").write_text(added)
            terraform_blocks.write_files(text + added, root / example.parent, self._private_key)
            return example.parent.as_posix(), text
        text = terraform_blocks.whole(block.text)
        folder = root / block.name
        folder.mkdir()
        (folder / "main.tf").write_text(text)
        terraform_blocks.copy_modules(text, ROOT / block.page, folder)
        terraform_blocks.write_files(text, folder, self._private_key)
        return block.name, text

    def _alone(self, block: Block) -> list[str]:
        """What is wrong with a block that can be no module."""
        with self._terraform(block.name) as terraform:
            if terraform_blocks.is_cli_configuration(block.text):
                (terraform.folder / "settings.tfrc").write_text(block.text)
                terraform.environment["TF_CLI_CONFIG_FILE"] = str(terraform.folder / "settings.tfrc")
                said = terraform.run("version").stderr  # the exit code is 0 whatever it says
                return [f"{block.place}: {said}"] if said else []
            text = terraform_blocks.whole(block.text)
            files = {}
            if terraform_blocks.is_test(block.text):
                files = {"tests/block.tftest.hcl": block.text}
                text = terraform_blocks.whole('resource "krenalis_workspace" "customers" {\n  # …\n}\n')
            terraform.write(text, files=files)
            terraform_blocks.write_files(text, terraform.folder, self._private_key)
            return [f"{block.place}: {message}" for _, message in self._complaints(terraform)]

    def _complaints(self, terraform: Terraform) -> Iterator[tuple[str, str]]:
        """The file and the text of each diagnostic."""
        answer = json.loads(terraform.run("validate", "-json", success=(0, 1)).stdout)
        for diagnostic in answer["diagnostics"]:
            summary = diagnostic["summary"]
            if summary not in _IGNORED and "development overrides" not in summary:
                yield (
                    diagnostic.get("range", {}).get("filename", ""),
                    f"{summary}: {diagnostic.get('detail', '')}",
                )

    def _terraform(self, name: str) -> Terraform:
        return Terraform(terraform_process.executables()[0], self.folder / name)

    @cached_property
    def _private_key(self) -> str:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def help_of(*command: str) -> str:
    """What ``terraform COMMAND -help`` prints."""
    argv = [*terraform_process.executables()[0].argv, *command, "-help"]
    environment = {"PATH": os.environ["PATH"], "CHECKPOINT_DISABLE": "1"}
    answer = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    return answer.stdout + answer.stderr
