"""Proves which corpora, runs and sources a target needs, and that every configuration file of the project is valid."""

import shutil
import tomllib
import types
from pathlib import Path

import pytest

from data_prep.corpora import CORPORA, named
from iadv_foundation.console import configuration
from iadv_foundation.console.configuration import CONFIGS
from iadv_foundation.errors import UsageError, UserError
from iadv_foundation.storage import files
from interpretable_adv.settings import Config
from pretrain_lm.lm_settings import Configuration
from quoted_systems.settings import model_of
from quoted_systems.systems import SYSTEMS
from results.published import load
from results.rows import ROWS
from results.setting import STAND_INS
from word_vectors import store
from word_vectors.vector_settings import GweConfiguration, SkipGramConfiguration
from workflow.compare import chosen_methods
from workflow.pipeline import show_tables
from workflow.plan import LOOKED_AT, TARGETS, Plan, read_sources
from workflow.screen import duration

FIVE = {"baseline", "advt", "iadvt", "vat", "ivat"}
FROM_VECTORS = {"bilstm-skipgram", "bilstm-gwe"}
ELEVEN = FIVE | {"random", "iadvt-rand", "iadvt-best", "random-semi", "ivat-rand", "ivat-best"}
QUOTED = {"bow-unlabeled", "paragraph-vectors", "sa-lstm", "onehot-bilstm"}


@pytest.fixture
def plan(tmp_path):
    """Make a plan: ``plan("table3", scale="paper", sources={...})``."""

    def make(target, scale="quick", seeds=1, sources=None, recipe="paper"):
        return Plan(target, scale, recipe, seeds, sources or {}, tmp_path)

    return make


def methods(plan, number, corpus):
    return {method for column, method, _ in plan.runs_of(number) if column == corpus}


class TestQuick:
    """The samples stand in for the paper's data sets."""

    def test_the_default_target(self, plan):
        quick = plan("quick")
        assert quick.tables == (1, 2, 3, 5, 6) and quick.figures == (3, 5, 6)
        assert set(quick.corpora) == {"sample-sec", "sample-cac", "sample-ged"}
        assert quick.documents == ("table1", "table2", "table3", "table5", "table6", "table7", "interpretability")
        assert quick.pages == ("report/paper/quick/report.html",) and set(quick.analysed_runs) < set(quick.runs)

    def test_the_systems_that_table_3_quotes_are_run_where_it_is_asked_for(self, plan):
        def methods(target):
            return {method for _, method, _ in plan(target).runs}

        assert methods("table3") >= set(SYSTEMS) and methods("report") >= set(SYSTEMS)
        assert not methods("quick") & set(SYSTEMS)
        assert methods("quick") | set(SYSTEMS) >= methods("table3")

    def test_at_scale_quick_a_part_of_the_test_documents_is_looked_at(self, plan):
        assert plan("quick").limit == plan("table7", scale="quick+epsilon-1").limit == LOOKED_AT == 100
        assert plan("table7", scale="paper").limit is None

    @pytest.mark.parametrize(
        "number, corpus, names",
        [
            (3, "sample-sec", ELEVEN | QUOTED),
            (5, "sample-cac", FIVE),
            (6, "sample-ged", FIVE | {"random"} | FROM_VECTORS),
        ],
    )
    def test_methods_of_each_table(self, plan, number, corpus, names):
        target = plan(f"table{number}")
        assert target.corpora == [corpus]
        assert methods(target, number, corpus) == names
        assert len(target.runs_of(number)) == len(names)

    def test_table_2_is_made_from_the_runs_of_the_other_tables(self, plan):
        runs = plan("quick").runs_of(2)
        assert len(runs) == len(set(runs)) == 11 + 5 + 8
        assert plan("table2").runs_of(2) == []

    def test_figure_4_looks_at_the_runs_of_two_methods_on_two_data_sets(self, plan):
        target = plan("figure4", seeds=3)
        assert target.tables == () and target.corpora == ["sample-sec", "sample-ged"]
        assert target.runs == [(corpus, method, 0) for corpus in target.corpora for method in ("advt", "iadvt")]
        assert plan("table3").analysed_runs == [] and target.check() == []

    def test_figure_4_of_the_paper_s_data_shows_what_there_is_a_source_for(self, plan):
        target = plan("figure4", "paper", sources={"fce": "/x"})
        assert target.runs == [("fce", "advt", 0), ("fce", "iadvt", 0)] and target.vectors("fce") == {"skipgram"}
        assert "imdb: no --source given, its results will be '-'" in target.check()
        with pytest.raises(
            UsageError, match="figure4 at scale paper needs the text of imdb or fce: give --source imdb=PATH"
        ):
            plan("figure4", "paper").check()

    def test_table_7_looks_at_every_seed_of_four_methods(self, plan):
        target = plan("table7", seeds=2)
        assert target.documents == ("table7", "interpretability") and target.figures == ()
        assert target.runs == [
            (corpus, method, seed)
            for corpus in ("sample-sec", "sample-ged")
            for method in ("advt", "iadvt", "vat", "ivat")
            for seed in (0, 1)
        ]

    def test_table_4_has_no_stand_ins(self, plan):
        with pytest.raises(UserError, match="needs the text of elec or rcv1 or rotten: give --source elec=PATH"):
            plan("table4").check()
        given = plan("table4", sources={"rotten": "/x"})
        assert given.corpora == ["rotten"] and methods(given, 4, "rotten") == FIVE


