//! Seconds of sampling and of training, by a roofline.

use serl_lm::{Dtype, Operations};
use serl_stages::config::Config;

use super::assumed::Assumptions;
use super::tokens::{Call, Learning};

/// Bytes of a value where servers draw: weights, keys and values in bf16.
const SERVED: f64 = 2.0;

/// Bytes of a value of a gradient, and of a weight that it updates.
const MASTER: f64 = 4.0;

/// The share of its memory that a server uses.
const USED: f64 = 0.9;

/// A model on a kind of GPU.
pub struct Model<'a> {
    pub operations: Operations,
    /// Values of all weights.
    pub parameters: f64,
    /// Values of the matrices that each decoded token is multiplied by.
    pub multiplied: f64,
    /// Values of the keys and values of a position.
    pub position: f64,
    pub assumed: &'a Assumptions,
}

impl Model<'_> {
    /// Seconds that `servers`, one on each GPU, take for a call, as often as it is made. A step of decoding reads all
    /// weights once, and keys and values of every row; the last step is that of the longest response.
    pub fn sampling(&self, call: &Call, servers: f64, in_flight: f64) -> f64 {
        let gpu = &self.assumed.gpu;
        let rows = (call.prompts * call.responses / servers).max(1.0);
        let room = USED * gpu.memory - SERVED * self.parameters;
        let fitting = (room / (SERVED * self.position * (call.prompt + call.longest))).max(1.0);
        let at_once = rows.min(fitting).min(in_flight);
        let steps = rows * call.mean / at_once + (call.longest - call.mean);
        let seen = call.prompt + call.mean / 2.0;
        let bytes = SERVED * (steps * self.multiplied + rows * call.mean * seen * self.position);
        let of_token = self.operations.blocks + self.operations.head + self.operations.attention * seen;
        let computed = rows * call.mean * of_token;
        let decoding = (bytes / gpu.bandwidth).max(computed / gpu.bf16) / self.assumed.sample_utilisation.value;
        let prompt = call.prompt * (self.operations.blocks + self.operations.attention * call.prompt / 2.0);
        let prompts = (call.prompts / servers).max(1.0);
        let prefilling = prompts * prompt / (gpu.bf16 * self.assumed.train_utilisation.value);
        call.times * (decoding + prefilling)
    }

    /// Operations in which a train node scores each response `passes` times: those of the blocks, and those of the
    /// head, which is computed in f32.
    pub fn scoring(&self, learning: &Learning, passes: f64) -> [f64; 2] {
        forward(learning.scored, learning.prompts, learning, &self.operations).map(|once| passes * once)
    }

    /// Operations of a train node's optimizer steps: those of the blocks, and those of the head.
    pub fn stepping(&self, learning: &Learning, config: &Config) -> [f64; 2] {
        let step = forward(learning.responses, learning.responses, learning, &self.operations);
        // Back through products: once for their inputs, once for the weights that are trained.
        let backward = if config.train.lora.rank > 0 { 1.0 } else { 2.0 };
        let again = f64::from(u8::from(config.execution.gradient_checkpointing));
        let epochs = f64::from(config.train.epochs);
        let of = |part: usize, times: f64| epochs * step[part] * times;
        [of(0, 1.0 + backward + again), of(1, 1.0 + backward)]
    }

    /// Seconds in which `ranks` GPUs exchange `trained` values for an optimizer step: each gives the others its share
    /// of their gradients, then its new values, as a ring would.
    pub fn exchange(&self, trained: f64, ranks: f64) -> f64 {
        2.0 * MASTER * trained * (ranks - 1.0) / ranks / self.assumed.gpu.link
    }

    /// Seconds of these operations on one GPU.
    pub fn seconds(&self, [blocks, head]: [f64; 2], dtype: Dtype) -> f64 {
        let gpu = &self.assumed.gpu;
        (blocks / gpu.rate(dtype) + head / gpu.rate(Dtype::F32)) / self.assumed.train_utilisation.value
    }
}

/// Operations of a forward pass over responses and prompts: of the blocks, and of the head.
fn forward(responses: f64, prompts: f64, learning: &Learning, operations: &Operations) -> [f64; 2] {
    let Learning { prompt, mean, .. } = *learning;
    let rows = responses * mean + prompts * prompt;
    let seen = responses * mean * (prompt + mean / 2.0) + prompts * prompt * prompt / 2.0;
    let blocks = rows * operations.blocks + seen * operations.attention;
    [blocks, responses * mean * operations.head]
}

#[cfg(test)]
mod tests {
    use super::super::assumed::Assumed;
    use super::super::gpu::Gpu;
    use super::*;

