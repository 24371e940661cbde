//! The engine of the CPU: packed weights, dedicated kernels, keys and values in place.
//!
//! Each element of a product is one chain of multiply-adds in a fixed order, so logits depend on a row's tokens alone.

mod attention;
mod batch;
mod cache;
mod head;
mod linear;
mod needs;
mod norm;
mod packed;

use std::sync::{Arc, Mutex};

use burn::tensor::Tensor;
use half::bf16;

pub(crate) use needs::needs;
pub(crate) use packed::Packed;

use super::{Engine, Logits, Prompt, Room, Step};
use crate::config::{Config, QkNorms};
use crate::model::arch::LayerSpec;
use crate::model::{Block, Model, Projection};
use crate::ops::attention::Heads;
use crate::ops::embed;
use crate::ops::host::tiles::{Buffer, Isa, Number, Output, Panels};
use crate::ops::host::{Memory, awake};
use crate::ops::qk_norm::QkNorm;
use crate::ops::rope::Rope;
use crate::profile::{self, Section};
use crate::{Dtype, Precision};
use attention::{Attention, Scratch, scratches};
use batch::{Batch, TokenRow};
use cache::{LayerCache, Turn};
use head::Head;
use linear::Linear;

/// Rows of prompts that are computed at once; a multiple of every number of rows that attend together.
const CHUNK: usize = 512;

/// Where long prompts may be cut.
const CUT: usize = 64;

/// Runs a model with keys and values in host memory. Those are numbers `N`, as are activations that are multiplied with
/// weights, unless weights are in int8.
struct CpuEngine<N> {
    isa: Isa,
    linear: Linear<N>,
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
    work: Work,
    head: Head,
}

/// Activations, kept from step to step.
#[derive(Default)]
struct Work {
    batch: Batch,
    tokens: Vec<u32>,
    /// The residual stream `[rows, hidden]`.
    x: Buffer,
    qkv: Buffer,
    /// What attention or the MLP gives `[rows, hidden]`, where that has a norm of its own.
    output: Buffer,
    /// Residual streams of the prompts' last tokens.
    last: Buffer,
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
        let (heads, arena) = (Heads::of(&model.config), Arc::default());
        Self {
            isa,
            linear: Linear::new(isa, model.device.precision() == Precision::Int8),
            config: Arc::clone(&model.config),
            specs: Arc::clone(&model.layers),
            ropes: Arc::clone(&model.ropes),
            embed: model.weights.embed.clone(),
            packed,
            caches: (0..model.config.layers)
                .map(|_| LayerCache::new(heads, room.prompts, room.slots, &arena))
                .collect(),
            lengths: vec![0; room.prompts],
            scratch: scratches(),
            work: Work::default(),
            head: Head::default(),
        }
    }

    /// The residual stream of the batch after the last block, in `work.x`.
    fn trunk(&mut self) {
        let (isa, epsilon, heads) = (self.isa, self.config.epsilon, Heads::of(&self.config));
        let hidden = self.config.hidden;
        let linear = &mut self.linear;
        let Work {
            batch,
            tokens,
            x,
            qkv,
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
            linear.take_norm(x, block.norm1.as_ref(), hidden, epsilon);
            linear.project(block, Projection::Qkv, Output::Set(qkv));
            let factors = |of: fn(&QkNorm<Panels>) -> &Panels| block.qk_norm.as_ref().map(|norm| of(norm).vector());
            let (mut q, mut k) = (factors(|norm| &norm.q), factors(|norm| &norm.k));
            if spec.qk_norm == QkNorms::Row {
                norm::rows(isa, qkv, [q.take(), k.take()], heads, epsilon);
            }
            // A prompt's keys are rotated once, when they are stored; queries, and keys of rows that decode, where
            // attention reads them.
            let keys = Turn::new(rope, k, epsilon);
            cache.store(isa, keys, batch, qkv);
            let attention = Attention {
                isa,
                heads,
                spec: attention,
                queries: Turn::new(rope, q, epsilon),
                keys,
                cache: cache.share(),
                batch,
                qkv,
                scratch: &self.scratch,
            };
            linear.take(|attended| attention.run(attended));
            let mut residual = Residual {
                isa,
                x,
                output,
                epsilon,
            };
            residual.add(linear, block, Projection::Out, block.out_norm.as_ref());
            linear.take_norm(residual.x, block.norm2.as_ref(), hidden, epsilon);
            linear.take_hidden(block, spec.gate);
            residual.add(linear, block, Projection::Down, block.down_norm.as_ref());
        }
    }

    /// Logits of residual streams: of the prompts' last tokens, or of all rows.
    fn head(&mut self, of: fn(&Work) -> &Buffer, logits: &mut Vec<f32>) {
        let Self { packed, head, .. } = self;
        let x = of(&self.work);
        logits.resize(x.len() / self.config.hidden * packed.head.columns(), 0.0);
        head.logits(self.isa, packed, x, self.config.epsilon, logits);
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
        self.head(|work| &work.last, logits);
    }

    fn decode_all(&mut self, steps: &[Step], logits: &mut Vec<f32>) {
        let _section = profile::section(Section::Decode);
        let heads = Heads::of(&self.config);
        self.work.batch.decode(steps, &self.lengths, heads);
        self.trunk();
        self.head(|work| &work.x, logits);
    }
}

/// Where products go: to the residual stream.
struct Residual<'a> {
    isa: Isa,
    /// `[rows, hidden]`
    x: &'a mut Buffer,
    /// Room for a product that has a norm of its own.
    output: &'a mut Buffer,
    epsilon: f32,
}

impl Residual<'_> {
    /// Adds a product with a matrix of a block, or `norm` of it.
    fn add<N: Number>(
        &mut self,
        linear: &Linear<N>,
        block: &Block<Panels>,
        projection: Projection,
        norm: Option<&Panels>,
    ) {
        let Some(norm) = norm else {
            return linear.project(block, projection, Output::Add(self.x));
        };
        self.output.set_len(self.x.len());
        linear.project(block, projection, Output::Set(self.output));
        norm::add(self.isa, self.output, norm.vector(), self.epsilon, self.x);
    }
}

/// Both calls move to a worker thread once, since parallel loops begin faster there.
impl<N: Number> Engine for CpuEngine<N> {
    fn prefill(&mut self, prompts: &[Prompt], logits: &mut Logits) {
        let logits = logits.memory();
        awake(|| self.prefill_all(prompts, logits));
    }

    fn decode(&mut self, steps: &[Step], logits: &mut Logits) {
        let logits = logits.memory();
        awake(|| self.decode_all(steps, logits));
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
