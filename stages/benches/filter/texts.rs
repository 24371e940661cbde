//! Texts made at random.

use serl_artifacts::InstructionId;
use serl_artifacts::tables::{Instruction, Source};
use serl_random::Stream;

/// An instruction of this text.
pub fn instruction(text: String) -> Instruction {
    Instruction {
        id: InstructionId::of(&text),
        iteration: 1,
        source: Source::Generated,
        text,
        few_shot: Vec::new(),
        completion_id: None,
    }
}

/// Texts with the word frequencies of natural ones: word `n` is drawn with a probability that goes with 1/n (Zipf).
pub struct Texts {
    draws: Stream,
    written: Vec<Vec<usize>>,
}

impl Texts {
    const WORDS: f64 = 20_000.0;

    pub fn new(seed: u64) -> Self {
        Self {
            draws: Stream::seeded(seed),
            written: Vec::new(),
        }
    }

    fn word(&mut self) -> usize {
        Self::WORDS.powf(self.draws.uniform()) as usize
    }

    pub fn new_text(&mut self) -> Instruction {
        let length = 15 + self.draws.below(45);
        let words = (0..length).map(|_| self.word()).collect();
        self.write(words)
    }

    /// Half of these differ from an earlier text in a few words.
    pub fn new_text_or_variant(&mut self) -> Instruction {
        if self.draws.below(2) == 0 {
            return self.new_text();
        }
        let mut words = self.written[self.draws.below(self.written.len())].clone();
        for _ in 0..1 + self.draws.below(words.len() / 2) {
            let place = self.draws.below(words.len());
            words[place] = self.word();
        }
        self.write(words)
    }

    fn write(&mut self, words: Vec<usize>) -> Instruction {
        let text: Vec<String> = words.iter().map(|word| format!("w{word}")).collect();
        self.written.push(words);
        instruction(text.join(" "))
    }
}
