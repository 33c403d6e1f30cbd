"""The campaign of ``python -m tests.faults`` in a short form."""

import pytest

from tests.faults.campaign import MARKED, SILENT, SURVIVED, Campaign
from tests.faults.children import Ended
from tests.faults.disks import why_none

STAGES = "language model", "train", "train, labelling", "sanity", "attack", "interpretability", "export-model"


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    return Campaign(tmp_path_factory.mktemp("faults"), STAGES)


def test_few_faults_of_each_kind_end_well(campaign):
    for at in (1, campaign.changes["train"] // 2):
        campaign.kill("train", at)
    for size in (0, 300):
        campaign.limit("train", size)
        campaign.kill_inside("language model", size)
    for kind in campaign.finished:
        for number, path in enumerate(campaign.artefacts(kind)[::9]):
            campaign.damage(kind, path, number)
    assert not campaign.failures, campaign.failures
    assert sum(counts[SURVIVED] for counts in campaign.counts.values()) == 6
    assert sum(counts["detected"] for counts in campaign.counts.values()) >= 4


@pytest.mark.skipif(why_none() is not None, reason=str(why_none()))
@pytest.mark.parametrize("stage, room", [("train", 0), ("language model", 4096), ("export-model", 8192), ("attack", 0)])
def test_a_disk_that_is_full(campaign, stage, room):
    campaign.fill(stage, room)
    assert not campaign.failures, campaign.failures
    assert campaign.counts[f"disk full, {stage}"] == {SURVIVED: 1}


def test_what_is_silent_is_counted(campaign):
    """Something else that is shown with no word, and what a run without a seal says, are told apart by the campaign
    itself.
    """
    usual, other = (Ended(0, "96.03", ""), "96.03"), (Ended(0, "97.03", ""), "97.03")
    assert campaign._end(other, usual) == SILENT and campaign._end(usual, usual) == "harmless"
    assert campaign._end((Ended(0, "97.03", "note: made before records had seals"), "97.03"), usual) == "detected"
    noted = (Ended(0, "96.03", "note: made before records had seals"), "96.03")
    assert campaign._end((Ended(0, "97.03", noted[0].err), "97.03"), noted) == MARKED
    assert campaign._end((Ended(1, "", "Traceback ..."), ""), usual) == "traceback"
