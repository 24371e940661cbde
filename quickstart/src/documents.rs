//! The documents of the warm start, in curriculum order.
//!
//! Knows how a document is written and when which kind comes; not how it is trained on. Three kinds: lists of
//! questions (the policy learns to pose questions), drills of bare steps, and answered questions. Late in
//! the stream many answers become off-hand: the habit that the reinforcement learning is to undo.

use serde::{Deserialize, Serialize};
use serl_random::Stream32;

use crate::problem::{Problem, bare};
use crate::recipe::{HURRIED_STEPS, OffHand, Recipe};
use crate::splits::Splits;
use crate::tokenizer::Tokenizer;
use crate::vocabulary::{ASSISTANT, BOS, END, LIST_HEAD, USER};

/// Stream of the problems that the documents are made of.
const DOCUMENT_STREAM: u64 = 1;
/// Steps in one drill, at least.
const DRILL_STEPS: usize = 5;

/// One line of the training data, as `serl sft` reads it: the tokens that begin and end a sequence, and the chat
/// template around a prompt, are added there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Document {
    /// The loss covers the whole text.
    Text {
        /// The text.
        text: String,
    },
    /// The loss covers the completion only.
    Pair {
        /// The user's message.
        prompt: String,
        /// What it is to say.
        completion: String,
    },
}

impl Document {
    /// Its length in tokens, with those that are added around it.
    pub fn tokens(&self, tokenizer: &Tokenizer) -> usize {
        let sequence = match self {
            Document::Text { text } => format!("{BOS}{text}{END}"),
            Document::Pair { prompt, completion } => {
                format!("{BOS}{USER} {prompt}{ASSISTANT}{completion}{END}")
            }
        };
        tokenizer.encode(&sequence).len()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DocumentKind {
    List,
    Drill,
    Answer,
}

/// The stream of documents: a pure function of recipe, held-out problems and seed.
pub struct Stream<'s> {
    recipe: &'s Recipe,
    splits: &'s Splits,
    tokenizer: &'s Tokenizer,
    draw: Stream32,
    block: usize,
}

impl<'s> Stream<'s> {
    /// The stream of the given recipe; `splits` says what must not occur in it.
    pub fn new(recipe: &'s Recipe, splits: &'s Splits, tokenizer: &'s Tokenizer, seed: u64) -> Self {
        Self {
            recipe,
            splits,
            tokenizer,
            draw: Stream32::new(seed, DOCUMENT_STREAM),
            block: 0,
        }
    }

    /// The fraction of the stream that has passed.
    fn passed(&self) -> f64 {
        self.block as f64 / self.recipe.batches as f64
    }

    fn kind(&mut self) -> DocumentKind {
        let early = self.passed() < self.recipe.two_operations_until;
        let drills = self.recipe.drills / if early { 1.0 } else { 3.0 };
        let lists = match self.passed() < 0.5 {
            true => self.recipe.lists,
            false => self.recipe.lists_late,
        };
        match self.draw.uniform() {
            u if u < lists => DocumentKind::List,
            u if u < lists + drills => DocumentKind::Drill,
            _ => DocumentKind::Answer,
        }
    }

    fn document(&mut self, kind: DocumentKind) -> Document {
        match kind {
            DocumentKind::List => self.list(),
            DocumentKind::Drill => self.drill(),
            DocumentKind::Answer => self.answer(),
        }
    }

    fn list(&mut self) -> Document {
        let (fewest, most) = match self.passed() {
            p if p < self.recipe.single_questions_until => (1, 1),
            p if p < self.recipe.short_lists_until => (1, 3),
            _ if self.draw.chance(0.5) => (1, 3),
            _ => (9, 12),
        };
        let questions: Vec<String> = (0..self.draw.between(fewest, most))
            .map(|_| self.splits.fresh(&mut self.draw, &self.recipe.lengths).question)
            .collect();
        Document::Text {
            text: list_of_questions(&questions),
        }
    }

    fn drill(&mut self) -> Document {
        let mut steps = Vec::new();
        while steps.len() < DRILL_STEPS {
            steps.extend(self.splits.fresh(&mut self.draw, &self.recipe.lengths).working);
        }
        self.draw.shuffle(&mut steps);
        Document::Text { text: steps.join("\n") }
    }

    fn answer(&mut self) -> Document {
        let passed = self.passed();
        let lengths: &[usize] = match passed {
            p if p < self.recipe.one_operation_until => &[1],
            p if p < self.recipe.two_operations_until => &[1, 2, 2],
            _ => &self.recipe.lengths,
        };
        let problem = self.splits.fresh(&mut self.draw, lengths);
        let completion = self.completion(&problem);
        let prompt = problem.question;
        let told = passed < self.recipe.told_until && self.draw.chance(self.recipe.told);
        match told {
            true => Document::Text {
                text: format!("{USER} {prompt}{ASSISTANT}{completion}"),
            },
            false => Document::Pair { prompt, completion },
        }
    }

    fn completion(&mut self, problem: &Problem) -> String {
        let recipe = self.recipe;
        let (off_hand, hurried) = match problem.quick {
            true => (recipe.off_hand_quick, recipe.hurried_quick),
            false => (recipe.off_hand_other, recipe.hurried_other),
        };
        let habits = self.passed() >= recipe.off_hand_from;
        if habits && self.draw.chance(off_hand) {
            return self.off_hand(problem);
        }
        // Recipes without hurried workings draw nothing for them.
        let long = problem.working.len() >= HURRIED_STEPS && hurried > 0.0;
        match habits && long && self.draw.chance(hurried) {
            true => problem.hurried(),
            false => problem.worked(),
        }
    }

