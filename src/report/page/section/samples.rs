//! Instructions to read: the hardest, some that were trained on, and some that are too easy.

use anyhow::Result;

use crate::report::page::block::{AnswerCount, Block, Sample, Section};
use crate::report::page::run::Run;
use crate::report::page::setting::Setting;
use crate::report::show::beginning;
use crate::report::texts::{Count, Voted, votes};
use crate::report::trace::{Named, Origin, origins_of};

/// Different answers that are shown.
const ANSWERS: usize = 8;

/// The section.
///
/// # Errors
/// A table that cannot be read.
pub fn section(settings: &[Setting]) -> Result<Section> {
    let mut section = Section::new("samples", "Instructions to read");
    let single = settings.iter().map(|setting| setting.runs.len()).sum::<usize>() == 1;
    let mut found = false;
    for run in settings.iter().filter_map(Setting::first) {
        let Some(iteration) = run.last_voted() else {
            continue;
        };
        let samples = samples(run, iteration, if single { 2 } else { 1 })?;
        found |= !samples.is_empty();
        let samples = Block::Samples { samples };
        section = if single {
            let hint = format!(
                "Of iteration {iteration}. `serl show {}` prints all of them.",
                run.name()
            );
            section.noting(hint).with(samples)
        } else {
            let summary = format!("{}, iteration {iteration}", run.name());
            section.with(Block::Fold {
                summary,
                blocks: vec![samples],
            })
        };
    }
    Ok(if found {
        section
    } else {
        section.noting("Missing: nothing was voted on yet.")
    })
}

/// `each` of the hardest, the middle ones of those trained on, and the most agreed on.
fn samples(run: &Run, iteration: u32, each: usize) -> Result<Vec<Sample>> {
    let mut voted = votes(&run.stored, iteration)?;
    voted.sort_by(|a, b| a.r_mean.total_cmp(&b.r_mean).then_with(|| a.id.cmp(&b.id)));
    let selected: Vec<&Voted> = of(&voted, "selected").collect();
    let hard: Vec<&Voted> = match of(&voted, "too_hard").next() {
        Some(_) => of(&voted, "too_hard").take(each).collect(),
        None => voted.iter().filter(|one| one.agreeing.is_some()).take(each).collect(),
    };
    let mut chosen: Vec<(&'static str, &Voted)> = hard.into_iter().map(|one| ("hardest", one)).collect();
    let middle = (selected.len() / 2).saturating_sub(each / 2);
    chosen.extend(selected.iter().skip(middle).take(each).map(|one| ("trained on", *one)));
    chosen.extend(of(&voted, "too_easy").take(each).map(|one| ("too easy", one)));
    chosen.extend(of(&voted, "no_majority").take(1).map(|one| ("no majority", one)));
    let mut seen = Vec::new();
    chosen.retain(|(_, one)| {
        let new = !seen.contains(&one.id.as_str());
        seen.push(one.id.as_str());
        new
    });
    let ids: Vec<&str> = chosen.iter().map(|(_, one)| one.id.as_str()).collect();
    let origins = origins_of(&run.stored, &ids)?;
    Ok(chosen
        .into_iter()
        .zip(origins)
        .map(|((what, one), origins)| sample(what, one, &origins))
        .collect())
}

/// Those of which this was decided.
fn of<'v>(voted: &'v [Voted], reason: &'static str) -> impl Iterator<Item = &'v Voted> {
    voted.iter().filter(move |one| one.reason.as_deref() == Some(reason))
}

fn sample(what: &'static str, voted: &Voted, origins: &[Origin]) -> Sample {
    let origin = origins.last();
    let tie = if voted.tie { ", a tie" } else { "" };
    let mut answers: Vec<AnswerCount> = voted.answers.iter().take(ANSWERS).map(answer).collect();
    let rest: usize = voted.answers.iter().skip(ANSWERS).map(|count| count.count).sum();
    if rest > 0 {
        answers.push(AnswerCount {
            answer: format!("{} other answers", voted.answers.len() - ANSWERS),
            count: rest,
            majority: false,
        });
    }
    Sample {
        what,
        place: format!(
            "iteration {}, round {}, r_mean {:.2}{tie}, {}",
            voted.iteration,
            voted.round,
            voted.r_mean,
            voted.fate()
        ),
        text: voted.text.clone(),
        answers,
        agreeing: voted.agreeing.as_ref().map(|sample| shortened(&sample.text)),
        disagreeing: voted.disagreeing.as_ref().map(|sample| shortened(&sample.text)),
        origin: origin.map(told).unwrap_or_default(),
        parents: origin
            .map(|origin| origin.few_shot.iter().map(parent).collect())
            .unwrap_or_default(),
    }
}

fn told(origin: &Origin) -> String {
    let completion = origin.completion.as_deref().unwrap_or("-");
    format!(
        "Written in iteration {} by the policy of iteration {}, in completion {completion}, after {} examples",
        origin.iteration,
        origin.policy,
        origin.few_shot.len()
    )
}

fn parent(parent: &Named) -> String {
    match parent.iteration {
        0 => format!("seed: {}", parent.text),
        iteration => format!("iteration {iteration}: {}", parent.text),
    }
}

fn answer(count: &Count) -> AnswerCount {
    let text = count.answer.as_deref().unwrap_or("no answer");
    AnswerCount {
        answer: beginning(text, 48),
        count: count.count,
        majority: count.majority,
    }
}

/// A response, as far as a reader needs it.
pub fn shortened(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        "(nothing)".to_owned()
    } else {
        beginning(text, 1200)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_of_nothing_says_so() {
        assert_eq!(
            (shortened("  "), shortened(" a\n")),
            ("(nothing)".to_owned(), "a".to_owned())
        );
    }
}
