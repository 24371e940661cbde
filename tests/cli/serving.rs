//! Runs whose responses come from servers: fakes that draw with the shipped policy.

use serl_serving::Engine;
use serl_serving::fake::{Fake, Fault, Loading};

use crate::support::inventory::manifests;
use crate::support::{Playground, TINY, TINY_NODES, shipped};

fn fake(engine: Engine, fault: impl Fn(usize) -> Option<Fault> + Send + Sync + 'static) -> Fake {
    Fake::start(engine, &shipped(""), Box::new(fault), Loading::Right).unwrap()
}

/// The arguments of a [`TINY`] run that samples at `fakes`.
fn served<'a>(kind: &'a str, urls: &'a str) -> Vec<&'a str> {
    [&["run"], TINY, &[kind, urls, "sampler.retries=2"]].concat()
}

fn urls(fakes: &[&Fake]) -> String {
    let urls: Vec<String> = fakes.iter().map(|fake| format!("{:?}", fake.url)).collect();
    format!("sampler.urls=[{}]", urls.join(", "))
}

#[test]
fn a_run_samples_at_its_servers_and_only_there() {
    for (engine, kind) in [
        (Engine::Vllm, "sampler.kind=vllm"),
        (Engine::Sglang, "sampler.kind=sglang"),
    ] {
        let place = Playground::new();
        let (first, second) = (fake(engine, |_| None), fake(engine, |_| None));
        let urls_of_both = urls(&[&first, &second]);
        place.run(&served(kind, &urls_of_both)).succeeded();
        assert!(first.drawn() > 20 && second.drawn() > 20);
        // The initial policy and that of each round but the last, which nothing samples, and the last for evaluation.
        assert_eq!(first.loaded().len(), 5);

        let manifests = manifests(&place.path(".serl"));
        assert_eq!(manifests.len(), TINY_NODES);
        let configs = manifests.values().map(|manifest| &manifest["material"]["config"]);
        let samplers: Vec<&str> = configs
            .filter_map(|config| config["sampler"]["kind"].as_str())
            .collect();
        assert_eq!(
            samplers.len(),
            9,
            "generate, respond and solve have the sampler in their keys"
        );
        assert!(samplers.iter().all(|found| kind.ends_with(found)));

        // Where a server is found changes no result.
        let elsewhere = fake(engine, |_| None);
        let cached = place.run(&served(kind, &urls(&[&elsewhere]))).succeeded();
        assert!(
            cached.stderr.contains(&format!("all {TINY_NODES} nodes cached")),
            "{}",
            cached.stderr
        );
        assert_eq!(elsewhere.drawn(), 0);
    }
}

#[test]
fn a_run_whose_server_dies_goes_on_from_there() {
    let place = Playground::new();
    let dies = fake(Engine::Vllm, |number| (number == 60).then_some(Fault::Dies));
    let failed = place.run(&served("sampler.kind=vllm", &urls(&[&dies])));
    assert_eq!(failed.code, Some(75), "{}", failed.stderr);
    let told = failed.stderr.replace(&dies.url, "URL");
    let error: Vec<&str> = told.lines().skip_while(|line| !line.starts_with("error")).collect();
    insta::assert_snapshot!(error.join("\n"));
    let complete = manifests(&place.path(".serl")).len();
    assert!(complete > 0 && complete < TINY_NODES);

    let sound = fake(Engine::Vllm, |_| None);
    place.run(&served("sampler.kind=vllm", &urls(&[&sound]))).succeeded();
    assert_eq!(manifests(&place.path(".serl")).len(), TINY_NODES);
}