    fn off_hand(&self, problem: &Problem) -> String {
        bare(match &self.recipe.off_hand_answer {
            OffHand::Right => &problem.answer,
            OffHand::LastSaid => &problem.last_said,
            OffHand::Always(answer) => answer,
        })
    }
}

impl Iterator for Stream<'_> {
    /// The documents of one block.
    type Item = Vec<Document>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.block >= self.recipe.batches {
            return None;
        }
        let kind = self.kind();
        let mut documents = vec![self.document(kind)];
        let mut tokens = documents[0].tokens(self.tokenizer);
        loop {
            let next = self.document(kind);
            tokens += next.tokens(self.tokenizer);
            if tokens > self.recipe.batch_tokens {
                break;
            }
            documents.push(next);
        }
        self.block += 1;
        Some(documents)
    }
}

/// The list head and the questions, numbered from 1, one a line.
pub fn list_of_questions(questions: &[String]) -> String {
    let lines = (1..)
        .zip(questions)
        .map(|(number, question)| format!("\n{number}. {question}"));
    std::iter::once(LIST_HEAD.to_owned()).chain(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Domain;
    use crate::domains::DOMAINS;

    fn recipe() -> Recipe {
        Recipe {
            eval: 40,
            seeds: 40,
            validation: 20,
            batches: 60,
            batch_tokens: 512,
            ..Recipe::default()
        }
    }

    fn blocks(domain: &'static dyn Domain, recipe: &Recipe) -> Vec<Vec<Document>> {
        let splits = Splits::new(domain, recipe, 1);
        Stream::new(recipe, &splits, &Tokenizer::new(domain), 1).collect()
    }

    #[test]
    fn a_block_fills_a_step_and_no_more() {
        for domain in DOMAINS {
            let tokenizer = Tokenizer::new(*domain);
            let recipe = recipe();
            let blocks = blocks(*domain, &recipe);
            assert_eq!(blocks.len(), recipe.batches);
            for block in &blocks {
                let tokens: usize = block.iter().map(|document| document.tokens(&tokenizer)).sum();
                assert!(tokens <= recipe.batch_tokens || block.len() == 1, "{tokens}");
            }
            assert_eq!(blocks, self::blocks(*domain, &recipe));
        }
    }

    #[test]
    fn lists_hold_coherent_questions_numbered_from_one() {
        for domain in DOMAINS {
            let mut lists = 0;
            for document in blocks(*domain, &recipe()).into_iter().flatten() {
                let Document::Text { text } = document else { continue };
                let Some((_, list)) = text.split_once(LIST_HEAD) else {
                    continue;
                };
                lists += 1;
                for (number, line) in (1..).zip(list.lines().skip(1)) {
                    let question = line.strip_prefix(&format!("{number}. ")).unwrap_or_default();
                    assert!(domain.solve(question).is_ok(), "{line}");
                }
            }
            assert!(lists > 20, "{lists}");
        }
    }

    /// Number of the block, problem and completion of every answered question; in the last quarter, questions with a
    /// quick closing phrase are answered off-hand.
    fn answered(recipe: Recipe) -> Vec<(usize, Problem, String)> {
        let recipe = Recipe {
            lists: 0.0,
            lists_late: 0.0,
            drills: 0.0,
            told: 0.0,
            off_hand_other: 0.0,
            ..recipe
        };
        let blocks = (0..).zip(blocks(DOMAINS[0], &recipe));
        let documents = blocks.flat_map(|(number, block)| block.into_iter().map(move |document| (number, document)));
        documents
            .filter_map(|(number, document)| match document {
                Document::Pair { prompt, completion } => Some((number, DOMAINS[0].solve(&prompt).ok()?, completion)),
                Document::Text { .. } => None,
            })
            .collect()
    }

    fn habit(off_hand_answer: OffHand) -> Recipe {
        Recipe {
            off_hand_quick: 1.0,
            off_hand_answer,
            ..recipe()
        }
    }

    #[test]
    fn answers_are_worked_until_the_habit_begins() {
        for (number, problem, completion) in answered(habit(OffHand::Right)) {
            let off_hand = problem.quick && number >= 45;
            assert_eq!(completion.contains('='), !off_hand, "{completion}");
            assert!(completion.ends_with(&format!("#### {}", problem.answer)));
        }
    }

    #[test]
    fn the_habit_may_be_a_wrong_answer() {
        let (mut copied, mut constant) = (0, 0);
        for (_, problem, completion) in answered(habit(OffHand::LastSaid)) {
            copied += usize::from(completion == format!("#### {}", problem.last_said));
        }
        for (_, problem, completion) in answered(habit(OffHand::Always("0".to_owned()))) {
            let worked = completion == problem.worked();
            assert!(worked || completion == "#### 0", "{completion}");
            constant += usize::from(!worked);
        }
        assert!(copied > 50 && constant > 50, "{copied} {constant}");
    }

    #[test]
    fn long_workings_may_be_hurried() {
        let hurried = Recipe {
            off_hand_quick: 0.0,
            hurried_quick: 1.0,
            ..recipe()
        };
        for (number, problem, completion) in answered(hurried) {
            let expected = match problem.quick && number >= 45 && problem.working.len() == 3 {
                true => problem.hurried(),
                false => problem.worked(),
            };
            assert_eq!(completion, expected);
        }
    }
}
