//! Columns of the tables that `serl inspect` shows.
//!
//! Rows are known only once they are read, which takes too long for a key press. Columns that depend on what is in a
//! run, such as `figures.clip_fraction`, are left out. A test compares the list with the tables.

use std::ffi::OsStr;

use clap_complete::engine::CompletionCandidate as Candidate;

use super::runs::beginning;
use super::words;

/// The columns of a table: the name of its command, whether each thing has a row, and the columns.
type Table = (&'static str, bool, &'static str);

const TABLES: &[Table] = &[
    (
        "iterations",
        false,
        "iteration generated kept r_mean selected_share reward kl problems pass_at_1 pass_at_1_low \
         pass_at_1_high sampled_problems sampled_pass_at_1 k pass_at_k maj_at_k seconds",
    ),
    (
        "r-mean",
        false,
        "iteration round instructions q1 median q3 histogram no_majority selected selected_share",
    ),
    (
        "rollouts",
        false,
        "iteration round responses tokens q1 median q3 longest histogram truncated parsed reward",
    ),
    (
        "rollouts",
        true,
        "iteration round instruction_id sample tokens finish parse_status method answer reward \
         text",
    ),
    ("filter", false, "iteration candidates voted agreement"),
    (
        "filter",
        true,
        "id iteration text kept reason rouge_l_max nearest nearest_text detail",
    ),
    (
        "train",
        false,
        "iteration rounds steps responses tokens reward reward_by_step kl entropy loss grad_norm \
         lr mismatch_kl",
    ),
    (
        "train",
        true,
        "iteration round step responses tokens loss kl reward_mean entropy grad_norm lr \
         mismatch_kl",
    ),
    (
        "timing",
        false,
        "nodes iteration stage round seconds share tokens tokens_per_second bytes device",
    ),
    (
        "timing",
        true,
        "iteration stage round seconds share tokens tokens_per_second bytes device",
    ),
    (
        "answers",
        false,
        "iteration stage round responses parsed no_answer over_budget",
    ),
    (
        "drift",
        false,
        "iteration candidates kept duplicate_rate seed_rouge_l_mean seed_rouge_l_max words_mean \
         seed_words_mean distinct_1 distinct_2 new_words_share jensen_shannon",
    ),
    (
        "eval",
        false,
        "iteration benchmark group sampled n k pass_at_1 pass_at_1_low pass_at_1_high avg_at_k \
         avg_at_k_low avg_at_k_high pass_at_k pass_at_k_low pass_at_k_high maj_at_k maj_at_k_low \
         maj_at_k_high tie_share parsed_share",
    ),
    (
        "curve",
        false,
        "iteration benchmark n k pass_at_k pass_at_k_low pass_at_k_high maj_at_k maj_at_k_low \
         maj_at_k_high",
    ),
    (
        "warnings",
        false,
        "iteration instructions top_majority top_majority_share unanimous_share no_majority_share \
         truncated_share zero_advantage_groups flip_rate worked_share worked_pass_at_1 \
         repeated_problems near_problems selected_label_accuracy dropped_label_accuracy",
    ),
];

/// Columns to sort by.
pub fn sorted(current: &OsStr) -> Vec<Candidate> {
    beginning(current, columns())
}

/// Columns at the end of a condition.
pub fn conditions(current: &OsStr) -> Vec<Candidate> {
    let text = current.to_string_lossy();
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let before = text.trim_end_matches(is_name);
    // What stands in quotes is a text.
    if before.matches('\'').count() % 2 == 1 {
        return Vec::new();
    }
    beginning(
        current,
        columns()
            .into_iter()
            .map(|column| format!("{before}{column}"))
            .collect(),
    )
}

fn columns() -> Vec<String> {
    let words = words::all();
    let each = words.iter().any(|word| word == "--each");
    let table = TABLES
        .iter()
        .find(|(name, of_each, _)| *of_each == each && words.iter().any(|word| word == name));
    let columns = table.map_or("", |(_, _, columns)| columns);
    columns.split_whitespace().map(str::to_owned).collect()
}
