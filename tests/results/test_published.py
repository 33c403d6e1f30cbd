"""The published numbers are complete, in the paper's order, and fit the names that the other packages use."""

from decimal import Decimal

import pydantic
import pytest

from data_prep.corpora import CORPORA, named
from interpretable_adv.methods import METHODS
from interpretable_adv.settings import Config
from interpretable_adv.settings import load as load_configuration
from pretrain_lm.lm_settings import load_configuration as load_lm_configuration
from quoted_systems.systems import SYSTEMS
from results.published import FAMILIES, Comparison, load
from results.rows import ROWS
from results.setting import STAND_INS
from results.settings_used import same_setting, setting_of


def methods_of(number):
    return [row.method for row in load().comparison(number).rows]


def test_table_1_has_the_six_data_sets_and_their_totals():
    titles = [dataset.title for dataset in load().datasets]
    assert titles == ["IMDB", "Elec", "Rotten Tomatoes", "DBpedia", "RCV1", "FCE-public"]
    # 90 % / 10 % of the labelled text where the paper splits it: 25,000 IMDB and Elec, 560,000 DBpedia documents.
    for name, labelled in (("imdb", 25000), ("elec", 25000), ("dbpedia", 560000), ("rcv1", 15564)):
        documents = load().dataset(name).documents
        assert documents["train"] + documents["dev"] == labelled
    assert sum(load().dataset("rotten").documents[split] for split in ("train", "dev", "test")) == 10662


def test_table_1_agrees_with_what_the_corpora_expect():
    both = [dataset for dataset in load().datasets if dataset.name in CORPORA]
    assert {"imdb", "rotten", "fce"} <= {dataset.name for dataset in both}
    for dataset in both:
        assert CORPORA[dataset.name].expected == dataset.documents


def test_table_2_names_settings_that_exist():
    known = {
        f"{section}.{key}" for section, field in Config.model_fields.items() for key in field.annotation.model_fields
    }
    settings = [row.setting for row in load().hyperparameters if row.setting]
    assert len(settings) == 8 and set(settings) <= known
    assert all(set(row.published) == set(FAMILIES) for row in load().hyperparameters)


#: Where ``configs/`` leave Table 2, and why stands there.
OTHER_THAN_TABLE_2 = {(corpus, "training.learning_rate_decay"): "1.0" for corpus in ("fce", "tags", "tags-essays")}
#: Column of Table 2 for what a corpus is about.
COLUMNS = {"sentiment": "SEC", "category": "CAC", "error-detection": "GED"}


def test_the_data_sets_are_about_what_table_1_says():
    assert {dataset.name: dataset.task for dataset in load().datasets} == {
        name: COLUMNS[corpus.kind] for name, corpus in CORPORA.items() if corpus.in_paper
    }


@pytest.mark.parametrize("corpus", [*CORPORA, "text", "text-mails", "tags", "tags-essays"])
def test_scale_paper_uses_the_values_of_table_2(corpus):
    configuration = load_configuration(corpus, "paper", "paper").model_dump()
    for row in load().hyperparameters:
        if row.setting:
            expected = OTHER_THAN_TABLE_2.get((corpus, row.setting), row.published[COLUMNS[named(corpus).kind]].lower())
            assert str(setting_of(configuration, row.setting)) == expected, row.setting


@pytest.mark.parametrize("corpus", [*CORPORA, "text", "tags"])
def test_smaller_scales_are_smaller_in_nothing_but_size_and_time(corpus):
    """At every scale a network is the paper's, smaller and trained for less long, with a language model to fit it."""
    sizes = {
        "model.embedding_size",
        "model.hidden_size",
        "model.ffnn_size",
        "training.max_epochs",
        "training.patience",
        "training.unlabeled_batch_size",
    }
    tuned = {
        "model.dropout",
        "model.ffnn_size",
        "training.learning_rate",
        "training.batch_size",
        "training.max_words",
        "perturbation.epsilon_free",
        "perturbation.epsilon_directions",
    }
    cut = {"training.max_words", "training.length_window"} if corpus in ("imdb", "elec") else set()  # long documents
    paper = load_configuration(corpus, "paper", "paper").model_dump()
    for scale in ("reduced", "quick"):
        here = load_configuration(corpus, "paper", scale).model_dump()
        changed = {
            f"{section}.{key}"
            for section, values in here.items()
            for key in values
            if values[key] != paper[section][key]
        }
        assert changed <= (sizes | tuned if scale == "quick" else sizes | cut)
        assert all(setting_of(here, key) < setting_of(paper, key) for key in changed & sizes - tuned)
        lm, full_lm = (load_lm_configuration(corpus, "paper", name, []) for name in (scale, "paper"))
        assert lm.embedding_size == here["model"]["embedding_size"] and lm.hidden_size < full_lm.hidden_size == 1024


