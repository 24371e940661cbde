use std::path::PathBuf;

use super::*;
use crate::{Device, Policy};

fn fixture(name: &str) -> Policy {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", name].iter().collect();
    Policy::load(&folder, &Device::flex()).unwrap()
}

/// Texts of 0 to 60 words.
fn texts() -> Vec<String> {
    let text = |n: usize| (0..n).map(|i| format!("w{} ", 2 + (7 * i + n * n) % 46)).collect();
    (0..=60).map(text).collect()
}

#[test]
fn the_bits_of_a_vector_do_not_depend_on_its_company() {
    for name in ["llama", "gemma3", "qwen3-bias"] {
        let (policy, texts) = (fixture(name), texts());
        let all: Vec<&str> = texts.iter().map(String::as_str).collect();
        let together = policy.embed(&all).unwrap();
        for (text, vector) in all.iter().zip(&together) {
            assert_eq!(&policy.embed(&[text]).unwrap()[0], vector, "{name}: {text}");
        }
        let mut backwards = all.clone();
        backwards.reverse();
        let mut again = policy.embed(&backwards).unwrap();
        again.reverse();
        assert!(again == together, "{name}");
    }
}

#[test]
fn vectors_have_length_1_and_that_of_no_tokens_is_zero() {
    let vectors = fixture("llama").embed(&["", "w3 w4"]).unwrap();
    assert!(vectors[0].iter().all(|x| *x == 0.0));
    let length: f32 = vectors[1].iter().map(|x| x * x).sum();
    assert!((length - 1.0).abs() < 1e-6, "{length}");
}

#[test]
fn a_long_text_is_cut_and_control_tokens_in_it_are_text() {
    let policy = fixture("llama");
    let most = policy.context_length();
    let long = "w5 w6 ".repeat(most);
    let vectors = policy.embed(&[&long, &long[..3 * most]]).unwrap();
    assert_eq!(vectors[0], vectors[1]);
    // Unknown words, of which `w2` stands for each.
    let [spelled, words] = ["w7 </s>", "w7 w2 w2 w2"].map(|text| policy.embed(&[text]).unwrap());
    assert_eq!(spelled, words);
}
