//! A micro-batch as rows: where its tokens lie, and which hidden rows predict which of them.

use std::ops::Range;

use burn::tensor::Tensor;

use crate::device::Path;
use crate::micro_batch::{Member, MicroBatch};
use crate::model::Model;
use crate::ops::attention::Layout;
use crate::ops::embed;

/// Logits that are in memory at once: 64 MiB, or on a device, where each chunk costs a wait, 128 MiB, which every
/// driver of Vulkan allows a buffer.
fn head_elements(path: Path) -> usize {
    match path {
        Path::Host => 16 << 20,
        Path::Plain => 32 << 20,
    }
}

/// Rows whose logits are in memory at once, unless one unit has more.
pub(crate) fn head_rows(vocab: usize, path: Path) -> usize {
    (head_elements(path) / vocab).max(1)
}

/// Packed rows of a micro-batch.
///
/// A prompt that several responses share is there once, followed by the responses. The last token of a response
/// predicts nothing, so it has no row.
pub(crate) struct Packing<'a> {
    pub ids: Vec<u32>,
    pub layout: Layout,
    units: Vec<Vec<Predicted<'a>>>,
}

/// A response, and the hidden rows that predict its tokens.
struct Predicted<'a> {
    response: Member<'a>,
    /// The row that predicts the first token: the prompt's last.
    first: u32,
    /// Those that predict the others.
    others: Range<u32>,
}

/// Some whole units whose logits fit in memory.
#[derive(Default)]
pub(crate) struct Chunk {
    /// Hidden rows.
    pub rows: Vec<u32>,
    /// The token that each of them predicts.
    pub targets: Vec<u32>,
    /// The responses of each unit: their numbers, and their parts of `rows`.
    pub units: Vec<Vec<(usize, Range<usize>)>>,
}

impl<'a> Packing<'a> {
    /// Packs `batch` for `model`.
    pub fn new(model: &Model, batch: &MicroBatch<'a>) -> Self {
        let mut spans = Vec::new();
        let (mut ids, mut units): (Vec<u32>, Vec<_>) = (Vec::new(), Vec::new());
        for share in batch {
            // One response alone is one span with its prompt; several continue the prompt's own span.
            let alone = share.units.iter().flat_map(|unit| unit.filled()).count() == 1;
            let (start, prefix) = (ids.len(), (!alone).then_some(spans.len()));
            ids.extend(share.prompt);
            let first = (ids.len() - 1) as u32;
            if !alone {
                spans.push((share.prompt.len(), None));
            }
            for unit in &share.units {
                let mut predicted = Vec::with_capacity(unit.0.len());
                for response in &unit.0 {
                    let begin = ids.len();
                    // An empty response, which only a unit with others can have, is not a span.
                    if let [inputs @ .., _] = response.tokens {
                        ids.extend(inputs);
                        let length = ids.len() - if alone { start } else { begin };
                        spans.extend((length > 0).then_some((length, prefix)));
                    }
                    predicted.push(Predicted {
                        response: *response,
                        first,
                        others: begin as u32..ids.len() as u32,
                    });
                }
                units.push(predicted);
            }
        }
        Self {
            ids,
            layout: model.layout_continuing(spans.into_iter()),
            units,
        }
    }

    /// Units in chunks of bounded logits; one is never cut, since objectives see it whole.
    pub fn chunks(&self, vocab: usize, path: Path) -> Vec<Chunk> {
        let limit = head_rows(vocab, path);
        let mut chunks: Vec<Chunk> = Vec::new();
        for unit in &self.units {
            let tokens: usize = unit.iter().map(|predicted| predicted.response.tokens.len()).sum();
            match chunks.last_mut() {
                Some(chunk) if chunk.rows.len() + tokens <= limit => chunk.push(unit),
                _ => {
                    let mut chunk = Chunk::default();
                    chunk.push(unit);
                    chunks.push(chunk);
                }
            }
        }
        chunks
    }
}

impl Chunk {
    fn push(&mut self, unit: &[Predicted]) {
        let place = |predicted: &Predicted| {
            let start = self.rows.len();
            let Member { number, tokens } = predicted.response;
            if !tokens.is_empty() {
                self.rows.push(predicted.first);
                self.rows.extend(predicted.others.clone());
                self.targets.extend(tokens);
            }
            (number, start..self.rows.len())
        };
        let members = unit.iter().map(place).collect();
        self.units.push(members);
    }

    /// The hidden states of the chunk's rows.
    pub fn select(&self, hidden: &Tensor<2>) -> Tensor<2> {
        embed::forward(hidden, &self.rows)
    }
}

#[cfg(test)]
mod tests;
