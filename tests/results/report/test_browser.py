"""A real browser opens the page from a file: pointer and keyboard work, it fits a phone, corpus text stays text."""

import json

import pytest

from results.report.page import LIMIT
from tests.results.report.conftest import CLASSES, CLOSING, HANDLER, IMAGE, SCRIPT


@pytest.fixture
def open_page(browser, page_file):
    """Open the report in a new window; whatever it complains about or asks the network for fails the test."""
    contexts, faults, requests = [], [], []

    def open_in(width=1200, height=900, scheme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on(
            "console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(page_file.as_uri())
        return page

    yield open_in
    harmed = [page.evaluate("window.harmed") for context in contexts for page in context.pages]
    for context in contexts:
        context.close()
    assert faults == []
    assert set(requests) == {page_file.as_uri()}
    assert set(harmed) == {None}


@pytest.fixture
def page(open_page):
    """The report in a large window, the explorer at the classified corpus, the second one."""
    page = open_page()
    page.locator("#explorer-corpus").select_option("1")
    return page


def data_of(page):
    """The explorer's data: the classified and the labelled corpus (list of dict)."""
    labelled, classified = json.loads(page.locator("#explorer-data").text_content())
    assert (labelled["name"], classified["name"]) == ("tags-hostile", "text-hostile")
    return [classified, labelled]


def words(page):
    return page.locator("#explorer-text [role=option]")


def shown_word(page):
    return page.locator("#explorer-points h3").inner_text()


def colours(page):
    return words(page).evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)")


class TestExplorer:
    def test_it_shows_the_first_sentence_and_the_strongest_word(self, page):
        first = data_of(page)[0]
        run = next(run for run in first["runs"] if run["method"] == "iadvt")
        assert page.locator("#explorer-methods [aria-checked=true]").inner_text() == run["title"]
        assert words(page).all_text_contents() == first["sentences"][0]["words"]
        strength = run["documents"][0]["strength"]
        strongest = strength.index(max(strength))
        assert page.locator("#explorer-text [aria-selected=true]").get_attribute("id") == f"explorer-word-{strongest}"
        assert shown_word(page) == first["sentences"][0]["words"][strongest]
        rows = page.locator("#explorer-points li")
        directions = run["documents"][0]["directions"][strongest]
        assert rows.count() == len(directions) == 10
        for row, (number, weight) in zip(rows.all(), directions, strict=True):
            target, _, value = row.locator("span").all()
            assert target.text_content() == first["vocabulary"][number]
            assert float(value.text_content().replace("−", "-")) == pytest.approx(weight, abs=5e-4)

    def test_the_darkest_word_is_the_strongest(self, page):
        run = next(run for run in data_of(page)[0]["runs"] if run["method"] == "iadvt")
        strength = run["documents"][0]["strength"]
        alphas = [float(colour.rpartition("/")[2].rstrip(")")) for colour in colours(page)]
        assert alphas == pytest.approx([0.62 * value / max(strength) for value in strength], abs=0.01)

    def test_pointing_shows_a_word_for_as_long_as_it_lasts_and_a_click_keeps_it(self, page):
        before, texts = shown_word(page), words(page).all_text_contents()
        place = next(place for place, text in enumerate(texts) if text not in (before, "<eos>"))
        words(page).nth(place).hover()
        assert shown_word(page) == texts[place]
        page.locator("#explorer-title").hover()
        assert shown_word(page) == before
        words(page).nth(place).click()
        page.locator("#explorer-title").hover()
        assert shown_word(page) == texts[place]

    def test_arrow_keys_walk_over_the_words(self, page):
        texts = words(page).all_text_contents()
        words(page).first.click()
        for key, place in (
            ("ArrowRight", 1),
            ("ArrowRight", 2),
            ("ArrowLeft", 1),
            ("End", len(texts) - 1),
            ("ArrowRight", 0),
            ("Home", 0),
            ("ArrowLeft", len(texts) - 1),
        ):
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.id") == f"explorer-word-{place}"
            assert shown_word(page) == texts[place]
        assert "not perturbed" in page.locator("#explorer-points").inner_text()  # <eos>

    def test_all_controls_are_reached_by_tab_and_show_the_focus(self, page):
        page.locator("#explorer-corpus").focus()
        visited = []
        for _ in range(6):
            visited.append(page.evaluate("document.activeElement.id || document.activeElement.getAttribute('role')"))
            page.keyboard.press("Tab")
        assert visited[:5] == ["explorer-corpus", "explorer-sentence", "explorer-previous", "explorer-next", "radio"]
        assert visited[5].startswith("explorer-word-")
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"

    def test_another_method_paints_the_same_sentence_anew(self, page):
        texts, before = words(page).all_text_contents(), colours(page)
        page.locator("#explorer-methods [role=radio]", has_text="AdvT-Text").first.click()
        assert words(page).all_text_contents() == texts
        after = colours(page)
        assert after != before
        page.keyboard.press("ArrowRight")  # iAdvT-Text, by the keyboard
        assert page.locator("#explorer-methods [aria-checked=true]").inner_text() == "iAdvT-Text"
        assert colours(page) == before
        page.locator("#explorer-stack button").first.click()
        assert colours(page) == after

    def test_other_sentences_and_corpora(self, page):
        data = data_of(page)
        page.locator("#explorer-next").click()
        assert words(page).all_text_contents() == data[0]["sentences"][1]["words"]
        page.locator("#explorer-previous").click()
        page.locator("#explorer-previous").click()
        assert words(page).all_text_contents() == data[0]["sentences"][-1]["words"]
        page.locator("#explorer-sentence").select_option("3")
        assert words(page).all_text_contents() == data[0]["sentences"][3]["words"]
        page.locator("#explorer-corpus").select_option("0")
        labels = data[1]["sentences"][0]["gold"]
        assert page.locator("#explorer-text .gold").count() == sum(labels)
        assert page.locator("#explorer-text .flag").count() == sum(data[1]["runs"][0]["documents"][0]["prediction"])
        assert "errors" in page.locator("#explorer-verdict").inner_text()


class TestSafety:
    def test_text_from_a_corpus_stays_text(self, page):
        seen = set(
            page.evaluate("""() => {
            const box = document.getElementById("explorer-sentence"), seen = [];
            for (const option of box.options) {
                box.value = option.value;
                box.dispatchEvent(new Event("change"));
                for (const word of document.querySelectorAll("#explorer-text [role=option]")) {
                    word.dispatchEvent(new PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" }));
                    seen.push(word.textContent, document.querySelector("#explorer-points h3").textContent);
                }
                seen.push(document.querySelector("#explorer-verdict b").textContent);
            }
            return seen;
        }""")
        )
        assert {SCRIPT, HANDLER, IMAGE, CLOSING, *CLASSES} <= seen
        assert page.locator("main img").count() == 0 and page.locator("h1").count() == 1
        assert page.locator("script").count() == 2
        assert page.locator("[onmouseover], [onerror]").count() == 0
        assert page.locator("main i").evaluate_all("all => all.every(one => one.textContent === '')")
        assert any(SCRIPT in text or CLOSING in text for text in page.locator(".examples .text-cell").all_inner_texts())

    def test_no_script_but_its_own_may_run(self, browser, page_file):
        page = browser.new_page()
        page.goto(page_file.as_uri())
        blocked = page.evaluate("""() => new Promise((resolve) => {
            const blocked = (event) => resolve(event.violatedDirective);
            document.addEventListener("securitypolicyviolation", blocked, { once: true });
            const script = document.createElement("script");
            script.textContent = "window.harmed = 4";
            document.body.append(script);
            setTimeout(() => resolve(null), 2000);
        })""")
        assert blocked == "script-src-elem" and page.evaluate("window.harmed") is None
        page.context.close()


class TestShape:
    def test_nothing_is_wider_than_the_window(self, open_page):
        page = open_page(360, 740)
        page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        for width in (320, 360, 768, 1200):
            page.set_viewport_size({"width": width, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_on_a_phone_the_directions_stand_next_to_the_sentence(self, open_page):
        page = open_page(360, 740)
        text, points, stack = (
            page.locator(f"#explorer-{name}").bounding_box()["y"] for name in ("text", "points", "stack")
        )
        assert text < points < stack

    def test_light_and_dark_follow_the_system_until_the_button_is_pressed(self, open_page):
        def lightness(page):
            red, green, blue = page.evaluate("""() => {
                const canvas = document.createElement("canvas").getContext("2d");
                canvas.fillStyle = getComputedStyle(document.body).backgroundColor;
                canvas.fillRect(0, 0, 1, 1);
                return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
            }""")
            return (red + green + blue) / 3

        light, dark = open_page(scheme="light"), open_page(scheme="dark")
        assert lightness(light) > 200 and lightness(dark) < 60
        for page, expected in ((light, "Switch to dark colours"), (dark, "Switch to light colours")):
            assert page.locator("#theme").get_attribute("aria-label") == expected
            page.locator("#theme").click()
        assert lightness(light) < 60 and lightness(dark) > 200
        light.reload()
        assert lightness(light) < 60

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_text_can_be_read_on_its_ground(self, open_page, scheme):
        """WCAG AA: a contrast of 4.5 of ink, quiet text and the strongest word."""
        page = open_page(scheme=scheme)
        contrasts = page.evaluate("""() => {
            const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
            const luminance = (...layers) => {
                for (const layer of layers) { canvas.fillStyle = layer; canvas.fillRect(0, 0, 1, 1); }
                const parts = [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((value) => value / 255)
                    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
                return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
            };
            const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            const ground = getComputedStyle(document.body).backgroundColor;
            const card = getComputedStyle(document.querySelector(".card")).backgroundColor;
            const word = getComputedStyle(document.querySelector("#explorer-text [aria-selected=true]"));
            return [contrast(luminance(getComputedStyle(document.body).color), luminance(ground)),
                    contrast(luminance(getComputedStyle(document.querySelector(".small")).color), luminance(ground)),
                    contrast(luminance(word.color), luminance(card, word.backgroundColor))];
        }""")
        assert min(contrasts) >= 4.5, contrasts

    def test_a_number_leads_to_its_run(self, page):
        page.locator("#explorer-run").click()
        opened = page.locator("details:target")
        assert opened.get_attribute("open") is not None
        assert "Commit" in opened.inner_text() and "Seed" in opened.inner_text()

    def test_it_is_small(self, page_file):
        assert 50_000 < page_file.stat().st_size < LIMIT
