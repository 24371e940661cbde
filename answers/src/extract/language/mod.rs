//! Announcements in other languages: 答案是 34, "La respuesta es (B)", 정답은 B입니다.
//!
//! Knows the grammar that they share — a word for "answer", a joint, a value —, and not the words: `table` has these.

mod table;

use std::borrow::Cow;

use self::table::{LANGUAGES, Language};
use super::found::Found;
use super::{math, option, sentence, value};

/// Marks that join a noun to its value.
const MARKS: [&str; 11] = [":", "：", "=", "】", "]", "—", "–", "->", "→", "**:", "**："];

/// Layout between words.
const LAYOUT: [char; 10] = [' ', '\t', '*', '_', '"', '“', '”', '「', '`', '\u{a0}'];

/// The announcements in `text`, in order.
pub(super) fn announcements(text: &str) -> impl Iterator<Item = Found<'_>> {
    let mut before = ' ';
    text.char_indices().filter_map(move |(at, c)| {
        let within = before.is_ascii_alphanumeric();
        before = c;
        // Most letters of most texts start no word that could be a noun.
        let starts = if c.is_ascii() { !within && "rasjcovRASJCOV".contains(c) } else { c.is_alphabetic() };
        starts.then(|| announced(text, at)).flatten()
    })
}

fn announced(text: &str, at: usize) -> Option<Found<'_>> {
    LANGUAGES.iter().find_map(|language| {
        let noun = |noun: &&str| strip(&text[at..], noun);
        let announced = language.nouns.iter().find_map(noun).and_then(|rest| after_noun(language, rest));
        match announced {
            Some(rest) => valued(language, at, rest),
            None => chosen(language, text, at),
        }
    })
}

/// Skips `word` at the start of `text` in any case, unless a longer word in Latin letters starts there.
fn strip<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for expected in word.chars() {
        let c = rest.next()?;
        if c != expected && !c.to_lowercase().eq(std::iter::once(expected)) {
            return None;
        }
    }
    let rest = rest.as_str();
    let alphabet = word.ends_with(|c: char| c.is_alphabetic() && !option::is_ideograph(c));
    let goes_on = rest.starts_with(|c: char| c.is_alphabetic() && !option::is_ideograph(c));
    (!(alphabet && goes_on)).then_some(rest)
}

fn strip_any<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    words.iter().find_map(|word| strip(text, word))
}

fn undecorated(text: &str) -> &str {
    text.trim_start_matches(LAYOUT)
}

/// What follows the noun, its attributes and its joint.
fn after_noun<'a>(language: &Language, rest: &'a str) -> Option<&'a str> {
    let mut rest = undecorated(rest);
    while let Some(after) = strip_any(rest, language.attributes) {
        rest = undecorated(after);
    }
    let mark = MARKS.iter().find_map(|mark| rest.strip_prefix(mark));
    let joined = mark.or_else(|| strip_any(rest, language.joints));
    let direct = || {
        let starts = rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '$' | '\\' | '(' | '-'));
        let value = language.verb_last && (starts || option::letter(rest).is_some());
        value.then_some(rest)
    };
    let mut rest = undecorated(joined.or_else(direct)?);
    // "答案是：", "【答案】:"
    while let Some(after) = MARKS.iter().find_map(|mark| rest.strip_prefix(mark)) {
        rest = undecorated(after);
    }
    Some(rest)
}

/// The value at the start of `rest`.
fn valued<'a>(language: &Language, at: usize, rest: &'a str) -> Option<Found<'a>> {
    let mut rest = undecorated(rest);
    if let Some(after) = strip_any(rest, language.options)
        && let Some(found) = option::letter(undecorated(after))
    {
        return Some(letter(at, found.letter));
    }
    if math::leading(rest.trim_start()).is_some() || rest.starts_with(['\n', '\r']) {
        rest = rest.trim_start();
        return value::leading(at, rest);
    }
    let line = rest.lines().next()?;
    let text = without_endings(language, sentence::first(line).0);
    if let Some(found) = option::letter(text)
        && !is_weighed(found.after)
    {
        return Some(letter(at, found.letter));
    }
    let found = value::leading(at, text)?;
    let text = if language.comma { with_point(found.text) } else { found.text };
    Some(Found { text, ..found })
}

fn letter(at: usize, letter: &str) -> Found<'_> {
    Found {
        at,
        text: Cow::Borrowed(letter),
        firm: true,
    }
}

/// Whether more than the text of the option or a reason follows a letter, such as another letter.
fn is_weighed(after: &str) -> bool {
    let rest = after.trim_start_matches([' ', ',', '、', '和', '或']);
    option::letter(rest).is_some() || rest.starts_with(['=', '+', '>', '<'])
}