class TestReport:
    """Everything on one page."""

    def test_it_needs_all_tables_and_the_analyses_of_runs(self, plan):
        report = plan("report")
        assert report.tables == (1, 2, 3, 4, 5, 6) and report.pages == ("report/paper/quick/report.html",)
        assert report.documents[-2:] == ("table7", "interpretability")
        assert set(report.corpora) == {"sample-sec", "sample-cac", "sample-ged"}
        assert len(report.runs) == 15 + 5 + 8 and set(report.analysed_runs) < set(report.runs)
        assert plan("table3").pages == plan("table7").pages == ()

    def test_the_page_is_made_when_the_rest_is(self, project):
        done = project.run("report", "--dry-run")
        assert done.returncode == 0, done.stdout + done.stderr
        for job in ("report", "table 7", "attack sample-ged ivat seed 0", "interpretability sample-sec advt seed 0"):
            assert f"\nwould run: {job} (not made yet)\n" in done.stdout

    def test_the_screen_names_the_page_instead_of_showing_tables(self, plan, tmp_path, capsys, monkeypatch):
        monkeypatch.chdir(tmp_path)
        files.write_text(tmp_path / "tables" / "paper" / "quick" / "table3.md", "# Table 3")
        ran = "\n5 jobs in 60 s; tables: tables/paper/quick, figures: figures/paper/quick"
        for target, shown in (
            ("table3", f"\n# Table 3\n{ran}\n"),
            ("report", f"{ran}, page: report/paper/quick/report.html\n"),
        ):
            show_tables(plan(target), types.SimpleNamespace(finished=5), 60)
            assert capsys.readouterr().out == shown.replace("60 s", duration(60))


class TestCompare:
    """Methods side by side on a corpus of the user's choice."""

    def test_runs_and_files(self, tmp_path):
        source = tmp_path / "mails.csv"
        source.write_text("")
        target = Plan(
            "compare", "quick", "paper", 2, {"text-mails": str(source)}, tmp_path, "text-mails", ("advt", "baseline")
        )
        assert target.runs == [("text-mails", method, seed) for method in ("advt", "baseline") for seed in (0, 1)]
        assert target.documents == ("compare-text-mails",) and target.figures == ()
        assert target.pages == ("report/paper/quick/compare-text-mails.html",) and target.check() == []

    def test_no_sample_stands_in_for_a_corpus_that_is_asked_for(self, tmp_path):
        target = Plan("compare", "quick", "paper", 1, {}, tmp_path, "imdb", ("advt",))
        assert target.wanted == ["imdb"]
        with pytest.raises(UsageError, match="compare at scale quick needs the text of imdb: give --source PATH"):
            target.check()

    def test_without_names_the_rows_are_those_of_all_tables(self):
        assert set(chosen_methods(None)) == FIVE and chosen_methods("vat, advt,vat") == ("vat", "advt")

    def test_the_graph_prepares_trains_and_compares(self, project, tmp_path):
        source = tmp_path / "mails.csv"
        source.write_text("")
        command = ["compare", "text-mails", "--methods", "baseline,advt", "--seeds", "2", "--source", source]
        done = project.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        assert project.calls() == [
            "compare text-mails",
            "lm text-mails",
            "prepare text-mails",
            "sanity text-mails",
            *(f"train text-mails {method} {seed}" for method in ("advt", "baseline") for seed in (0, 1)),
        ]
        assert "compare text-mails " in done.stdout and "page: " in done.stdout  # the stand-in's table
        assert f"--source={source}" in (project.out / "arguments").read_text()
        again = project.run(*command)
        assert again.returncode == 0 and project.calls() == []
        more = project.run("compare", "text-mails", "--methods=baseline,advt,vat", "--seeds=2")
        assert more.returncode == 0 and project.calls() == [
            "compare text-mails",
            "train text-mails vat 0",
            "train text-mails vat 1",
        ]

    @pytest.mark.parametrize(
        "arguments, message",
        [
            (["compare"], "compare needs a corpus"),
            (["compare", "agnwes"], "unknown corpus 'agnwes' (did you mean 'agnews'?)"),
            (["compare", "agnews", "--methods", "iadvtt"], "unknown method 'iadvtt' (did you mean 'iadvt'?)"),
            (["compare", "agnews", "--methods", ","], "names no method"),
            (["compare", "agnews", "table3"], "one target at a time, not compare and table3"),
            (["compare", "text-nothing"], "needs the text of text-nothing: give --source PATH"),
            (["table3", "--methods", "advt"], "table3 takes no corpus and no --methods"),
        ],
    )
    def test_mistakes_are_one_line(self, project, arguments, message):
        done = project.run(*arguments)
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and message in done.stderr

    def test_the_nearest_of_one_s_own_corpora_is_named(self, tmp_path):
        files.write_text(tmp_path / "corpora" / "text-mails" / "corpus.json", "{}")
        with pytest.raises(
            UsageError, match="needs the text of text-mials .did you mean text-mails..: give --source PATH"
        ):
            Plan("compare", "quick", "paper", 1, {}, tmp_path, "text-mials", ("advt",)).check()


