use proptest::prelude::*;
use rust_stemmers::{Algorithm, Stemmer};

/// The likeness of `a` and `b` where they are the only answers.
fn alike(instruction: &str, a: &str, b: &str) -> f64 {
    let stemmer = Stemmer::create(Algorithm::English);
    let matrix = super::alike(instruction, &[a.to_owned(), b.to_owned()], &stemmer);
    assert_eq!(matrix[0][1], matrix[1][0], "{a:?} {b:?}");
    matrix[0][1]
}

fn same(instruction: &str, pairs: &[(&str, &str)]) {
    for (a, b) in pairs {
        assert_eq!(alike(instruction, a, b), 1.0, "{instruction} {a:?} {b:?}");
    }
}

fn other(instruction: &str, pairs: &[(&str, &str)]) {
    for (a, b) in pairs {
        assert_eq!(alike(instruction, a, b), 0.0, "{instruction} {a:?} {b:?}");
    }
}

#[test]
fn what_the_instruction_says_already_does_not_count() {
    let capital = "What is the capital of France?";
    same(capital, &[("Paris", "The capital of France is Paris.")]);
    other(
        capital,
        &[("Paris", "Lyon is the capital of France"), ("Paris", "not Paris")],
    );
    // An answer that only repeats the instruction still says something.
    same(capital, &[("The capital of France", "the capital of France.")]);
}

#[test]
fn forms_of_a_word_are_one() {
    same(
        "Why?",
        &[
            ("loss of habitat", "Habitat losses"),
            ("sugary drinks", "drinks with sugar"),
        ],
    );
    same("How many legs has a spider?", &[("Eight", "It has 8 legs.")]);
    same("How many people?", &[("1,000", "1000 people")]);
}

#[test]
fn acronyms_and_abbreviations_are_the_words_of_the_group() {
    same(
        "Who leads it?",
        &[
            ("the CEO", "the chief executive officer"),
            ("the sec. of the club", "the club's secretary"),
        ],
    );
    same("Which part of speech?", &[("adv.", "an adverb")]);
    same(
        "Which president?",
        &[("FDR", "Franklin D. Roosevelt"), ("FDR", "Franklin Delano Roosevelt")],
    );
    // Without the words, an acronym is a word like any other; of two words, an abbreviation is neither.
    other(
        "Who leads it?",
        &[("the CEO", "the chief executive"), ("no. 10", "norway or north")],
    );
}

#[test]
fn what_is_added_may_be_missing() {
    let who = "Who wrote it?";
    same(
        who,
        &[
            ("Shakespeare (not Marlowe)", "Shakespeare"),
            ("Shakespeare, the playwright", "Shakespeare"),
            ("Shakespeare rather than Marlowe", "Shakespeare"),
            ("Shakespeare; Marlowe came later", "Shakespeare"),
            ("Shakespeare, but some say Marlowe", "Shakespeare"),
        ],
    );
    let bard = alike(who, "the bard (Shakespeare)", "Shakespeare");
    assert!(bard > 0.2 && bard < 1.0, "{bard}");
    // What comes before any answer is no addition.
    other(
        "Who wrote it in London?",
        &[("In London, Marlowe", "In London, Shakespeare")],
    );
}

#[test]
fn figures_tell_answers_apart() {
    same("How far?", &[("5 km", "5,000 metres"), ("about 100 km", "60 miles")]);
    other("How far?", &[("5 km", "5 m"), ("5 km", "6 km"), ("5 to 6 km", "5 km")]);
    same("When?", &[("25 December", "December 25th")]);
    let (long, vast) = ("9".repeat(400), format!("{} trillion km", "9".repeat(300)));
    same("How many?", &[(&long, &long), (&vast, &vast)]);
    other(
        "When did it begin?",
        &[
            ("It began in 1914", "It began in 1941"),
            ("the first war", "the second war"),
        ],
    );
}

