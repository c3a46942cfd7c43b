"""What is in an archive, as a CycloneDX document: libraries with their licences, the interpreter, shared libraries.

The same archive gives the same document: its number is made of the archive's hash, and a time is only told if one is given.
"""

import hashlib
import json
import platform
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import Distribution
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from krenalis_provider import __version__
from krenalis_provider.bundle import libraries, packages, standard_library
from krenalis_provider.bundle.assembly import shared_libraries
from krenalis_provider.bundle.compiled_in import openssl_of_cryptography, parts_of_the_interpreter
from krenalis_provider.bundle.files import File
from krenalis_provider.bundle.licences import BUNDLED

_LICENSES = LicenseFactory()
_NATIVE = re.compile(r"\.(so\b[^/]*|dylib)$")
_SITE_PACKAGES = f"lib/{standard_library.version()}/site-packages/"


def document(files: Mapping[str, File], archive: bytes, epoch: int | None) -> str:
    """The document in JSON; `epoch` is its time in seconds, such as SOURCE_DATE_EPOCH tells."""
    provider = Component(
        type=ComponentType.APPLICATION,
        name=libraries.PROVIDER,
        version=__version__,
        bom_ref=libraries.PROVIDER,
        licenses=[_LICENSES.make_from_string("MPL-2.0")],
        hashes=[_sha256(archive)],
    )
    components = {each.metadata["Name"]: _library(each, files) for each in libraries.distributions()}
    del components[libraries.PROVIDER]
    others = [_interpreter(files), *_shared_libraries(files)]
    metadata = BomMetaData(component=provider, timestamp=datetime.fromtimestamp(epoch or 0, UTC))
    bom = Bom(
        components=[*components.values(), *others],
        metadata=metadata,
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"sha256:{hashlib.sha256(archive).hexdigest()}"),
    )
    bom.register_dependency(provider, [*components.values(), *others])
    made = json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    if epoch is None:
        del made["metadata"]["timestamp"]
    return json.dumps(made, indent=2, sort_keys=True) + "\n"


def _library(each: Distribution, files: Mapping[str, File]) -> Component:
    """A library, with the compiled files in it: their names often tell what they were linked with."""
    name, version = each.metadata["Name"], each.version
    own = {_SITE_PACKAGES + path.as_posix() for path in each.files or ()}
    native = [path for path in sorted(own & files.keys()) if _NATIVE.search(path)]
    parts = [_part(name, "OpenSSL", openssl_of_cryptography())] if name == "cryptography" else []
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=version,
        bom_ref=f"{name}@{version}",
        purl=PackageURL("pypi", None, name.lower(), version),
        licenses=list(_licenses(each)),
        components=[*(_file(path, files) for path in native), *parts],
    )


def _licenses(each: Distribution) -> Iterator[License]:
    """What its metadata says, in the newest of the three ways in which metadata can say it."""
    about = each.metadata
    for field in ("License-Expression", "License"):
        if field in about and about[field].strip():
            yield _LICENSES.make_from_string(about[field].partition("\n")[0])
            return
    for classifier in about.get_all("Classifier") or ():
        if classifier.startswith("License :: ") and classifier != "License :: OSI Approved":
            yield _LICENSES.make_with_name(classifier.rpartition(" :: ")[2])


def _interpreter(files: Mapping[str, File]) -> Component:
    version = platform.python_version()
    name = standard_library.version()
    own = [path for path in sorted(files) if path == f"bin/{name}" or path.startswith(f"lib/lib{name}")]
    parts = [_part("CPython", *part) for part in parts_of_the_interpreter(_system_libraries()).items()]
    return Component(
        type=ComponentType.PLATFORM,
        name="CPython",
        version=version,
        bom_ref=f"CPython@{version}",
        purl=PackageURL("generic", None, "python", version),
        licenses=[_LICENSES.make_from_string("PSF-2.0")],
        components=[*(_file(path, files) for path in own), *parts],
    )


def _system_libraries() -> dict[str, Path]:
    return shared_libraries([path for _, path in (*standard_library.modules(), *libraries.files())])


def _shared_libraries(files: Mapping[str, File]) -> Iterator[Component]:
    """Those of the system on which the archive is made, by the names of its packages where these can be asked."""
    for name, path in sorted(_system_libraries().items()):
        if name.startswith(f"lib{standard_library.version()}"):
            continue
        package = packages.owner(path)
        yield Component(
            type=ComponentType.LIBRARY,
            name=package.name if package else name,
            version=package.version if package else None,
            bom_ref=f"shared/{name}",
            purl=_of_the_system(package) if package else None,
            components=[_file(f"lib/{name}", files)],
        )


def _of_the_system(package: packages.Package) -> PackageURL:
    distributor = platform.freedesktop_os_release()["ID"]
    return PackageURL(package.kind, distributor, package.name, package.version)


def _part(whole: str, name: str, version: str) -> Component:
    """A library that was compiled into another file."""
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=version,
        bom_ref=f"{whole}/{name}",
        purl=PackageURL("generic", None, name.lower(), version),
    )


def _file(path: str, files: Mapping[str, File]) -> Component:
    """A file; a library of its own where it was put beside a Python library, whose tools add a mark to its name."""
    bundled = BUNDLED.fullmatch(path)
    return Component(
        type=ComponentType.LIBRARY if bundled else ComponentType.FILE,
        name=Path(path).name.partition(".")[0].partition("-")[0]
        if bundled
        else path.removeprefix(_SITE_PACKAGES),
        bom_ref=path,
        hashes=[_sha256(files[path].content)],
    )


def _sha256(content: bytes) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(content).hexdigest())
