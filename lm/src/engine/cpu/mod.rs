//! The engine of the CPU: packed weights, dedicated kernels, keys and values in place.
//!
//! Each element of a product is one chain of multiply-adds in a fixed order, so logits depend on a row's tokens alone.

mod attention;
mod batch;
mod cache;
mod needs;
mod norm;
mod packed;

use std::sync::{Arc, Mutex};

use burn::tensor::Tensor;
use half::bf16;

pub(crate) use needs::needs;
pub(crate) use packed::Packed;

use super::{Engine, Logits, Prompt, Room, Step};
use crate::Dtype;
use crate::config::{Config, QkNorms};
use crate::model::arch::LayerSpec;
use crate::model::{Block, Model, Projection};
use crate::ops::attention::Heads;
use crate::ops::embed;
use crate::ops::host::Memory;
use crate::ops::host::tiles::{self, Buffer, Isa, Number, Operand, Output, Panels};
use crate::ops::qk_norm::QkNorm;
use crate::ops::rope::Rope;
use crate::profile::{self, Phase, Section};
use attention::{Attention, Scratch, scratches};
use batch::{Batch, TokenRow};
use cache::{LayerCache, Turn};

/// Rows of prompts that are computed at once; a multiple of every number of rows that attend together.
const CHUNK: usize = 512;

/// Where long prompts may be cut.
const CUT: usize = 64;

/// Runs a model with keys and values in host memory, the operands of the blocks' products being numbers `N`.
struct CpuEngine<N> {
    isa: Isa,
    config: Arc<Config>,
    specs: Arc<[LayerSpec]>,
    ropes: Arc<[Rope]>,
    /// `[vocab, hidden]`
    embed: Tensor<2>,
    packed: Arc<Packed>,
    /// Keys and values by layer.
    caches: Vec<LayerCache<N>>,
    /// Of the prompts, by place.
    lengths: Vec<usize>,
    /// Attention's, by thread.
    scratch: Vec<Mutex<Scratch<N>>>,
    work: Work<N>,
}

/// Activations, kept from step to step.
struct Work<N> {
    batch: Batch,
    tokens: Vec<u32>,
    /// The residual stream `[rows, hidden]`.
    x: Buffer,
    /// What the next product reads.
    input: Operand<N>,
    qkv: Buffer,
    /// The MLP's hidden activations.
    h: Operand<N>,
    /// What attention or the MLP gives `[rows, hidden]`, where that has a norm of its own.
    output: Buffer,
    /// Residual streams of the prompts' last tokens.
    last: Buffer,
    /// What the head reads, never rounded.
    final_input: Operand,
}

impl<N> Default for Work<N> {
    fn default() -> Self {
        Self {
            batch: Batch::default(),
            tokens: Vec::new(),
            x: Buffer::default(),
            input: Operand::default(),
            qkv: Buffer::default(),
            h: Operand::default(),
            output: Buffer::default(),
            last: Buffer::default(),
            final_input: Operand::default(),
        }
    }
}

/// An engine for `model`, in the format of its products; `packed` was made from its weights.
pub(crate) fn open(model: &Model, packed: Arc<Packed>, room: Room) -> Box<dyn Engine> {
    let isa = Isa::best();
    match model.device.dtype() {
        Dtype::F32 => Box::new(CpuEngine::<f32>::new(model, packed, room, isa)),
        Dtype::Bf16 => Box::new(CpuEngine::<bf16>::new(model, packed, room, isa)),
    }
}

impl<N: Number> CpuEngine<N> {
    fn new(model: &Model, packed: Arc<Packed>, room: Room, isa: Isa) -> Self {
        let heads = Heads::of(&model.config);
        Self {
            isa,
            config: Arc::clone(&model.config),
            specs: Arc::clone(&model.layers),
            ropes: Arc::clone(&model.ropes),
            embed: model.weights.embed.clone(),
            packed,
            caches: (0..model.config.layers)
                .map(|_| LayerCache::new(heads, room.prompts, room.slots))
                .collect(),
            lengths: vec![0; room.prompts],
            scratch: scratches(),
            work: Work::default(),
        }
    }

