"""What CI platforms take: the action's script is run, the rest is read as the platforms read it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pytest
import yaml

from layertar.cli import _options as options
from tests.builders import blob_name, build_oci
from tests.findings.shapes import APP, LAYER

ROOT: Final = Path(__file__).parent.parent
SCRIPT: Final = ROOT / "ci" / "verify.sh"
GOOD = build_oci([APP]).tar()
BAD = build_oci([APP]).replace(blob_name(LAYER.blob), LAYER.blob + b"\0").tar()

HOSTILE = "b $(touch pwned) `touch pwned`; touch pwned; ${IFS}.tar"


def loaded(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text("utf-8"))


def run(place: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the action's script in `place`, with the layertar of this interpreter on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "LAYERTAR_"))
    }
    return subprocess.run(
        [str(SCRIPT)],
        cwd=place,
        env={**kept, "PATH": path, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_script_verifies_what_patterns_fit_and_leaves_what_the_platform_reads(
    tmp_path: Path,
) -> None:
    (tmp_path / "good.tar").write_bytes(GOOD)
    (tmp_path / "bad one.tar").write_bytes(BAD)
    done = run(
        tmp_path,
        LAYERTAR_ARCHIVES="*.tar\n",
        LAYERTAR_REPORTS="sarif=out.sarif\njunit=out.xml\r\n\n",
        LAYERTAR_FORMAT="github",
        GITHUB_OUTPUT=str(tmp_path / "output"),
        GITHUB_STEP_SUMMARY=str(tmp_path / "summary"),
    )
    assert done.returncode == 1
    assert "::error file=bad one.tar" in done.stdout
    assert (tmp_path / "output").read_text("utf-8") == "exit-code=1\n"
    assert "good.tar" in (tmp_path / "summary").read_text("utf-8")
    assert len(json.loads((tmp_path / "out.sarif").read_text("utf-8"))["runs"]) == 1
    assert ET.parse(tmp_path / "out.xml").getroot().tag == "testsuites"  # noqa: S314 - ours


def test_the_scripts_exit_code_is_layertars(tmp_path: Path) -> None:
    (tmp_path / "good.tar").write_bytes(GOOD)
    assert run(tmp_path, LAYERTAR_ARCHIVES="good.tar").returncode == 0
    assert run(tmp_path, LAYERTAR_ARCHIVES="absent*.tar").returncode == 3
    assert run(tmp_path, LAYERTAR_ARCHIVES="").returncode == 2
    wrong = run(tmp_path, LAYERTAR_ARCHIVES="good.tar", LAYERTAR_ARGUMENTS="--no-such-option")
    assert wrong.returncode == 2


def test_what_the_inputs_hold_is_never_run(tmp_path: Path) -> None:
    (tmp_path / HOSTILE).write_bytes(GOOD)
    done = run(
        tmp_path,
        LAYERTAR_ARCHIVES=HOSTILE,
        LAYERTAR_ARGUMENTS="--expect=$(touch pwned)",
        LAYERTAR_REPORTS="json=$(touch pwned).json",
    )
    assert done.returncode == 2  # what is expected is no digest
    assert run(tmp_path, LAYERTAR_ARCHIVES=HOSTILE).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == [HOSTILE]


def test_the_action_hands_its_inputs_over_by_the_environment_alone() -> None:
    action = loaded("action.yml")
    (step,) = action["runs"]["steps"]
    assert "${{" not in step["run"]
    named = set(re.findall(r"inputs\.([\w-]+)", " ".join(step["env"].values())))
    assert named == set(action["inputs"])
    read = set(re.findall(r"LAYERTAR_[A-Z]+", SCRIPT.read_text("utf-8")))
    assert set(step["env"]) == read
    assert action["inputs"]["format"]["default"] in {form.value for form in options.Format}


def test_the_gitlab_component_uses_every_input_and_interpolates_none_into_its_script() -> None:
    text = (ROOT / "templates" / "verify" / "template.yml").read_text("utf-8")
    head, job = yaml.safe_load_all(text)
    inputs = set(head["spec"]["inputs"])
    assert set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", text)) == inputs
    (body,) = job.values()
    assert "$[[" not in " ".join(body["script"])
    assert set(body["artifacts"]["reports"]) == {"codequality", "junit"}


@pytest.mark.parametrize(
    ("name", "is_meant"),
    [
        ("image.tar", True),
        ("a/b.oci", True),
        ("x.tar.zst", True),
        ("x.tgz", True),
        ("x.txt", False),
    ],
)
def test_the_hook_is_for_archives(name: str, is_meant: bool) -> None:  # noqa: FBT001 - a case
    (hook,) = loaded(".pre-commit-hooks.yaml")
    assert bool(re.search(hook["files"], name)) is is_meant
    assert hook["entry"].split()[:2] == ["layertar", "verify"]
    assert set(hook["entry"].split()[2:]) <= {"--no-progress", "--quiet", "--"}


def test_the_image_runs_as_nobody_and_keeps_no_builder() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    assert sum(line.startswith("FROM ") for line in lines) == 2
    assert "USER 65532:65532" in lines
    assert 'ENTRYPOINT ["layertar"]' in lines


def test_every_example_of_the_page_is_well_formed() -> None:
    text = (ROOT / "docs" / "ci.md").read_text("utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        assert yaml.safe_load(block)
    inputs = loaded("action.yml")["inputs"]
    used = yaml.safe_load(blocks[0])["jobs"]["verify"]["steps"][2]["with"]
    assert set(used) <= set(inputs)