def test_table_3_has_the_eleven_methods_in_the_papers_order_and_four_quoted_rows():
    methods = methods_of(3)
    assert methods[:11] == [
        "baseline",
        "random",
        "iadvt-rand",
        "iadvt-best",
        "advt",
        "iadvt",
        "random-semi",
        "ivat-rand",
        "ivat-best",
        "vat",
        "ivat",
    ]
    assert set(methods[:11]) == {name for name, method in METHODS.items() if not method.layer and method.in_paper}
    assert methods[11:] == list(SYSTEMS)


def test_tables_4_to_6_have_the_papers_methods():
    assert methods_of(4) == methods_of(5) == ["baseline", "advt", "iadvt", "vat", "ivat"]
    assert methods_of(6) == ["baseline", "random", "advt", "iadvt", "vat", "ivat", "bilstm-skipgram", "bilstm-gwe"]


@pytest.mark.parametrize("number", [3, 4, 5, 6])
def test_every_method_is_known_and_has_its_own_title(number):
    for row in load().comparison(number).rows:
        if row.method:
            assert ROWS[row.method].title.startswith(row.title.split(" [")[0].split(" (")[0])


def test_daggers_mark_the_semi_supervised_methods_where_there_is_unlabeled_text():
    for number in (3, 4):
        for row in load().comparison(number).rows:
            if row.method in METHODS:
                assert row.dagger == METHODS[row.method].semi_supervised
    assert [row.dagger for row in load().comparison(3).rows[11:]] == [False, False, True, True]
    assert not any(row.dagger for number in (5, 6) for row in load().comparison(number).rows)


def test_our_method_is_best_in_tables_3_and_4_as_the_paper_says():
    for number in (3, 4):
        comparison = load().comparison(number)
        for column in range(len(comparison.datasets)):
            numbers = {row.method: row.published[column] for row in comparison.rows if row.method}
            assert numbers["iadvt"] < numbers["advt"] < numbers["baseline"] and numbers["ivat"] < numbers["vat"]


def test_the_papers_digits_are_kept():
    assert {row.method: str(row.published[0]) for row in load().comparison(3).rows}["ivat-best"] == "6.30"
    assert str(load().comparison(6).rows[-1].published[0]) == "41.4"
    assert all(isinstance(number, Decimal) for row in load().comparison(4).rows for number in row.published)


def test_data_sets_of_tables_and_stand_ins_exist():
    names = {dataset.name for dataset in load().datasets}
    assert set(STAND_INS) <= names and set(STAND_INS.values()) <= set(CORPORA)
    assert {name for comparison in load().comparisons for name in comparison.datasets} == names


def test_bold_numbers_are_the_papers():
    bold = {comparison.number: [row.method for row in comparison.rows if row.bold] for comparison in load().comparisons}
    assert bold == {3: ["iadvt", "ivat"], 4: ["iadvt", "ivat"], 5: ["advt", "vat"], 6: ["advt"]}


def test_quoted_rows_name_the_paper_they_are_from_and_the_others_none():
    quoted = {
        number: {row.method or row.title: row.quoted for row in load().comparison(number).rows if row.quoted}
        for number in (3, 4, 5, 6)
    }
    assert quoted[4] == quoted[5] == {}
    assert quoted[6] == {"bilstm-skipgram": "Rei and Yannakoudakis, 2016", "bilstm-gwe": "Kaneko et al., 2017"}
    assert quoted[3] == {system.name: system.paper for system in SYSTEMS.values()}
    assert all(
        f"[{row.quoted}]" in row.title for number in (3, 6) for row in load().comparison(number).rows if row.quoted
    )
    start = load().comparison(6).starts["bilstm-skipgram"]
    assert (start.vectors, start.said_by) == ("word2vec vectors of Google News", quoted[6]["bilstm-skipgram"])


def test_the_settings_of_the_perturbations_are_those_of_recipe_paper():
    found = {(row.name, row.space): row.published for row in load().perturbation}
    assert found == {
        ("epsilon", "free"): "5.0",
        ("epsilon", "directions"): "15.0",
        ("lambda", None): "1",
        ("K", "directions"): "10",
    }
    configuration = load_configuration("imdb", "paper", "paper").model_dump()
    for row in load().perturbation:
        assert same_setting(setting_of(configuration, row.setting), row.published), row.setting


def test_footnotes():
    numbers = {
        comparison.number: [footnote.number for footnote in comparison.footnotes] for comparison in load().comparisons
    }
    assert numbers == {3: [4], 4: [5], 5: [5], 6: []}


def test_a_row_that_is_neither_run_nor_quoted_is_refused():
    with pytest.raises(pydantic.ValidationError, match="neither a method nor a paper"):
        Comparison(number=6, measure="f05", datasets=("fce",), rows=({"title": "X", "published": (1,)},))


def test_a_row_with_a_number_too_few_is_refused():
    with pytest.raises(pydantic.ValidationError, match="1 numbers for 2 data sets"):
        Comparison(
            number=4, measure="error_rate", datasets=("elec", "rcv1"), rows=({"title": "Baseline", "published": (1,)},)
        )
