"use strict";
// The theme's button and the explorer.  Everything from a corpus enters the page by textContent or setAttribute, never as markup.
(() => {
  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  // ---- theme ----
  const root = document.documentElement, button = document.getElementById("theme");
  const remembered = (value) => {  // a browser may refuse storage to a page from a file
    try {
      if (value === undefined) return localStorage.getItem("theme");
      localStorage.setItem("theme", value);
    } catch { return null; }
  };
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const showTheme = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to ${isDark() ? "light" : "dark"} colours`);
  };
  if (["light", "dark"].includes(remembered())) root.dataset.theme = remembered();
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remembered(root.dataset.theme);
    showTheme();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
  showTheme();

  // ---- a link to a run opens its card ----
  const openTarget = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", openTarget);
  openTarget();

  // ---- explorer ----
  const stored = document.getElementById("explorer-data");
  if (!stored) return;
  const corpora = JSON.parse(stored.textContent);
  const byId = (name) => document.getElementById(`explorer-${name}`);
  const [corpusBox, sentenceBox, methodBox, textBox, verdictBox, pointsBox, stackBox, runBox, ruleBox] =
    ["corpus", "sentence", "methods", "text", "verdict", "points", "stack", "run", "rule"].map(byId);
  let corpus, sentence = 0, method = 0, word = 0;  // what is chosen; the last three are places in lists

  const run = () => corpus.runs[method];
  const found = (which = run()) => which.documents[sentence];
  const relative = (document) => {
    const largest = Math.max(...document.strength);
    return document.strength.map((value) => largest > 0 ? value / largest : 0);
  };
  const percent = (value) => `${(100 * value).toFixed(value > 0.995 && value < 1 ? 1 : 0)} %`;
  const strongest = () => found().strength.indexOf(Math.max(...found().strength));

  // Arrow keys move inside a group of which one member alone is a stop of the tab key.
  const roving = (box, selector, choose) => box.addEventListener("keydown", (event) => {
    const members = [...box.querySelectorAll(selector)], at = members.indexOf(event.target);
    const steps = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: members.length - 1 };
    if (at < 0 || !(event.key in steps)) return;
    event.preventDefault();
    const next = (steps[event.key] + members.length) % members.length;
    choose(next);
    box.querySelectorAll(selector)[next].focus();
  });

  const showCorpus = () => {
    sentenceBox.replaceChildren(...corpus.sentences.map((entry, place) =>
      new Option(`${place + 1}. ${entry.words.slice(0, 12).join(" ")}${entry.words.length > 12 ? " …" : ""}`, place)));
    methodBox.replaceChildren(...corpus.runs.map((entry) => make("button", {
      type: "button", role: "radio", class: `m-${entry.method}`,
    }, make("span", { class: "dot", "aria-hidden": "true" }), entry.title)));
    ruleBox.textContent = `${corpus.sentences.length} sentences: ${corpus.rule}.`;
  };

  const showSentence = () => {
    sentenceBox.value = sentence;
    word = strongest();
    showMethod();
  };

  const showMethod = () => {
    [...methodBox.children].forEach((element, place) => {
      element.setAttribute("aria-checked", place === method);
      element.tabIndex = place === method ? 0 : -1;
    });
    byId("bench").className = `bench m-${run().method}`;
    const { words, gold } = corpus.sentences[sentence], document = found(), shares = relative(document);
    textBox.replaceChildren(...words.flatMap((text, place) => {
      const option = make("span", { role: "option", class: "word", id: `explorer-word-${place}` }, text);
      option.style.setProperty("--s", shares[place].toFixed(3));
      let label = `${text}: strength ${percent(shares[place])} of the largest`;
      if (document.directions[place].length) label += `, points to ${corpus.vocabulary[document.directions[place][0][0]]}`;
      if (corpus.task === "labelling") {
        if (gold[place]) { option.classList.add("gold"); label += ", an error"; }
        if (document.prediction[place]) {
          option.append(make("span", { class: "flag", "aria-hidden": "true" }, "✕"));
          label += ", marked as an error";
        }
      }
      option.setAttribute("aria-label", label);
      return [option, " "];
    }));
    verdictBox.replaceChildren(...verdict(document));
    runBox.textContent = `${corpus.name}, ${run().title}, seed ${run().seed}`;
    runBox.setAttribute("href", `#${run().anchor}`);
    showWord(word);
    showStack();
  };

  const verdict = (document) => {
    const { gold } = corpus.sentences[sentence], bold = (text) => make("b", {}, text);
    if (corpus.task === "labelling") {
      const hits = gold.filter((label, place) => label && document.prediction[place]).length;
      const marked = document.prediction.filter(Boolean).length, errors = gold.filter(Boolean).length;
      return ["The network marks ", bold(`${hits} of ${errors}`), ` errors (wavy line: an error; ✕: marked) and ${marked - hits} correct words.`];
    }
    const right = gold === document.prediction[0];
    return ["Label: ", bold(corpus.classes[gold]), ". The network says ", bold(corpus.classes[document.prediction[0]]),
      ` (${percent(document.probability[0])}), which is ${right ? "right" : "wrong"}.`];
  };

  // The chosen word, or one that the pointer is over.
  const showWord = (place, chosen = true) => {
    if (chosen) word = place;
    [...textBox.children].forEach((element, index) => {
      element.setAttribute("aria-selected", index === place);
      element.tabIndex = index === word ? 0 : -1;
    });
    const document = found(), directions = document.directions[place], text = corpus.sentences[sentence].words[place];
    const largest = Math.max(...directions.map(([, weight]) => Math.abs(weight)), 1e-12);
    const signed = directions.some(([, weight]) => weight < 0);
    const list = make("ol", {}, ...directions.map(([id, weight]) => {
      const bar = make("i"), share = Math.abs(weight) / largest;
      bar.style.setProperty("--w", `${(signed ? 50 : 100) * share}%`);
      bar.style.setProperty("--a", signed ? `${weight < 0 ? 50 - 50 * share : 50}%` : "0%");
      const target = make("span", {}, corpus.vocabulary[id]);
      target.title = corpus.vocabulary[id];
      return make("li", {}, target, make("span", { class: `track${signed ? " signed" : ""}`, "aria-hidden": "true" }, bar),
        make("span", { class: "number" }, weight.toFixed(3).replace("-", "−")));
    }));
    const strength = `Strength ${document.strength[place].toPrecision(3)}, ${percent(relative(document)[place])} of the largest here.`;
    const none = "This word is not perturbed.";
    pointsBox.replaceChildren(make("h3", {}, make("b", {}, text)), make("p", { class: "small" },
      directions.length ? `${strength} ${run().meaning}` : none), list);
  };

  const showStack = () => stackBox.replaceChildren(...corpus.runs.map((entry, place) => {
    const shares = relative(found(entry));
    const line = make("span", { class: "text-line" }, ...corpus.sentences[sentence].words.flatMap((text, at) => {
      const part = make("span", {}, text);
      part.style.setProperty("--s", shares[at].toFixed(3));
      return [part, " "];
    }));
    const name = make("span", { class: "name" }, make("span", { class: "dot", "aria-hidden": "true" }), entry.title);
    const element = make("button", { type: "button", class: `m-${entry.method}`, "aria-current": place === method }, name, line);
    element.addEventListener("click", () => { method = place; showMethod(); stackBox.children[place].firstChild.focus(); });
    return make("li", {}, element);
  }));

  const chooseCorpus = (place) => {
    const before = corpus && run().method;
    corpus = corpora[place];
    sentence = 0;
    method = Math.max(0, corpus.runs.findIndex((entry) => entry.method === (before || "iadvt")));
    showCorpus();
    showSentence();
  };
  const chooseSentence = (place) => {
    sentence = (place + corpus.sentences.length) % corpus.sentences.length;
    showSentence();
  };
  const chooseMethod = (place) => { method = place; showMethod(); };
  const placeOf = (event) => [...textBox.children].indexOf(event.target.closest("[role=option]"));

  corpusBox.replaceChildren(...corpora.map((entry, place) => new Option(entry.label, place)));
  corpusBox.addEventListener("change", () => chooseCorpus(Number(corpusBox.value)));
  sentenceBox.addEventListener("change", () => chooseSentence(Number(sentenceBox.value)));
  byId("previous").addEventListener("click", () => chooseSentence(sentence - 1));
  byId("next").addEventListener("click", () => chooseSentence(sentence + 1));
  methodBox.addEventListener("click", (event) => {
    const place = [...methodBox.children].indexOf(event.target.closest("[role=radio]"));
    if (place >= 0) { chooseMethod(place); methodBox.children[place].focus(); }
  });
  textBox.addEventListener("click", (event) => {
    const place = placeOf(event);
    if (place >= 0) { showWord(place); textBox.children[place].focus(); }
  });
  textBox.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "touch" && placeOf(event) >= 0) showWord(placeOf(event), false);
  });
  textBox.addEventListener("pointerleave", () => showWord(word));
  textBox.addEventListener("focusin", (event) => { if (placeOf(event) >= 0) showWord(placeOf(event)); });
  roving(methodBox, "[role=radio]", chooseMethod);
  roving(textBox, "[role=option]", showWord);
  byId("ready").hidden = false;
  chooseCorpus(0);
})();