class TestReal:
    """The paper's own corpora, from sources."""

    @pytest.mark.parametrize("target, corpus", [("table3", "imdb"), ("table6", "fce")])
    @pytest.mark.parametrize("scale", ["reduced", "paper"])
    def test_a_missing_source_is_one_line(self, plan, target, corpus, scale):
        with pytest.raises(UserError) as error:
            plan(target, scale).check()
        assert str(error.value).startswith(f"{target} at scale {scale} needs the text of {corpus}: give --source PATH")

    def test_with_a_source(self, plan):
        given = plan("table6", "paper", seeds=5, sources={"fce": "/x"})
        (note,) = given.check()
        assert note == (
            "fce: word vectors from its own text alone; --source imdb=PATH, amazon=PATH and text=PATH give them more"
        )
        assert len(given.runs_of(6)) == 8 * 5
        assert {seed for _, _, seed in given.runs_of(6)} == set(range(5))

    def test_a_prepared_corpus_needs_no_source(self, plan, tmp_path):
        record = tmp_path / "corpora" / "fce" / "corpus.json"
        record.parent.mkdir(parents=True)
        record.write_text("{}")
        again = plan("table6", "paper")
        assert len(again.check()) == 1 and again.corpora == ["fce"] and not again.can_prepare("fce")

    def test_what_cannot_be_prepared_is_said_and_left_out(self, plan):
        given = plan("quick", "paper", sources={"fce": "/x"})
        notes = given.check()
        assert given.corpora == ["fce"]
        assert "imdb: no --source given, its results will be '-'" in notes
        assert {run[0] for number in given.figures for run in given.runs_of(number)} == {"fce"}
        assert any(note.startswith("dbpedia: ") for note in notes)

    def test_every_data_set_of_the_paper_can_be_prepared(self):
        assert {dataset.name for dataset in load().datasets} <= set(CORPORA)

    def test_any_registered_corpus_can_stand_for_a_data_set(self, plan, tmp_path, monkeypatch):
        for corpus in ("agnews", "text-mails"):
            monkeypatch.setitem(STAND_INS, "dbpedia", corpus)
            with pytest.raises(UsageError, match=f"table5 at scale quick needs the text of {corpus}: give --source"):
                plan("table5").check()
            sources = read_sources([f"{corpus}={tmp_path}"], plan("table5"))
            assert sources == read_sources([str(tmp_path)], plan("table5")) == {corpus: str(tmp_path)}
            target = plan("table5", sources=sources)
            assert target.check() == [] and target.corpora == [corpus] and methods(target, 5, corpus) == FIVE

    def test_a_source_that_nobody_needs_is_refused(self, plan):
        with pytest.raises(UsageError, match="--source rotten=...: table6 at scale paper does not use it, but fce"):
            plan("table6", "paper", sources={"rotten": "/x"}).check()
        with pytest.raises(UsageError, match="--source amazon=...: table3 at scale paper does not use it, but imdb"):
            plan("table3", "paper", sources={"imdb": "/x", "amazon": "/x"}).check()