    /// The residual stream of the batch after the last block, in `work.x`.
    fn trunk(&mut self) {
        let (isa, epsilon, heads) = (self.isa, self.config.epsilon, Heads::of(&self.config));
        let hidden = self.config.hidden;
        let Work {
            batch,
            tokens,
            x,
            input,
            qkv,
            h,
            output,
            ..
        } = &mut self.work;
        tokens.clear();
        tokens.extend(batch.rows().iter().map(|row| row.token));
        x.set_len(tokens.len() * self.config.hidden);
        x.copy_from_slice(Memory::take(embed::forward(&self.embed, tokens)).slice());
        if let Some(scale) = self.config.embed_scale {
            x.iter_mut().for_each(|value| *value *= scale);
        }
        qkv.set_len(tokens.len() * heads.width());
        let layers = self.packed.blocks.iter().zip(&*self.specs);
        for ((block, spec), cache) in layers.zip(&mut self.caches) {
            let attention = spec.attention;
            let rope = &self.ropes[attention.rope];
            norm::input(isa, x, block.norm1.as_ref(), hidden, epsilon, input);
            multiply(isa, input, block, Projection::Qkv, Output::Set(qkv));
            let factors = |of: fn(&QkNorm<Panels>) -> &Panels| block.qk_norm.as_ref().map(|norm| of(norm).vector());
            let (mut q, mut k) = (factors(|norm| &norm.q), factors(|norm| &norm.k));
            if spec.qk_norm == QkNorms::Row {
                norm::rows(isa, qkv, [q.take(), k.take()], heads, epsilon);
            }
            // A prompt's keys are rotated once, when they are stored; queries, and keys of rows that decode, where
            // attention reads them.
            let keys = Turn::new(rope, k, epsilon);
            cache.store(isa, keys, batch, qkv);
            Attention {
                isa,
                heads,
                spec: attention,
                queries: Turn::new(rope, q, epsilon),
                keys,
                cache: cache.share(),
                batch,
                qkv,
                scratch: &self.scratch,
            }
            .run(input);
            let mut residual = Residual { x, output, epsilon };
            residual.add(isa, input, block, Projection::Out, block.out_norm.as_ref());
            norm::input(isa, residual.x, block.norm2.as_ref(), hidden, epsilon, input);
            multiply(isa, input, block, Projection::GateUp, Output::Gated(h, spec.gate));
            residual.add(isa, h, block, Projection::Down, block.down_norm.as_ref());
        }
    }

    /// Logits of residual streams.
    fn head(isa: Isa, packed: &Packed, epsilon: f32, x: &[f32], input: &mut Operand, logits: &mut Vec<f32>) {
        norm::rms_norm(isa, x, packed.norm.vector(), epsilon, input);
        let _span = profile::span(Phase::Head);
        logits.resize(input.rows() * packed.head.columns(), 0.0);
        tiles::multiply(isa, input, &packed.head, None, Output::Set(logits));
    }

    fn prefill_all(&mut self, prompts: &[Prompt], logits: &mut Vec<f32>) {
        let _section = profile::section(Section::Prefill);
        let hidden = self.config.hidden;
        self.work.last.set_len(prompts.len() * hidden);
        for prompt in prompts {
            self.lengths[prompt.place] = prompt.tokens.len();
        }
        for chunk in chunks(prompts) {
            let rows = chunk.iter().flat_map(|piece| piece.rows(prompts));
            let heads = Heads::of(&self.config);
            self.work.batch.prefill(rows, heads);
            self.trunk();
            let mut end = 0;
            for piece in chunk {
                end += piece.range.len();
                if piece.range.end == prompts[piece.prompt].tokens.len() {
                    self.work.last[piece.prompt * hidden..][..hidden]
                        .copy_from_slice(&self.work.x[(end - 1) * hidden..][..hidden]);
                }
            }
        }
        let Work { last, final_input, .. } = &mut self.work;
        Self::head(self.isa, &self.packed, self.config.epsilon, last, final_input, logits);
    }

