//! Published benchmarks: where they come from, how their rows are read, and how many problems they have.
//!
//! To add one: a variant, and its line in [`Preset::benchmark`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer_kind::AnswerKind;

/// A published benchmark, the value of `eval.preset`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// None: the data set says how it is read.
    #[default]
    None,
    /// 500 problems of MATH's test set (Lightman et al. 2023, arXiv 2305.20050).
    #[serde(rename = "math-500")]
    Math500,
    /// The problems of level 5 in MATH's test set (Hendrycks et al. 2021, arXiv 2103.03874).
    MathHard,
    /// ASDiv (Miao et al. 2020), as the reference implementation of SeRL has it.
    Asdiv,
    /// College Math (Tang et al. 2024, MathScale, arXiv 2403.02884).
    CollegeMath,
    /// TabMWP's test set of 1,000 problems (Lu et al. 2023, arXiv 2209.14610).
    Tabmwp,
    /// GSM8K's test set (Cobbe et al. 2021, arXiv 2110.14168).
    #[serde(rename = "gsm8k")]
    Gsm8k,
    /// SVAMP (Patel et al. 2021, arXiv 2103.07191).
    Svamp,
    /// The mathematics, natural sciences and engineering of MMLU-Pro (Wang et al. 2024, arXiv 2406.01574).
    MmluProStem,
    /// History, law and philosophy of MMLU-Pro.
    MmluProHumanities,
    /// Economics and psychology of MMLU-Pro.
    MmluProSocial,
    /// Business, health and the rest of MMLU-Pro.
    MmluProOther,
}

/// How a benchmark is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Benchmark {
    /// Its name, in tables too.
    pub name: &'static str,
    /// Where the file can be had: a data set of the Hugging Face hub and the file in it, or a repository.
    pub source: &'static str,
    /// How many problems it has.
    pub problems: usize,
    /// The columns of the problem, as `eval.problem_column` names them; empty: those that are usual.
    pub problem_column: &'static str,
    /// What the gold answer of a multiple-choice problem is.
    pub answer_kind: AnswerKind,
    /// Of a file with more than the benchmark, the rows that belong to it: a column and its values.
    pub rows: Option<(&'static str, &'static [&'static str])>,
}

const MMLU_PRO: &str = "TIGER-Lab/MMLU-Pro, data/test-00000-of-00001.parquet";

impl Preset {
    /// How it is read; `None` without a benchmark.
    pub const fn benchmark(self) -> Option<Benchmark> {
        const fn plain(name: &'static str, source: &'static str, problems: usize) -> Benchmark {
            Benchmark {
                name,
                source,
                problems,
                problem_column: "",
                answer_kind: AnswerKind::Auto,
                rows: None,
            }
        }
        const fn mmlu_pro(name: &'static str, problems: usize, categories: &'static [&'static str]) -> Benchmark {
            Benchmark {
                problem_column: "question",
                answer_kind: AnswerKind::Letter,
                rows: Some(("category", categories)),
                ..plain(name, MMLU_PRO, problems)
            }
        }
        Some(match self {
            Self::None => return None,
            Self::Math500 => plain("math-500", "HuggingFaceH4/MATH-500, test.jsonl", 500),
            Self::MathHard => Benchmark {
                rows: Some(("level", &["Level 5", "5"])),
                ..plain("math-hard", "lighteval/MATH-Hard, split test", 1324)
            },
            Self::Asdiv => plain("asdiv", "the repository of SeRL, github.com/wantbook-book/SeRL", 2215),
            Self::CollegeMath => plain(
                "college-math",
                "the repository of SeRL, github.com/wantbook-book/SeRL",
                2818,
            ),
            Self::Tabmwp => plain(
                "tabmwp",
                "github.com/lupantech/PromptPG, data/tabmwp/problems_test1k.json",
                1000,
            ),
            Self::Gsm8k => plain("gsm8k", "openai/gsm8k, main/test-00000-of-00001.parquet", 1319),
            Self::Svamp => Benchmark {
                problem_column: "body,question",
                ..plain("svamp", "github.com/arkilpatel/SVAMP, SVAMP.json", 1000)
            },
            Self::MmluProStem => mmlu_pro(
                "mmlu-pro-stem",
                5878,
                &[
                    "math",
                    "physics",
                    "chemistry",
                    "biology",
                    "computer science",
                    "engineering",
                ],
            ),
            Self::MmluProHumanities => mmlu_pro("mmlu-pro-humanities", 1981, &["history", "law", "philosophy"]),
            Self::MmluProSocial => mmlu_pro("mmlu-pro-social", 1642, &["economics", "psychology"]),
            Self::MmluProOther => mmlu_pro("mmlu-pro-other", 2531, &["business", "health", "other"]),
        })
    }
}
