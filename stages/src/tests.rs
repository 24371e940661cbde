//! Plugging things in: a sampler, a reward and a loss that are not of this crate's own run through whole nodes.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use serl_artifacts::table::{self, Table};
use serl_artifacts::tables::{self, TrainFigure, TrainLog};
use serl_lm::{Finish, LmError, Request, Response, SampleProgress, Sampler, SamplingParams, Tokenizer};
use serl_pipeline::{
    CancelFlag, Event, Graph, NodeId, Observer, ResolvedInput, Retention, RunError, RunOptions, RunReport, Selection,
    Status, Store,
};
use tempfile::TempDir;

use crate::config::{AlgorithmName, Config, ExecutionConfig, PromptFormat, RewardConfig, SeedsConfig};
use crate::sampling::source::folder;
use crate::*;

mod changes;
mod steps;

/// A sampler with a script: it writes a list of instructions where one response is asked for, else the texts of the
/// script, one after the other.
struct Parrot {
    tokenizer: Tokenizer,
    script: Vec<&'static str>,
}

const INSTRUCTIONS: &str = " Tom has 2 apples and gets 3 more.\n10. Ann has 9 pens and loses 4.\n11. ";

impl Sampler for Parrot {
    fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    fn context_length(&self) -> usize {
        1024
    }

    fn identity(&self) -> Value {
        json!({"kind": "parrot", "script": self.script})
    }

    fn sample(
        &self,
        requests: &[Request],
        _params: &SamplingParams,
        _on_step: &mut dyn FnMut(SampleProgress),
    ) -> Result<Vec<Vec<Response>>, LmError> {
        let response = |text: &str| {
            let mut tokens = self.tokenizer.encode(text)?;
            tokens.extend(self.tokenizer.eos_ids().first());
            Ok(Response {
                logprobs: vec![-0.5; tokens.len()],
                policy_logprobs: None,
                tokens,
                finish: Finish::Stop,
            })
        };
        let group = |request: &Request| match request.seeds.len() {
            1 => Ok(vec![response(INSTRUCTIONS)?]),
            n => self.script.iter().cycle().take(n).map(|text| response(text)).collect(),
        };
        requests.iter().map(group).collect()
    }
}

/// Parrots on any policy.
struct Parrots {
    script: Vec<&'static str>,
}

impl SamplerSource for Parrots {
    fn identity(&self) -> Value {
        json!({"kind": "parrot", "script": self.script})
    }

    fn open(&mut self, policy: &ResolvedInput) -> Result<Arc<dyn Sampler>, StageError> {
        Ok(Arc::new(Parrot {
            tokenizer: Tokenizer::load(folder(policy))?,
            script: self.script.clone(),
        }))
    }
}

struct Quiet;

impl Observer for Quiet {
    fn on_event(&self, _event: &Event<'_>) {}
}

/// A store with the inputs of a small run of the shipped policy.
struct Place {
    _folder: TempDir,
    store: Store,
}

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/quickstart");

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open(folder.path()).unwrap();
        Self { _folder: folder, store }
    }

    fn put(&self, bytes: &[u8]) -> External {
        let digest = self.store.objects().put_bytes(bytes).unwrap();
        External {
            digest,
            path: self.store.objects().path(&digest),
            tree: None,
        }
    }

    fn externals(&self, evidence: BTreeMap<&'static str, External>) -> Externals {
        let seeds = import::seeds(&Path::new(SHIPPED).join("data/seeds.jsonl"), &SeedsConfig::default())
            .unwrap()
            .rows;
        Externals {
            policy: External::model(Path::new(SHIPPED)).unwrap(),
            seeds: self.put(&table::encode(&[seeds]).unwrap()),
            problems: None,
            encoder: None,
            evidence,
        }
    }

    fn run(&self, config: &Config, script: &[&'static str], evidence: BTreeMap<&'static str, External>) -> RunReport {
        let samplers = Parrots {
            script: script.to_vec(),
        };
        let graph = graph(config, &self.externals(evidence), &samplers.identity()).unwrap();
        self.run_graph(&graph, samplers).unwrap()
    }

    fn run_graph(&self, graph: &Graph, samplers: Parrots) -> Result<RunReport, RunError<StageError>> {
        self.run_observed(graph, samplers, &Quiet)
    }

    fn run_observed(
        &self,
        graph: &Graph,
        samplers: Parrots,
        observer: &dyn Observer,
    ) -> Result<RunReport, RunError<StageError>> {
        let mut runner = StageRunner::new(ExecutionConfig::default(), Box::new(samplers));
        let options = RunOptions {
            name: "plugged".into(),
            config: Value::Null,
            versions: BTreeMap::new(),
            device: String::new(),
            retention: Retention::default(),
        };
        let all = Selection::default();
        serl_pipeline::run(
            &self.store,
            graph,
            &all,
            &mut runner,
            observer,
            &CancelFlag::default(),
            &options,
        )
    }

    fn rows<T: Table>(&self, report: &RunReport, node: &str, output: &str) -> Vec<T> {
        let node = report.nodes.iter().find(|n| n.id == NodeId::from(node)).unwrap();
        let bytes = std::fs::read(self.store.objects().path(&node.outputs[output].digest)).unwrap();
        table::decode(&bytes, output).unwrap()
    }
}

