//! What loads, what does not, and what is saved.

use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};

use crate::model::Weights;
use crate::ops::host;
use crate::testing::folder;
use crate::{AdamWConfig, Device, LmError, Policy, Trainer, survey};

const ADAMW: AdamWConfig = AdamWConfig {
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    weight_decay: 0.0,
};

/// A tensor of a file.
type Entry = (String, Dtype, Vec<usize>, Vec<u8>);

/// A saved policy with random weights.
fn saved(tied: bool) -> tempfile::TempDir {
    let (folder, saved) = (folder("llama", tied), tempfile::tempdir().unwrap());
    let policy = Policy::random(folder.path(), &Device::flex(), 1).unwrap();
    policy.save(saved.path()).unwrap();
    saved
}

fn load(dir: &Path) -> Result<Policy, LmError> {
    Policy::load(dir, &Device::flex())
}

/// What both ways of reading a folder say against it.
fn refusal(dir: &Path) -> String {
    let (error, surveyed) = (load(dir).unwrap_err(), survey(dir).unwrap_err());
    assert!(error.is_user_error() && surveyed.is_user_error());
    assert_eq!(error.to_string(), surveyed.to_string());
    error.to_string()
}

/// Writes the tensors of a folder anew, as `change` leaves them.
fn rewrite(dir: &Path, change: impl FnOnce(&mut Vec<Entry>)) {
    let path = dir.join("model.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap().tensors();
    let entry = |(name, view): (String, TensorView)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec());
    let mut entries: Vec<Entry> = tensors.into_iter().map(entry).collect();
    change(&mut entries);
    let views = entries.iter().map(|(name, dtype, shape, bytes)| {
        let view = TensorView::new(*dtype, shape.clone(), bytes).unwrap();
        (name.as_str(), view)
    });
    safetensors::serialize_to_file(views, None, &path).unwrap();
}

