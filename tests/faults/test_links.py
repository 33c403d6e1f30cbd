"""Folders that are symbolic links, to another disk, say: everything works, the link stays, and nothing is lost."""

import contextlib
import shutil

import pytest

from tests.faults.campaign import Campaign, contents
from tests.faults.children import call
from tests.faults.commands import GED, SEC, stages
from tests.faults.disks import small_disk, why_none

STAGES = (
    "language model",
    "skip-gram",
    "train",
    "train, AdvT",
    "train, labelling",
    "sanity",
    "attack",
    "table",
    "report",
)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    return Campaign(tmp_path_factory.mktemp("links"), STAGES)


@pytest.fixture
def far(tmp_path):
    """Another folder, on another disk where one can be made."""
    folder = tmp_path / "far"
    folder.mkdir()
    with contextlib.nullcontext() if why_none() else small_disk(folder):
        yield folder


@pytest.fixture
def finished(campaign):
    """The folder of everything made, anew."""
    campaign._put(campaign.finished["sealed"])
    yield campaign.out
    if campaign.out.is_symlink():
        campaign.out.unlink()


def moved(path, far):
    """Put a folder elsewhere, and a link in its place."""
    shutil.move(path, far / "moved")
    path.symlink_to(far / "moved")


LINKS = {
    "everything made": ".",
    "corpora": "corpora",
    "a corpus": "corpora/sample-sec",
    "all runs": "runs",
    "the runs of a corpus": "runs/sample-sec",
    "the runs of a method": "runs/sample-sec/paper/quick/iadvt",
    "a run": SEC,
    "a run of error detection": GED,
    "a language model": "lm/sample-sec/paper/quick/seed-0",
    "language models": "lm",
    "vectors": "vectors/sample-ged",
    "tables": "tables",
    "report": "report",
    "sanity": "sanity/sample-sec",
}


@pytest.mark.parametrize("what", LINKS)
def test_all_is_shown_as_ever(campaign, finished, far, what):
    moved(finished / LINKS[what], far)
    for (ended, text), (usual, usual_text), (line, _) in zip(
        campaign._shown(), campaign.shown["sealed"], campaign.readers, strict=True
    ):
        assert (ended.status, ended.err, text) == (usual.status, usual.err, usual_text), line
    assert (finished / LINKS[what]).is_symlink()


@pytest.mark.parametrize(
    "what, stage",
    [
        ("a run", "train"),
        ("a run of error detection", "train, labelling"),
        ("the runs of a method", "train"),
        ("everything made", "train"),
        ("a language model", "language model"),
        ("vectors", "skip-gram"),
        ("tables", "table"),
        ("report", "report"),
        ("sanity", "sanity"),
    ],
)
def test_what_a_link_leads_to_is_made_again(campaign, finished, far, what, stage):
    before, link = contents(finished), finished / LINKS[what]
    moved(link, far)
    line = stages(finished)[stage]
    assert call([*line, "--overwrite"] if "--quiet" in line else line).status == 0
    assert link.is_symlink() and contents(far / "moved")
    if what != "everything made":  # a walk does not follow links
        link.unlink()
        shutil.move(far / "moved", link)
    else:
        assert contents(far / "moved") == before
        return
    assert contents(finished) == before


def test_a_link_to_a_folder_that_is_not_there_yet(campaign, finished):
    before, run = contents(finished), finished / SEC
    kept = {path.name: path for path in run.iterdir() if path.name.startswith(("attack", "interpretability"))}
    (finished / "elsewhere").mkdir()
    for path in kept.values():
        path.rename(finished / "elsewhere" / path.name)
    shutil.rmtree(run)
    run.symlink_to(finished / "there")
    assert call(stages(finished)["train"]).status == 0 and run.is_symlink()
    run.unlink()
    (finished / "there").rename(run)
    for path in (finished / "elsewhere").iterdir():
        path.rename(run / path.name)
    assert contents(finished) == before


def test_a_link_to_itself_is_refused(campaign, finished):
    run = finished / SEC
    shutil.rmtree(run)
    run.symlink_to(run)
    ended = call(stages(finished)["train"])
    assert ended.status == 1 and len(ended.err.splitlines()) == 1 and str(run) in ended.err
    assert run.is_symlink()
