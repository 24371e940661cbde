//! Properties of the canonical form over generated answers.

use proptest::prelude::*;

use super::canonical;

fn form(answer: &str) -> String {
    canonical(answer).expect(answer).into()
}

/// Pieces of what models write.
fn pieces() -> impl Strategy<Value = String> {
    let pieces = vec![
        "\\frac",
        "\\sqrt",
        "{",
        "}",
        "\\{",
        "\\}",
        "\\text{",
        "\\left",
        "\\right",
        "(",
        ")",
        "[",
        "]",
        "1",
        "23",
        "000",
        "4.5",
        ".",
        ",",
        "{,}",
        ",\\!",
        "/",
        "^",
        "_",
        "-",
        "+",
        "=",
        " ",
        "\\,",
        "\\circ",
        "\\%",
        "$",
        "x",
        "cm",
        "apples",
        "C",
        "million",
        "½",
        "²",
        "π",
        "°",
        "\\",
        "\\pm",
        "\\infty",
        "\\cup",
        "<",
        "\\le",
        "|",
        "!",
        "\\sin",
        "\\ln",
        "e",
        "i",
        "f(",
        ":",
        "\\begin{pmatrix}",
        "\\end{pmatrix}",
        "&",
        "\\\\",
        "\\overline",
        " and ",
        " or ",
        "\\in",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..16).prop_map(|pieces| pieces.concat())
}

/// An expression in LaTeX that has a value everywhere.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (0_u32..50).prop_map(|n| n.to_string()),
        (1_u32..30, 1_u32..30).prop_map(|(n, d)| format!("\\frac{{{n}}}{{{d}}}")),
        prop::sample::select(vec!["x", "y", "\\pi", "e", "i", "\\alpha", "x_1", "\\sqrt{2}"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("\\left({a}+{b}\\right)")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}-{b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})({b})")),
            (inner.clone(), 1_u32..4).prop_map(|(a, n)| format!("({a})^{n}")),
            (inner.clone(), 1_u32..9).prop_map(|(a, n)| format!("\\frac{{{a}}}{{{n}}}")),
            inner.clone().prop_map(|a| format!("\\sqrt{{({a})^2+1}}")),
            inner.clone().prop_map(|a| format!("\\cos({a})")),
            inner.prop_map(|a| format!("|{a}|")),
        ]
    })
}

/// The form, or none where the expression is over budget.
fn within(answer: &str) -> Option<String> {
    canonical(answer).ok().map(String::from)
}

proptest! {
    #[test]
    fn never_panics(answer in any::<String>()) {
        let _ = canonical(&answer);
    }

    #[test]
    fn what_is_not_empty_stays_so(answer in pieces()) {
        if let Some(form) = within(&answer) {
            prop_assert_eq!(form.is_empty(), answer.trim().is_empty());
        }
    }

    /// Equality is that of a key, so it is an equivalence; these are the pairs that must be equal, of any expression.
    #[test]
    fn an_expression_equals_its_rewritten_forms(a in expression(), b in expression()) {
        let sum = format!("{a}+{b}");
        let rewritten = [
            format!("{b}+{a}"),
            format!("{a}-(-({b}))"),
            format!("\\left( {a} \\right) + 1 \\cdot {b}"),
            format!("\\frac{{2({a}+{b})}}{{2}}"),
            format!("({a})+({b})+7-7"),
            format!("-(-({a})-({b}))"),
            format!("f(t) = {a} + {b}"),
            format!("${a}+{b}$."),
        ];
        if let Some(expected) = within(&sum) {
            for other in rewritten {
                prop_assert_eq!(within(&other), Some(expected.clone()), "{} and {}", sum, other);
            }
        }
    }

    #[test]
    fn a_factor_multiplies_out(a in expression(), b in expression(), c in expression()) {
        let (factored, expanded) = (format!("({c})({a}+{b})"), format!("({c})({a})+({b})({c})"));
        if let (Some(factored), Some(expanded)) = (within(&factored), within(&expanded)) {
            prop_assert_eq!(factored, expanded);
        }
    }

    #[test]
    fn an_expression_differs_from_what_is_added_to_it(a in expression(), n in 1_u32..1000) {
        if let Some(form) = within(&a) {
            prop_assert_ne!(within(&format!("{a}+{n}")), Some(form.clone()));
            prop_assert_ne!(within(&format!("{a}+\\frac{{1}}{{{n}}}")), Some(form.clone()));
            prop_assert_ne!(within(&format!("{a}+z")), Some(form));
        }
    }

    #[test]
    fn order_counts_in_tuples_and_not_in_sets(items in prop::collection::vec(expression(), 2..5)) {
        let reversed: Vec<String> = items.iter().rev().cloned().collect();
        let forms: Option<Vec<String>> = items.iter().map(|item| within(item)).collect();
        let Some(forms) = forms else { return Ok(()) };
        prop_assert_eq!(
            within(&format!("\\{{{}\\}}", items.join(", "))),
            within(&format!("\\{{{}\\}}", reversed.join(", ")))
        );
        prop_assert_eq!(within(&items.join(", ")), within(&reversed.join(" , ")));
        let symmetric = forms.iter().eq(forms.iter().rev());
        let same = within(&format!("({})", items.join(","))) == within(&format!("({})", reversed.join(",")));
        prop_assert_eq!(same, symmetric);
    }

    #[test]
    fn decimals_and_fractions_agree(units in -1_000_000_i64..1_000_000, cents in 0_u8..100) {
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