#[test]
fn negations_and_contraries_tell_answers_apart() {
    let bees = "What is it to bees?";
    other(bees, &[("It is harmful", "It is not harmful"), ("harmful", "harmless")]);
    same(
        bees,
        &[
            ("not harmful", "harmless"),
            ("It can't harm", "It can not harm"),
            ("not safe", "unsafe"),
        ],
    );
    // In the answer to a negated question, `not` is a repetition.
    same("Which animal does not fly?", &[("The ostrich does not", "ostrich")]);
}

#[test]
fn sides_tell_answers_apart() {
    let safe = "Is it safe?";
    same(
        safe,
        &[
            ("Yes", "It is safe"),
            ("No.", "It is not"),
            ("No", "It is unsafe"),
            ("No", "That is a myth"),
        ],
    );
    other(
        safe,
        &[
            ("Yes, it is", "No, it is not"),
            ("Yes", "That is a myth"),
            ("It is safe", "It is not safe"),
        ],
    );
    // A choice is answered with one of its words.
    other("Is it safe or dangerous?", &[("safe", "dangerous")]);
}

#[test]
fn names_tell_answers_apart() {
    let who = "Who was it?";
    other(
        who,
        &[
            ("It was John Quincy Adams", "It was John Calvin Coolidge"),
            ("the singer Anna Smith", "the singer Anna Jones"),
        ],
    );
    assert!(alike(who, "William Shakespeare", "Shakespeare") > 0.9);
    assert!(alike(who, "John Q. Adams", "John Quincy Adams") > 0.9);
    // A middle name may be missing, as in Mary (Wollstonecraft) Shelley. Knowledge alone would tell these two apart.
    assert!(alike(who, "John Adams", "John Quincy Adams") > 0.9);
}

#[test]
fn lists_are_whole() {
    let colours = "Which colours?";
    same(
        colours,
        &[
            ("red and green", "green & red"),
            ("red, green, and blue", "blue, red and green"),
        ],
    );
    other(colours, &[("red and green", "red"), ("red and green", "red and blue")]);
}

#[test]
fn the_shorter_answer_weighs_more() {
    let (more, both) = (
        alike("Why?", "loud music", "music"),
        alike("Why?", "loud music", "music lessons"),
    );
    assert!((more - 1.0 / 1.05).abs() < 1e-12, "{more}");
    assert!((both - 1.0 / 1.55).abs() < 1e-12, "{both}");
}

/// Texts of the words that the rules read.
fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(
        "red green heavy unheavy rain rainy the a not no yes never John Q. Adams NASA CEO 5 8 km m min hours to \
         between and or & , ; - ( ) May March 25 first second half about % °C per after rather than instead of but \
         i.e. apt. apartment less 1,000 3/4"
            .split_whitespace()
            .collect::<Vec<_>>(),
    );
    prop::collection::vec(words, 1..9).prop_map(|words| words.join(" ").replace(" ,", ","))
}

proptest! {
    #[test]
    fn likeness_is_symmetric_and_that_of_an_answer_with_itself_is_1(question in text(), a in text(), b in text()) {
        let likeness = alike(&question, &a, &b);
        prop_assert!((0.0..=1.0).contains(&likeness));
        prop_assert_eq!(alike(&question, &a, &a), 1.0);
    }

    #[test]
    fn any_text_is_read(question in ".{0,40}", a in ".{0,40}", b in ".{0,40}") {
        alike(&question, &a, &b);
        prop_assert_eq!(alike(&question, &a, &a), 1.0);
    }

    #[test]
    fn capitals_and_articles_do_not_count(
        words in prop::collection::vec(
            prop::sample::select(vec!["heavy", "rain", "music", "lessons", "seven", "legs", "not", "green"]), 1..6),
    ) {
        let plain = words.join(" ");
        let articles = format!("the {}", words.join(" the "));
        let capital = plain[..1].to_uppercase() + &plain[1..];
        for other in [articles, capital, plain.to_uppercase()] {
            prop_assert_eq!(alike("Why?", &plain, &other), 1.0, "{}", other);
        }
    }
}