    fn decode_all(&mut self, steps: &[Step], logits: &mut Vec<f32>) {
        let _section = profile::section(Section::Decode);
        let heads = Heads::of(&self.config);
        self.work.batch.decode(steps, &self.lengths, heads);
        self.trunk();
        let Work { x, final_input, .. } = &mut self.work;
        Self::head(self.isa, &self.packed, self.config.epsilon, x, final_input, logits);
    }
}

/// A product with a matrix of a block and its bias.
fn multiply<N: Number>(isa: Isa, a: &Operand<N>, block: &Block<Panels>, projection: Projection, out: Output<N>) {
    tiles::multiply(isa, a, block.weight(projection), block.bias(projection), out);
}

/// Where the product of an operand with a matrix of a block goes: to the residual stream.
struct Residual<'a> {
    /// `[rows, hidden]`
    x: &'a mut Buffer,
    /// Room for a product that has a norm of its own.
    output: &'a mut Buffer,
    epsilon: f32,
}

impl Residual<'_> {
    /// Adds the product, or `norm` of it.
    fn add<N: Number>(
        &mut self,
        isa: Isa,
        a: &Operand<N>,
        block: &Block<Panels>,
        projection: Projection,
        norm: Option<&Panels>,
    ) {
        let Some(norm) = norm else {
            return multiply(isa, a, block, projection, Output::Add(self.x));
        };
        self.output.set_len(self.x.len());
        multiply(isa, a, block, projection, Output::Set(self.output));
        norm::add(isa, self.output, norm.vector(), self.epsilon, self.x);
    }
}

/// Both calls move to a worker thread once, since parallel loops begin faster there.
impl<N: Number> Engine for CpuEngine<N> {
    fn prefill(&mut self, prompts: &[Prompt], logits: &mut Logits) {
        let logits = logits.memory();
        rayon::scope(|_| self.prefill_all(prompts, logits));
    }

    fn decode(&mut self, steps: &[Step], logits: &mut Logits) {
        let logits = logits.memory();
        rayon::scope(|_| self.decode_all(steps, logits));
    }
}

/// Consecutive tokens of one prompt.
struct Piece {
    prompt: usize,
    range: std::ops::Range<usize>,
}

impl Piece {
    fn rows<'a>(&self, prompts: &'a [Prompt]) -> impl Iterator<Item = TokenRow> + use<'a> {
        let Prompt { place, tokens } = prompts[self.prompt];
        self.range.clone().map(move |position| TokenRow {
            place,
            slot: None,
            position,
            seen: position + 1,
            token: tokens[position],
        })
    }
}

/// Prompts cut into chunks of at most [`CHUNK`] rows, in order; a prompt is cut at multiples of [`CUT`] only.
fn chunks(prompts: &[Prompt]) -> Vec<Vec<Piece>> {
    let mut chunks: Vec<Vec<Piece>> = Vec::new();
    let mut free = 0;
    for (prompt, tokens) in prompts.iter().map(|prompt| prompt.tokens).enumerate() {
        let mut start = 0;
        while start < tokens.len() {
            let left = tokens.len() - start;
            let count = if left <= free { left } else { free / CUT * CUT };
            match chunks.last_mut() {
                Some(chunk) if count > 0 => {
                    let range = start..start + count;
                    chunk.push(Piece { prompt, range });
                    (start, free) = (start + count, free - count);
                }
                _ => {
                    chunks.push(Vec::new());
                    free = CHUNK;
                }
            }
        }
    }
    chunks
}

#[cfg(test)]
mod tests;
