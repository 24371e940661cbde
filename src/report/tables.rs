//! Every table that a report of a run reads: the stage that writes it, its file, and the columns that are read.

use serl_stages::stage::output::Output;
use serl_stages::{Drift, Evaluate, Filter, Generate, Respond, Stage, Train, Vote};

use super::frame::Columns::{self, All, Named};

/// The part of a table that a report reads.
pub struct Extract {
    /// The table.
    pub table: Output,
    /// The columns that are read.
    pub columns: Columns,
}

/// The part of a node's input that a report reads.
pub struct InputExtract {
    /// The stage that reads it.
    pub stage: &'static str,
    /// Its name there.
    pub input: &'static str,
    /// The columns that are read.
    pub columns: Columns,
}

const fn extract(table: Output, columns: Columns) -> Extract {
    Extract { table, columns }
}

const READING: Columns = Named(&["parse_status", "method"]);
const UNREAD: Columns = Named(&["text", "status", "count", "example_id"]);

/// Which of the written instructions were kept.
pub const KEPT: Extract = extract(Filter::FILTERED.output(), Named(&["kept"]));
/// What the filter decided about each candidate.
pub const CANDIDATES: Extract = extract(Filter::FILTERED.output(), Named(&["reason"]));
/// How the completions with new instructions ended.
pub const COMPLETIONS: Extract = extract(Generate::COMPLETIONS.output(), Named(&["finish"]));
/// How far the kept instructions are from the seeds.
pub const DISTANCES: Extract = extract(Filter::DRIFT.output(), Named(&["statistic", "value"]));
/// How far they are in meaning.
pub const MEANINGS: Extract = extract(Drift::DRIFT.output(), Named(&["statistic", "value"]));
/// How far the responses to an instruction agree.
pub const AGREEMENT: Extract = extract(Vote::VOTES.output(), Named(&["r_mean", "n_parsed"]));
/// Agreement, and how many responses have an answer.
pub const READ: Extract = extract(Vote::VOTES.output(), Named(&["n", "n_parsed", "r_mean"]));
/// The majority answers.
pub const MAJORITIES: Extract = extract(Vote::VOTES.output(), Named(&["instruction_id", "majority"]));
/// How many responses gave the majority answer.
pub const COUNTS: Extract = extract(Vote::VOTES.output(), Named(&["majority", "n", "majority_count"]));
/// The answer and the reward of each response.
pub const REWARDS: Extract = extract(Vote::REWARDS.output(), Named(&["instruction_id", "answer", "reward"]));
/// How the answers of the responses that were voted on were read.
pub const VOTE_READING: Extract = extract(Vote::REWARDS.output(), READING);
/// Those of them that could not be read.
pub const VOTE_UNREAD: Extract = extract(Vote::UNPARSED.output(), UNREAD);
/// Which instructions were trained on.
pub const SELECTED: Extract = extract(Train::SELECTION.output(), Named(&["selected"]));
/// The data and figures of each optimizer step.
pub const STEPS: Extract = extract(
    Train::LOG.output(),
    Named(&["reward_mean", "responses", "kl", "tokens"]),
);
/// All figures of each optimizer step that every algorithm has.
pub const LOG: Extract = extract(
    Train::LOG.output(),
    Named(&[
        "iteration",
        "round",
        "step",
        "responses",
        "tokens",
        "loss",
        "kl",
        "reward_mean",
        "entropy",
        "grad_norm",
        "lr",
        "mismatch_kl",
    ]),
);
/// Which instructions they were, by id.
pub const DECISIONS: Extract = extract(Train::SELECTION.output(), Named(&["instruction_id", "selected"]));
/// What the difficulty filter decided about each instruction.
pub const VERDICTS: Extract = extract(Train::SELECTION.output(), Named(&["reason"]));
/// The figures of the algorithm.
pub const FIGURES: Extract = extract(Train::FIGURES.output(), Named(&["name", "value"]));
/// The figures of the algorithm, by optimizer step.
pub const STEP_FIGURES: Extract = extract(Train::FIGURES.output(), Named(&["round", "step", "name", "value"]));
/// How responses ended.
pub const ENDINGS: Extract = extract(Respond::RESPONSES.output(), Named(&["finish"]));
/// The texts of the written instructions, and which were kept.
pub const KEPT_TEXTS: Extract = extract(Filter::FILTERED.output(), Named(&["text", "kept"]));
/// How the answers to held-out problems were read.
pub const EVAL_READING: Extract = extract(Evaluate::EVAL.output(), READING);
/// Those of them that could not be read.
pub const EVAL_UNREAD: Extract = extract(Evaluate::UNPARSED.output(), UNREAD);
/// Which held-out problems were answered right.
pub const GREEDY: Extract = extract(
    Evaluate::EVAL.output(),
    Named(&["benchmark", "problem_id", "greedy", "correct"]),
);
/// The answers to held-out problems, without whether they are right.
pub const PROBE: Extract = extract(
    Evaluate::EVAL.output(),
    Named(&["benchmark", "problem_id", "greedy", "answer", "canonical"]),
);
/// The responses to held-out problems.
pub const TEXTS: Extract = extract(Evaluate::EVAL.output(), Named(&["greedy", "text", "correct"]));
/// The held-out problems, an input of the nodes that measure.
pub const PROBLEMS: InputExtract = InputExtract {
    stage: Evaluate::NAME,
    input: "problems",
    columns: Named(&["problem"]),
};
/// Results on held-out problems, which are shown completely.
pub const RESULTS: Extract = extract(Evaluate::SUMMARY.output(), All);
/// Pass@k and Maj@k by k, which are shown completely.
pub const CURVE: Extract = extract(Evaluate::CURVE.output(), All);