fn configure(dir: &Path, key: &str, value: Value) {
    let path = dir.join("config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    config[key] = value;
    std::fs::write(&path, config.to_string()).unwrap();
}

fn same(a: &Weights, b: &Weights) -> bool {
    let values = |weights: &Weights| weights.iter().flat_map(host::values).collect::<Vec<_>>();
    values(a) == values(b)
}

#[test]
fn names_without_their_prefix_and_tensors_that_nothing_reads_do_not_matter() {
    for tied in [false, true] {
        let dir = saved(tied);
        let before = load(dir.path()).unwrap();
        rewrite(dir.path(), |entries| {
            for (name, ..) in entries.iter_mut() {
                *name = name.strip_prefix("model.").unwrap_or(name).to_owned();
            }
            let buffer = "layers.0.self_attn.rotary_emb.inv_freq".to_owned();
            entries.push((buffer, Dtype::F64, vec![2], vec![0xff; 16]));
        });
        survey(dir.path()).unwrap();
        assert!(same(&before.model.weights, &load(dir.path()).unwrap().model.weights));
    }
}

#[test]
fn a_head_of_its_own_counts_though_the_file_calls_it_tied() {
    let dir = saved(false);
    let before = load(dir.path()).unwrap();
    configure(dir.path(), "tie_word_embeddings", json!(true));
    let loaded = load(dir.path()).unwrap();
    assert!(same(&before.model.weights, &loaded.model.weights));
    let again = tempfile::tempdir().unwrap();
    loaded.save(again.path()).unwrap();
    let config = std::fs::read_to_string(again.path().join("config.json")).unwrap();
    assert!(config.contains("\"tie_word_embeddings\": false"), "{config}");
    assert!(same(&before.model.weights, &load(again.path()).unwrap().model.weights));
}

#[test]
fn a_head_that_repeats_the_embedding_is_tied() {
    let dir = saved(true);
    rewrite(dir.path(), |entries| {
        let embedding = entries
            .iter()
            .find(|(name, ..)| name.contains("embed_tokens"))
            .unwrap()
            .clone();
        entries.push(("lm_head.weight".to_owned(), embedding.1, embedding.2, embedding.3));
    });
    let loaded = load(dir.path()).unwrap();
    assert!(loaded.model.weights.head.is_none() && loaded.model.config.tied);
}

#[test]
fn quantised_weights_are_called_that() {
    for end in ["qweight", "weight_packed", "weight_scale_inv", "weight.absmax"] {
        let dir = saved(true);
        rewrite(dir.path(), |entries| {
            let (name, ..) = entries
                .iter_mut()
                .find(|(name, ..)| name.ends_with("q_proj.weight"))
                .unwrap();
            *name = name.replace("weight", end);
        });
        let refusal = refusal(dir.path());
        assert!(refusal.contains("a quantised model (tensor `model.layers"), "{refusal}");
    }
}

#[test]
fn sizes_are_compared_before_anything_is_allocated() {
    for (key, size, told) in [
        (
            "vocab_size",
            1 << 28,
            "shape [20, 16]; the configuration asks for [268435456, 16]",
        ),
        ("hidden_size", 1 << 28, "the configuration asks for [20, 268435456]"),
        ("intermediate_size", 1 << 28, "the configuration asks for"),
        ("num_hidden_layers", 3, "tensor `model.layers.2."),
        (
            "num_hidden_layers",
            1,
            "`model.layers.1.input_layernorm.weight` belongs to a layer beyond the 1 layers",
        ),
        (
            "num_hidden_layers",
            1 << 16,
            "too few for the 65536 layers of config.json",
        ),
    ] {
        let dir = saved(true);
        configure(dir.path(), "head_dim", json!(4));
        configure(dir.path(), key, json!(size));
        let refusal = refusal(dir.path());
        assert!(refusal.contains(told), "{refusal}");
    }
}

#[test]
fn headers_that_lie_are_refused() {
    let dir = saved(true);
    let path = dir.path().join("model.safetensors");
    let whole = std::fs::read(&path).unwrap();
    let entry =
        |shape: &str, offsets: &str| format!(r#"{{"x":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#);
    let file = |length: u64, header: &str| [&length.to_le_bytes(), header.as_bytes()].concat();
    let honest = |header: String| file(header.len() as u64, &header);
    let (first, second) = (entry("[1]", "[0, 4]"), entry("[1]", "[4, 8]"));
    let twice = format!("{},{}", &first[..first.len() - 1], &second[1..]);
    let files = [
        vec![],
        whole[..7].to_vec(),
        file(u64::MAX, "{}"),
        file(u64::MAX - 7, "{}"),
        file(100_000_000, "{}"),
        honest("[".repeat(100_000)),
        honest("[]".to_owned()),
        honest(entry("[9223372036854775808, 2]", "[0, 0]")),
        honest(entry("[1]", "[4, 0]")),
        honest(entry("[1]", "[0, 4611686018427387904]")),
        honest(entry("[4611686018427387903]", "[0, 18446744073709551612]")),
        honest(entry("[1]", "[18446744073709551612, 18446744073709551615]")),
        honest(entry("[-1]", "[0, 4]")),
        [honest(twice), vec![0; 8]].concat(),
        [&whole[..], b"x"].concat(),
        whole[..whole.len() - 1].to_vec(),
    ];
    for bytes in files {
        std::fs::write(&path, &bytes).unwrap();
        let refusal = refusal(dir.path());
        assert!(refusal.contains("model.safetensors: "), "{refusal}");
    }
}

#[test]
fn nothing_that_is_not_a_number_is_written() {
    let dir = saved(false);
    for value in [f32::NAN, f32::INFINITY] {
        let out = tempfile::tempdir().unwrap();
        let mut policy = load(dir.path()).unwrap();
        let block = &mut policy.weights_mut().blocks[1];
        host::write(&mut block.gate_up, |values| values[30] = value);
        let refused = |result: Result<(), LmError>, tensor: &str, file: &str| {
            let error = result.unwrap_err();
            assert!(matches!(error, LmError::NotSaved { .. }) && error.is_user_error());
            assert!(error.to_string().contains(&format!("tensor `{tensor}`")), "{error}");
            assert!(!out.path().join(file).exists());
        };
        // Columns 24 to 47 are those of up.
        refused(
            policy.save(out.path()),
            "model.layers.1.mlp.up_proj.weight",
            "model.safetensors",
        );

        let mut trainer = Trainer::new(load(dir.path()).unwrap(), ADAMW);
        host::write(&mut trainer.moments_mut()[1].norm, |values| values[3] = value);
        refused(trainer.save(out.path()), "square.norm", "optimizer.safetensors");
    }
}
