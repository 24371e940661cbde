//! The inputs that are damaged, and what reads them.

use std::fs;

use serde_json::{Value, json};

use super::{bytes, json as documents, tensors, text};
use crate::support::dice::Dice;
use crate::support::{FINISHED, Playground, TINY, shipped};

/// An input of `serl`.
pub struct Target {
    /// The file, relative to the playground.
    pub file: &'static str,
    /// Writes the file and those beside it; gives the command that reads it.
    pub prepare: fn(&Playground) -> Vec<String>,
    /// Puts a fault into the file's content.
    pub mutate: fn(Vec<u8>, &mut Dice) -> Vec<u8>,
}

pub const TARGETS: &[Target] = &[
    Target {
        file: "run.toml",
        prepare: configuration,
        mutate: text::toml,
    },
    Target {
        file: "model/config.json",
        prepare: model,
        mutate: documents::mutate,
    },
    Target {
        file: "model/tokenizer.json",
        prepare: model,
        mutate: documents::mutate,
    },
    Target {
        file: "model/tokenizer_config.json",
        prepare: model,
        mutate: documents::mutate,
    },
    Target {
        file: "model/generation_config.json",
        prepare: model,
        mutate: documents::mutate,
    },
    Target {
        file: "model/chat_template.jinja",
        prepare: model,
        mutate: text::jinja,
    },
    Target {
        file: "model/model.safetensors",
        prepare: model,
        mutate: tensors::mutate,
    },
    Target {
        file: "model/model.safetensors.index.json",
        prepare: sharded,
        mutate: documents::mutate,
    },
    Target {
        file: "adapter/adapter_config.json",
        prepare: adapter,
        mutate: documents::mutate,
    },
    Target {
        file: "adapter/adapter_model.safetensors",
        prepare: adapter,
        mutate: tensors::mutate,
    },
    Target {
        file: "seeds.parquet",
        prepare: seeds_table,
        mutate: bytes::mutate_ends,
    },
    Target {
        file: "seeds.jsonl",
        prepare: data,
        mutate: documents::mutate,
    },
    Target {
        file: "problems.jsonl",
        prepare: data,
        mutate: documents::mutate,
    },
    Target {
        file: "documents.jsonl",
        prepare: documents_for_sft,
        mutate: documents::mutate,
    },
    Target {
        file: "rows.jsonl",
        prepare: rows,
        mutate: documents::mutate,
    },
];

fn words(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|&word| word.to_owned()).collect()
}

/// A run of one short iteration, with these changes.
fn run(changes: &[&str]) -> Vec<String> {
    words(&[&["run", "-q"], TINY, SHORT, changes].concat())
}

const SHORT: &[&str] = &[
    "iterations=1",
    "rounds=1",
    "generate.prompts=2",
    "vote.n=2",
    "eval.limit=2",
    "eval.k=0",
];

fn configuration(place: &Playground) -> Vec<String> {
    place.write("run.toml", include_str!("run.toml"));
    words(&["run", "-q", "-c", "run.toml"])
}

fn model(place: &Playground) -> Vec<String> {
    place.copy_policy("model");
    run(&["model.path=model"])
}

fn sharded(place: &Playground) -> Vec<String> {
    let folder = place.copy_policy("model");
    let content = fs::read(folder.join("model.safetensors")).unwrap();
    let length = u64::from_le_bytes(content[..8].try_into().unwrap()) as usize;
    let header: serde_json::Map<String, Value> = serde_json::from_slice(&content[8..8 + length]).unwrap();
    let names = header.keys().filter(|name| *name != "__metadata__");
    let map: Value = names.map(|name| (name.clone(), json!("part-1.safetensors"))).collect();
    fs::rename(folder.join("model.safetensors"), folder.join("part-1.safetensors")).unwrap();
    let index = json!({ "weight_map": map }).to_string();
    place.write("model/model.safetensors.index.json", index);
    run(&["model.path=model"])
}

fn adapter(place: &Playground) -> Vec<String> {
    place.write("documents.jsonl", "{\"text\": \"1+1=2\"}\n");
    let train: Vec<String> = sft(&["sft.lora.rank=2"]);
    let train: Vec<&str> = train.iter().map(String::as_str).collect();
    place.run(&train).succeeded();
    fs::rename(place.path("trained/adapter"), place.path("adapter")).unwrap();
    words(&[
        "merge",
        &shipped("").display().to_string(),
        "adapter",
        "--out",
        "merged",
    ])
}

fn sft(changes: &[&str]) -> Vec<String> {
    let model = format!("model.path={}", shipped("").display());
    words(
        &[
            &[
                "sft",
                "-q",
                "-o",
                "trained",
                &model,
                "data.path=documents.jsonl",
                "sft.epochs=1",
            ],
            changes,
        ]
        .concat(),
    )
}

fn seeds_table(place: &Playground) -> Vec<String> {
    let table = FINISHED.path(".serl/runs/tiny/1/filter/kept.parquet");
    fs::copy(table, place.path("seeds.parquet")).unwrap();
    run(&["seeds.path=seeds.parquet"])
}

fn data(place: &Playground) -> Vec<String> {
    let first = |name: &str| {
        let text = fs::read_to_string(shipped("data").join(name)).unwrap();
        text.lines()
            .take(6)
            .fold(String::new(), |lines, line| lines + line + "\n")
    };
    place.write("seeds.jsonl", first("seeds.jsonl"));
    place.write("problems.jsonl", first("eval.jsonl"));
    run(&["seeds.path=seeds.jsonl", "eval.path=problems.jsonl"])
}

fn documents_for_sft(place: &Playground) -> Vec<String> {
    place.write(
        "documents.jsonl",
        "{\"text\": \"1+1=2\"}\n{\"messages\": [{\"role\": \"user\", \"content\": \"1+1?\"}, {\"role\": \"assistant\", \
         \"content\": \"2\"}]}\n",
    );
    sft(&[])
}

fn rows(place: &Playground) -> Vec<String> {
    place.write(
        "rows.jsonl",
        "{\"gold\": \"1/2\", \"pred\": \"so \\\\boxed{0.5}\"}\n\
         {\"gold\": \"B\", \"pred\": \"(B)\", \"choices\": [\"1\", \"2\"]}\n",
    );
    words(&["grade", "-q", "--input", "rows.jsonl", "--output", "out.jsonl"])
}
