//! Embedders against other programs: vectors of texts under the fixtures' policies (`fixtures/policies.py`, which asks
//! `transformers`) and sentence encoders (`fixtures/encoders.py`, which asks `sentence-transformers`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serl_lm::{Device, Embedder, Policy, SentenceEncoder};

#[derive(Deserialize)]
struct Reference {
    texts: Vec<String>,
    /// Of each text, by the name of the model.
    vectors: BTreeMap<String, Vec<Vec<f32>>>,
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn reference(file: &str) -> Reference {
    serde_json::from_slice(&std::fs::read(fixture(file)).unwrap()).unwrap()
}

/// Asserts that an embedder gives the expected vectors.
fn holds(name: &str, embedder: &dyn Embedder, texts: &[String], expected: &[Vec<f32>]) {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let got = embedder.embed(&texts).unwrap();
    let pairs = got.iter().flatten().zip(expected.iter().flatten());
    let largest = pairs.fold(0.0f32, |largest, (got, expected)| largest.max((got - expected).abs()));
    println!("{name}: largest difference {largest:e}");
    assert_eq!(got.concat().len(), expected.concat().len(), "{name}");
    assert!(largest < 1e-5, "{name}: {largest}");
}

#[test]
fn hidden_states_of_policies_equal_transformers() {
    let Reference { texts, vectors } = reference("policies.json");
    for (name, expected) in &vectors {
        for device in [Device::flex(), Device::plain()] {
            let policy = Policy::load(&fixture(name), &device).unwrap();
            holds(name, &policy, &texts, expected);
        }
    }
}

#[test]
fn sentence_encoders_equal_sentence_transformers() {
    let Reference { texts, vectors } = reference("encoders.json");
    assert_eq!(vectors.len(), 7);
    for (name, expected) in &vectors {
        let encoder = SentenceEncoder::load(&fixture("encoders").join(name)).unwrap();
        holds(name, &encoder, &texts, expected);
    }
}
