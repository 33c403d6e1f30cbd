"""The little English that the made errors of ``sample-ged`` need: word lists and inflection."""

ARTICLES = frozenset(("a", "an", "the"))
DETERMINERS = frozenset(
    ["his", "her", "their", "its", "this", "these", "those", "my", "our", "your", "each", "every", "some", "any"]
)
PLURAL_MARKERS = frozenset(
    [
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "many",
        "several",
        "few",
        "these",
        "those",
        "both",
    ]
)
SINGULAR_MARKERS = frozenset(["a", "an", "this", "each", "every", "another", "one"])
MODALS = frozenset(
    [
        "will",
        "would",
        "can",
        "could",
        "may",
        "might",
        "must",
        "should",
        "shall",
        "cannot",
        "can't",
        "won't",
        "wouldn't",
        "couldn't",
        "shouldn't",
        "to",
        "did",
        "didn't",
        "do",
        "don't",
        "does",
        "doesn't",
        "let's",
    ]
)
BE = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "am",
        "be",
        "been",
        "being",
        "isn't",
        "aren't",
        "wasn't",
        "weren't",
        "it's",
        "he's",
        "she's",
        "that's",
        "i'm",
        "they're",
        "we're",
    ]
)
HAVE = frozenset(["has", "have", "had", "having", "hasn't", "haven't", "hadn't", "i've", "we've", "they've", "you've"])
PLURAL_SUBJECTS = frozenset(["i", "you", "we", "they", "people", "who"])
NOT_VERB_AFTER = frozenset(
    [
        "a",
        "an",
        "the",
        "his",
        "her",
        "their",
        "its",
        "this",
        "these",
        "those",
        "my",
        "our",
        "your",
        "of",
        "in",
        "on",
        "at",
        "for",
        "with",
        "and",
        "or",
    ]
)
AFTER_NOUN = frozenset(
    [
        ".",
        ",",
        ";",
        ":",
        "!",
        "?",
        "of",
        "in",
        "on",
        "at",
        "for",
        "with",
        "by",
        "about",
        "from",
        "is",
        "was",
        "has",
        "and",
        "but",
        "that",
        "who",
        "which",
        "to",
    ]
)

PREPOSITIONS = {
    "of": ("from", "for", "in"),
    "in": ("at", "on", "of"),
    "on": ("in", "at", "of"),
    "at": ("in", "on", "to"),
    "to": ("for", "at", "in"),
    "for": ("to", "of", "at"),
    "with": ("of", "by", "to"),
    "by": ("from", "with", "of"),
    "from": ("of", "by", "at"),
    "about": ("of", "for", "on"),
    "into": ("at", "on", "for"),
    "between": ("of", "into", "at"),
    "during": ("for", "at"),
    "against": ("of", "for"),
    "through": ("of", "at"),
    "without": ("from", "of"),
}
OMISSIBLE_PREPOSITIONS = frozenset(("of", "to", "in", "for", "at", "on", "with", "from"))

AGREEMENT = {
    "is": "are",
    "are": "is",
    "was": "were",
    "were": "was",
    "has": "have",
    "have": "has",
    "does": "do",
    "doesn't": "don't",
    "don't": "doesn't",
    "isn't": "aren't",
    "aren't": "isn't",
    "wasn't": "weren't",
    "weren't": "wasn't",
    "hasn't": "haven't",
    "haven't": "hasn't",
    "these": "this",
    "those": "that",
    "am": "is",
}
CONFUSED = {
    "their": "there",
    "there": "their",
    "its": "it's",
    "it's": "its",
    "than": "then",
    "then": "than",
    "too": "to",
    "your": "you're",
    "you're": "your",
    "they're": "their",
    "lose": "loose",
    "quite": "quiet",
    "whose": "who's",
    "who's": "whose",
    "effect": "affect",
    "were": "where",
    "where": "were",
    "advice": "advise",
    "through": "threw",
    "knew": "new",
    "whole": "hole",
}

