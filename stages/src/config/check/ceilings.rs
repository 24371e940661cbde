//! Ceilings of counts. A count that is far beyond what a machine can do is a slip of the finger: it is refused before
//! the first node, and before memory is asked for.

use super::Config;
use crate::config::checker::{Checker, Range};

/// Nodes of a run.
const NODES: u64 = 20_000;

/// Few-shot examples in the prompts of an iteration.
const EXAMPLES: u64 = 10_000_000;

/// Tokens of a prompt's responses.
const GROUP_TOKENS: u64 = 100_000_000;

/// Bytes of all keywords: the expression that finds them is bounded.
const KEYWORDS: usize = 100_000;

impl Config {
    pub(super) fn check_ceilings(&self, c: &mut Checker) {
        let most = |c: &mut Checker, key, value: u32, most: u32, must| {
            c.within(key, value, Range::at_most(most.into()), must);
        };
        most(
            c,
            "generate.prompts",
            self.generate.prompts,
            1_000_000,
            "at most 1000000: all prompts of an iteration are in memory together",
        );
        most(
            c,
            "generate.examples",
            self.generate.examples,
            1000,
            "at most 1000: no context holds more",
        );
        let group = "at most 65536: all responses to a prompt are in memory together";
        most(c, "vote.n", self.vote.n, 65_536, group);
        most(c, "eval.k", self.eval.k, 65_536, group);
        most(
            c,
            "train.epochs",
            self.train.epochs,
            1000,
            "at most 1000: the steps of all epochs are planned together",
        );
        most(
            c,
            "execution.threads",
            self.execution.threads,
            1024,
            "at most 1024: more threads than cores only take memory",
        );
        let keywords: usize = self.filter.keywords.iter().map(String::len).sum();
        c.require(
            keywords <= KEYWORDS,
            "filter.keywords",
            format!("{keywords} bytes long"),
            "at most 100000: keywords are searched for together",
        );
        if c.is_content() {
            self.check_products(c);
        }
    }

    /// Counts that are possible alone, but not together.
    fn check_products(&self, c: &mut Checker) {
        let [iterations, rounds] = [self.iterations, self.rounds].map(u64::from);
        // Per round respond, vote and train; per iteration generate, filter, solve and evaluate.
        let nodes = iterations.saturating_mul(3 * rounds + 4);
        let key = if rounds > iterations { "rounds" } else { "iterations" };
        c.require(
            nodes <= NODES,
            key,
            rounds.max(iterations),
            "so small that the run has at most 20000 nodes, which are `iterations` x (3 x `rounds` + 4)",
        );
        c.require(
            u64::from(self.generate.prompts) * u64::from(self.generate.examples) <= EXAMPLES,
            "generate.prompts",
            self.generate.prompts,
            "so small that `generate.prompts` x `generate.examples` is at most 10000000: they are in memory together",
        );
        for (key, n, tokens) in [
            ("vote.n", self.vote.n, self.vote.max_new_tokens),
            ("eval.k", self.eval.k, self.eval.max_new_tokens),
        ] {
            c.require(
                u64::from(n) * u64::from(tokens) <= GROUP_TOKENS,
                key,
                n,
                "so small that, times `max_new_tokens`, it is at most 100000000: all responses to a prompt are in \
                 memory together",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::runnable;
    use super::*;

    fn faults(change: impl FnOnce(&mut Config)) -> Vec<&'static str> {
        let mut config = runnable();
        change(&mut config);
        config.violations().iter().map(|violation| violation.key).collect()
    }

    #[test]
    fn counts_that_no_machine_can_do_are_refused() {
        let all = faults(|config| {
            config.generate.prompts = u32::MAX;
            config.generate.examples = u32::MAX;
            config.vote.n = u32::MAX;
            config.eval.k = u32::MAX;
            config.train.epochs = u32::MAX;
            config.execution.threads = u32::MAX;
            config.filter.keywords = vec!["k".repeat(KEYWORDS + 1)];
        });
        let wanted = [
            "generate.prompts",
            "generate.examples",
            "vote.n",
            "eval.k",
            "train.epochs",
            "execution.threads",
            "filter.keywords",
        ];
        assert_eq!(all, wanted);
    }

    #[test]
    fn keywords_up_to_the_ceiling_make_an_expression() {
        let keywords = (0..KEYWORDS / 10).map(|i| format!("kßſ{i:05}"));
        let config = crate::config::FilterConfig {
            keywords: keywords.collect(),
            ..Default::default()
        };
        assert!(crate::filter::filter(&config, &[], &[], &[]).is_ok());
    }

    #[test]
    fn so_are_counts_that_are_possible_only_alone() {
        assert_eq!(faults(|config| config.rounds = u32::MAX), ["rounds"]);
        assert_eq!(faults(|config| config.iterations = u32::MAX), ["iterations"]);
        assert_eq!(
            faults(|config| (config.iterations, config.rounds) = (100, 70)),
            ["iterations"]
        );
        assert_eq!(
            faults(|config| (config.iterations, config.rounds) = (100, 65)),
            Vec::<&str>::new()
        );
        assert_eq!(
            faults(|config| (config.generate.prompts, config.generate.examples) = (100_000, 500)),
            ["generate.prompts"]
        );
        assert_eq!(
            faults(|config| (config.vote.n, config.vote.max_new_tokens) = (60_000, 32_000)),
            ["vote.n"]
        );
        assert_eq!(
            faults(|config| (config.eval.k, config.eval.max_new_tokens) = (4096, 32_000)),
            ["eval.k"]
        );
    }
}