class TestWordVectors:
    """What embeddings start from, where it is not a language model."""

    def test_which_vectors_a_run_needs(self, plan):
        target = plan("table6", "paper", sources={"fce": "/x"})
        assert target.vectors("fce") == {"skipgram", "gwe"} and not target.needs_language_model("fce", "vat")
        assert {method: target.vectors_of("fce", method) for method in ("baseline", "ivat", *FROM_VECTORS)} == {
            "baseline": "skipgram",
            "ivat": "skipgram",
            "bilstm-skipgram": "skipgram",
            "bilstm-gwe": "gwe",
        }
        quick = plan("table6")
        assert quick.needs_language_model("sample-ged", "vat") and quick.vectors_of("sample-ged", "vat") is None
        assert plan("table3").vectors("sample-sec") == set()

    def test_reviews_are_more_text_for_skip_gram_vectors(self, plan):
        given = plan("table6", "paper", sources={"fce": "/x", "imdb": "/y/a.tar", "amazon": "/z.tsv"})
        assert given.check() == [] and given.corpora == ["fce"]
        assert given.texts == {"imdb": "/y/a.tar", "amazon": "/z.tsv"}
        assert given.text_names("fce") == ["amazon=z.tsv", "imdb=a.tar"]

    def test_reviews_are_the_unlabelled_text_of_a_corpus_without_any(self, plan):
        target = plan("table4", "reduced", sources={"rotten": "/rt", "elec": "/elec", "amazon": "/z.tsv"})
        target.check()
        assert target.prepare_options("rotten") == ["--source=/rt", "--unlabeled=/z.tsv"]
        assert target.prepare_options("elec") == ["--source=/elec"]
        with pytest.raises(UsageError, match="--source amazon=...: table3 at scale reduced does not use it"):
            plan("table3", "reduced", sources={"imdb": "/x", "amazon": "/z.tsv"}).check()

    def test_without_texts_those_of_the_vectors_that_stand_there_count(self, plan, tmp_path):
        files.write_json(
            store.vectors_folder(tmp_path, "fce", "skipgram") / "config.json",
            {"texts": [{"kind": "imdb", "file": "a.tar"}]},
        )
        assert plan("table6", "paper", sources={"fce": "/x"}).text_names("fce") == ["imdb=a.tar"]
        assert plan("table6", "paper", sources={"fce": "/x", "amazon": "/b"}).text_names("fce") == ["amazon=b"]

    def test_vectors_that_only_the_user_can_import_must_stand_there(self, plan, tmp_path, monkeypatch):
        shutil.copytree(CONFIGS, tmp_path / "configs")
        path = tmp_path / "configs" / "corpora" / "fce.toml"
        path.write_text(path.read_text() + 'vectors = "word2vec"\n')
        monkeypatch.setattr(configuration, "CONFIGS", tmp_path / "configs")
        with pytest.raises(UsageError, match="first run python -m word_vectors import fce FILE"):
            plan("table6", "paper", sources={"fce": "/x"}).check()


