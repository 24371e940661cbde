//! Every table survives Parquet, bit for bit, and equal rows give equal bytes.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::InstructionId;
use crate::table::{DESCRIPTION_KEY, Table, decode, decode_groups, encode, row_count, schema};

/// Comparison that tells NaN payloads and signed zeros apart from other values, but not NaN from itself.
fn exact<T: std::fmt::Debug>(value: &T) -> String {
    format!("{value:?}")
}

fn survives<T: Table + std::fmt::Debug>(groups: &[Vec<T>]) -> Result<(), TestCaseError> {
    let bytes = encode(groups).unwrap();
    prop_assert_eq!(&bytes, &encode(groups).unwrap());
    let read: Vec<Vec<T>> = decode_groups(&bytes, "test").unwrap();
    let full: Vec<_> = groups.iter().filter(|g| !g.is_empty()).collect();
    prop_assert_eq!(exact(&read), exact(&full));
    prop_assert_eq!(
        row_count(&bytes),
        Some(groups.iter().map(Vec::len).sum::<usize>() as u64)
    );
    Ok(())
}

fn id() -> impl Strategy<Value = InstructionId> {
    ".{0,4}".prop_map(|text| InstructionId::of(&text))
}

fn text() -> impl Strategy<Value = String> {
    "(?s).{0,20}"
}

fn tokens() -> impl Strategy<Value = Vec<u32>> {
    vec(any::<u32>(), 0..6)
}

fn f32s() -> impl Strategy<Value = f32> {
    use proptest::num::f32 as n;
    n::ANY | n::INFINITE | n::QUIET_NAN | n::ZERO
}

fn f64s() -> impl Strategy<Value = f64> {
    use proptest::num::f64 as n;
    n::ANY | n::INFINITE | n::QUIET_NAN | n::ZERO
}

fn finish() -> impl Strategy<Value = Finish> {
    prop_oneof![Just(Finish::Stop), Just(Finish::Length)]
}

fn status() -> impl Strategy<Value = ParseStatus> {
    prop_oneof![
        Just(ParseStatus::Parsed),
        Just(ParseStatus::NoAnswer),
        Just(ParseStatus::OverBudget)
    ]
}