#[test]
fn nothing_is_stored_of_a_server_that_keeps_the_former_weights() {
    let place = Playground::new();
    let keeps = Fake::start(Engine::Vllm, &shipped(""), Box::new(|_| None), Loading::Keeps).unwrap();
    let arguments = urls(&[&keeps]);
    // A step that a test shows.
    let failed = place.run(&[served("sampler.kind=vllm", &arguments), vec!["train.lr=1e-3"]].concat());
    assert_eq!(failed.code, Some(1), "{}", failed.stderr);
    assert!(
        failed.stderr.contains("does not have the weights of"),
        "{}",
        failed.stderr
    );
    let sampled_after_training = manifests(&place.path(".serl"))
        .values()
        .any(|manifest| manifest["material"]["stage"] == "respond" && manifest["node"] == "1/respond.1");
    assert!(!sampled_after_training);
}

#[test]
fn what_takes_log_probabilities_is_refused_where_the_engine_reports_those_of_another_distribution() {
    for key in ["reward.weight=likelihood", "train.mismatch_cap=2.0"] {
        let place = Playground::new();
        let fake = fake(Engine::Sglang, |_| None);
        let urls = urls(&[&fake]);
        let cold = ["vote.temperature=0.5", key];
        let failed = place.run(&[served("sampler.kind=sglang", &urls), cold.to_vec()].concat());
        assert_eq!(failed.code, Some(2), "{}", failed.stderr);
        assert!(
            failed.stderr.contains("set `vote.temperature` to 1"),
            "{}",
            failed.stderr
        );
        let warm = ["vote.temperature=1.0", key];
        place
            .run(&[served("sampler.kind=sglang", &urls), warm.to_vec()].concat())
            .succeeded();
    }
}

#[test]
fn what_is_wrong_with_the_section_is_said_before_anything_is_asked() {
    let place = Playground::new();
    let refusal = |arguments: &[&str]| place.run(&[&["run"], arguments].concat()).refusal();
    let all = [
        refusal(&["sampler.kind=llama_cpp"]),
        refusal(&["sampler.urls=[\"http://a:1\"]"]),
        refusal(&["sampler.kind=vllm", "sampler.urls=[\"http://a:1\", \"http://a:1\"]"]),
        refusal(&[
            "sampler.kind=llama_cpp",
            "sampler.urls=[\"http://a:1\"]",
            "sampler.start=[\"llama-server\"]",
        ]),
        refusal(&["sampler.kind=vllm", "sampler.urls=[\"localhost:8000\"]"]),
        refusal(&[
            "sampler.kind=vllm",
            "sampler.urls=[\"http://a:1\"]",
            "reward.kind=judge",
            "reward.path=models/judge",
        ]),
    ];
    insta::assert_snapshot!(all.join("\n---\n"));
}

#[test]
fn servers_that_do_not_answer_are_told_of_by_plan_and_run() {
    let place = Playground::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}");
    let urls = format!("sampler.urls=[{url:?}]");
    for command in ["plan", "run"] {
        let failed = place.run(&[&[command], TINY, &["sampler.kind=vllm", &urls]].concat());
        assert_eq!(failed.code, Some(75), "{}", failed.stderr);
        let told = failed.stderr.replace(&url, "URL");
        assert!(
            told.contains("URL cannot be asked what it is: it cannot be reached"),
            "{told}"
        );
    }
}

#[test]
fn servers_that_hold_the_initial_policy_get_the_adapters_since_then() {
    let place = Playground::new();
    let fake = fake(Engine::Vllm, |_| None);
    let urls = urls(&[&fake]);
    let adapted = [
        "train.lora.rank=2",
        "train.lora.targets=[\"q_proj\", \"down_proj\"]",
        "train.carry_optimizer=false",
        "train.lr=1e-2",
        "sampler.weights=adapters",
        "sampler.tolerance=0.0001",
    ];
    place
        .run(&[served("sampler.kind=vllm", &urls), adapted.to_vec()].concat())
        .succeeded();
    assert_eq!(manifests(&place.path(".serl")).len(), TINY_NODES);
    // After each of the four rounds, under the name of the policy, and only as long as that is sampled.
    assert_eq!((fake.loaded().len(), fake.adapters().len()), (4, 1));
    let left = std::fs::read_dir(place.path(".serl/servers")).unwrap().count();
    assert_eq!(left, 0, "adapters for servers do not stay");
}