_REGULAR = [
    "accept",
    "act",
    "add",
    "agree",
    "allow",
    "announce",
    "appear",
    "argue",
    "ask",
    "attack",
    "attempt",
    "believe",
    "call",
    "carry",
    "cause",
    "change",
    "claim",
    "close",
    "collect",
    "compare",
    "complete",
    "confirm",
    "consider",
    "continue",
    "contribute",
    "control",
    "cover",
    "create",
    "cry",
    "decide",
    "defend",
    "deliver",
    "demand",
    "deny",
    "describe",
    "develop",
    "die",
    "direct",
    "discover",
    "discuss",
    "earn",
    "end",
    "enjoy",
    "enter",
    "estimate",
    "evoke",
    "exist",
    "expect",
    "explain",
    "explore",
    "express",
    "face",
    "fail",
    "fight",
    "fill",
    "finish",
    "follow",
    "force",
    "happen",
    "hate",
    "help",
    "hope",
    "hurt",
    "ignore",
    "imagine",
    "improve",
    "include",
    "increase",
    "insist",
    "introduce",
    "invite",
    "involve",
    "join",
    "jump",
    "kill",
    "land",
    "last",
    "laugh",
    "launch",
    "learn",
    "like",
    "listen",
    "live",
    "look",
    "love",
    "manage",
    "marry",
    "matter",
    "mention",
    "mix",
    "miss",
    "move",
    "need",
    "notice",
    "offer",
    "open",
    "order",
    "own",
    "pass",
    "pay",
    "perform",
    "pick",
    "place",
    "plan",
    "play",
    "please",
    "point",
    "prefer",
    "prepare",
    "present",
    "prevent",
    "produce",
    "promise",
    "protect",
    "prove",
    "provide",
    "publish",
    "pull",
    "push",
    "raise",
    "reach",
    "realise",
    "receive",
    "reduce",
    "refuse",
    "release",
    "remain",
    "remember",
    "remove",
    "repeat",
    "replace",
    "reply",
    "report",
    "require",
    "return",
    "reveal",
    "rule",
    "save",
    "score",
    "seem",
    "serve",
    "share",
    "show",
    "sign",
    "smile",
    "solve",
    "sound",
    "start",
    "stay",
    "stop",
    "struggle",
    "suffer",
    "suggest",
    "supply",
    "support",
    "suppose",
    "surprise",
    "survive",
    "talk",
    "taste",
    "tend",
    "test",
    "thank",
    "threaten",
    "touch",
    "train",
    "travel",
    "treat",
    "try",
    "turn",
    "urge",
    "use",
    "visit",
    "vote",
    "wait",
    "walk",
    "want",
    "warn",
    "waste",
    "watch",
    "wish",
    "wonder",
    "work",
    "worry",
]
_IRREGULAR = """
be was been, become became become, begin began begun, break broke broken, bring brought brought, build built built,
buy bought bought, catch caught caught, choose chose chosen, come came come, cut cut cut, do did done,
draw drew drawn, drive drove driven, fall fell fallen, feel felt felt, find found found, fly flew flown,
forget forgot forgotten, get got got, give gave given, go went gone, grow grew grown, hear heard heard,
hide hid hidden, hit hit hit, hold held held, keep kept kept, know knew known, lead led led, leave left left,
lose lost lost, make made made, mean meant meant, meet met met, put put put, read read read, rise rose risen,
run ran run, say said said, see saw seen, sell sold sold, send sent sent, set set set, sing sang sung, sit sat sat,
speak spoke spoken, spend spent spent, stand stood stood, steal stole stolen, take took taken, teach taught taught,
tell told told, think thought thought, throw threw thrown, understand understood understood, wear wore worn,
win won won, write wrote written"""
_DOUBLED = frozenset(
    ["begin", "control", "cut", "forget", "get", "hit", "plan", "prefer", "put", "run", "set", "sit", "stop", "win"]
)


def third_person(verb):
    """``make`` -> ``makes``, ``carry`` -> ``carries``, ``reach`` -> ``reaches``."""
    if verb == "be":
        return "is"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("s", "x", "ch", "sh", "o")) else f"{verb}s"


def gerund(verb):
    """``make`` -> ``making``, ``run`` -> ``running``, ``die`` -> ``dying``."""
    if verb.endswith("ie"):
        return f"{verb[:-2]}ying"
    if verb in _DOUBLED:
        return f"{verb}{verb[-1]}ing"
    return f"{verb[:-1]}ing" if verb.endswith("e") and verb != "be" and not verb.endswith("ee") else f"{verb}ing"


def regular_past(verb):
    """``look`` -> ``looked``, ``carry`` -> ``carried``; of an irregular verb the form that learners make up."""
    if verb.endswith("e"):
        return f"{verb}d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied"
    return f"{verb}{verb[-1]}ed" if verb in _DOUBLED else f"{verb}ed"


def _table():
    verbs = {
        verb: (verb, third_person(verb), regular_past(verb), regular_past(verb), gerund(verb)) for verb in _REGULAR
    }
    for line in _IRREGULAR.split(","):
        verb, past, participle = line.split()
        verbs[verb] = (verb, third_person(verb), past, participle, gerund(verb))
    return verbs


VERBS = _table()
BASE, THIRD, PAST, PARTICIPLE, GERUND = range(5)
FORMS = {}
for _forms in VERBS.values():
    for _which, _form in enumerate(_forms):
        FORMS.setdefault(_form, {})[_which] = _forms


def singular(noun):
    """Take the ``s`` off a plural that is plainly one (``films`` -> ``film``, ``stories`` -> ``story``), else None."""
    if len(noun) < 4 or not noun.isalpha() or not noun.endswith("s") or noun.endswith(("ss", "us", "is", "ous")):
        return None
    if noun.endswith("ies"):
        return f"{noun[:-3]}y"
    return noun[:-2] if noun.endswith(("ches", "shes", "sses", "xes")) else noun[:-1]


def plural(noun):
    """Put an ``s`` on a noun (``story`` -> ``stories``)."""
    return third_person(noun)
