//! Properties of the canonical form over generated answers.

use proptest::prelude::*;

use super::canonical;

fn form(answer: &str) -> String {
    canonical(answer).expect(answer).into()
}

/// Pieces of what models write.
fn answer() -> impl Strategy<Value = String> {
    let pieces = vec![
        "\\frac", "\\sqrt", "{", "}", "\\{", "\\}", "\\text{", "\\left", "\\right", "(", ")", "[",
        "]", "1", "23", "000", "4.5", ".", ",", "{,}", ",\\!", "/", "^", "_", "-", "+", "=", " ",
        "\\,", "\\circ", "\\%", "$", "x", "cm", "apples", "C", "million", "½", "²", "π", "°", "\\",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn never_panics(answer in any::<String>()) {
        prop_assert!(canonical(&answer).is_ok());
    }

    #[test]
    fn what_is_not_empty_stays_so(answer in answer()) {
        let form = form(&answer);
        prop_assert_eq!(form.is_empty(), answer.trim().is_empty());
    }

    #[test]
    fn integers_decimals_and_fractions_agree(units in -1_000_000_i64..1_000_000, cents in 0_u8..100) {
        let sign = if units < 0 { "-" } else { "" };
        let magnitude = units.abs();
        let hundredths = magnitude * 100 + i64::from(cents);
        let decimal = form(&format!("{sign}{magnitude}.{cents:02}"));
        prop_assert_eq!(&decimal, &form(&format!("{sign}{hundredths}/100")));
        prop_assert_eq!(&decimal, &form(&format!("{sign}\\frac{{{hundredths}}}{{100}}")));
        prop_assert_eq!(&decimal, &form(&format!("{sign}\\${magnitude}.{cents:02} dollars")));
        if cents > 0 {
            prop_assert_eq!(&decimal, &form(&format!("{sign}{magnitude} {cents}/100")));
        }
    }

    #[test]
    fn numbers_are_their_own_canonical_form(numerator in any::<i64>(), denominator in 1_u32..) {
        let once = form(&format!("{numerator}/{denominator}"));
        prop_assert_eq!(&form(&once), &once);
    }

    #[test]
    fn thousands_separators_do_not_count(value in 0_u64..) {
        let plain = value.to_string();
        for separator in [",", "{,}", ",\\!", " ", "\\,", "\u{202f}"] {
            let groups: Vec<&[u8]> = plain.as_bytes().rchunks(3).rev().collect();
            let groups: Vec<String> = groups.iter().map(|group| String::from_utf8_lossy(group).into_owned()).collect();
            prop_assert_eq!(&form(&groups.join(separator)), &plain);
        }
    }
}
