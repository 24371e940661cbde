//! Values out of range, all of them at once.

mod backend;
mod ceilings;
mod train;

use std::collections::BTreeMap;

use super::checker::{Checker, Range};
use super::violation::Violation;
use super::{Config, PromptConfig, RewardConfig, SampleDtype, SamplerKind, ServedWeights, sampling};
use crate::vote::reward::{AnyReward, FileKind};

/// Bytes of a run's name: with an ending, it is the name of a file, which may have 255.
const LONGEST_NAME: usize = 200;

impl Config {
    /// Every value that is out of its range; empty when the configuration can run.
    ///
    /// Paths are not checked here: whether they exist shows when they are read.
    pub fn violations(&self) -> Vec<Violation> {
        self.checked().violations()
    }

    /// The ranges of the keys that hold a number, those of `[reward]` left out: they are other ones for each kind.
    pub fn ranges() -> BTreeMap<&'static str, Range> {
        let mut ranges = Self::default().checked().ranges();
        ranges.retain(|key, _| !key.starts_with("reward."));
        ranges
    }

    fn checked(&self) -> Checker {
        let mut c = Checker::default();
        self.check_run(&mut c);
        self.check_generate(&mut c);
        self.check_filter(&mut c);
        self.check_answering(&mut c);
        self.check_train(&mut c);
        self.check_ceilings(&mut c);
        c
    }

    fn check_run(&self, c: &mut Checker) {
        let plain = !self.name.is_empty()
            && self.name.chars().all(|x| x.is_alphanumeric() || "-_.".contains(x))
            && !self.name.starts_with(['.', '-']);
        c.require(
            plain,
            "name",
            format!("{:?}", self.name),
            "made of letters, digits, `-`, `_` and `.`, the first of them neither `-` nor `.`",
        );
        c.require(
            self.name.len() <= LONGEST_NAME,
            "name",
            format!("{:?}", self.name),
            "at most 200 bytes long, since files are named after it",
        );
        c.positive("iterations", self.iterations);
        c.positive("rounds", self.rounds);
        c.require(
            !self.model.path.is_empty(),
            "model.path",
            "empty",
            "a Hugging Face model folder",
        );
        c.require(
            !self.seeds.path.is_empty(),
            "seeds.path",
            "empty",
            "a data file of instructions (JSONL, Parquet, CSV, …)",
        );
        c.require(!self.execution.store.is_empty(), "execution.store", "empty", "a folder");
        self.sampler.check(c);
        c.require(
            self.sampler.kind == SamplerKind::Local || self.model.sample_dtype == SampleDtype::Same,
            "model.sample_dtype",
            "a precision",
            "\"same\" where `sampler.kind` names an engine: its servers sample in the precision that they were started \
             in",
        );
        c.require(
            self.sampler.weights == ServedWeights::Whole || self.train.lora.rank > 0,
            "sampler.weights",
            "adapters",
            "`whole`, unless adapters are trained (`train.lora.rank` above 0)",
        );
        let models = self.reward.files().iter().any(|file| file.kind == FileKind::Model);
        c.require(
            self.sampler.kind == SamplerKind::Local || !models,
            "reward.path",
            "a model",
            "empty if `sampler.kind` names an engine: its servers hold the policy and no other model",
        );
    }

    fn check_generate(&self, c: &mut Checker) {
        let g = &self.generate;
        c.positive("generate.prompts", g.prompts);
        c.positive("generate.examples", g.examples);
        c.within("generate.seed_fraction", g.seed_fraction, Range::SHARE, "within 0..=1");
        c.positive("generate.max_per_prompt", g.max_per_prompt);
        c.positive("generate.max_new_tokens", g.max_new_tokens);
        c.positive("generate.batch_prompts", g.batch_prompts);
        sampling::check(["generate.temperature", "generate.top_p"], g.temperature, g.top_p, c);
        for (key, penalty) in [
            ("generate.presence_penalty", g.presence_penalty),
            ("generate.frequency_penalty", g.frequency_penalty),
        ] {
            c.within(key, penalty, Range::from_to(-2.0, 2.0), "within -2..=2");
        }
        c.require(
            g.min_new_tokens <= g.max_new_tokens,
            "generate.min_new_tokens",
            g.min_new_tokens,
            "at most `generate.max_new_tokens`",
        );
        c.require(
            !g.stop.iter().any(String::is_empty),
            "generate.stop",
            format!("{:?}", g.stop),
            "made of texts that are not empty",
        );
        let holds = g.template.contains("{examples}");
        c.require(
            holds,
            "generate.template",
            format!("{:?}", g.template),
            "a text that contains `{examples}`",
        );
    }

    fn check_filter(&self, c: &mut Checker) {
        let f = &self.filter;
        c.within(
            "filter.rouge_l_max",
            f.rouge_l_max,
            Range::POSITIVE,
            "above 0 (above 1 switches the rule off)",
        );
        c.require(
            f.min_words <= f.max_words,
            "filter.max_words",
            f.max_words,
            "at least `filter.min_words`",
        );
        c.positive("filter.max_words", f.max_words);
    }

    fn check_answering(&self, c: &mut Checker) {
        let holds = self.prompt.template.contains(PromptConfig::SLOT);
        c.require(
            holds,
            "prompt.template",
            format!("{:?}", self.prompt.template),
            "a text that contains `{instruction}`",
        );
        c.require(
            !self.answers.order.is_empty(),
            "answers.order",
            "empty",
            "a list of extraction methods",
        );
        for name in &self.answers.order {
            let known = name.parse::<serl_answers::Method>().is_ok();
            c.require(
                known,
                "answers.order",
                name,
                "made of `boxed`, `hash`, `phrase`, `choice`, `bare`, `last_formula`, `last_number`",
            );
        }
        let v = &self.vote;
        let several = "at least 2: a majority needs several answers";
        c.within("vote.n", v.n, Range::at_least(2.0), several);
        c.require(v.train_n <= v.n, "vote.train_n", v.train_n, "at most `vote.n`");
        c.positive("vote.max_new_tokens", v.max_new_tokens);
        c.positive("vote.batch_prompts", v.batch_prompts);
        sampling::check(["vote.temperature", "vote.top_p"], v.temperature, v.top_p, c);
        c.note("vote.temperature", Range::POSITIVE);
        c.require(
            v.temperature != 0.0,
            "vote.temperature",
            v.temperature,
            "above 0: greedy samples are all the same",
        );
        self.reward.check(c);
        let e = &self.eval;
        let named = e.preset.benchmark().map_or("", |benchmark| benchmark.name);
        c.require(
            named.is_empty() || !e.path.is_empty(),
            "eval.preset",
            format!("{named:?}"),
            "absent unless `eval.path` is the benchmark's file (docs/src/data.md says where to get it)",
        );
        c.positive("eval.max_new_tokens", e.max_new_tokens);
        c.positive("eval.batch_prompts", e.batch_prompts);
        sampling::check(["eval.temperature", "eval.top_p"], e.temperature, e.top_p, c);
    }
}

