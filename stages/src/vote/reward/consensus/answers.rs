//! The different answers to an instruction, and the vote on their clusters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serl_answers::vote::{Ballot, vote};

use super::cluster::clusters;
use crate::vote::reward::method::{Judged, Verdict};

/// Which text of a response is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// The final answer where one is marked, else the whole response.
    Answer,
    /// The whole response.
    Response,
}

/// When two texts are one before their meaning is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Upper and lower case, spaces, and punctuation at the end do not count.
    Prose,
    /// Everything counts but spaces around it.
    Code,
}

/// The answers to one instruction: the different texts, and which of them each response gives.
pub(super) struct Answers {
    pub(super) texts: Vec<String>,
    /// Per response; none without a text.
    pub(super) given: Vec<Option<usize>>,
}

impl Answers {
    pub(super) fn of(group: &Judged<'_>, compared: Compared, form: Form) -> Self {
        let both = group.responses.iter().zip(group.readings);
        let compared = both.map(|(response, reading)| {
            let marked = reading.answer.as_deref().filter(|_| compared == Compared::Answer);
            marked.unwrap_or(&response.text)
        });
        Self::among(compared, form)
    }

    pub(super) fn among<'t>(responses: impl Iterator<Item = &'t str>, form: Form) -> Self {
        let mut texts: Vec<String> = Vec::new();
        let mut forms: Vec<String> = Vec::new();
        let given = responses.map(|text| {
            let form = form.of(text);
            if form.is_empty() {
                return None;
            }
            Some(forms.iter().position(|known| *known == form).unwrap_or_else(|| {
                forms.push(form);
                texts.push(text.trim().to_owned());
                texts.len() - 1
            }))
        });
        Self {
            given: given.collect(),
            texts,
        }
    }

    /// The number of the cluster of each text; texts weigh as often as they are given.
    pub(super) fn clusters(&self, alike: &[Vec<f64>], threshold: f64) -> Vec<usize> {
        let count = |text: usize| self.given.iter().filter(|given| **given == Some(text)).count() as f64;
        let weights: Vec<f64> = (0..self.texts.len()).map(count).collect();
        clusters(alike, &weights, threshold)
    }

    pub(super) fn verdict(&self, alike: &[Vec<f64>], threshold: f64) -> Verdict {
        let clusters = self.clusters(alike, threshold);
        let ballot = |text: usize| Ballot {
            answer: self.texts[text].clone(),
            canonical: self.name(&clusters, clusters[text]).to_owned(),
        };
        let voting = |given: &Option<usize>| given.filter(|&text| alike[text][text] > 0.0).map(ballot);
        let ballots: Vec<Option<Ballot>> = self.given.iter().map(voting).collect();
        let vote = vote(&ballots);
        Verdict {
            rewards: vote.majority.is_some().then(|| vote.rewards.clone()),
            r_mean: vote.r_mean,
            vote: Some(vote),
        }
    }

    /// The name of a cluster: its shortest text, the first of them.
    fn name(&self, clusters: &[usize], cluster: usize) -> &str {
        let members = (0..self.texts.len()).filter(|&text| clusters[text] == cluster);
        let shortest = members.min_by_key(|&text| self.texts[text].chars().count());
        shortest.map_or("", |text| &self.texts[text])
    }
}

impl Form {
    fn of(self, text: &str) -> String {
        match self {
            Self::Prose => {
                let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
                words.join(" ").trim_end_matches(['.', '!', ',', ';', ':']).to_owned()
            }
            Self::Code => text.trim().to_owned(),
        }
    }
}
