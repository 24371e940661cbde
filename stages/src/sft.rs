//! Supervised fine-tuning on documents: the warm start of a policy before SeRL.
//!
//! Knows no instruction, vote or node: documents in, a trained policy out.

use std::collections::HashMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serl_artifacts::ArtifactError;
use serl_artifacts::dataset::{self, Wanted};
use serl_lm::{
    AdamWConfig, Group, LmError, Objective, Policy, Rendered, StepConfig, Tally, TokenObjective, Tokenizer, Trainer,
};
use serl_pipeline::Headway;
use serl_random::Place;

use crate::config::{LoraConfig, PromptFormat};
use crate::error::StageError;
use crate::lesson::{self, Lesson};
use crate::sampling::ask::encode;
use crate::sampling::work::Work;

/// Documents over all epochs, at most: the steps of all epochs are planned together.
const MOST_PASSES: usize = 100_000_000;

/// `[sft]`: how the policy is trained on documents.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SftConfig {
    /// Tokens per optimizer step: consecutive documents are taken until the next one would not fit.
    pub batch_tokens: u32,
    /// Passes over the documents.
    pub epochs: u32,
    /// Draw a new order of the documents for each pass; otherwise they come in the file's order.
    pub shuffle: bool,
    /// Seed of the order, and of the weights where the model folder has none.
    pub seed: u64,
    /// Format of the prompt of a `prompt`/`completion` document.
    pub prompt_format: PromptFormat,
    /// Peak learning rate.
    pub lr: f64,
    /// Steps over which the learning rate rises linearly from 0.
    pub warmup_steps: u32,
    /// The learning rate falls by a half cosine to this share of `lr` at the last step.
    pub min_lr_ratio: f64,
    /// AdamW: decay of the first moment.
    pub beta1: f64,
    /// AdamW: decay of the second moment.
    pub beta2: f64,
    /// AdamW: added to the root of the second moment.
    pub epsilon: f64,
    /// AdamW: decoupled weight decay of matrices.
    pub weight_decay: f64,
    /// Gradients are scaled down to this global L2 norm.
    pub max_grad_norm: f64,
    /// Tokens computed at once; a prompt that documents share counts once.
    pub micro_batch_tokens: u32,
    /// Run the model's blocks again in the backward pass: about a tenth of the activations' memory, the same results.
    pub gradient_checkpointing: bool,
    /// Low-rank adapters in place of all weights.
    pub lora: LoraConfig,
}

impl Default for SftConfig {
    fn default() -> Self {
        Self {
            batch_tokens: 4096,
            epochs: 1,
            shuffle: false,
            seed: 1,
            prompt_format: PromptFormat::Chat,
            lr: 1e-5,
            warmup_steps: 0,
            min_lr_ratio: 0.1,
            beta1: 0.9,
            beta2: 0.98,
            epsilon: 1e-8,
            weight_decay: 0.0,
            max_grad_norm: 1.0,
            micro_batch_tokens: 4096,
            gradient_checkpointing: false,
            lora: LoraConfig::default(),
        }
    }
}

/// A document to learn, as token ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The tokens before the completion; not empty, not learned.
    pub prompt: Vec<u32>,
    /// The tokens to learn; not empty.
    pub completion: Vec<u32>,
}

impl Document {
    /// Tokens in all.
    fn len(&self) -> usize {
        self.prompt.len() + self.completion.len()
    }
}

/// One optimizer step, as reported to an observer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SftStep {
    /// Counted from 1.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// Mean negative log-likelihood of the step's target tokens, in nats.
    pub loss: f64,
    /// Learning rate of the step.
    pub lr: f64,
    /// Norm of the gradient before clipping.
    pub grad_norm: f64,
    /// Target tokens of the step.
    pub tokens: u64,
}