class TestSources:
    """``--source``."""

    @pytest.fixture
    def archive(self, tmp_path):
        path = tmp_path / "an=archive.tar"
        path.write_text("x")
        return path

    def test_a_bare_path_is_for_the_only_corpus(self, plan, archive):
        assert read_sources([str(archive)], plan("table6", "paper")) == {"fce": str(archive)}

    def test_names(self, plan, archive, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        given = [f"rotten={archive.name}", f"fce={tmp_path}"]
        assert read_sources(given, plan("quick")) == {"rotten": str(archive), "fce": str(tmp_path)}

    def test_a_bare_path_for_several_corpora_is_refused(self, plan, archive):
        with pytest.raises(
            UsageError, match="write --source NAME=PATH, NAME one of imdb, elec, rotten, dbpedia, rcv1, fce"
        ):
            read_sources([str(archive)], plan("table1", "paper"))

    def test_a_bare_path_for_none_is_refused(self, plan, archive):
        with pytest.raises(UsageError, match="table2 at scale quick reads no text"):
            read_sources([str(archive)], plan("table2"))

    def test_a_mistyped_name_is_told_the_nearest_one(self, plan, archive):
        with pytest.raises(UsageError, match="unknown --source 'imbd'.*did you mean 'imdb'"):
            read_sources([f"imbd={archive}"], plan("table3", "paper"))

    def test_a_file_with_an_equals_sign_in_its_name(self, plan, archive, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert read_sources([archive.name], plan("table6", "paper")) == {"fce": str(archive)}

    def test_a_bare_path_where_published_packages_hold_the_text_is_refused(self, plan, archive):
        with pytest.raises(
            UsageError, match="table6 at scale quick is made from sample-ged.*add --scale reduced or paper"
        ):
            read_sources([str(archive)], plan("table6"))
        assert read_sources([f"sample-ged={archive}"], plan("table6")) == {"sample-ged": str(archive)}

    def test_nothing_there(self, plan):
        with pytest.raises(UserError, match="--source fce=/nowhere: there is no file or folder /nowhere"):
            read_sources(["fce=/nowhere"], plan("table6", "paper"))

    def test_twice(self, plan, archive):
        with pytest.raises(UsageError, match="fce has a source already"):
            read_sources([str(archive), f"fce={archive}"], plan("table6", "paper"))


class TestConfigurations:
    """Every file in ``configs/`` resolves with every other."""

    @pytest.mark.parametrize("scale", [path.stem for path in sorted((CONFIGS / "scales").glob("*.toml"))])
    @pytest.mark.parametrize("recipe", [path.stem for path in sorted((CONFIGS / "recipes").iterdir())])
    def test_all_corpora(self, plan, recipe, scale):
        assert set(CORPORA) >= {dataset.name for dataset in load().datasets}
        for corpus in (*CORPORA, "text", "text-mails", "tags", "tags-essays"):
            target = plan("quick", scale, recipe=recipe)
            model, lm = target.settings(corpus)["model"], target.lm_settings(corpus)
            assert model["embedding_size"] == lm["embedding_size"]
            if named(corpus).task == "labelling":
                sizes = {target.vectors_settings(corpus, name)["size"] for name in ("skipgram", "gwe")}
                assert sizes == {model["embedding_size"]}
            for row in ROWS:
                target.settings(corpus, row)

    def test_every_section_of_every_file_is_read_by_some_command(self):
        models = (Config, Configuration, SkipGramConfiguration, GweConfiguration, *map(model_of, SYSTEMS))
        read = {section for model in models for section in model.model_fields}
        for path in CONFIGS.rglob("*.toml"):
            assert set(tomllib.loads(path.read_text())) <= read, path

    def test_recipe_and_scale_change_what_they_should(self, plan):
        paper, authors = (plan("table3", recipe=recipe).settings("imdb", "iadvt") for recipe in ("paper", "authors"))
        assert paper["perturbation"] != authors["perturbation"]
        assert all(
            paper["model"][size] == authors["model"][size] for size in ("embedding_size", "hidden_size", "ffnn_size")
        )
        assert plan("table3").settings("imdb")["model"] != plan("table3", "paper").settings("imdb")["model"]

    def test_a_mistake_in_a_file_stops_before_any_job(self, plan, tmp_path, monkeypatch):
        shutil.copytree(CONFIGS, tmp_path / "configs")
        path = tmp_path / "configs" / "corpora" / "sample-ged.toml"
        path.write_text(path.read_text() + "\npatiense = 3\n")
        monkeypatch.setattr(configuration, "CONFIGS", tmp_path / "configs")
        with pytest.raises(UsageError, match="unknown configuration key 'training.patiense'"):
            plan("table6").check()


def test_a_subset_is_asked_for_of_the_corpora_that_have_a_source(tmp_path):
    plan = Plan("table3", "reduced", "paper", 1, {"imdb": "/x"}, tmp_path, subset=True)
    assert plan.prepare_options("imdb") == ["--source=/x", "--subset"]
    assert Plan("table3", "quick", "paper", 1, {}, tmp_path, subset=True).prepare_options("sample-sec") == []


def test_variants_of_a_scale_have_runs_of_their_own_and_one_language_model(tmp_path):
    plan = Plan("table3", "quick+epsilon-1", "paper", 1, {}, tmp_path)
    assert plan.corpora == ["sample-sec"] and plan.settings("sample-sec", "advt")["perturbation"]["epsilon_free"] == 1
    folders = [str(path) for path, _ in plan._made_with_settings()]
    assert "lm/sample-sec/paper/quick/seed-0" in folders
    assert "runs/sample-sec/paper/quick+epsilon-1/advt/seed-0" in folders
    with pytest.raises(UsageError, match="unknown variant 'epsilom-1' .did you mean 'epsilon-1'"):
        Plan("table3", "quick+epsilom-1", "paper", 1, {}, tmp_path).check()


def test_every_target_is_offered_by_the_script():
    script = (Path(__file__).resolve().parents[2] / "reproduce.sh").read_text()
    offered = script.partition('targets="')[2].partition('"')[0].split()
    assert set(offered) == {*TARGETS, "demo", "test", "setup", "help"}
