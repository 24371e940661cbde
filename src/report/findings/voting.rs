//! Can the votes be trusted? Agreement is the reward, and agreement on what is wrong is rewarded too.

use super::evidence::Evidence;
use super::finding::{Finding, Question, Verdict, above};
use super::learning::SIGNIFICANT;
use crate::report::show::{beginning, number, percent};

/// The finding that says how many instructions are left to learn from.
pub(super) const SELECTED_SHARE: &str = "selected-share";

/// The findings.
pub(super) fn findings(evidence: &Evidence) -> Vec<Finding> {
    let all = [
        reward_and_accuracy(evidence),
        collapse(evidence),
        flips(evidence),
        selected(evidence),
        truncated(evidence),
        unparsed(evidence),
    ];
    all.into_iter().flatten().collect()
}

/// Whether accuracy moves with agreement, which it stands for.
fn reward_and_accuracy(evidence: &Evidence) -> Option<Finding> {
    /// A rise of r_mean that should be seen in accuracy.
    const RISE: f64 = 0.1;
    let (agreement, accuracy) = (
        evidence.played(|played| played.funnel.agreement),
        evidence.series(|row| row.pass_at_1),
    );
    let (from, to) = agreement.ends()?;
    let measured = evidence.measured();
    let (&first, &[.., before, last]) = (measured.first()?, measured.as_slice()) else {
        return None;
    };
    let change = |earlier: u32| {
        let pair = evidence.pairing(last, earlier);
        let certain = pair.problems > 0 && pair.p() < SIGNIFICANT;
        (certain && pair.gained > pair.lost, certain && pair.gained < pair.lost)
    };
    let ((rose, fell), (_, fell_last)) = (change(first), change(before));
    let rises_last = agreement.before_last().is_some_and(|before| to > before);
    let told = format!(
        "Responses agree more on new instructions (mean r_mean {}), and Pass@1 went {}",
        agreement.told(|value| number(value, 2)),
        accuracy.told(percent)
    );
    let (verdict, text) = if to > from && fell {
        (Verdict::Fail, format!("{told}: agreement is rewarded, not accuracy"))
    } else if rises_last && fell_last {
        (
            Verdict::Fail,
            format!("{told}: in the last iteration, agreement rose and accuracy fell"),
        )
    } else if to - from > RISE && !rose {
        (Verdict::Warn, format!("{told}: agreement rose without accuracy"))
    } else if to > from {
        (Verdict::Ok, told)
    } else {
        let (agreement, accuracy) = (agreement.told(|value| number(value, 2)), accuracy.told(percent));
        (
            Verdict::Ok,
            format!("Responses do not agree more than before (mean r_mean {agreement}); Pass@1 went {accuracy}"),
        )
    };
    let advice = "read what the policy agrees on (`serl show --sort r-mean`), and stop before the iteration \
                  in which the two part; a smaller `train.lr` and more KL delay it";
    let figures = [("r_mean_first", from), ("r_mean_last", to)];
    Some(
        Finding::new("reward-accuracy", Question::Trust, verdict, text)
            .advising(advice)
            .with(figures),
    )
}

/// Whether one answer wins everywhere.
fn collapse(evidence: &Evidence) -> Option<Finding> {
    /// Of all majorities; and how often the share of the first round.
    const WARN: f64 = 0.2;
    const FAIL: f64 = 0.5;
    const GROWTH: f64 = 2.0;
    let row = evidence
        .warnings
        .iter()
        .rev()
        .find(|row| row.top_majority_share.is_some())?;
    let (share, first) = (row.top_majority_share?, evidence.first_top_share?);
    let grew = share > GROWTH * first;
    let verdict = if grew { above(share, WARN, FAIL) } else { Verdict::Ok };
    let answer = row.top_majority.as_deref().unwrap_or_default();
    let text = format!(
        "The most common majority answer, `{}`, is that of {} of the instructions in iteration {}; the most common one \
         of the first round was that of {}",
        beginning(answer, 24),
        percent(share),
        row.iteration,
        percent(first)
    );
    let advice = "answers collapse to one: stop, go back to an earlier policy, and train with a smaller `train.lr`, \
                  more KL or a likelihood-weighted vote";
    Some(
        Finding::new("answer-collapse", Question::Trust, verdict, text)
            .advising(advice)
            .with([("top_majority_share", share), ("top_majority_share_first", first)]),
    )
}

