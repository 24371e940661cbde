//! SeRL on one page (arXiv 2505.20347), with the crates that `serl run` is made of and without its store: what is
//! sampled here is lost with the process. Three short iterations on the shipped policy:
//!
//! ```sh
//! cargo run --release --workspace --example serl_loop
//! ```

use std::collections::HashMap;
use std::path::Path;

use serl_answers::vote::{Ballot, vote};
use serl_answers::{DEFAULT_ORDER, canonical, extract};
use serl_artifacts::InstructionId;
use serl_artifacts::tables::{Instruction, Source};
use serl_lm::rl::surrogate::ClippedObjective;
use serl_lm::rl::{advantage, kl};
use serl_lm::{AdamWConfig, Device, Group, Message, Policy, Request, Response, Sampler, SamplingParams, StepConfig};
use serl_lm::{Trainer, logprobs};
use serl_stages::config::{FilterConfig, SeedsConfig};
use serl_stages::{filter, import};

const N_VOTE: u64 = 16;
const BOUNDS: [f32; 2] = [0.2, 0.8];
const MICRO_BATCH: usize = 2048;

fn main() -> anyhow::Result<()> {
    let folder = Path::new("models/quickstart");
    let device = Device::parse("flex")?;
    let seeds = import::seeds(&folder.join("data/seeds.jsonl"), &SeedsConfig::default())?.rows;
    let reference = Policy::load(folder, &device)?;
    let mut policy = Policy::load(folder, &device)?;
    let mut pool: Vec<Instruction> = Vec::new();

    for iteration in 1..=3 {
        // 1. Generate: the policy continues lists of instructions, a quarter seeds and the rest its own, once it has
        //    any.
        let candidates = generate(&policy, iteration, &seeds, &pool)?;

        // 2. Filter: by ROUGE-L similarity to what is known, by keywords and by length.
        let verdicts = filter::filter(&FilterConfig::default(), &seeds, &pool, &candidates)?;
        let kept = candidates.into_iter().zip(verdicts).filter(|(_, verdict)| verdict.kept);
        let kept: Vec<Instruction> = kept.map(|(candidate, _)| candidate).take(32).collect();

        // 3. Vote: the majority of sixteen answers is taken as truth. Too easy and too hard ones are left out.
        let prompts = kept.iter().map(|i| policy.tokenizer().chat(&[Message::user(&i.text)]));
        let prompts: Vec<Vec<u32>> = prompts.collect::<Result<_, _>>()?;
        let seeds_of = |i: usize| (0..N_VOTE).map(move |n| u64::from(iteration) << 32 | (i as u64) << 8 | n);
        let request = |(i, prompt): (usize, &Vec<u32>)| request(prompt.clone(), seeds_of(i).collect());
        let requests: Vec<Request> = prompts.iter().enumerate().map(request).collect();
        let responses = policy.sample(&requests, &params(1.0, 40), &mut |_| {})?;
        let outcomes: Vec<_> = responses.iter().map(|group| vote(&ballots(&policy, group))).collect();
        let selected = |i: &usize| (BOUNDS[0]..=BOUNDS[1]).contains(&outcomes[*i].r_mean);
        let selected: Vec<usize> = (0..kept.len()).filter(selected).collect();

        // 4. Train: Reinforce++ with the KL to the reference policy in the reward, and a PPO clip.
        let groups: Vec<Group<'_>> = selected
            .iter()
            .map(|&i| Group {
                prompt: &prompts[i],
                responses: responses[i].iter().map(|response| &response.tokens[..]).collect(),
            })
            .collect();
        let rewards: Vec<f32> = selected.iter().flat_map(|&i| outcomes[i].rewards.clone()).collect();
        let score = |policy: &Policy| logprobs(policy, &groups, MICRO_BATCH);
        let old: Vec<Vec<f32>> = score(&policy)?.into_iter().map(|scores| scores.logprobs).collect();
        let reference = score(&reference)?;
        let penalty: Vec<Vec<f32>> = old
            .iter()
            .zip(&reference)
            .map(|(o, r)| kl::k1(o, &r.logprobs))
            .collect();
        let advantages = advantage::reinforce_pp(&rewards, &penalty, 0.01);
        let mut trainer = Trainer::new(policy, ADAMW);
        let report = trainer.step(&groups, &ClippedObjective::new(old, advantages, 0.2), &STEP)?;
        policy = trainer.into_policy();

        let r_mean = outcomes.iter().map(|outcome| outcome.r_mean).sum::<f32>() / outcomes.len() as f32;
        println!(
            "iteration {iteration}: {} kept, r_mean {r_mean:.2}, {} selected, reward {:.2}, gradient norm {:.2}",
            kept.len(),
            selected.len(),
            rewards.iter().sum::<f32>() / rewards.len().max(1) as f32,
            report.grad_norm,
        );
        pool.extend(kept);
    }
    Ok(())
}

const ADAMW: AdamWConfig = AdamWConfig {
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weight_decay: 0.0,
};

const STEP: StepConfig = StepConfig {
    lr: 1e-4,
    max_grad_norm: 1.0,
    micro_batch_tokens: MICRO_BATCH,
    gradient_checkpointing: false,
    data_parallel: 1,
};

fn params(temperature: f32, max_new_tokens: usize) -> SamplingParams {
    SamplingParams {
        temperature,
        max_new_tokens,
        ..SamplingParams::default()
    }
}

fn request(prompt: Vec<u32>, seeds: Vec<u64>) -> Request {
    Request {
        prompt,
        seeds,
        ..Request::default()
    }
}

/// New instructions: the items of the lists that the policy continues, each once.
fn generate(
    policy: &Policy,
    iteration: u32,
    seeds: &[Instruction],
    pool: &[Instruction],
) -> anyhow::Result<Vec<Instruction>> {
    let examples = |i: usize| {
        let own = pool
            .iter()
            .cycle()
            .skip(i * 6)
            .take(if pool.is_empty() { 0 } else { 6 });
        own.chain(seeds.iter().skip(i * 8))
            .take(8)
            .map(|instruction| instruction.text.as_str())
    };
    let mut requests = Vec::new();
    for i in 0..24 {
        let list: Vec<String> = examples(i)
            .enumerate()
            .map(|(n, text)| format!("{}. {text}", n + 1))
            .collect();
        let text = format!("Come up with a series of questions:\n{}\n9.", list.join("\n"));
        requests.push(request(
            policy.tokenizer().raw(&text)?,
            vec![u64::from(iteration) << 8 | i as u64],
        ));
    }
    let lists = policy.sample(&requests, &params(0.7, 160), &mut |_| {})?;
    let mut found: HashMap<InstructionId, Instruction> = HashMap::new();
    for list in lists.iter().flatten() {
        for line in policy.tokenizer().decode(&list.tokens).lines() {
            let text = line
                .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ' ')
                .trim();
            let instruction = Instruction {
                id: InstructionId::of(text),
                iteration,
                source: Source::Generated,
                text: text.to_owned(),
                few_shot: Vec::new(),
                completion_id: None,
            };
            found.insert(instruction.id.clone(), instruction);
        }
    }
    let mut instructions: Vec<Instruction> = found.into_values().collect();
    instructions.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(instructions)
}

/// The final answer of each response, where it has one.
fn ballots(policy: &Policy, group: &[Response]) -> Vec<Option<Ballot>> {
    let ballot = |response: &Response| {
        let answer = extract(&policy.tokenizer().decode(&response.tokens), &DEFAULT_ORDER).answer?;
        let canonical = canonical(&answer).ok()?.to_string();
        Some(Ballot { answer, canonical })
    };
    group.iter().map(ballot).collect()
}
