//! Draws a few responses to a question from a Hugging Face model folder.
//!
//! ```sh
//! cargo run --release --workspace --example sample -- models/quickstart \
//!     "Tom has 3 apples and buys 4. How many has he?"
//! ```

use std::path::Path;

use serl_lm::{Device, LmError, Message, Policy, Request, Sampler, SamplingParams};

fn main() -> Result<(), LmError> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "models/quickstart".into());
    let question = arguments
        .next()
        .unwrap_or_else(|| "Tom has 3 apples and buys 4. How many has he now?".into());

    let policy = Policy::load(Path::new(&folder), &Device::parse("flex")?)?;
    let request = Request {
        prompt: policy.tokenizer().chat(&[Message::user(&question)])?,
        // One response for each seed. The same seed gives the same response, whatever is drawn beside it.
        seeds: vec![1, 2, 3, 4],
        ..Request::default()
    };
    let params = SamplingParams {
        temperature: 1.0,
        top_p: 0.95,
        max_new_tokens: 64,
        ..SamplingParams::default()
    };
    for group in policy.sample(&[request], &params, &mut |_progress| {})? {
        for response in group {
            let logprob: f32 = response.logprobs.iter().sum();
            println!(
                "{logprob:7.2} nats  {}",
                policy.tokenizer().decode(&response.tokens).trim()
            );
        }
    }
    Ok(())
}