/// The instructions that were put to the policy.
pub const TOLD: Extract = extract(Respond::PROMPTS.output(), Named(&["instruction_id", "instruction"]));
/// The responses to them.
pub const ASKED: Extract = extract(
    Respond::RESPONSES.output(),
    Named(&["instruction_id", "sample", "text"]),
);
/// The tokens of each response.
pub const LENGTHS: Extract = extract(Respond::RESPONSES.output(), Named(&["output_tokens"]));
/// The responses, with how they ended.
pub const RESPONSES: Extract = extract(
    Respond::RESPONSES.output(),
    Named(&["instruction_id", "sample", "output_tokens", "text", "finish"]),
);
/// Whether an answer was read from each response, and its reward.
pub const VERDICT: Extract = extract(Vote::REWARDS.output(), Named(&["parse_status", "reward"]));
/// What was read from each response, how, and its reward.
pub const JUDGEMENTS: Extract = extract(
    Vote::REWARDS.output(),
    Named(&["instruction_id", "sample", "answer", "method", "parse_status", "reward"]),
);
/// What was read from each response, and its reward.
pub const JUDGED: Extract = extract(
    Vote::REWARDS.output(),
    Named(&["instruction_id", "sample", "answer", "canonical", "reward"]),
);
/// The vote on each instruction.
pub const VOTED: Extract = extract(
    Vote::VOTES.output(),
    Named(&[
        "instruction_id",
        "round",
        "n",
        "majority",
        "majority_canonical",
        "tie",
        "r_mean",
        "entropy",
    ]),
);
/// What the difficulty filter decided about each instruction, by id.
pub const REASONS: Extract = extract(Train::SELECTION.output(), Named(&["instruction_id", "reason"]));
/// The instructions that the policy wrote, with their origin.
pub const WRITTEN: Extract = extract(
    Generate::INSTRUCTIONS.output(),
    Named(&["id", "text", "few_shot", "completion_id"]),
);
/// The filter's verdict on each candidate.
pub const FILTERED: Extract = extract(
    Filter::FILTERED.output(),
    Named(&["id", "text", "kept", "reason", "rouge_l_max", "nearest", "detail"]),
);
/// Responses to held-out problems, graded.
pub const GRADED: Extract = extract(
    Evaluate::EVAL.output(),
    Named(&[
        "benchmark",
        "problem_id",
        "greedy",
        "text",
        "answer",
        "canonical",
        "correct",
    ]),
);
/// The held-out problems with their gold answers.
pub const GOLD: InputExtract = InputExtract {
    stage: Evaluate::NAME,
    input: "problems",
    columns: Named(&["benchmark", "id", "problem", "gold_answer", "subject", "level"]),
};
/// The seeds, an input of the nodes that write.
pub const SEEDS: InputExtract = InputExtract {
    stage: Generate::NAME,
    input: "seeds",
    columns: Named(&["id", "text"]),
};
/// The seeds of a run that writes none, an input of the nodes that answer.
pub const TRAINED_SEEDS: InputExtract = InputExtract {
    stage: Respond::NAME,
    input: "instructions",
    columns: Named(&["id", "text"]),
};