fn without_endings<'a>(language: &Language, text: &'a str) -> &'a str {
    let mut text = text.trim_end_matches(LAYOUT);
    while let Some(rest) = language.endings.iter().find_map(|ending| text.strip_suffix(ending)) {
        text = rest.trim_end_matches(LAYOUT);
    }
    text
}

/// The letter behind a verb of choosing: 故选 B.
fn chosen<'a>(language: &Language, text: &'a str, at: usize) -> Option<Found<'a>> {
    let rest = strip_any(&text[at..], language.choosing)?;
    let rest = undecorated(rest).trim_start_matches([':', '：', ' ']);
    let rest = strip_any(rest, language.options).unwrap_or(rest);
    let found = option::letter(undecorated(rest))?;
    let ends = found.after.trim_start_matches(['项', '項', ' ']);
    let alone = ends.is_empty() || ends.starts_with(|c: char| !c.is_alphanumeric());
    (alone && !is_weighed(found.after)).then(|| letter(at, found.letter))
}

/// `1.234,5` with a decimal point. `1,234` is a number of thousands in any language.
fn with_point(text: Cow<'_, str>) -> Cow<'_, str> {
    let Some((whole, decimals)) = text.split_once(',') else {
        return text;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unit = decimals.find(|c: char| !c.is_ascii_digit()).unwrap_or(decimals.len());
    let (decimals, unit) = decimals.split_at(unit);
    let groups: Vec<&str> = whole.trim_start_matches('-').split('.').collect();
    let grouped = groups.iter().skip(1).all(|group| group.len() == 3) && groups.iter().all(|group| digits(group));
    let thousands = decimals.len() == 3 && groups.len() == 1;
    let decimal = grouped && digits(decimals) && !thousands && !unit.starts_with([',', '.']);
    if decimal {
        Cow::Owned(format!("{}.{decimals}{unit}", whole.replace('.', "")))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_announced_in_many_languages() {
        let cases = [
            ("因此，正确答案是选项B。", "B"),
            ("答案：B", "B"),
            ("答案是**B**", "B"),
            ("答案是34个苹果。", "34个苹果"),
            ("【答案】B", "B"),
            ("【答案】: B", "B"),
            ("所以选B", "B"),
            ("故选：C。", "C"),
            ("答案是：\n\n$$x = 5$$", "x = 5"),
            ("答え: B", "B"),
            ("答えは34です。", "34"),
            ("正解はBである", "B"),
            ("정답은 B입니다.", "B"),
            ("답: 34", "34"),
            ("정답은 34입니다", "34"),
            ("La respuesta es 34.", "34"),
            ("La respuesta correcta es la opción B.", "B"),
            ("Respuesta final: $34$", "34"),
            ("La respuesta es 1.234,5 metros.", "1234.5 metros"),
            ("La réponse est donc 34.", "34"),
            ("La bonne réponse est la lettre C.", "C"),
            ("Réponse finale : 3,5", "3.5"),
            ("Die richtige Antwort ist (B).", "B"),
            ("Die Antwort lautet 34.", "34"),
            ("Antwort: 1,234", "1,234"),
            ("A resposta correta é B.", "B"),
            ("A resposta final é 34.", "34"),
            ("La risposta corretta è C.", "C"),
            ("Правильный ответ: B", "B"),
            ("Ответ — 34.", "34"),
            ("Ответ: 3,5", "3.5"),
            ("الإجابة الصحيحة هي B.", "B"),
            ("الجواب: 34", "34"),
            ("सही उत्तर B है।", "B"),
            ("अंतिम उत्तर: 34", "34"),
            ("উত্তর হলো 34", "34"),
            ("คำตอบคือ 34", "34"),
            ("Đáp án đúng là B.", "B"),
            ("Jawaban yang benar adalah B.", "B"),
            ("Doğru cevap B'dir.", "B"),
            ("Cevap: 34", "34"),
            ("Prawidłowa odpowiedź to B.", "B"),
            ("Het antwoord is 34.", "34"),
            ("Svaret är 34.", "34"),
            ("Η απάντηση είναι 34.", "34"),
            ("Jibu ni 34.", "34"),
        ];
        for (text, expected) in cases {
            let found = announcements(text).last().map(|found| found.text);
            assert_eq!(found.as_deref(), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn other_sentences_announce_nothing() {
        let texts = [
            "选项B是错误的",
            "答案不是B",
            "选A和B的人",
            "Die Antwortzeit ist 5 s.",
            "La respuesta",
            "svarta 5",
            "the CD on it is 5",
        ];
        for text in texts {
            assert_eq!(announcements(text).last(), None, "{text:?}");
        }
    }
}
