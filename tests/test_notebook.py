"""The notebook runs from top to bottom with this interpreter, and says what the theory says."""

import json
import re
import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbclient (extra: oracles) executes the notebook")
nbclient = pytest.importorskip("nbclient", reason="nbclient (extra: oracles) executes the notebook")
pytest.importorskip("ipykernel", reason="ipykernel (extra: oracles) is the notebook's kernel")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """Return the notebook, executed by a kernel of this very interpreter, whatever kernels are installed."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    kernels = tmp_path_factory.mktemp("kernels")
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernels / "this-python").mkdir()
    compiled = {"NUMBA_DISABLE_JIT": "0"}  # uncompiled it would take many minutes
    spec = {"argv": command, "display_name": "this interpreter", "language": "python", "env": compiled}
    (kernels / "this-python" / "kernel.json").write_text(json.dumps(spec))
    manager = AsyncKernelManager(
        kernel_name="this-python", kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(kernels)])
    )
    executed = nbformat.read(ROOT / "notebooks" / "the_other_side_of_kl.ipynb", as_version=4)
    for cell in executed.cells:
        if cell.cell_type == "code":
            cell.outputs = []  # what the file shows is not evidence
    resources = {"metadata": {"path": str(ROOT)}}
    nbclient.NotebookClient(executed, km=manager, timeout=300, resources=resources).execute(cleanup_kc=True)
    return executed


def printed(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")


def test_nothing_but_results_is_written(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert {output.output_type for output in outputs} <= {"stream", "display_data"}
    assert [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"] == []
    assert sum("image/png" in output.data for output in outputs if output.output_type == "display_data") == 1


def test_the_black_swan(notebook):
    """log2(100) bits and 1 bit."""
    text = printed(notebook)
    assert "1% of all: one of them is worth 6.64 bits" in text
    assert "50% of all: one of them is worth 1.00 bits" in text


def test_surprises_add_up_in_expectation(notebook):
    """Both sums by enumeration: 0.7644421370613849 nats; 0.45 nats apart on a single history."""
    text = printed(notebook)
    assert re.findall(r"0\.7644421370614 nats", text) == ["0.7644421370614 nats"] * 2
    assert "differ by 0.45 nats" in text


def test_curiosity_is_ahead_in_the_cliques(notebook):
    """Reference figures over 20 seeds: 913 steps for curious, 8649 for random, to 10 % missing information."""
    steps = dict(re.findall(r"(curious|random) +10 % left after (?:>= )?(\d+) steps", printed(notebook)))
    assert int(steps["curious"]) < 1500
    assert int(steps["random"]) > 2.5 * int(steps["curious"])
