"""The campaign of ``python -m tests.faults`` in a short form."""

import pytest

from tests.faults.campaign import SILENT, Campaign


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    return Campaign(tmp_path_factory.mktemp("faults"))


def test_few_faults_of_each_kind_end_well(campaign):
    for at in (1, 4):
        assert campaign.kill("train", at)
    for room in (0, 300):
        campaign.fill("train", room)
    for path in campaign.artefacts()[::12]:
        campaign.damage(path)
    assert not campaign.failures, campaign.failures
    assert sum(counts["survived"] for counts in campaign.counts.values()) == 4
    assert sum(counts["detected"] for counts in campaign.counts.values()) >= 2


def test_what_is_silent_is_counted(campaign, monkeypatch):
    """Damage of which nothing is said and which shows is found by the campaign itself."""
    from tests.faults import campaign as module
    from tests.faults.children import Ended

    monkeypatch.setattr(module, "call", lambda line: Ended(0, "something else", ""))
    campaign.damage(campaign.artefacts()[0])
    assert any(counts[SILENT] for counts in campaign.counts.values())