/// Reads the documents of a data file, a folder or a pattern of them.
///
/// A row is one of `{"text"}` (the loss is on all of it), `{"prompt", "completion"}` (on the completion) and
/// `{"messages": [{"role", "content"}, …]}` (on the last message, the assistant's), or has the same under other usual
/// names (docs/src/data.md). Each ends with the end-of-sequence token.
///
/// # Errors
/// A file or row that cannot be read (file and line named), a document longer than the context.
pub fn documents(path: &Path, policy: &Policy, config: &SftConfig) -> Result<Vec<Document>, StageError> {
    let wanted = Wanted::new(
        lesson::columns(),
        "split the file, and train on one part after the other",
    );
    let rows = dataset::read(path, &wanted)?;
    if rows.records.is_empty() {
        let reason = "there are no rows".into();
        return Err(ArtifactError::dataset(path, None, reason).into());
    }
    let mut documents = Vec::with_capacity(rows.records.len());
    for record in &rows.records {
        let fault = |reason| StageError::from(ArtifactError::dataset(&record.file, Some(record.place), reason));
        let lesson = Lesson::of(&record.fields, &rows.columns).map_err(fault)?;
        let document = document(policy.tokenizer(), config.prompt_format, lesson);
        let document = document.map_err(|e| fault(e.to_string()))?;
        if document.len() > policy.context_length() {
            let (has, context) = (document.len(), policy.context_length());
            let reason = format!("the document has {has} tokens, more than the model's context of {context}");
            return Err(fault(reason));
        }
        documents.push(document);
    }
    Ok(documents)
}

fn document(tokenizer: &Tokenizer, format: PromptFormat, lesson: Lesson) -> Result<Document, StageError> {
    let (mut tokens, completion) = match lesson {
        Lesson::Text(text) => {
            let [before, _] = tokenizer.around()?;
            (before, text)
        }
        Lesson::Prompt { prompt, completion } => {
            let prompt = encode(tokenizer, format, "", Rendered::trusted(&prompt))?;
            (prompt.tokens, completion)
        }
        Lesson::Messages { messages, completion } => (tokenizer.chat(&messages)?, completion),
    };
    let prompt_len = tokens.len().max(1);
    tokens.extend(tokenizer.encode(&completion)?);
    tokens.extend(tokenizer.turn_end());
    if tokens.len() <= prompt_len {
        return Err(StageError::Document("the document has no token to learn".into()));
    }
    let completion = tokens.split_off(prompt_len);
    Ok(Document {
        prompt: tokens,
        completion,
    })
}

/// Mean negative log-likelihood over the target tokens of a step.
struct NegativeLogLikelihood {
    tokens: f64,
}

impl Objective for NegativeLogLikelihood {
    fn evaluate(&self, unit: &[(usize, &[f32])], _: &mut Tally) -> Vec<TokenObjective> {
        let one = |(_, logprobs): &(usize, &[f32])| TokenObjective {
            loss: -logprobs.iter().map(|&x| f64::from(x)).sum::<f64>() / self.tokens,
            gradient: vec![(-1.0 / self.tokens) as f32; logprobs.len()],
        };
        unit.iter().map(one).collect()
    }
}

/// Trains `policy` on `documents`, reports every step to `watch`, and returns the trainer.
///
/// # Errors
/// An error of the trainer, a cancelled `work`.
pub fn train(
    policy: Policy,
    documents: &[Document],
    config: &SftConfig,
    work: &dyn Work,
    watch: &mut dyn FnMut(SftStep),
) -> Result<Trainer, StageError> {
    let passes = documents.len().saturating_mul(config.epochs as usize);
    if passes > MOST_PASSES {
        return Err(StageError::Config {
            key: "sft.epochs",
            reason: format!(
                "{} epochs of {} documents are {passes}, but at most {MOST_PASSES} can be planned",
                config.epochs,
                documents.len()
            ),
        });
    }
    let batches = batches(documents, config);
    let adamw = AdamWConfig {
        beta1: config.beta1,
        beta2: config.beta2,
        epsilon: config.epsilon,
        weight_decay: config.weight_decay,
    };
    let seed = Place::new(config.seed, "sft").at("lora").seed();
    let mut trainer = config.lora.trainer(policy, seed, adamw)?;
    let mut trained = 0;
    for (index, batch) in batches.iter().enumerate() {
        work.check_cancelled()?;
        let groups = groups(batch.iter().map(|&i| &documents[i]));
        let tokens: usize = batch.iter().map(|&i| documents[i].completion.len()).sum();
        let lr = learning_rate(config, index, batches.len());
        let step = StepConfig {
            lr,
            max_grad_norm: config.max_grad_norm,
            micro_batch_tokens: config.micro_batch_tokens as usize,
            gradient_checkpointing: config.gradient_checkpointing,
            data_parallel: 1,
        };
        let objective = NegativeLogLikelihood { tokens: tokens as f64 };
        let report = trainer
            .step(&groups, &objective, &step)
            .map_err(|error| diverged(error, config))?;
        watch(SftStep {
            step: index + 1,
            steps: batches.len(),
            loss: report.loss,
            lr,
            grad_norm: report.grad_norm,
            tokens: tokens as u64,
        });
        trained += tokens as u64;
        let headway = Headway::of(index as u64 + 1, batches.len() as u64, "steps").with_tokens(trained);
        work.progress(&headway.noting(&format!("loss {:.3}", report.loss)));
    }
    Ok(trainer)
}

