//! Counts that fit a time.

use super::pace::Pace;

/// Share of the time for measuring the policies.
const MEASURING: f64 = 0.25;
/// Candidates that are written for each instruction that is kept.
const CANDIDATES: f64 = 2.0;
/// Share of the instructions that is trained on.
const SELECTED: f64 = 0.5;
/// Instructions of an iteration: fewer teach nothing, more are rarely worth their time.
const INSTRUCTIONS: [u32; 2] = [8, 1_024];
/// With fewer instructions than this, half as many responses to each leave room for more of them.
const FEW: u32 = 32;
/// Held-out problems that are enough for an interval of 9 points.
const PROBLEMS: u32 = 500;
/// Fewer say nothing.
const LEAST_PROBLEMS: u32 = 20;

/// Mean lengths in tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lengths {
    /// Of a prompt that puts an instruction.
    pub prompt: f64,
    /// Of an instruction.
    pub instruction: f64,
    /// Of a response.
    pub response: f64,
}

/// How much a run does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counts {
    /// Iterations.
    pub iterations: u32,
    /// Instructions that an iteration keeps.
    pub instructions: u32,
    /// Responses to each.
    pub n: u32,
    /// Held-out problems; 0 where there are none.
    pub problems: u32,
    /// Of these, those that are sampled `k` times.
    pub sampled: u32,
    /// Samples of each.
    pub k: u32,
    /// Seconds that the run takes.
    pub seconds: f64,
}

/// The largest counts of a run that takes `budget` seconds, with up to `problems` held-out problems. Where even the
/// smallest run takes longer, that one.
pub fn fitting(budget: f64, pace: &Pace, lengths: &Lengths, problems: u32) -> Counts {
    let tries = [(3, 16, FEW), (3, 8, FEW), (2, 8, FEW / 2), (1, 8, 0)];
    let counts = tries.map(|(iterations, n, least)| (try_out(budget, pace, lengths, problems, iterations, n), least));
    let fits = |(counts, least): &&(Counts, u32)| counts.instructions >= *least && counts.seconds <= budget;
    let found = counts.iter().find(fits).unwrap_or(&counts[counts.len() - 1]);
    found.0
}

fn try_out(budget: f64, pace: &Pace, lengths: &Lengths, problems: u32, iterations: u32, n: u32) -> Counts {
    let mut counts = Counts {
        iterations,
        instructions: 0,
        n,
        problems: 0,
        sampled: 0,
        k: n,
        seconds: 0.0,
    };
    if problems > 0 {
        // A problem is answered once, and one in five of them k times more.
        let answers = 1.0 + f64::from(counts.k) / 5.0;
        let each = answers * lengths.response / pace.sampled * f64::from(iterations + 1);
        counts.problems = whole(MEASURING * budget / each, LEAST_PROBLEMS, PROBLEMS).min(problems);
        counts.sampled = (counts.problems / 5).max(1);
    }
    let measuring = counts.measuring(pace, lengths);
    let each = per_instruction(n, pace, lengths) * f64::from(iterations);
    counts.instructions = whole((budget - measuring) / each, INSTRUCTIONS[0], INSTRUCTIONS[1]);
    counts.seconds = measuring + each * f64::from(counts.instructions);
    counts
}

/// Seconds for one instruction: its candidates, its responses, and training on them.
fn per_instruction(n: u32, pace: &Pace, lengths: &Lengths) -> f64 {
    let sampled = CANDIDATES * lengths.instruction + f64::from(n) * lengths.response;
    let trained = SELECTED * f64::from(n) * (lengths.prompt + lengths.response);
    sampled / pace.sampled + trained / pace.trained
}

/// A round number of at least `least` and at most `most`.
fn whole(value: f64, least: u32, most: u32) -> u32 {
    let step = if value < 64.0 { 4.0 } else { 16.0 };
    ((value / step).floor() * step).clamp(f64::from(least), f64::from(most)) as u32
}

impl Counts {
    fn measuring(&self, pace: &Pace, lengths: &Lengths) -> f64 {
        let responses = self.problems + self.sampled * self.k;
        f64::from(responses) * lengths.response / pace.sampled * f64::from(self.iterations + 1)
    }

    /// Few-shot prompts that bring enough candidates, each of which may bring four.
    pub fn prompts(&self) -> u32 {
        (f64::from(self.instructions) * CANDIDATES / 4.0).ceil() as u32
    }

    /// Rounds of an iteration, so that responses are not far from the policy that is trained on them.
    pub fn rounds(&self) -> u32 {
        (self.instructions / FEW).clamp(1, 5)
    }

    /// Responses of an optimizer step: a power of two, so that a round has two steps or more.
    pub fn batch_rollouts(&self) -> u32 {
        let round = f64::from(self.instructions * self.n) * SELECTED / f64::from(self.rounds());
        let half = (round / 2.0).max(16.0) as u32;
        (1 << half.ilog2()).min(128)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LENGTHS: Lengths = Lengths {
        prompt: 80.0,
        instruction: 40.0,
        response: 150.0,
    };

    fn pace(sampled: f64) -> Pace {
        Pace {
            sampled,
            trained: sampled / 2.0,
            parameters: 1,
            seconds: 1.0,
        }
    }

    #[test]
    fn a_small_model_gets_a_whole_run_and_a_large_one_the_smallest() {
        let fast = fitting(7_200.0, &pace(500.0), &LENGTHS, 200);
        assert_eq!((fast.iterations, fast.n, fast.problems), (3, 16, 200));
        assert!(fast.instructions >= FEW, "{fast:?}");
        let slow = fitting(600.0, &pace(2.0), &LENGTHS, 200);
        assert_eq!((slow.iterations, slow.n, slow.instructions), (1, 8, 8));
        assert!(slow.seconds > 600.0);
        assert_eq!(fitting(600.0, &pace(50.0), &LENGTHS, 0).problems, 0);
    }

    #[test]
    fn steps_are_powers_of_two() {
        let of = |instructions, n| Counts {
            instructions,
            n,
            ..fitting(600.0, &pace(50.0), &LENGTHS, 0)
        };
        assert_eq!(
            [of(8, 8), of(160, 16), of(1024, 16)].map(|counts| counts.batch_rollouts()),
            [16, 128, 128]
        );
        assert_eq!(
            [of(8, 8), of(64, 16), of(1024, 16)].map(|counts| counts.rounds()),
            [1, 2, 5]
        );
    }

    proptest! {
        #[test]
        fn what_fits_takes_no_longer_and_more_time_never_gives_less(
            budget in 60.0..1e6f64, sampled in 1.0..1e5f64, problems in 0..5_000u32
        ) {
            let counts = fitting(budget, &pace(sampled), &LENGTHS, problems);
            let smallest = (1, 8, INSTRUCTIONS[0]);
            let is_smallest = (counts.iterations, counts.n, counts.instructions) == smallest;
            prop_assert!(counts.seconds <= budget * (1.0 + 1e-9) || is_smallest, "{counts:?}");
            prop_assert!(counts.problems <= problems && counts.sampled <= counts.problems.max(1));
            let more = fitting(2.0 * budget, &pace(sampled), &LENGTHS, problems);
            prop_assert!(more.iterations >= counts.iterations);
        }
    }
}
