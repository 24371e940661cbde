//! A line that is a multiple-choice option or states one: the last line, or a first line that is only a letter.

use super::option::{Letter, is_ideograph, letter};
use super::words::{WEIGHING, strip_any_word, strip_attribute};
use super::{correction, stated};

/// Words that announce a letter.
const NOUNS: [&str; 3] = ["answer", "option", "choice"];

/// Words for an option in other languages, which announce a letter that is alone on its line: "Letra B."
const FOREIGN: [&str; 12] = [
    "letra",
    "alternativa",
    "opção",
    "opción",
    "respuesta",
    "resposta",
    "réponse",
    "lettre",
    "antwort",
    "risposta",
    "lettera",
    "opzione",
];

/// The letter of the last line, or of the first.
pub(super) fn find(response: &str) -> Option<&str> {
    last_line(response)
        .or_else(|| foreign(filled_lines(response).next_back()?))
        .or_else(|| stated::letter(filled_lines(response).next_back()?))
        .or_else(|| first_line(response))
}

fn last_line(response: &str) -> Option<&str> {
    let mut lines = filled_lines(response).rev();
    let line = lines.next()?;
    let option = in_line(line)?;
    if is_alone(option) {
        // "C. 42 apples", and "D." in the next line: the list is cut off.
        let cut_off = line.ends_with(".")
            && line.len() == 2
            && lines
                .next()
                .and_then(in_line)
                .is_some_and(|other| precedes(other, option));
        return (!cut_off).then_some(option.letter);
    }
    let corrected = correction::find(option.after).filter(|text| letter(text).is_some());
    if corrected.is_some() {
        return corrected;
    }
    let listed = |other: Letter<'_>| !is_alone(other) && other.letter != option.letter;
    let after_another = lines.next().and_then(in_line).is_some_and(listed);
    let of_a_list = after_another || goes_on_listing(option) || ends_list(option, response);
    (!of_a_list && !is_answer(option, response)).then_some(option.letter)
}

/// Whether the last line of `text` is one of several options that are weighed one by one.
pub(crate) fn ends_in_list(text: &str) -> bool {
    let last = filled_lines(text).next_back().and_then(in_line);
    last.is_some_and(|option| ends_list(option, text))
}

/// Whether the options are weighed one by one, and `option`, on the last line, is the next after those before it.
fn ends_list(option: Letter<'_>, response: &str) -> bool {
    let (mut count, mut follows) = (0, false);
    for other in filled_lines(response).filter_map(in_line).filter(|other| other.marked) {
        count += usize::from(other.letter == option.letter);
        follows |= precedes(other, option);
    }
    count == 1 && follows
}

/// Whether a line with text is of the option before `option` in a list.
fn precedes(other: Letter<'_>, option: Letter<'_>) -> bool {
    !is_alone(other) && other.letter.as_bytes()[0] + 1 == option.letter.as_bytes()[0]
}

/// Whether the A of "A: 5" is short for "answer": no other option is in sight.
fn is_answer(option: Letter<'_>, response: &str) -> bool {
    let other = |line| in_line(line).is_some_and(|other| other.marked && other.letter != "A");
    option.letter == "A" && option.colon && !filled_lines(response).any(other)
}

fn first_line(response: &str) -> Option<&str> {
    let mut lines = filled_lines(response);
    let option = in_line(lines.next()?)?;
    // "B. green", and then all the others one by one
    let mut others_follow = || lines.find_map(in_line).is_some_and(|next| next.letter < option.letter);
    (is_alone(option) || others_follow()).then_some(option.letter)
}

fn filled_lines(response: &str) -> impl DoubleEndedIterator<Item = &str> {
    response.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn is_alone(option: Letter<'_>) -> bool {
    option.after.trim().is_empty()
}

/// The option in `line`: a letter alone, or a letter marked as an option and followed by its text.
fn in_line(line: &str) -> Option<Letter<'_>> {
    let option = letter(unannounced(line))?;
    let text = option.after.trim_start();
    // "J. K. Rowling" starts with initials.
    let initials = letter(text).is_some_and(|next| next.marked && !text.starts_with('('));
    // "(B) + (A)" is a formula, "(A) and (C)" are two options.
    let goes_on =
        text.starts_with(['=', '+', '/', '<', '>', '^', '&']) || strip_any_word(text, &["and", "or"]).is_some();
    // "(A) is wrong" weighs the option.
    let weighed = strip_any_word(text, &WEIGHING).is_some();
    let apart = text.len() < option.after.len() || text.starts_with(is_ideograph);
    let has_text = option.marked && apart && !initials && !goes_on && !weighed;
    (is_alone(option) || has_text).then_some(option)
}