/// An error of a step, with the keys to change if training diverged.
fn diverged(error: LmError, config: &SftConfig) -> StageError {
    match error {
        LmError::Diverged { .. } => StageError::Diverged {
            place: String::new(),
            cause: error.to_string(),
            advice: format!(
                "lower `sft.lr` (now {:e}) or raise `sft.warmup_steps` (now {}); nothing was written, and the policy \
                 that training started from is unchanged",
                config.lr, config.warmup_steps
            ),
        },
        other => other.into(),
    }
}

/// Documents with the same prompt as one group, in the order of the first of each: their prompt is computed once.
fn groups<'a>(documents: impl Iterator<Item = &'a Document>) -> Vec<Group<'a>> {
    let mut places: HashMap<&[u32], usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for Document { prompt, completion } in documents {
        let place = *places.entry(prompt).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.responses.push(completion),
            None => groups.push(Group {
                prompt,
                responses: vec![completion],
            }),
        }
    }
    groups
}

/// Indices of the documents of each step.
fn batches(documents: &[Document], config: &SftConfig) -> Vec<Vec<usize>> {
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for epoch in 0..u64::from(config.epochs) {
        let mut order: Vec<usize> = (0..documents.len()).collect();
        if config.shuffle {
            Place::new(config.seed, "sft").index(epoch).stream().shuffle(&mut order);
        }
        let mut room = 0;
        for index in order {
            let length = documents[index].len();
            match batches.last_mut() {
                Some(batch) if length <= room => {
                    batch.push(index);
                    room -= length;
                }
                _ => {
                    batches.push(vec![index]);
                    room = (config.batch_tokens as usize).saturating_sub(length);
                }
            }
        }
    }
    batches
}

/// Linear warm-up, then half a cosine down to `min_lr_ratio` (Loshchilov and Hutter, arXiv 1608.03983).
fn learning_rate(config: &SftConfig, step: usize, steps: usize) -> f64 {
    let warm = f64::min(1.0, (step + 1) as f64 / f64::from(config.warmup_steps.max(1)));
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * step as f64 / steps as f64).cos());
    config.lr * warm * (config.min_lr_ratio + (1.0 - config.min_lr_ratio) * cosine)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(length: usize) -> Document {
        Document {
            prompt: vec![0],
            completion: vec![0; length - 1],
        }
    }

    #[test]
    fn steps_are_filled_in_the_files_order() {
        let config = SftConfig {
            batch_tokens: 10,
            ..SftConfig::default()
        };
        let documents = [4, 6, 5, 12, 3].map(document);
        assert_eq!(batches(&documents, &config), [vec![0, 1], vec![2], vec![3], vec![4]]);
    }

    #[test]
    fn shuffled_passes_hold_every_document_once() {
        let config = SftConfig {
            batch_tokens: 10,
            epochs: 2,
            shuffle: true,
            ..SftConfig::default()
        };
        let documents: Vec<Document> = (0..7).map(|_| document(5)).collect();
        let mut all: Vec<usize> = batches(&documents, &config).concat();
        all.sort_unstable();
        assert_eq!(all, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
    }

    #[test]
    fn the_learning_rate_rises_and_falls() {
        let config = SftConfig {
            lr: 1.0,
            warmup_steps: 2,
            min_lr_ratio: 0.1,
            ..SftConfig::default()
        };
        assert_eq!(learning_rate(&config, 0, 100), 0.5);
        assert!((learning_rate(&config, 50, 100) - 0.55).abs() < 1e-12);
        assert!((learning_rate(&config, 100, 100) - 0.1).abs() < 1e-12);
    }
}
