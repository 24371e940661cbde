//! The rows of a node, joined from the tables of the nodes around it.

use std::collections::HashMap;

use anyhow::{Context, Result};
use serl_artifacts::InstructionId;
use serl_artifacts::tables::{
    Filtered, GradedResponse, Instruction, Problem, Prompt, Response, Reward, Selection, Vote,
};
use serl_stages::{Evaluate, Filter, Generate, Respond, Stage, Train, Vote as VoteStage};

use super::rows::{Ballot, Candidate, Graded, Rollout};
use crate::place::Place;
use crate::report::{StoredNode, StoredRun};

/// What the policy wrote in the iteration of a node of the filter.
pub fn candidates(run: &StoredRun, node: &StoredNode) -> Result<Vec<Candidate>> {
    let written: HashMap<_, _> = match at::<Generate>(run, &node.place) {
        Some(from) => by_id(run.rows(from, Generate::INSTRUCTIONS)?, |row: &Instruction| {
            row.id.clone()
        }),
        None => HashMap::new(),
    };
    let rows: Vec<Filtered> = run.rows(node, Filter::FILTERED)?;
    let row = |row: Filtered| Candidate {
        run: run.name().to_owned(),
        iteration: node.place.iteration,
        few_shot: written
            .get(&row.id)
            .map(|written| written.few_shot.clone())
            .unwrap_or_default(),
        instruction_id: row.id,
        instruction: row.text,
        kept: row.kept,
        reason: row.reason,
        rouge_l_max: row.rouge_l_max,
        nearest: row.nearest,
        words: row.words,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The votes of a node of `vote`.
pub fn ballots(run: &StoredRun, node: &StoredNode) -> Result<Vec<Ballot>> {
    let asked = prompts(run, node)?;
    let selected = selections(run, node)?;
    let votes: Vec<Vote> = run.rows(node, VoteStage::VOTES)?;
    let row = |vote: Vote| {
        let selection = selected.get(&vote.instruction_id);
        Ok(Ballot {
            run: run.name().to_owned(),
            iteration: vote.iteration,
            round: vote.round,
            instruction: text(&asked, &vote.instruction_id, node)?,
            instruction_id: vote.instruction_id,
            n: vote.n,
            n_parsed: vote.n_parsed,
            n_distinct: vote.n_distinct,
            majority: vote.majority,
            majority_count: vote.majority_count,
            tie: vote.tie,
            r_mean: vote.r_mean,
            entropy: vote.entropy,
            selected: selection.map(|selection| selection.selected),
            reason: selection.map(|selection| selection.reason),
        })
    };
    votes.into_iter().map(row).collect()
}

/// The responses of a node of `respond`.
pub fn rollouts(run: &StoredRun, node: &StoredNode) -> Result<Vec<Rollout>> {
    let asked = prompts(run, node)?;
    let selected = selections(run, node)?;
    let rewards: HashMap<_, _> = match at::<VoteStage>(run, &node.place) {
        Some(vote) => by_id(run.rows(vote, VoteStage::REWARDS)?, |row: &Reward| {
            (row.instruction_id.clone(), row.sample)
        }),
        None => HashMap::new(),
    };
    let responses: Vec<Response> = run.rows(node, Respond::RESPONSES)?;
    let row = |response: Response| {
        let id = response.instruction_id;
        let reward = rewards.get(&(id.clone(), response.sample));
        Ok(Rollout {
            run: run.name().to_owned(),
            iteration: node.place.iteration,
            round: node.place.round.unwrap_or(0),
            instruction: text(&asked, &id, node)?,
            prompt_tokens: asked
                .get(&id)
                .map(|prompt| prompt.prompt_tokens.clone())
                .unwrap_or_default(),
            selected: selected.get(&id).map(|selection| selection.selected),
            instruction_id: id,
            sample: response.sample,
            response: response.text,
            finish: response.finish,
            answer: reward.and_then(|reward| reward.answer.clone()),
            canonical: reward.and_then(|reward| reward.canonical.clone()),
            parse_status: reward.map(|reward| reward.parse_status),
            reward: reward.and_then(|reward| reward.reward),
            output_tokens: response.output_tokens,
            policy_logprobs: response.policy_logprobs,
        })
    };
    responses.into_iter().map(row).collect()
}

/// The graded responses of a node of `evaluate`.
pub fn graded(run: &StoredRun, node: &StoredNode) -> Result<Vec<Graded>> {
    let problems: Vec<Problem> = run.input_rows(node, "problems")?;
    let problems = by_id(problems, |problem| (problem.benchmark.clone(), problem.id.clone()));
    let rows: Vec<GradedResponse> = run.rows(node, Evaluate::EVAL)?;
    let row = |row: GradedResponse| {
        let problem = problems.get(&(row.benchmark.clone(), row.problem_id.clone()));
        let problem =
            problem.with_context(|| format!("{}: no problem `{}` among its inputs", node.place, row.problem_id))?;
        Ok(Graded {
            run: run.name().to_owned(),
            iteration: node.place.iteration,
            problem: problem.problem.clone(),
            gold_answer: problem.gold_answer.clone(),
            benchmark: row.benchmark,
            problem_id: row.problem_id,
            sample: row.sample,
            greedy: row.greedy,
            response: row.text,
            finish: row.finish,
            answer: row.answer,
            canonical: row.canonical,
            parse_status: row.parse_status,
            correct: row.correct,
        })
    };
    rows.into_iter().map(row).collect()
}

/// The node of a stage in the same iteration and, where both have rounds, round.
fn at<'r, S: Stage>(run: &'r StoredRun, place: &Place) -> Option<&'r StoredNode> {
    run.nodes_of(S::NAME)
        .find(|node| node.place.iteration == place.iteration && node.place.round == place.round)
}

fn prompts(run: &StoredRun, node: &StoredNode) -> Result<HashMap<InstructionId, Prompt>> {
    let rows = |respond| run.rows(respond, Respond::PROMPTS);
    let found: Vec<Prompt> = at::<Respond>(run, &node.place).map_or(Ok(Vec::new()), rows)?;
    Ok(by_id(found, |prompt| prompt.instruction_id.clone()))
}

fn selections(run: &StoredRun, node: &StoredNode) -> Result<HashMap<InstructionId, Selection>> {
    let rows = |train| run.rows(train, Train::SELECTION);
    let found: Vec<Selection> = at::<Train>(run, &node.place).map_or(Ok(Vec::new()), rows)?;
    Ok(by_id(found, |selection| selection.instruction_id.clone()))
}

fn by_id<T, K: Eq + std::hash::Hash>(rows: Vec<T>, id: impl Fn(&T) -> K) -> HashMap<K, T> {
    rows.into_iter().map(|row| (id(&row), row)).collect()
}

fn text(asked: &HashMap<InstructionId, Prompt>, id: &InstructionId, node: &StoredNode) -> Result<String> {
    let prompt = asked
        .get(id)
        .with_context(|| format!("{}: no instruction `{id}` in its prompts", node.place))?;
    Ok(prompt.instruction.clone())
}
