//! Few-shot prompts: which examples, in which order, in which words.

use serl_artifacts::tables::Instruction;
use serl_lm::Rendered;
use serl_random::Stream;

use crate::config::GenerateConfig;

/// A prompt that asks the policy for new instructions.
pub(crate) struct FewShot<'a> {
    /// The examples, in the order of the prompt.
    pub(crate) examples: Vec<&'a Instruction>,
    /// The prompt's text, its examples as data.
    pub(crate) text: Rendered,
    /// The beginning of the list that the completion continues.
    pub(crate) lead: String,
}

/// Draws the examples of one prompt: `1 - seed_fraction` of them from `generated`, as far as available, the rest from
/// `seeds`, shuffled together (SeRL, arXiv 2505.20347, section 3.1: 2 of 8 are seeds).
pub(crate) fn few_shot<'a>(
    config: &GenerateConfig,
    seeds: &'a [Instruction],
    generated: &'a [Instruction],
    stream: &mut Stream,
) -> FewShot<'a> {
    let total = config.examples as usize;
    let wanted = total - (f64::from(config.seed_fraction) * total as f64).round() as usize;
    let mut examples = stream.choose(generated, wanted);
    examples.extend(stream.choose(seeds, total - examples.len()));
    stream.shuffle(&mut examples);

    let next = (examples.len() + 1).to_string();
    let mut text = Rendered::default();
    for (i, part) in config.template.replace("{next}", &next).split("{examples}").enumerate() {
        if i > 0 {
            list(&mut text, &examples);
        }
        text.push_trusted(part);
    }
    let continues = config.template.trim_end().ends_with("{next}.");
    let lead = if continues { format!("{next}.") } else { String::new() };
    FewShot { examples, text, lead }
}

/// Appends the examples, numbered, one per line.
fn list(text: &mut Rendered, examples: &[&Instruction]) {
    for (i, example) in examples.iter().enumerate() {
        let newline = if i > 0 { "\n" } else { "" };
        text.push_trusted(&format!("{newline}{}. ", i + 1));
        text.push_data(&example.text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::InstructionId;
    use serl_artifacts::tables::Source;
    use serl_random::Place;

    fn instructions(prefix: &str, count: usize, source: Source) -> Vec<Instruction> {
        (0..count)
            .map(|i| {
                let text = format!("{prefix} {i}?");
                let id = InstructionId::of(&text);
                Instruction {
                    id,
                    iteration: 0,
                    source,
                    text,
                    few_shot: vec![],
                    completion_id: None,
                }
            })
            .collect()
    }

    #[test]
    fn a_quarter_is_seeds_once_there_are_generated_ones() {
        let seeds = instructions("seed", 20, Source::Seed);
        let generated = instructions("own", 20, Source::Generated);
        let config = GenerateConfig {
            template: "New:\n{examples}\n{next}.".into(),
            ..GenerateConfig::default()
        };
        let prompt = few_shot(&config, &seeds, &generated, &mut Place::new(1, "t").stream());
        let from_seeds = prompt.examples.iter().filter(|e| e.source == Source::Seed).count();
        assert_eq!((prompt.examples.len(), from_seeds), (8, 2));
        let text = prompt.text.text();
        assert!(text.starts_with("New:\n1. ") && text.ends_with("?\n9."));
        assert_eq!(&text[prompt.text.data()[0].clone()], prompt.examples[0].text);
        assert_eq!(prompt.lead, "9.");
    }

    #[test]
    fn seeds_fill_the_place_of_missing_generated_ones() {
        let seeds = instructions("seed", 20, Source::Seed);
        let generated = instructions("own", 1, Source::Generated);
        let prompt = few_shot(
            &GenerateConfig::default(),
            &seeds,
            &generated,
            &mut Place::new(1, "t").stream(),
        );
        let from_seeds = prompt.examples.iter().filter(|e| e.source == Source::Seed).count();
        assert_eq!((prompt.examples.len(), from_seeds), (8, 7));
    }
}
