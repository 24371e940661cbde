//! Do servers have the weights that they should have?

use serl_lm::{AdamWConfig, Objective, StepConfig, Tally, TokenObjective, Trainer};

use super::*;

/// Makes responses likelier.
struct Likelier;

impl Objective for Likelier {
    fn evaluate(&self, unit: &[(usize, &[f32])], _: &mut Tally) -> Vec<TokenObjective> {
        let response = |(_, logprobs): &(usize, &[f32])| TokenObjective {
            loss: -logprobs.iter().map(|logprob| f64::from(*logprob)).sum::<f64>(),
            gradient: vec![-1.0; logprobs.len()],
        };
        unit.iter().map(response).collect()
    }
}

/// A folder with the shipped policy after one step of training at the rate `lr`.
fn trained(lr: f64) -> tempfile::TempDir {
    let policy = Policy::load(quickstart().as_path(), &Device::flex()).unwrap();
    let prompt = policy.tokenizer().raw("What is 2 + 2?").unwrap();
    let response = policy.tokenizer().encode("4").unwrap();
    let adamw = AdamWConfig {
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weight_decay: 0.0,
    };
    let mut trainer = Trainer::new(policy, adamw);
    let step = StepConfig {
        lr,
        max_grad_norm: 1.0,
        micro_batch_tokens: 512,
        gradient_checkpointing: false,
        data_parallel: 1,
    };
    let groups = [Group {
        prompt: &prompt,
        responses: vec![&response],
    }];
    trainer.step(&groups, &Likelier, &step).unwrap();
    let folder = tempfile::tempdir().unwrap();
    trainer.policy().save(folder.path()).unwrap();
    folder
}

fn starts_with(engine: Engine, loading: Loading) -> Fake {
    Fake::start(engine, &quickstart(), Box::new(|_| None), loading).unwrap()
}

#[test]
fn servers_are_told_to_load_each_policy() {
    let next = trained(1e-3);
    for engine in [Engine::Vllm, Engine::Sglang] {
        let fake = starts_with(engine, Loading::Right);
        let mut connected = connect(settings(engine, &[&fake]));
        connected.open(&quickstart()).unwrap();
        let sampler = connected.open(next.path()).unwrap();
        assert_eq!(fake.loaded(), [quickstart(), next.path().to_owned()]);
        let policy = Policy::load(next.path(), &Device::flex()).unwrap();
        let drawn = draw(&sampler, &asked(), &params()).unwrap();
        let own = draw(&policy, &requests(&policy, |seed| seen(engine, seed << 1)), &params()).unwrap();
        assert_eq!(drawn, own);
    }
}

/// What is said where a server keeps its weights instead of loading those of a step at the rate `lr`.
fn kept(lr: f64) -> String {
    let next = trained(lr);
    let fake = starts_with(Engine::Vllm, Loading::Keeps);
    let mut connected = connect(settings(Engine::Vllm, &[&fake]));
    connected.open(&quickstart()).unwrap();
    let error = connected.open(next.path()).map(|_| ()).unwrap_err();
    error.to_string()
}

#[test]
fn a_server_that_keeps_its_weights_and_says_that_all_is_well_is_found() {
    let coarse = kept(1e-2);
    assert!(
        coarse.contains("does not have the weights of") && coarse.contains("nats in the mean"),
        "{coarse}"
    );
    // Within the tolerance, but the wrong one all the same.
    let fine = kept(1e-5);
    assert!(
        fine.contains("0 % of what they should have since the last policy"),
        "{fine}"
    );
}

#[test]
fn a_step_as_small_as_that_is_no_reason_to_refuse_a_server_that_took_it() {
    let next = trained(1e-5);
    let fake = starts_with(Engine::Vllm, Loading::Right);
    let mut connected = connect(settings(Engine::Vllm, &[&fake]));
    connected.open(&quickstart()).unwrap();
    connected.open(next.path()).unwrap();
}

#[test]
fn a_server_that_cannot_load_weights_says_how_it_could() {
    let fake = starts_with(Engine::Vllm, Loading::Unknown);
    let error = connect(settings(Engine::Vllm, &[&fake]))
        .open(&quickstart())
        .map(|_| ())
        .unwrap_err();
    assert!(error.is_user_error());
    let text = error.to_string().replace(&fake.url, "URL");
    insta::assert_snapshot!(text);
}

#[test]
fn a_server_with_other_weights_is_refused_before_the_first_sample() {
    let other = trained(1e-1);
    let fake = Fake::start(Engine::LlamaCpp, other.path(), Box::new(|_| None), Loading::Unknown).unwrap();
    let error = connect(settings(Engine::LlamaCpp, &[&fake]))
        .open(&quickstart())
        .map(|_| ())
        .unwrap_err();
    assert!(error.to_string().contains("nats in the mean"), "{error}");
}

#[test]
fn what_a_server_drew_before_it_was_started_again_is_drawn_by_another() {
    let other = trained(1e-1);
    let changes = starts_with(Engine::Vllm, Loading::Right);
    let sound = starts_with(Engine::Vllm, Loading::Right);
    let mut connected = connect(settings(Engine::Vllm, &[&changes, &sound]));
    let sampler = connected.open(&quickstart()).unwrap();
    // While responses are on their way.
    let mut replaced = false;
    let drawn = sampler.sample(&asked(), &params(), &mut |_| {
        if !replaced {
            changes.replace(other.path()).unwrap();
            replaced = true;
        }
    });
    assert_eq!(drawn.unwrap(), in_process(Engine::Vllm, &params()));
    let notes = connected.notes.lock().unwrap().clone();
    assert!(
        notes.iter().any(|note| note.contains("in another way than before")),
        "{notes:?}"
    );

    let alone = starts_with(Engine::Vllm, Loading::Right);
    let sampler = connect(settings(Engine::Vllm, &[&alone])).open(&quickstart()).unwrap();
    alone.replace(other.path()).unwrap();
    let error = draw(&sampler, &asked(), &params()).unwrap_err();
    assert!(error.to_string().contains("no server is left"), "{error}");
}

#[test]
fn a_server_in_float32_may_not_be_far_off_even_with_the_first_policy() {
    let other = trained(1e-5);
    let told = |engine| {
        let fake = Fake::start(engine, other.path(), Box::new(|_| None), Loading::Keeps).unwrap();
        let opened = connect(settings(engine, &[&fake])).open(&quickstart());
        opened.map(|_| ()).map_err(|error| error.to_string())
    };
    // The fake SGLang says that it computes in float32; the fake vLLM does not say in what it computes.
    assert!(told(Engine::Sglang).unwrap_err().contains("a part of the weights"));
    assert_eq!(told(Engine::Vllm), Ok(()), "it is within the tolerance");
}