#[cfg(test)]
mod tests {
    use super::{
        AGREEMENT, ASKED, CANDIDATES, COMPLETIONS, COUNTS, DECISIONS, DISTANCES, ENDINGS, EVAL_READING, EVAL_UNREAD,
        Extract, FIGURES, FILTERED, GRADED, GREEDY, JUDGED, JUDGEMENTS, KEPT, KEPT_TEXTS, LENGTHS, LOG, MAJORITIES,
        MEANINGS, Named, PROBE, READ, REASONS, RESPONSES, REWARDS, SELECTED, STEP_FIGURES, STEPS, TEXTS, TOLD, VERDICT,
        VERDICTS, VOTE_READING, VOTE_UNREAD, VOTED, WRITTEN,
    };
    use serl_artifacts::table::{Table, schema};
    use serl_artifacts::tables::{
        Completion, Drift, Filtered, GradedResponse, Instruction, Prompt, Response, Reward, Selection, TrainFigure,
        TrainLog, Unparsed, Vote,
    };

    #[track_caller]
    fn columns_are_those_of<T: Table>(extracts: &[Extract]) {
        let schema = schema::<T>().unwrap();
        for extract in extracts {
            let Named(columns) = extract.columns else {
                panic!("{} is read whole", T::NAME);
            };
            assert_eq!(extract.table.name, format!("{}.parquet", T::NAME));
            for column in columns {
                assert!(schema.field_with_name(column).is_ok(), "{}: {column}", T::NAME);
            }
        }
    }

    #[test]
    fn tables_have_the_columns_that_are_read() {
        columns_are_those_of::<Completion>(&[COMPLETIONS]);
        columns_are_those_of::<Instruction>(&[WRITTEN]);
        columns_are_those_of::<Prompt>(&[TOLD]);
        columns_are_those_of::<Filtered>(&[CANDIDATES, FILTERED, KEPT, KEPT_TEXTS]);
        columns_are_those_of::<Drift>(&[DISTANCES, MEANINGS]);
        columns_are_those_of::<Vote>(&[AGREEMENT, COUNTS, MAJORITIES, READ, VOTED]);
        columns_are_those_of::<Response>(&[ASKED, ENDINGS, LENGTHS, RESPONSES]);
        columns_are_those_of::<TrainFigure>(&[FIGURES, STEP_FIGURES]);
        columns_are_those_of::<Reward>(&[JUDGED, JUDGEMENTS, REWARDS, VERDICT, VOTE_READING]);
        columns_are_those_of::<GradedResponse>(&[EVAL_READING, GRADED, GREEDY, PROBE, TEXTS]);
        columns_are_those_of::<Unparsed>(&[VOTE_UNREAD, EVAL_UNREAD]);
        columns_are_those_of::<Selection>(&[DECISIONS, REASONS, SELECTED, VERDICTS]);
        columns_are_those_of::<TrainLog>(&[LOG, STEPS]);
    }
}