impl RewardConfig {
    /// For each kind of reward, the ranges of its keys that hold a number.
    pub fn ranges() -> BTreeMap<String, BTreeMap<&'static str, Range>> {
        let ranges = |reward: Self| {
            let mut c = Checker::default();
            reward.check(&mut c);
            (reward.kind(), c.ranges())
        };
        Self::kinds().into_iter().map(ranges).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn runnable() -> Config {
        let mut config = Config::default();
        config.model.path = "model".into();
        config.seeds.path = "seeds.jsonl".into();
        config
    }

    #[test]
    fn defaults_with_paths_can_run() {
        assert_eq!(runnable().violations(), []);
    }

    #[test]
    fn temperatures_that_overflow_or_mean_nothing_are_refused() {
        let told = |temperature: f32| {
            let mut config = runnable();
            config.vote.temperature = temperature;
            config.violations().iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        for good in [1e-5, 0.7, 1e6] {
            assert_eq!(told(good), Vec::<String>::new());
        }
        for bad in [1e-45, 1e-30, 9e-6, 2e6, f32::INFINITY, f32::NAN, -1.0] {
            assert_eq!(told(bad).len(), 1, "{bad}");
        }
        assert!(told(1e-45)[0].starts_with("`vote.temperature` is 1e-45, but must be 0 (greedy) or within"));
        // Greedy samples are refused for another reason, and for that alone.
        assert_eq!(told(0.0).len(), 1);
    }

    #[test]
    fn adapters_are_checked_if_there_are_any() {
        let mut config = runnable();
        config.train.lora.targets.clear();
        assert_eq!(config.violations(), []);
        config.train.lora.rank = 8;
        config.train.lora.alpha = 0.0;
        let keys: Vec<_> = config.violations().iter().map(|v| v.key).collect();
        let wrong = ["train.lora.alpha", "train.lora.targets", "train.carry_optimizer"];
        assert_eq!(keys, wrong);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let mut config = runnable();
        config.train.clip = -1.0;
        config.train.bounds = [0.9, 0.1];
        config.vote.n = 1;
        config.generate.frequency_penalty = 3.0;
        config.generate.min_new_tokens = 2000;
        config.generate.stop = vec!["\n\n".into(), "".into()];
        let keys: Vec<_> = config.violations().iter().map(|v| v.key).collect();
        let sampling = ["generate.frequency_penalty", "generate.min_new_tokens", "generate.stop"];
        assert_eq!(keys[..3], sampling);
        assert_eq!(keys[3..], ["vote.n", "train.bounds", "train.clip"]);
        assert_eq!(
            config.violations()[5].to_string(),
            "`train.clip` is -1, but must be 0 (as the algorithm has it) or above, and below 1"
        );
    }
}