fn foreign(line: &str) -> Option<&str> {
    let rest = strip_any_word(line.trim_start_matches(['*', '_']), &FOREIGN)?;
    let found = letter(rest.trim_start_matches([' ', '*', '_', ':']))?;
    is_alone(found).then_some(found.letter)
}

/// Skips "Option", "The correct answer:" and the like.
fn unannounced(line: &str) -> &str {
    let undecorated = |text| str::trim_start_matches(text, [' ', '*', '_', ':', '=']);
    let mut rest = undecorated(line);
    while let Some(after) = strip_attribute(rest) {
        rest = undecorated(after);
    }
    let Some(mut rest) = strip_any_word(rest, &NOUNS) else {
        return line;
    };
    while let Some(after) = strip_any_word(undecorated(rest), &NOUNS) {
        rest = after;
    }
    undecorated(rest)
}

/// Whether the text of an option runs into the next one: "(A) 3 (B) 4 (C) 5".
fn goes_on_listing(option: Letter<'_>) -> bool {
    let next = option.letter.as_bytes()[0] + 1;
    option
        .after
        .as_bytes()
        .windows(3)
        .any(|window| matches!(window, [b' ' | b'(', at, b')' | b'.' | b':'] if *at == next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_line_is_its_letter() {
        let cases = [
            ("C", Some("C")),
            ("It must be this one:\n\n(C)\n", Some("C")),
            ("**B.**", Some("B")),
            ("D)", Some("D")),
            ("\\text{(C)}", Some("C")),
            ("$C$", Some("C")),
            ("\\(\\textbf{(E)}\\)", Some("E")),
            ("So:\nOption C", Some("C")),
            ("Option (C).", Some("C")),
            ("**Option C: 42 apples**", Some("C")),
            ("Answer C", Some("C")),
            ("**Answer:** (B)", Some("B")),
            ("The correct answer: option D", Some("D")),
            ("Choice J", Some("J")),
            ("C. 42 apples", Some("C")),
            ("We add them.\n(C) 42 apples", Some("C")),
            ("(C) $42$", Some("C")),
            ("C: because it is the largest", Some("C")),
            ("**C) 42**", Some("C")),
            ("A", Some("A")),
            ("A.", Some("A")),
            ("A) an apple", Some("A")),
            ("(A) an apple", Some("A")),
            ("C\n\nAll of them add up to 42.", Some("C")),
            ("(C)\nThis is the largest.", Some("C")),
            ("B\nno, wait\nC", Some("C")),
            ("A. No wait, I misread: B", Some("B")),
            (
                "B. green\n\nA. red is wrong.\nC. blue is wrong.\nIt is grass.",
                Some("B"),
            ),
            ("Letra B.", Some("B")),
            ("**Réponse B**", Some("B")),
            ("C。", Some("C")),
            ("B。不是 A", Some("B")),
            ("B: 3\nC: 4\n\nThe first is it.\nA: 5", Some("A")),
            ("We add.\nI would choose (C).", Some("C")),
            ("C is correct.", Some("C")),
            ("It is (C)", Some("C")),
        ];
        for (response, expected) in cases {
            assert_eq!(find(response), expected, "{response:?}");
        }
    }

    #[test]
    fn other_lines_are_no_option() {
        let responses = [
            "K",
            "c",
            "A line",
            "A dog barks.",
            "",
            "I do not know.",
            "Option C is wrong",
            "Options A and B",
            "The C",
            "C = 5",
            "C + 1",
            "C.5",
            "A. 3\nB. 4\nC. 5",
            "A. red\nIt is.\nB. green\nIt is not.\nC. blue",
            "Letra B: errada",
            "It is one of A to C.\nB. green\nIt is not.\nC. blue",
            "B. green\nC.",
            "(A) 3\n\n(B) 4",
            "(A) 3 (B) 4 (C) 5",
            "J. K. Rowling",
            "(B) + (A) = 5",
            "(A) and (C)",
            "(A), (C)",
            "A:B = 3:2",
            "(A) is wrong since 10 is small. It must be the third one.",
            "A) was too small",
            "C. 42 apples\nAll of them add up to 42.",
            "Answer",
            "A: 5",
            "Q: What is 2 + 3?\nA: 5",
            "**A:** 5 apples",
        ];
        for response in responses {
            assert_eq!(find(response), None, "{response:?}");
        }
    }
}