fn groups<T: std::fmt::Debug>(row: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<Vec<T>>> {
    vec(vec(row, 0..4), 0..4)
}

prop_compose! {
    fn instruction()(id in id(), iteration: u32, seed: bool, text in text(), few_shot in vec(id(), 0..3),
                     completion_id in option::of(text())) -> Instruction {
        let source = if seed { Source::Seed } else { Source::Generated };
        Instruction { id, iteration, source, text, few_shot, completion_id }
    }
}

prop_compose! {
    fn completion()(id in text(), prompt_tokens in tokens(), output_tokens in tokens(), text in text(),
                    finish in finish(), floats in [f32s(), f32s(), f32s(), f32s()], ints: [u32; 4]) -> Completion {
        Completion {
            id, prompt_tokens, output_tokens, text, finish, temperature: floats[0], top_p: floats[1], top_k: ints[0],
            presence_penalty: floats[2], frequency_penalty: floats[3], min_new_tokens: ints[3], max_new_tokens: ints[1],
            n_instructions: ints[2],
        }
    }
}

prop_compose! {
    fn filtered()(id in id(), text in text(), kept: bool, reason in reason(), rouge_l_max in f32s(),
                  nearest in option::of(id()), words: u32, detail in option::of(text())) -> Filtered {
        Filtered { id, text, kept, reason, rouge_l_max, nearest, words, detail }
    }
}

fn reason() -> impl Strategy<Value = FilterReason> {
    use FilterReason::*;
    proptest::sample::select(vec![
        Kept, TooSimilar, Duplicate, Keyword, TooShort, TooLong, Prefix, Surplus,
    ])
}

prop_compose! {
    fn prompt()(instruction_id in id(), instruction in text(), prompt_tokens in tokens()) -> Prompt {
        Prompt { instruction_id, instruction, prompt_tokens }
    }
}

prop_compose! {
    fn response()(instruction_id in id(), sample: u32, output_tokens in tokens(), logprobs in vec(f32s(), 0..6),
                  policy_logprobs in option::of(vec(f32s(), 0..6)), text in text(), finish in finish()) -> Response {
        Response { instruction_id, sample, output_tokens, logprobs, policy_logprobs, text, finish }
    }
}

prop_compose! {
    fn reward()(instruction_id in id(), sample: u32, answer in option::of(text()), canonical in option::of(text()),
                method in option::of(text()), parse_status in status(), reward in option::of(f32s())) -> Reward {
        Reward { instruction_id, sample, answer, canonical, method, parse_status, reward }
    }
}

prop_compose! {
    fn ballot()(instruction_id in id(), n: [u32; 7], majority in option::of(text()),
                majority_canonical in option::of(text()), tie: bool, r_mean in f32s(), entropy in f32s()) -> Vote {
        Vote {
            instruction_id, iteration: n[0], round: n[1], n: n[2], n_parsed: n[3], n_over_budget: n[6],
            n_distinct: n[4], majority, majority_canonical, majority_count: n[5], tie, r_mean, entropy,
        }
    }
}

prop_compose! {
    fn selection()(instruction_id in id(), iteration: u32, round: u32, r_mean in f32s(), selected: bool,
                   reason in 0..4usize) -> Selection {
        use SelectionReason::*;
        let reason = [Selected, TooHard, TooEasy, NoMajority][reason];
        Selection { instruction_id, iteration, round, r_mean, selected, reason }
    }
}

prop_compose! {
    fn train_log()(n: [u32; 4], tokens: u64, f in vec(f64s(), 4), some in vec(option::of(f64s()), 3)) -> TrainLog {
        TrainLog {
            iteration: n[0], round: n[1], step: n[2], responses: n[3], tokens, loss: f[0], kl: some[0],
            reward_mean: f[1], entropy: some[1], grad_norm: f[2], lr: f[3], mismatch_kl: some[2],
        }
    }
}

prop_compose! {
    fn train_figure()(n: [u32; 3], name in text(), value in f64s()) -> TrainFigure {
        TrainFigure { iteration: n[0], round: n[1], step: n[2], name, value }
    }
}

prop_compose! {
    fn problem()(texts in (text(), text(), text(), text()), subject in option::of(text()), level in option::of(text()),
                 choices in vec(text(), 0..4), accepted in vec(text(), 0..4)) -> Problem {
        let (benchmark, id, problem, gold_answer) = texts;
        Problem { benchmark, id, problem, gold_answer, accepted, subject, level, choices }
    }
}

prop_compose! {
    fn problem_response()(names in (text(), text()), sample: u32, greedy: bool, output_tokens in tokens(),
                          text in text(), finish in finish()) -> ProblemResponse {
        let (benchmark, problem_id) = names;
        ProblemResponse { benchmark, problem_id, sample, greedy, output_tokens, text, finish }
    }
}

prop_compose! {
    fn graded_response()(names in (text(), text()), sample: u32, greedy: bool, text in text(), finish in finish(),
                         answers in (option::of(text()), option::of(text()), option::of(text())),
                         parse_status in status(), correct: bool) -> GradedResponse {
        let ((benchmark, problem_id), (answer, canonical, method)) = (names, answers);
        GradedResponse {
            benchmark, problem_id, sample, greedy, text, finish, answer, canonical, method, parse_status, correct,
        }
    }
}

prop_compose! {
    fn eval_summary()(n: [u32; 3], benchmark in text(), group in text(), sampled: bool,
                      f in vec(f64s(), 14)) -> EvalSummary {
        EvalSummary {
            iteration: n[0], benchmark, group, sampled, n: n[1], k: n[2],
            pass_at_1: f[0], pass_at_1_low: f[1], pass_at_1_high: f[2],
            avg_at_k: f[3], avg_at_k_low: f[4], avg_at_k_high: f[5],
            pass_at_k: f[6], pass_at_k_low: f[7], pass_at_k_high: f[8],
            maj_at_k: f[9], maj_at_k_low: f[10], maj_at_k_high: f[11],
            tie_share: f[12], parsed_share: f[13],
        }
    }
}

prop_compose! {
    fn eval_curve()(n: [u32; 3], benchmark in text(), f in vec(f64s(), 6)) -> EvalCurve {
        EvalCurve {
            iteration: n[0], benchmark, n: n[1], k: n[2],
            pass_at_k: f[0], pass_at_k_low: f[1], pass_at_k_high: f[2],
            maj_at_k: f[3], maj_at_k_low: f[4], maj_at_k_high: f[5],
        }
    }
}

prop_compose! {
    fn unread()(text in text(), status in status(), count: u32, example_id in text()) -> Unparsed {
        Unparsed { text, status, count, example_id }
    }
}

prop_compose! {
    fn drift()(iteration: u32, statistic in text(), value in f64s()) -> Drift {
        Drift { iteration, statistic, value }
    }
}

prop_compose! {
    fn vector()(instruction_id in id(), vector in vec(f32s(), 0..4)) -> Vector { Vector { instruction_id, vector } }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn instructions_survive(rows in groups(instruction())) { survives(&rows)?; }
    #[test]
    fn completions_survive(rows in groups(completion())) { survives(&rows)?; }
    #[test]
    fn filtered_survive(rows in groups(filtered())) { survives(&rows)?; }
    #[test]
    fn prompts_survive(rows in groups(prompt())) { survives(&rows)?; }
    #[test]
    fn responses_survive(rows in groups(response())) { survives(&rows)?; }
    #[test]
    fn rewards_survive(rows in groups(reward())) { survives(&rows)?; }
    #[test]
    fn votes_survive(rows in groups(ballot())) { survives(&rows)?; }
    #[test]
    fn selections_survive(rows in groups(selection())) { survives(&rows)?; }
    #[test]
    fn train_logs_survive(rows in groups(train_log())) { survives(&rows)?; }
    #[test]
    fn train_figures_survive(rows in groups(train_figure())) { survives(&rows)?; }
    #[test]
    fn problems_survive(rows in groups(problem())) { survives(&rows)?; }
    #[test]
    fn problem_responses_survive(rows in groups(problem_response())) { survives(&rows)?; }
    #[test]
    fn graded_responses_survive(rows in groups(graded_response())) { survives(&rows)?; }
    #[test]
    fn eval_summaries_survive(rows in groups(eval_summary())) { survives(&rows)?; }
    #[test]
    fn eval_curves_survive(rows in groups(eval_curve())) { survives(&rows)?; }
    #[test]
    fn unparsed_survive(rows in groups(unread())) { survives(&rows)?; }
    #[test]
    fn drifts_survive(rows in groups(drift())) { survives(&rows)?; }
    #[test]
    fn vectors_survive(rows in groups(vector())) { survives(&rows)?; }
    #[test]
    fn any_bytes_are_an_error_not_a_panic(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert!(decode::<Drift>(&bytes, "noise.parquet").unwrap_err().to_string().contains("noise.parquet"));
    }
}

#[test]
fn every_table_has_a_key_of_its_own_columns() {
    fn check<T: Table>() {
        let schema = crate::table::schema::<T>().unwrap();
        assert!(!T::KEY.is_empty(), "{}", T::NAME);
        for column in T::KEY {
            assert!(schema.field_with_name(column).is_ok(), "{}: {column}", T::NAME);
        }
        assert_eq!(key_of(T::NAME), Some(T::KEY));
    }
    check::<Completion>();
    check::<Drift>();
    check::<EvalCurve>();
    check::<EvalSummary>();
    check::<Filtered>();
    check::<GradedResponse>();
    check::<Instruction>();
    check::<Problem>();
    check::<ProblemResponse>();
    check::<Prompt>();
    check::<Response>();
    check::<Reward>();
    check::<Selection>();
    check::<TrainFigure>();
    check::<TrainLog>();
    check::<Unparsed>();
    check::<Vector>();
    check::<Vote>();
    assert_eq!(key_of("no table"), None);
}

#[test]
fn every_table_describes_its_rows_and_each_column() {
    fn described<T: Table>() {
        assert!(T::DESCRIPTION.len() > 10, "{}", T::NAME);
        for field in schema::<T>().unwrap().fields() {
            let text = field
                .metadata()
                .get(DESCRIPTION_KEY)
                .map(String::as_str)
                .unwrap_or_default();
            assert!(
                text.ends_with('.') && !text.contains('\n'),
                "{}.{}: {text}",
                T::NAME,
                field.name()
            );
        }
        assert_eq!(schema::<T>().unwrap().fields().len(), T::COLUMNS.len(), "{}", T::NAME);
    }
    described::<Completion>();
    described::<Drift>();
    described::<EvalCurve>();
    described::<EvalSummary>();
    described::<Filtered>();
    described::<GradedResponse>();
    described::<Instruction>();
    described::<Problem>();
    described::<ProblemResponse>();
    described::<Prompt>();
    described::<Response>();
    described::<Reward>();
    described::<Selection>();
    described::<TrainFigure>();
    described::<TrainLog>();
    described::<Unparsed>();
    described::<Vector>();
    described::<Vote>();
}
