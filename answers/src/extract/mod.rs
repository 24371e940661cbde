//! Finds the final answer in a response.
//!
//! Knows the response alone: not the prompt, so that an answer can never be read out of a question, and not
//! what an answer means. A response without an answer is a value, not an error.

mod boxed;
mod choice;
mod hash;
mod method;
mod number;
mod phrase;

pub use method::{DEFAULT_ORDER, Method, UnknownMethod};

use serde::{Deserialize, Serialize};

/// The final answer of one response, as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extraction {
    /// The text of the answer, trimmed and never empty; `None` where there is none.
    pub answer: Option<String>,
    /// How it was found; `Some` exactly where `answer` is.
    pub method: Option<Method>,
}

/// Applies the methods of `order` to `response` until one of them finds an answer.
///
/// Each method takes time linear in the length of the response, and takes the last answer it finds: models
/// correct themselves forwards.
pub fn extract(response: &str, order: &[Method]) -> Extraction {
    order
        .iter()
        .find_map(|&method| {
            let answer = find(response, method)?.trim();
            (!answer.is_empty()).then(|| Extraction {
                answer: Some(answer.to_owned()),
                method: Some(method),
            })
        })
        .unwrap_or_default()
}

fn find(response: &str, method: Method) -> Option<&str> {
    match method {
        Method::Boxed => boxed::find(response),
        Method::Hash => hash::find(response),
        Method::Phrase => phrase::find(response),
        Method::Choice => choice::find(response),
        Method::LastNumber => number::find(response),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_method_in_order_that_finds_something_wins() {
        let response = "The answer is 3.\n#### 4\n\\boxed{5} of 6";
        let cases: [(&[Method], Option<&str>); 5] = [
            (&DEFAULT_ORDER, Some("5")),
            (&[Method::Hash, Method::Boxed], Some("4")),
            (&[Method::Phrase], Some("3")),
            (&[Method::Choice, Method::LastNumber], Some("6")),
            (&[], None),
        ];
        for (order, expected) in cases {
            let found = extract(response, order);
            assert_eq!(found.answer.as_deref(), expected, "{order:?}");
            assert_eq!(found.method.is_some(), expected.is_some());
        }
    }

    #[test]
    fn no_answer_is_a_value() {
        for response in ["", " \n", "I do not know.", "\\boxed{}", "####", "Answer:"] {
            assert_eq!(
                extract(response, &DEFAULT_ORDER),
                Extraction::default(),
                "{response:?}"
            );
        }
    }

    #[test]
    fn a_megabyte_of_any_fragment_is_read() {
        let fragments = [
            "\\boxed{",
            "\\boxed ",
            "\\boxed a{",
            "{",
            "}",
            "#### ",
            "####",
            "answer: ",
            "answer is $x ",
            "the answer is . ",
            "1",
            "1,",
            "-1/",
            "1:",
            "\\frac{1}{",
            "\\",
            "\\\\boxed",
            "(",
            "\n",
            "é",
        ];
        for fragment in fragments {
            let response = fragment.repeat(1_000_000 / fragment.len());
            for method in DEFAULT_ORDER {
                extract(&response, &[method]);
            }
        }
    }

    proptest! {
        #[test]
        fn never_panics(response in any::<String>()) {
            for method in DEFAULT_ORDER {
                let found = extract(&response, &[method]);
                prop_assert!(found.answer.is_none_or(|answer| !answer.trim().is_empty()));
            }
        }

        #[test]
        fn never_panics_on_what_models_write(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "\\boxed", "\\fbox{", "{", "}", "\\{", "\\\\", "####", "#", "the answer is ", "Answer:", "**",
                    "$", "\\(", "\\)", "\n", " ", ". ", "−", "-", "1", "12,", "345", ".", "/", ":", "%", "\\frac{",
                    "(C)", "B.", "π", "½",
                ]),
                0..40,
            )
        ) {
            let response: String = parts.concat();
            for method in DEFAULT_ORDER {
                extract(&response, &[method]);
            }
        }

        #[test]
        fn a_balanced_box_is_found_whatever_surrounds_it(
            before in "[^\\\\]*", inside in "[0-9a-z+ ]*[0-9a-z]", after in "[^\\\\]*",
        ) {
            let response = format!("{before}\\boxed{{{inside}}}{after}");
            let found = extract(&response, &DEFAULT_ORDER);
            prop_assert_eq!(found.answer.as_deref(), Some(inside.trim()));
        }
    }
}
