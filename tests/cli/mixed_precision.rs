//! `model.dtype` and `--dtype`: the precision of the policy's products.

use serde_json::Value;

use crate::support::{FINISHED, Playground, TINY};

#[test]
fn an_unknown_precision_is_answered_with_those_there_are() {
    let place = Playground::new();
    let of_run = place.run(&["run", "model.dtype=bf1"]).refusal();
    let of_env = place.run(&["env", "--dtype", "bf1"]).refusal();
    insta::assert_snapshot!(format!("{of_run}\n---\n{of_env}"));
}

#[test]
fn the_device_is_told_with_its_precision() {
    let place = Playground::new();
    let device = |arguments: &[&str]| {
        let environment = place.json(&[&["env"], arguments].concat());
        environment["device"].as_str().unwrap().to_owned()
    };
    let usual = device(&[]);
    assert_eq!(device(&["--dtype", "f32"]), usual);
    assert_eq!(device(&["--dtype", "bf16"]), format!("{usual}, products in bf16"));
}

#[test]
fn a_run_in_another_precision_computes_anew_what_the_policy_does() {
    let status = |changes: &[&str]| -> Vec<(String, String)> {
        let plan = FINISHED.json(&[&["plan", "-q"], TINY, changes].concat());
        let text = |node: &Value, key: &str| node[key].as_str().unwrap().to_owned();
        let nodes = plan.as_array().unwrap().iter();
        nodes.map(|node| (text(node, "id"), text(node, "status"))).collect()
    };
    assert!(
        status(&["model.dtype=f32"])
            .iter()
            .all(|(_, status)| status == "cached")
    );
    for (id, status) in status(&["model.dtype=bf16"]) {
        assert_ne!(status, "cached", "{id}");
    }
}

/// The divergence of trainer and sampler, step by step, of a run that samples in `precision` and trains in f32.
fn mismatch_of_samples_in(precision: &str) -> Vec<f64> {
    let place = Playground::new();
    let sampled = format!("model.sample_dtype={precision}");
    let settings = [&sampled, "train.mismatch_cap=2.0"];
    place.run(&[&["run", "-q"], TINY, &settings].concat()).succeeded();
    let train = place.run(&["explain", "1/train.0"]).succeeded().stdout;
    assert!(!train.contains("products in"), "{train}");
    let respond = place.run(&["explain", "1/respond.0"]).succeeded().stdout;
    let told = format!("model.sample_dtype   \"{precision}\"");
    assert!(respond.contains(&told), "{respond}");
    let steps = place.json(&["inspect", "train", "--each"]);
    let mismatch = |step: &Value| step["mismatch_kl"].as_f64().unwrap();
    steps.as_array().unwrap().iter().map(mismatch).collect()
}

#[test]
fn a_run_may_sample_in_other_precisions_than_it_trains_in() {
    for (precision, expected) in [("bf16", 1e-9..1e-3), ("int8", 1e-7..1e-2)] {
        let all = mismatch_of_samples_in(precision);
        let near = all.iter().all(|kl| expected.contains(kl));
        assert!(!all.is_empty() && near, "{precision}: {all:?}");
    }
}

#[test]
fn nothing_is_trained_in_int8() {
    let place = Playground::new();
    let of_run = place.run(&["run", "model.dtype=int8"]).refusal();
    let of_bench = ["train", "prefill"].map(|name| place.run(&["bench", name, "--dtype", "int8"]).refusal());
    let of_bench = of_bench.join("---\n");
    let of_device = place
        .run(&["run", "model.device=plain", "model.sample_dtype=int8"])
        .refusal();
    insta::assert_snapshot!(format!("{of_run}\n---\n{of_bench}\n---\n{of_device}"));
}

#[test]
fn servers_sample_in_the_precision_that_they_were_started_in() {
    let place = Playground::new();
    let settings = [
        "sampler.kind=vllm",
        "sampler.urls=[\"http://127.0.0.1:9\"]",
        "model.sample_dtype=bf16",
    ];
    let refusal = place.run(&[&["run"], TINY, &settings].concat()).refusal();
    assert!(
        refusal.contains("`model.sample_dtype` is a precision, but must be \"same\""),
        "{refusal}"
    );
}

#[test]
fn a_round_in_mixed_precision_runs_to_its_end() {
    let place = Playground::new();
    place
        .run(&[&["run", "-q"], TINY, &["model.dtype=bf16"]].concat())
        .succeeded();
    let told = place.run(&["explain", "1/train.0"]).succeeded().stdout;
    assert!(told.contains("products in bf16"), "{told}");
    assert!(told.contains("model.dtype"), "{told}");
}
