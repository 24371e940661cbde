//! How many rows are computed at once, and how many logits.

use super::machine::Machine;
use crate::group::Group;
use crate::micro_batch::micro_batches;
use crate::packing::head_rows;
use crate::{LmError, Shape};

/// A prompt and its responses, by their numbers of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lengths {
    /// Of the prompt.
    pub prompt: usize,
    /// Of each response.
    pub responses: Vec<usize>,
}

/// The largest micro-batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rows {
    /// Rows of the model's blocks: tokens, a shared prompt counted once.
    pub rows: usize,
    /// Positions that each span sees, added up over spans: a response sees its prompt.
    pub seen: usize,
    /// Tokens of the longest sequence.
    pub longest: usize,
    /// Rows whose logits are in memory together.
    pub logits: usize,
}

impl Rows {
    /// Those of the micro-batches that these groups are cut into, each response being a unit.
    ///
    /// # Errors
    /// A prompt without tokens.
    pub fn of(shape: &Shape, groups: &[Lengths], micro_batch_tokens: usize, machine: Machine) -> Result<Self, LmError> {
        let most = |group: &Lengths| group.responses.iter().copied().max().unwrap_or(0).max(group.prompt);
        let text = vec![0; groups.iter().map(most).max().unwrap_or(0)];
        let group = |lengths: &Lengths| Group {
            prompt: &text[..lengths.prompt],
            responses: lengths.responses.iter().map(|length| &text[..*length]).collect(),
        };
        let groups: Vec<Group> = groups.iter().map(group).collect();
        let path = machine.path();
        let batches = micro_batches(&groups, &|response| response, micro_batch_tokens, path)?;
        let limit = head_rows(shape.vocab_size(), path);
        let sizes = batches.iter().map(|batch| {
            let mut size = Self::default();
            for share in batch {
                let members: Vec<usize> = share
                    .units
                    .iter()
                    .flat_map(|unit| unit.filled())
                    .map(|member| member.tokens.len())
                    .collect();
                let (prompt, alone) = (share.prompt.len(), members.len() == 1);
                let own: usize = members.iter().map(|tokens| tokens - 1).sum();
                size.rows += prompt + own;
                size.seen += own + prompt * if alone { 1 } else { 1 + members.len() };
                size.longest = size.longest.max(share.longest());
                size.logits += members.iter().sum::<usize>();
            }
            let unit = batch
                .iter()
                .flat_map(|share| &share.units)
                .flat_map(|unit| unit.filled());
            let longest = unit.map(|member| member.tokens.len()).max().unwrap_or(0);
            size.logits = size.logits.min(limit).max(longest);
            size
        });
        Ok(sizes.fold(Self::default(), Self::larger))
    }

    /// Those of any number of groups, up to `responses` responses of up to `response` tokens to prompts of `prompt`
    /// tokens, `coupled` of which an objective sees together.
    pub fn at_most(
        shape: &Shape,
        [prompt, response]: [usize; 2],
        [responses, coupled]: [usize; 2],
        micro_batch_tokens: usize,
        machine: Machine,
    ) -> Self {
        let longest = prompt + response;
        let unit = coupled * response;
        let all = responses.max(coupled).saturating_mul(longest);
        let rows = micro_batch_tokens.min(all).max(prompt + unit);
        let limit = head_rows(shape.vocab_size(), machine.path());
        Self {
            rows,
            seen: rows,
            longest,
            logits: rows.min(limit).max(unit),
        }
    }

    fn larger(self, other: Self) -> Self {
        Self {
            rows: self.rows.max(other.rows),
            seen: self.seen.max(other.seen),
            longest: self.longest.max(other.longest),
            logits: self.logits.max(other.logits),
        }
    }
}
