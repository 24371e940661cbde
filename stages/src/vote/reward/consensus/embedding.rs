//! Answers mean the same as far as their vectors point the same way.

use std::sync::Arc;

use serl_lm::Embedder;
use serl_pipeline::Headway;

use super::likeness::{Alike, Likeness, Question};
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;

/// The cosine of the vectors that a sentence encoder gives, 0 where it is negative. An answer is embedded after its
/// instruction: `Paris` and `the capital of France` mean the same only as an answer to something.
pub(super) struct Embedding(pub(super) Arc<dyn Embedder>);

impl Likeness for Embedding {
    fn of(&self, _at: At, questions: &[Question<'_>], work: &dyn Work) -> Result<Alike, StageError> {
        let mut alike = Vec::with_capacity(questions.len());
        for question in questions {
            work.check_cancelled()?;
            let told: Vec<String> = question
                .texts
                .iter()
                .map(|text| format!("{} {text}", question.instruction))
                .collect();
            let texts: Vec<&str> = told.iter().map(String::as_str).collect();
            let vectors = self.0.embed(&texts)?;
            let row = |a: &Vec<f32>| vectors.iter().map(|b| cosine(a, b)).collect();
            alike.push(vectors.iter().map(row).collect());
            work.progress(&Headway::of(alike.len() as u64, questions.len() as u64, "instructions"));
        }
        Ok(alike)
    }
}

/// Of vectors of length 1.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let product: f64 = a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
    product.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::work::Unsaved;
    use crate::vote::reward::testing::AT;
    use serl_lm::LmError;

    /// Points by the first letter of the last word.
    struct Letters;

    impl Embedder for Letters {
        fn identity(&self) -> serde_json::Value {
            serde_json::Value::Null
        }

        fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, LmError> {
            let vector = |text: &&str| match text.split(' ').next_back() {
                Some(word) if word.starts_with('a') => vec![1.0, 0.0],
                Some(word) if word.starts_with('b') => vec![0.6, 0.8],
                _ => vec![-1.0, 0.0],
            };
            Ok(texts.iter().map(vector).collect())
        }
    }

    #[test]
    fn likeness_is_the_cosine() {
        let question = Question {
            instruction: "Which?",
            texts: ["ant", "bee", "cow"].map(String::from).to_vec(),
        };
        let alike = Embedding(Arc::new(Letters)).of(AT, &[question], &Unsaved).unwrap();
        let rounded: Vec<Vec<f64>> = alike[0]
            .iter()
            .map(|row| row.iter().map(|x| (x * 1e6).round() / 1e6).collect())
            .collect();
        assert_eq!(rounded, [[1.0, 0.6, 0.0], [0.6, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    }
}