    fn assumptions() -> Assumptions {
        let of = |value| Assumed::new(value, "");
        Assumptions {
            gpu: Gpu {
                name: "slow",
                bf16: 1000.0,
                tf32: 500.0,
                memory: 1e6,
                bandwidth: 100.0,
                link: 10.0,
            },
            prompt_tokens: of(10.0),
            few_shot_tokens: of(10.0),
            response_tokens: of(4.0),
            selected: of(0.5),
            problems: of(0.0),
            train_utilisation: of(0.5),
            sample_utilisation: of(0.5),
            store_rate: of(1.0),
        }
    }

    fn model(assumed: &Assumptions) -> Model<'_> {
        Model {
            operations: Operations {
                blocks: 20.0,
                head: 10.0,
                attention: 1.0,
            },
            parameters: 50.0,
            multiplied: 40.0,
            position: 3.0,
            assumed,
        }
    }

    const CALL: Call = Call {
        times: 1.0,
        prompts: 2.0,
        responses: 4.0,
        prompt: 10.0,
        mean: 4.0,
        longest: 6.0,
    };

    #[test]
    fn decoding_reads_weights_until_the_longest_response_ends() {
        let assumed = assumptions();
        let model = model(&assumed);
        // Six steps read 40 values; 8 rows read keys and values of 12 positions for 4 tokens; two bytes each.
        let bytes: f64 = 2.0 * (6.0 * 40.0 + 8.0 * 4.0 * 12.0 * 3.0);
        // 8 rows compute 4 tokens of 20 + 10 + 12 operations: that takes less.
        assert!(8.0 * 4.0 * 42.0 / 1000.0 < bytes / 100.0);
        let prefill = 2.0 * 10.0 * (20.0 + 5.0) / 500.0;
        let expected = bytes / 100.0 / 0.5 + prefill;
        assert!((model.sampling(&CALL, 1.0, f64::INFINITY) - expected).abs() < 1e-9);
        let twice = Call { times: 2.0, ..CALL };
        assert!((model.sampling(&twice, 1.0, f64::INFINITY) - 2.0 * expected).abs() < 1e-9);
    }

    #[test]
    fn fewer_rows_at_once_take_more_steps_and_servers_share_them() {
        let assumed = assumptions();
        let model = model(&assumed);
        let [all, half] = [f64::INFINITY, 4.0].map(|in_flight| model.sampling(&CALL, 1.0, in_flight));
        // Two waves of 4 tokens, and 2 more for the longest: 10 steps in place of 6.
        assert!((half - all - 2.0 * 4.0 * 40.0 / 100.0 / 0.5).abs() < 1e-9);
        // Without end of servers, each has one row and one prompt.
        let floor = 2.0 * (6.0 * 40.0 + 4.0 * 12.0 * 3.0) / 100.0 / 0.5 + 10.0 * 25.0 / 500.0;
        assert!((model.sampling(&CALL, f64::INFINITY, f64::INFINITY) - floor).abs() < 1e-9);
    }

    #[test]
    fn a_step_is_three_passes_and_four_with_checkpointing() {
        let assumed = assumptions();
        let model = model(&assumed);
        let learning = Learning {
            responses: 2.0,
            scored: 4.0,
            prompts: 1.0,
            prompt: 10.0,
            mean: 4.0,
        };
        let mut config = Config::default();
        // A step: 2 x 14 rows; 2 x 4 x 12 + 2 x 50 positions. A score: 16 + 10 rows; 16 x 12 + 50 positions.
        let (step, score) = (28.0 * 20.0 + 196.0, 26.0 * 20.0 + 242.0);
        assert_eq!(model.scoring(&learning, 2.0), [2.0 * score, 2.0 * 160.0]);
        assert_eq!(model.stepping(&learning, &config), [3.0 * step, 3.0 * 80.0]);
        config.execution.gradient_checkpointing = true;
        assert_eq!(model.stepping(&learning, &config), [4.0 * step, 3.0 * 80.0]);
        config.train.lora.rank = 4;
        assert_eq!(model.stepping(&learning, &config)[0], 3.0 * step);
        assert_eq!(model.seconds([1000.0, 500.0], Dtype::Bf16), (1.0 + 1.0) / 0.5);
        assert_eq!(model.seconds([1000.0, 500.0], Dtype::F32), (2.0 + 1.0) / 0.5);
    }

    #[test]
    fn ranks_send_what_others_own_twice() {
        let assumed = assumptions();
        let model = model(&assumed);
        assert_eq!(model.exchange(50.0, 1.0), 0.0);
        assert_eq!(model.exchange(50.0, 4.0), 2.0 * 4.0 * 50.0 * 0.75 / 10.0);
    }
}
