//! What each stage makes of the same inputs, compared with the last result under its `CODE_VERSION`.
//!
//! Read them in the order of a run: generate, filter, respond, vote, train; solve, evaluate. The first that changes
//! while its `policy` and `seeds` stay belongs to a stage that behaves differently: bump the `CODE_VERSION` in its
//! `stages/src/<stage>/mod.rs` in the same change, or caches return results of the old behaviour, and then accept the
//! snapshots. Those after it have other inputs and need no bump. Digests are of rows, not of files: a change of Parquet
//! writer is not a change of behaviour.
//!
//! Machines round differently (AVX-512, FMA, the C library). So logprobs are left out of the digests, and figures made
//! with logarithms or by training are rounded well above their rounding error. Sampled tokens stay: a draw differs only
//! if it falls within rounding error of a boundary.

use serl_artifacts::Digest;
use serl_artifacts::table::{self, Table};
use serl_artifacts::tables::{
    Completion, Drift, EvalSummary, Filtered, GradedResponse, Instruction, ProblemResponse, Prompt, Response, Reward,
    Selection, TrainFigure, TrainLog, Unparsed, Vote,
};

use crate::support::FINISHED;

fn rows<T: Table>(node: &str, output: &str) -> Vec<T> {
    let path = FINISHED.path(&format!(".serl/runs/tiny/{node}/{output}.parquet"));
    table::decode(&std::fs::read(path).unwrap(), output).unwrap()
}

/// The digest of an output's rows after `blank` has taken out what machines compute differently.
fn digest<T: Table>(node: &str, output: &str, blank: fn(&mut T)) -> String {
    let mut rows: Vec<T> = rows(node, output);
    rows.iter_mut().for_each(blank);
    let digest = Digest::of(&serde_json::to_vec(&rows).unwrap()).to_hex();
    format!("{output} {} rows {}", rows.len(), &digest[..16])
}

fn exact<T: Table>(node: &str, output: &str) -> String {
    digest::<T>(node, output, |_| {})
}

/// The version of a node's stage and the digests of its inputs that no stage made, above its outputs.
#[track_caller]
fn golden(node: &str, outputs: &[String]) -> String {
    let told = FINISHED.json(&["explain", "-q", node]);
    let inputs = told["inputs"].as_array().unwrap().iter();
    let outside = inputs.filter(|input| input["producer"].is_null());
    let outside = outside.map(|input| {
        let digest = &input["digest"].as_str().unwrap()[..16];
        format!("{} {digest}", input["name"].as_str().unwrap())
    });
    let head = format!("{} {}", told["stage"].as_str().unwrap(), told["code_version"]);
    let lines: Vec<String> = [head]
        .into_iter()
        .chain(outside)
        .chain(outputs.iter().cloned())
        .collect();
    lines.join("\n")
}

#[test]
fn of_generate() {
    let outputs = [
        exact::<Completion>("1/generate", "completions"),
        exact::<Instruction>("1/generate", "instructions"),
    ];
    insta::assert_snapshot!(golden("1/generate", &outputs));
}

#[test]
fn of_filter() {
    let drift = rows::<Drift>("1/filter", "drift").into_iter();
    let drift = drift.map(|row| format!("{} {:.4}", row.statistic, row.value));
    let outputs = [
        exact::<Filtered>("1/filter", "filtered"),
        exact::<Instruction>("1/filter", "kept"),
    ];
    let outputs: Vec<String> = outputs.into_iter().chain(drift).collect();
    insta::assert_snapshot!(golden("1/filter", &outputs));
}

#[test]
fn of_respond() {
    let responses = rows::<Response>("1/respond.0", "responses");
    let logprobs: Vec<f64> = responses.iter().flat_map(|r| &r.logprobs).map(|&l| l.into()).collect();
    let mean = logprobs.iter().sum::<f64>() / logprobs.len() as f64;
    let outputs = [
        exact::<Prompt>("1/respond.0", "prompts"),
        digest::<Response>("1/respond.0", "responses", |row| {
            row.logprobs.clear();
            row.policy_logprobs = None;
        }),
        format!("mean logprob {mean:.3}"),
    ];
    insta::assert_snapshot!(golden("1/respond.0", &outputs));
}

#[test]
fn of_vote() {
    let outputs = [
        exact::<Reward>("1/vote.0", "rewards"),
        digest::<Vote>("1/vote.0", "votes", |row| row.entropy = (row.entropy * 1e3).round()),
        exact::<Unparsed>("1/vote.0", "unparsed"),
    ];
    insta::assert_snapshot!(golden("1/vote.0", &outputs));
}

#[test]
fn of_train() {
    let figures = rows::<TrainFigure>("1/train.0", "train_figures");
    let steps = rows::<TrainLog>("1/train.0", "train_log").into_iter().map(|row| {
        let figure = |name: &str| {
            let found = figures
                .iter()
                .find(|figure| figure.step == row.step && figure.name == name);
            found.unwrap().value
        };
        format!(
            "step {}: {} sequences, {} tokens, lr {:.2e}, reward {:.4}, advantage {:.2} ± {:.2}, entropy {:.2}, \
             ratio {:.3}, gradient {:.2}",
            row.step,
            row.responses,
            row.tokens,
            row.lr,
            row.reward_mean,
            figure("advantage_mean"),
            figure("advantage_std"),
            row.entropy.unwrap(),
            figure("ratio_max"),
            row.grad_norm,
        )
    });
    let selection = exact::<Selection>("1/train.0", "selection");
    let outputs: Vec<String> = [selection].into_iter().chain(steps).collect();
    insta::assert_snapshot!(golden("1/train.0", &outputs));
}

#[test]
fn of_solve() {
    let outputs = [exact::<ProblemResponse>("0/solve", "responses")];
    insta::assert_snapshot!(golden("0/solve", &outputs));
}

#[test]
fn of_evaluate() {
    let outputs = [
        exact::<GradedResponse>("0/evaluate", "eval"),
        exact::<EvalSummary>("0/evaluate", "eval_summary"),
        exact::<Unparsed>("0/evaluate", "unparsed"),
    ];
    insta::assert_snapshot!(golden("0/evaluate", &outputs));
}
