//! How fast responses are grouped by their answers.
//!
//! `grouping GROUPS.jsonl [PASSES]` reads lines of `{"responses": ["…", …]}`, groups the responses of each line by the
//! canonical form of their answers, on one core, and prints as JSON the seconds of each pass and the group sizes.
//! `agreement/speed.py` makes such a file and times the pairwise comparison of `math-verify` beside it.

use std::collections::HashMap;
use std::error::Error;
use std::time::Instant;

use serde::Deserialize;
use serl_answers::{DEFAULT_ORDER, canonical, extract};

#[derive(Deserialize)]
struct Line {
    responses: Vec<String>,
}

/// How many responses give each answer, the largest group first; those without an answer are left out.
fn group(responses: &[String]) -> Vec<usize> {
    let mut groups: HashMap<String, usize> = HashMap::new();
    for response in responses {
        let answer = extract(response, &DEFAULT_ORDER).answer;
        if let Some(Ok(form)) = answer.as_deref().map(canonical) {
            *groups.entry(form.into()).or_default() += 1;
        }
    }
    let mut sizes: Vec<usize> = groups.into_values().collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: grouping GROUPS.jsonl [PASSES]")?;
    let passes: usize = arguments.next().map_or(Ok(1), |passes| passes.parse())?;
    let lines = std::fs::read_to_string(path)?
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<Vec<Line>, _>>()?;
    let mut seconds = Vec::with_capacity(passes);
    let mut sizes = Vec::new();
    for _ in 0..passes {
        let start = Instant::now();
        sizes = lines.iter().map(|line| group(&line.responses)).collect();
        seconds.push(start.elapsed().as_secs_f64());
    }
    let responses: usize = lines.iter().map(|line| line.responses.len()).sum();
    println!(
        "{}",
        serde_json::json!({"responses": responses, "seconds": seconds, "sizes": sizes})
    );
    Ok(())
}
