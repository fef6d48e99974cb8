//! Words of grammar: what stands between names and acts. Assumed knowledge of English.

/// Prepositions, and openers of clauses that act as prepositions before a name.
#[rustfmt::skip]
pub(super) const PREPOSITIONS: &[&str] = &[
    "on", "against", "to", "toward", "towards", "with", "from", "of", "for", "in", "at", "into",
    "over", "by", "between", "among", "amongst", "around", "near", "off", "under", "about",
    "within", "across", "through", "upon", "onto", "outside", "inside", "like", "than", "via",
    "beyond", "behind", "versus", "vs", "without", "regarding", "concerning", "including",
    "targeting", "per", "out", "beside", "alongside", "throughout", "after", "before", "during",
    "despite", "amid", "since", "following", "except", "besides", "unlike", "because",
];

/// Auxiliary verbs.
#[rustfmt::skip]
pub(super) const AUXILIARIES: &[&str] = &[
    "is", "are", "was", "were", "be", "been", "being", "has", "have", "had", "will", "would",
    "can", "could", "may", "might", "must", "shall", "should", "do", "does", "did", "cannot",
    "won't", "wouldn't", "didn't", "doesn't", "isn't", "aren't", "wasn't", "weren't", "hasn't",
    "haven't", "hadn't", "can't", "couldn't",
];

/// Finite verbs that do not end in -ed, in the past and third person where briefs use them.
#[rustfmt::skip]
pub(super) const VERBS: &[&str] = &[
    "began", "begins", "broke", "breaks", "brought", "brings", "built", "builds", "cut", "cuts",
    "came", "comes", "drew", "draws", "fell", "falls", "felt", "feels", "fought", "found",
    "finds", "gave", "gives", "got", "grew", "grows", "held", "holds", "hit", "hits", "kept",
    "keeps", "knew", "laid", "lays", "led", "leads", "left", "leaves", "lost", "loses", "made",
    "makes", "met", "meets", "paid", "pays", "put", "puts", "quit", "quits", "ran", "runs",
    "said", "says", "saw", "sees", "sent", "sends", "set", "sets", "sold", "sells", "sought",
    "seeks", "spoke", "stood", "stands", "struck", "strikes", "swore", "taught", "took",
    "takes", "told", "tells", "thought", "threw", "tore", "understood", "went", "goes",
    "withdrew", "withdraws", "withheld", "won", "wins", "wrote", "bought", "buys", "became",
    "becomes", "chose", "chooses", "faces", "fears", "relies", "depends", "remains", "wants",
    "uses", "treats", "calls", "imposes", "threatens", "refuses", "blocks", "pursues",
    "responds", "reacts", "retaliates", "turns", "looks", "moves", "expects", "hosts", "signs",
    "joins", "ignores", "demands", "insists", "warns", "argues", "regards", "views",
    "considers", "struggles", "continues", "shows", "shut", "shuts", "bore", "froze", "rose",
    "rises", "arose", "overthrew", "undertook", "forgave", "sank", "spent", "spends", "lay",
    "rode", "shook", "stole", "wore", "let", "lets", "face", "fear", "seek", "are",
];

/// Determiners and adjectives that may stand between a preposition and a name.
#[rustfmt::skip]
pub(super) const DETERMINERS: &[&str] = &[
    "the", "a", "an", "its", "his", "her", "their", "our", "other", "former", "fellow", "many",
    "most", "some", "all", "both", "several", "key", "close", "closest", "traditional",
    "western", "eastern", "smaller", "larger", "small", "large", "major", "longtime", "long",
    "standing", "neighbouring", "neighboring", "such", "even", "democratic", "treaty", "these",
    "those", "new", "ally", "partner", "neighbour", "neighbor", "rival", "fellow", "own",
    "individual", "every", "each", "any", "certain", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "s", "'s", "\"", "loyal", "nominal", "supposed", "non",
    "most",
];

/// Words that open a clause.
#[rustfmt::skip]
pub(super) const OPENERS: &[&str] = &[
    "while", "whereas", "but", "although", "though", "because", "after", "before", "when",
    "which", "who", "whom", "that", "if", "unless", "until", "so", "whose", "where", "since",
    "once", "as",
];

/// Words that may stand between the names of a list.
#[rustfmt::skip]
pub(super) const JOINERS: &[&str] = &[
    ",", "and", "or", "&", "the", "as", "well", "both", "plus", "its", "even", "also", "nor",
    "then", "above", "all", "especially", "particularly",
];

/// Words that follow a name in the name of a document or event: "the Bratislava agreement".
#[rustfmt::skip]
pub(super) const TITLES: &[&str] = &[
    "agreement", "agreements", "accord", "accords", "declaration", "conference", "protocol",
    "convention", "memorandum", "process", "round", "crisis", "communique", "spring",
    "principles", "formula", "consensus", "charter", "statement",
];

/// Words that announce who a general word stands for.
#[rustfmt::skip]
pub(super) const ANNOUNCERS: &[&str] = &[
    "(", "—", "in", "such", "including", "notably", "especially", "particularly", "like", ":",
    "from", "namely", "as",
];

/// Nouns through which a state acts: "the government of Japan".
#[rustfmt::skip]
pub(super) const OFFICES: &[&str] = &[
    "government", "governments", "leader", "leaders", "leadership", "people", "king",
    "president", "kingdom", "republic", "minister", "ministers", "administration", "regime",
    "emir", "rulers", "authorities", "parliament", "chancellor", "army", "navy", "forces",
    "members", "rulers", "courts", "officials",
];

/// Singular nouns that make the name before them an owner: "U.S. ally Japan".
#[rustfmt::skip]
pub(super) const TIES: &[&str] = &[
    "ally", "partner", "neighbour", "neighbor", "client", "satellite", "protege", "member",
    "dependency", "vassal",
];
