//! What is sent to engines, word for word, and what is read from their answers.

use std::path::Path;

use serde_json::{Value, json};
use serl_lm::SamplingParams;

use super::{Asked, Dialect, Engine, Reply};

const ENGINES: [Engine; 3] = [Engine::Vllm, Engine::Sglang, Engine::LlamaCpp];

fn params() -> SamplingParams {
    SamplingParams {
        temperature: 0.5,
        top_p: 0.75,
        top_k: 20,
        stop: vec!["\n\n".into()],
        ..SamplingParams::default()
    }
}

fn request(engine: Engine, params: &SamplingParams) -> String {
    let asked = Asked {
        prompt: &[1, 2, 3],
        seed: 14,
        limit: 32,
        ends: &[4, 9],
        adapter: None,
    };
    let (path, body) = engine.dialect().request(asked, params);
    format!("POST {path}\n{body:#}")
}

#[test]
fn every_parameter_is_sent() {
    for engine in ENGINES {
        insta::assert_snapshot!(format!("request_{}", engine.name()), request(engine, &params()));
    }
}

#[test]
fn penalties_and_the_fewest_tokens_are_sent_where_the_engine_means_the_same() {
    let params = SamplingParams {
        presence_penalty: 0.5,
        frequency_penalty: 0.25,
        min_new_tokens: 3,
        ..params()
    };
    for engine in [Engine::Vllm, Engine::Sglang] {
        assert!(engine.dialect().check(&params).is_ok());
        let sent = request(engine, &params);
        for part in [
            "\"presence_penalty\": 0.5",
            "\"frequency_penalty\": 0.25",
            "_tokens\": 3",
        ] {
            assert!(sent.contains(part), "{part} is not in {sent}");
        }
    }
    let refused = Engine::LlamaCpp.dialect().check(&params).unwrap_err();
    insta::assert_snapshot!(refused);
}

fn read(engine: Engine, body: &Value) -> Result<Reply, String> {
    engine.dialect().reply(body)
}

fn answers() -> [(Engine, Value); 3] {
    let of_vllm = json!({"choices": [{
        "index": 0, "text": "7!", "finish_reason": "stop", "stop_reason": null, "token_ids": [12, 4],
        "logprobs": {"token_logprobs": [-0.5, -0.25], "tokens": ["7", "!"], "text_offset": [0, 1]},
    }]});
    let of_sglang = json!({"text": "7!", "output_ids": [12, 4], "meta_info": {
        "finish_reason": {"type": "stop", "matched": 4}, "prompt_tokens": 3, "completion_tokens": 2,
        "output_token_logprobs": [[-0.5, 12, null], [-0.25, 4, null]],
    }});
    let of_llama_cpp = json!({"content": "7!", "tokens": [12, 4], "stop": true, "stop_type": "eos",
    "completion_probabilities": [
        {"id": 12, "token": "7", "logprob": -0.5, "top_logprobs": []},
        {"id": 4, "token": "!", "logprob": -0.25, "top_logprobs": []},
    ]});
    [
        (Engine::Vllm, of_vllm),
        (Engine::Sglang, of_sglang),
        (Engine::LlamaCpp, of_llama_cpp),
    ]
}

#[test]
fn a_reply_is_read_from_the_answer_of_each_engine() {
    for (engine, body) in answers() {
        let reply = read(engine, &body).unwrap();
        assert_eq!(
            (reply.tokens, reply.logprobs),
            (vec![12, 4], vec![-0.5, -0.25]),
            "{engine:?}"
        );
    }
}

#[test]
fn what_is_missing_is_named() {
    let told: Vec<String> = ENGINES.map(|engine| read(engine, &json!({})).unwrap_err()).into();
    assert_eq!(
        told,
        [
            "it has no `choices`",
            "it has no `meta_info.output_token_logprobs`",
            "it has no `completion_probabilities`"
        ]
    );
}

#[test]
fn tokens_and_log_probabilities_of_different_tokens_are_no_reply() {
    let (engine, mut body) = answers()[2].clone();
    body["tokens"] = json!([12, 5]);
    assert!(read(engine, &body).unwrap_err().contains("different tokens"));
}

#[test]
fn a_streamed_response_may_not_leave_tokens_out() {
    let dialect = Engine::LlamaCpp.dialect();
    assert_eq!(
        ENGINES.map(|engine| engine.dialect().streams(&params())),
        [false, false, true]
    );
    let piece = json!({
        "tokens": [12], "completion_probabilities": [{"id": 12, "logprob": -0.5}], "tokens_predicted": 3, "stop": false,
    });
    assert_eq!(dialect.piece(&piece, 2).unwrap().unwrap().tokens, [12]);
    assert!(
        dialect
            .piece(&piece, 1)
            .unwrap_err()
            .contains("left out some of 3 tokens")
    );
    assert_eq!(dialect.piece(&json!({"stop": true, "tokens": []}), 3), Ok(None));
}

#[test]
fn an_engine_that_reports_a_failed_update_with_status_200_is_not_believed() {
    let dialect: &dyn Dialect = Engine::Sglang.dialect();
    let refused = json!({"success": false, "message": "shapes differ"});
    assert_eq!(dialect.loaded(&refused), Err("shapes differ".into()));
    assert_eq!(dialect.loaded(&json!({"success": true})), Ok(()));
}

#[test]
fn adapters_are_asked_for_by_name() {
    let asked = Asked {
        prompt: &[1],
        seed: 2,
        limit: 3,
        ends: &[],
        adapter: Some("serl-1234"),
    };
    let name = |engine: Engine, key: &str| engine.dialect().request(asked, &params()).1[key].clone();
    assert_eq!(name(Engine::Vllm, "model"), "serl-1234");
    assert_eq!(name(Engine::Sglang, "lora_path"), "serl-1234");
    let takes = |engine: Engine| engine.dialect().load_adapter("serl-1234", Path::new("a")).is_some();
    assert_eq!(ENGINES.map(takes), [true, true, false]);
}

#[test]
fn weights_reach_the_engines_that_take_others_while_they_run() {
    let reloads = |engine: Engine| !engine.dialect().load(Path::new("m")).is_empty();
    assert_eq!(ENGINES.map(reloads), [true, true, false]);
}