/// Whether majorities settle: those of a policy that learns change less from iteration to iteration.
fn flips(evidence: &Evidence) -> Option<Finding> {
    const RESTLESS: f64 = 0.3;
    /// Fewer problems flip by chance.
    const FEWEST: u32 = 30;
    let rates = evidence.sign(|row| row.flip_rate);
    let last = rates.last()?;
    let settles = rates.before_last().is_none_or(|before| last < before);
    let problems = evidence
        .rows
        .iter()
        .rev()
        .find_map(|row| row.sampled_problems)
        .unwrap_or(0);
    let verdict = if last > RESTLESS && !settles && problems >= FEWEST {
        Verdict::Warn
    } else {
        Verdict::Ok
    };
    let text = format!(
        "Majorities on held-out problems that changed in an iteration: {}",
        rates.told(percent)
    );
    let advice = "majorities that keep changing are labels that keep changing: a smaller `train.lr`, or more votes \
                  (`vote.n`)";
    Some(
        Finding::new("flips", Question::Trust, verdict, text)
            .advising(advice)
            .with([("flip_rate", last)]),
    )
}

/// Whether enough instructions are neither too easy nor too hard.
fn selected(evidence: &Evidence) -> Option<Finding> {
    /// Shares of the instructions voted on; and how much of the first iteration's share must be left.
    const WARN: f64 = 0.25;
    const FAIL: f64 = 0.05;
    const LEFT: f64 = 2.0 / 3.0;
    let shares = evidence.series(|row| row.selected_share);
    let (first, last) = shares.ends()?;
    let verdict = match last {
        last if last < FAIL => Verdict::Fail,
        last if last < WARN || last < LEFT * first => Verdict::Warn,
        _ => Verdict::Ok,
    };
    let difficulty = &evidence
        .played
        .iter()
        .rev()
        .find(|played| !played.funnel.difficulty.is_empty())?
        .funnel
        .difficulty;
    let count = |reason: &str| difficulty.get(reason).copied().unwrap_or(0);
    let (easy, hard) = (count("too_easy"), count("too_hard") + count("no_majority"));
    let how = if verdict == Verdict::Ok { "" } else { " is drying up" };
    let text = format!(
        "The share of instructions trained on{how}: {}; in the last iteration {easy} are too easy and {hard} too hard",
        shares.told(percent)
    );
    let advice = if easy >= hard {
        "the policy masters what it writes: stop here, or give it harder seeds; `train.bounds` trains on easier ones, \
         which teaches little"
    } else {
        "most instructions are beyond the policy: give it easier seeds, a warm start (`serl sft`), or more votes \
         (`vote.n`)"
    };
    Some(
        Finding::new(SELECTED_SHARE, Question::Trust, verdict, text)
            .advising(advice)
            .with([("selected_share_first", first), ("selected_share_last", last)]),
    )
}

/// Whether responses end by themselves.
fn truncated(evidence: &Evidence) -> Option<Finding> {
    let shares = evidence.sign(|row| row.truncated_share);
    let last = shares.last()?;
    let text = format!("Responses cut off at `vote.max_new_tokens`: {}", shares.told(percent));
    let advice = "what is cut off has no answer and loses every vote, so short answers are rewarded: raise \
                  `vote.max_new_tokens`";
    Some(
        Finding::new("truncated-responses", Question::Trust, above(last, 0.05, 0.3), text)
            .advising(advice)
            .with([("truncated_share", last)]),
    )
}

/// Whether answers can be read.
fn unparsed(evidence: &Evidence) -> Option<Finding> {
    let shares = evidence.played(|played| played.unparsed);
    let last = shares.last()?;
    let text = format!("Responses without an answer that can be read: {}", shares.told(percent));
    let advice = "`serl inspect answers` shows what they say: ask for the form that is read (`prompt.template`), or \
                  read theirs (`answers.order`)";
    Some(
        Finding::new("unparsed-responses", Question::Trust, above(last, 0.1, 0.5), text)
            .advising(advice)
            .with([("unparsed_share", last)]),
    )
}
