//! The words that `stated` knows.

/// Words between "I" and the letter that one chooses.
pub(super) const CHOOSING: [&str; 15] = [
    "guess",
    "choose",
    "pick",
    "select",
    "go with",
    "say",
    "think it is",
    "think it's",
    "think it’s",
    "think",
    "believe it is",
    "believe it's",
    "believe it’s",
    "believe",
    "am going with",
];

/// Words between "I" and the verb.
pub(super) const MODALS: [&str; 4] = ["would", "will", "'d", "’d"];

/// Words that introduce all options before one is stated.
pub(super) const AMONG: [&str; 4] = ["among", "of", "out of", "from"];

/// Words that name an option.
pub(super) const NOUNS: [&str; 7] = [
    "option",
    "choice",
    "answer",
    "statement",
    "letter",
    "alternative",
    "selection",
];

/// Words that a sentence may start with before the option that it states.
pub(super) const ADVERBS: [&str; 11] = [
    "probably",
    "likely",
    "definitely",
    "certainly",
    "clearly",
    "obviously",
    "only",
    "finally",
    "indeed",
    "overall",
    "evidently",
];

/// Words that say that a statement is the one that is asked for.
pub(super) const HOLDS: [&str; 4] = ["is true", "holds", "is valid", "is the true one"];

/// Words before a letter that the sentence ends in and states.
pub(super) const STATING: [&str; 18] = [
    "gives", "get", "matches", "leaves", "is", "be", "was", "it's", "it’s", "that's", "remains", "choose", "chose",
    "pick", "select", "selected", "answer:", "choice:",
];

/// Pairs of words of the same kind.
pub(super) const STATING_PAIRS: [(&str, &str); 6] = [
    ("corresponds", "to"),
    ("corresponding", "to"),
    ("leads", "to"),
    ("points", "to"),
    ("go", "with"),
    ("going", "with"),
];

/// Words that open a clause before the one that states an option; not "if".
pub(super) const CONCEDING: [&str; 6] = ["although", "though", "while", "since", "as", "because"];

/// Signs before a conclusion.
pub(super) const SIGNS: [&str; 7] = ["$\\therefore$", "\\therefore", "∴", "=>", "⇒", "→", "->"];

/// Words before a colon and a letter that is alone behind it: "My guess: B".
pub(super) const LABELS: [&str; 14] = [
    "guess",
    "selected",
    "selection",
    "option",
    "choice",
    "answer",
    "pick",
    "conclusion",
    "result",
    "verdict",
    "solution",
    "decision",
    "prediction",
    "response",
];

/// Words of a sentence that weighs an option or denies it.
pub(super) const DOUBTS: [&str; 12] = [
    "none", "except", "not", "if", "whether", "neither", "nor", "never", "cannot", "unless", "hardly", "equal",
];
