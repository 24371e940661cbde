//! Every table that a report of a run reads: the stage that writes it, its file, and the columns that are read.

use super::frame::Columns::{self, All, Named};
use crate::place::{EVALUATE, FILTER, TRAIN, VOTE};

/// What a report reads of one table.
pub struct Extract {
    /// The stage that writes the table.
    pub stage: &'static str,
    /// The output that it is.
    pub output: &'static str,
    /// The columns that are read.
    pub columns: Columns,
}

const fn extract(stage: &'static str, output: &'static str, columns: Columns) -> Extract {
    Extract { stage, output, columns }
}

const FILTERED: &str = "filtered.parquet";
const DRIFT: &str = "drift.parquet";
const ROLLOUTS: &str = "rollouts.parquet";
const VOTES: &str = "votes.parquet";
const UNPARSED: &str = "unparsed.parquet";
const SELECTION: &str = "selection.parquet";
const TRAIN_LOG: &str = "train_log.parquet";
const EVAL: &str = "eval.parquet";
const EVAL_SUMMARY: &str = "eval_summary.parquet";

const READING: Columns = Named(&["parse_status", "method"]);
const UNREAD: Columns = Named(&["text", "status", "count", "example_id"]);

/// Which of the written instructions were kept.
pub const KEPT: Extract = extract(FILTER, FILTERED, Named(&["kept"]));
/// How far the kept instructions are from the seeds.
pub const DISTANCES: Extract = extract(FILTER, DRIFT, Named(&["statistic", "value"]));
/// How far the responses to an instruction agree.
pub const AGREEMENT: Extract = extract(VOTE, VOTES, Named(&["r_mean", "n_parsed"]));
/// What the majority answered.
pub const MAJORITIES: Extract = extract(VOTE, VOTES, Named(&["instruction_id", "majority"]));
/// What each response answered and what it got for that.
pub const REWARDS: Extract = extract(VOTE, ROLLOUTS, Named(&["instruction_id", "answer", "reward"]));
/// How the answers of the responses that were voted on were read.
pub const VOTE_READING: Extract = extract(VOTE, ROLLOUTS, READING);
/// Those of them that could not be read.
pub const VOTE_UNREAD: Extract = extract(VOTE, UNPARSED, UNREAD);
/// Which instructions were trained on.
pub const SELECTED: Extract = extract(TRAIN, SELECTION, Named(&["selected"]));
/// What each optimizer step was made of.
pub const STEPS: Extract = extract(TRAIN, TRAIN_LOG, Named(&["reward_mean", "sequences", "kl", "tokens"]));
/// How the answers to held-out problems were read.
pub const EVAL_READING: Extract = extract(EVALUATE, EVAL, READING);
/// Those of them that could not be read.
pub const EVAL_UNREAD: Extract = extract(EVALUATE, UNPARSED, UNREAD);
/// Results on held-out problems, of which all is shown.
pub const RESULTS: Extract = extract(EVALUATE, EVAL_SUMMARY, All);

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::table::{Table, schema};
    use serl_artifacts::tables::{Drift, EvalSample, Filtered, Rollout, Selection, TrainLog, Unparsed, Vote};

    #[track_caller]
    fn columns_are_those_of<T: Table>(extracts: &[Extract]) {
        let schema = schema::<T>().unwrap();
        for extract in extracts {
            let Named(columns) = extract.columns else {
                panic!("{} is read whole", T::NAME);
            };
            assert_eq!(extract.output, format!("{}.parquet", T::NAME));
            for column in columns {
                assert!(schema.field_with_name(column).is_ok(), "{}: {column}", T::NAME);
            }
        }
    }

    #[test]
    fn tables_have_the_columns_that_are_read() {
        columns_are_those_of::<Filtered>(&[KEPT]);
        columns_are_those_of::<Drift>(&[DISTANCES]);
        columns_are_those_of::<Vote>(&[AGREEMENT, MAJORITIES]);
        columns_are_those_of::<Rollout>(&[REWARDS, VOTE_READING]);
        columns_are_those_of::<EvalSample>(&[EVAL_READING]);
        columns_are_those_of::<Unparsed>(&[VOTE_UNREAD, EVAL_UNREAD]);
        columns_are_those_of::<Selection>(&[SELECTED]);
        columns_are_those_of::<TrainLog>(&[STEPS]);
    }
}