/// One iteration in which the parrot writes two instructions and answers each of them four times.
fn config() -> Config {
    let mut config = Config {
        iterations: 1,
        ..Config::default()
    };
    config.generate.prompts = 1;
    config.generate.format = PromptFormat::Raw;
    config.generate.template = "{examples}\n{next}.".into();
    config.generate.max_new_tokens = 64;
    config.filter.min_words = 1;
    config.filter.rouge_l_max = 2.0;
    config.vote.n = 4;
    config.vote.max_new_tokens = 32;
    config.answers.order = vec!["hash".into()];
    config.train.batch_rollouts = 4;
    config.train.bounds = [0.0, 1.0];
    config.train.lr = 1e-3;
    config
}

fn rewards(place: &Place, report: &RunReport) -> Vec<Option<f32>> {
    let rows: Vec<tables::Reward> = place.rows(report, "1/vote.0", "rewards.parquet");
    rows.into_iter().map(|row| row.reward).collect()
}

const SCRIPT: [&str; 4] = ["2 + 3 = 5\n#### 5", "2 * 3 = 6\n#### 6", "#### 5", "3 - 2 = 1\n#### 1"];

#[test]
fn another_sampler_draws_for_all_stages_and_its_identity_is_in_their_keys() {
    let place = Place::new();
    let report = place.run(&config(), &SCRIPT, BTreeMap::new());
    let texts: Vec<String> = place
        .rows::<tables::Response>(&report, "1/respond.0", "responses.parquet")
        .into_iter()
        .map(|row| row.text)
        .collect();
    assert_eq!(texts, [SCRIPT, SCRIPT].concat());
    assert_eq!(
        rewards(&place, &report),
        [Some(1.0), Some(0.0), Some(1.0), Some(0.0)].repeat(2)
    );
    // It reports no log-probabilities of the policy, so nothing is said about a mismatch.
    let log: Vec<TrainLog> = place.rows(&report, "1/train.0", "train_log.parquet");
    assert!(!log.is_empty() && log.iter().all(|step| step.mismatch_kl.is_none() && step.kl.is_some()));

    let statuses = |report: &RunReport| report.nodes.iter().map(|node| node.status).collect::<Vec<_>>();
    let again = place.run(&config(), &SCRIPT, BTreeMap::new());
    assert_eq!(statuses(&again), [Status::Cached; 5]);
    let other = place.run(&config(), &["#### 7", "#### 8", "#### 7", "#### 7"], BTreeMap::new());
    let ran: Vec<&str> = other
        .nodes
        .iter()
        .filter(|n| n.status == Status::Ran)
        .map(|n| n.id.as_str())
        .collect();
    // The other parrot writes the same instructions, so the filter has nothing to do.
    assert_eq!(ran, ["1/generate", "1/respond.0", "1/vote.0", "1/train.0"]);
}

#[test]
fn a_sampler_that_is_not_the_planned_one_is_refused() {
    let place = Place::new();
    let planned = json!({"kind": "parrot", "script": ["another"]});
    let graph = graph(&config(), &place.externals(BTreeMap::new()), &planned).unwrap();
    let samplers = Parrots {
        script: SCRIPT.to_vec(),
    };
    let error = place.run_graph(&graph, samplers).unwrap_err();
    assert!(error.to_string().contains("the sampler is now"), "{error}");
}

/// Gold answers of instructions, as the rule reward gets them.
fn golds(place: &Place, answers: &HashMap<&str, &str>) -> BTreeMap<&'static str, External> {
    let problem = |(problem, gold): (&&str, &&str)| tables::Problem {
        benchmark: String::new(),
        id: (*problem).into(),
        problem: (*problem).into(),
        gold_answer: (*gold).into(),
        accepted: vec![],
        subject: None,
        level: None,
        choices: vec![],
    };
    let rows: Vec<tables::Problem> = answers.iter().map(problem).collect();
    BTreeMap::from([("gold", place.put(&table::encode(&[rows]).unwrap()))])
}

