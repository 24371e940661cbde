//! English words that are read in a certain way.

/// Words that say nothing by themselves.
const FUNCTION: &str = "a about also am an and answer are as at be because been being but by called can could did do \
    does for from had has have he her his i in into is it its known may might of on or our s she should so some such \
    that the their there these they this those to was we were which who will with would you your";

/// Words that an answer may have or lack: doubt, titles, common verbs.
const FILLER: &str = "almost always any approx approximately around basically believe bit course dr example generally \
    get give gives go goes got guess him how if just kind lady let little lord made mainly make makes many maybe me \
    more mostly mr mrs ms much my nearly oh one's other own people perhaps person president probably prof professor \
    quite rather really roughly said say says simply sir sort sure take takes term than them then thing think too \
    type typically us use used using usually very way well what when where while word yes";

/// Words that turn the meaning of an answer round.
const NEGATION: &str = "cannot hardly neither never no nobody none nor not nothing without";

/// Words that make a figure an estimate.
const HEDGE: &str = "about almost approx approximately around c ca circa just nearly over roughly some under";

/// Words that begin an addition that says something else than the answer.
const CONTRAST: &str = "after although as because before but despite even instead not rather since so though unlike \
    when where whereas which while who";

/// Words with which a question begins that is answered with yes or no.
const AUXILIARY: &str = "are can could did do does had has have is may might must should was were will would";

/// Words that take a side in the answer to such a question.
const YES: &str = "absolutely certainly correct definitely indeed right sure true yeah yep yes";
const NO: &str = "false hardly impossible incorrect misconception myth never no nope untrue wrong";

fn has(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

/// Whether a word says something: those that do not are never compared.
pub(super) fn is_content(word: &str) -> bool {
    !is_function(word) && !has(FILLER, word) && !is_negation(word)
}

pub(super) fn is_function(word: &str) -> bool {
    has(FUNCTION, word)
}

pub(super) fn is_negation(word: &str) -> bool {
    has(NEGATION, word)
}

pub(super) fn is_hedge(word: &str) -> bool {
    has(HEDGE, word)
}

pub(super) fn is_contrast(word: &str) -> bool {
    has(CONTRAST, word)
}

pub(super) fn is_auxiliary(word: &str) -> bool {
    has(AUXILIARY, word)
}

pub(super) fn is_yes(word: &str) -> bool {
    has(YES, word)
}

pub(super) fn is_no(word: &str) -> bool {
    has(NO, word)
}
