"""The wheel and the sdist: what is in them, and what they ask for."""

import email
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def build(kind, source, target):
    """Build in place with hatchling, which fetches nothing; the one file that comes out."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", target]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """The sdist, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build("sdist", ROOT, folder)) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.2 has none
        archive.extractall(folder / "unpacked")
    (root,) = (folder / "unpacked").iterdir()
    return root


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """The wheel, built from the sdist as installers do."""
    with zipfile.ZipFile(build("wheel", sdist, tmp_path_factory.mktemp("wheel"))) as archive:
        yield archive


def files(folder, *patterns):
    found = (p for pattern in patterns for p in folder.glob(pattern))
    return {p.relative_to(folder).as_posix() for p in found if p.is_file()}


def test_sdist_holds_the_whole_project(sdist):
    code = ("dualad/**/*.py", "dualad/py.typed", "tests/*.py", "benchmarks/*.py", ".ci/*", "*.toml")
    prose = ("*.md", "docs/*", "notebooks/*", "LICENSE")
    assert files(ROOT, *code, *prose) <= files(sdist, "**/*")


def info(wheel, name):
    """A file of the wheel's own description."""
    (path,) = [n for n in wheel.namelist() if n.endswith(f".dist-info/{name}")]
    return wheel.read(path).decode()


def test_wheel_holds_the_package_and_nothing_else(wheel):
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == files(ROOT, "dualad/**/*.py", "dualad/py.typed")
    assert "The dualad developers" in info(wheel, "licenses/LICENSE")
    assert "dualad = dualad.cli:main" in info(wheel, "entry_points.txt")


def test_numpy_is_the_only_hard_dependency(wheel):
    metadata = email.message_from_string(info(wheel, "METADATA"))
    assert [r for r in metadata.get_all("Requires-Dist") if "extra ==" not in r] == ["numpy>=2.0"]
    extras = {"bench", "classroom", "dev", "notebooks", "packages", "parallel", "scipy", "test"}
    assert set(metadata.get_all("Provides-Extra")) == extras
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata["Requires-Python"] == ">=3.11"