#[test]
fn the_rule_reward_judges_by_gold_answers_of_its_own() {
    let place = Place::new();
    let gold = HashMap::from([
        ("Tom has 2 apples and gets 3 more.", "6"),
        ("Ann has 9 pens and loses 4.", "5.0"),
    ]);
    let evidence = |gold: &HashMap<&str, &str>| golds(&place, gold);
    let mut config = config();
    config.reward = serde_json::from_value(json!({"kind": "rule", "path": "gold.jsonl"})).unwrap();

    let report = place.run(&config, &SCRIPT, evidence(&gold));
    let by_instruction: HashMap<String, Vec<Option<f32>>> = rewarded(&place, &report);
    let tom = [0.0, 1.0, 0.0, 0.0].map(Some);
    assert_eq!(by_instruction["Tom has 2 apples and gets 3 more."], tom);
    assert_eq!(
        by_instruction["Ann has 9 pens and loses 4."],
        [1.0, 0.0, 1.0, 0.0].map(Some)
    );

    // Where the file lies is not in the key, what it holds is.
    assert!(matches!(config.reward, RewardConfig::Rule(_)));
    config.reward = serde_json::from_value(json!({"kind": "rule", "path": "moved.jsonl"})).unwrap();
    let moved = place.run(&config, &SCRIPT, evidence(&gold));
    assert!(moved.nodes.iter().all(|node| node.status == Status::Cached));
    let less = HashMap::from([("Ann has 9 pens and loses 4.", "5")]);
    let report = place.run(&config, &SCRIPT, evidence(&less));
    assert_eq!(
        rewarded(&place, &report)["Tom has 2 apples and gets 3 more."],
        [None; 4]
    );
    let selection: Vec<tables::Selection> = place.rows(&report, "1/train.0", "selection.parquet");
    assert_eq!(selection.iter().filter(|row| row.selected).count(), 1);
}

/// Rewards of the responses, by instruction.
fn rewarded(place: &Place, report: &RunReport) -> HashMap<String, Vec<Option<f32>>> {
    let prompts: Vec<tables::Prompt> = place.rows(report, "1/respond.0", "prompts.parquet");
    let rows: Vec<tables::Reward> = place.rows(report, "1/vote.0", "rewards.parquet");
    let of = |prompt: &tables::Prompt| {
        let own = rows.iter().filter(|row| row.instruction_id == prompt.instruction_id);
        own.map(|row| row.reward).collect()
    };
    prompts
        .iter()
        .map(|prompt| (prompt.instruction.clone(), of(prompt)))
        .collect()
}

#[test]
fn no_step_cuts_a_pair_apart() {
    let place = Place::new();
    let mut config = config();
    config.train.algorithm = AlgorithmName::Dpo;
    (config.train.kl_coef, config.train.epochs) = (0.5, 4);
    // A budget that cuts everything apart that may be.
    config.train.micro_batch_tokens = 1;
    let report = place.run(&config, &SCRIPT, BTreeMap::new());

    let log: Vec<TrainLog> = place.rows(&report, "1/train.0", "train_log.parquet");
    let figures: Vec<TrainFigure> = place.rows(&report, "1/train.0", "train_figures.parquet");
    // Two instructions with two pairs each: two steps of two pairs in each of four epochs.
    assert_eq!(log.iter().map(|step| step.responses).collect::<Vec<_>>(), [4; 8]);
    assert_eq!(log.iter().map(|step| step.entropy).collect::<Vec<_>>(), [None; 8]);
    // -log sigmoid(0) while the policy is the reference policy; then the pairs are learned.
    assert!((log[0].loss - 2f64.ln()).abs() < 1e-4, "{}", log[0].loss);
    assert!(log[7].loss < 0.9 * log[0].loss, "{} after {}", log[7].loss, log[0].loss);
    let margins: Vec<f64> = figures.iter().filter(|f| f.name == "margin").map(|f| f.value).collect();
    assert!(margins[0].abs() < 1e-3 && margins[7] > 0.1, "{margins:?}");
}

#[test]
fn a_stage_takes_nothing_from_its_node_that_it_does_not_know() {
    let place = Place::new();
    let samplers = Parrots {
        script: SCRIPT.to_vec(),
    };
    let graph = graph(&config(), &place.externals(BTreeMap::new()), &samplers.identity()).unwrap();
    for node in graph.nodes() {
        let mut nodes = graph.nodes().to_vec();
        let changed = nodes.iter_mut().find(|other| other.id == node.id).unwrap();
        changed.config["smuggled"] = json!(1);
        let error = place
            .run_graph(
                &Graph::new(nodes).unwrap(),
                Parrots {
                    script: SCRIPT.to_vec(),
                },
            )
            .unwrap_err()
            .to_string();
        assert!(error.contains("smuggled") && error.contains(&node.stage), "{error}");
    }
}
