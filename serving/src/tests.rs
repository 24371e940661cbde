//! Servers as a whole: fakes that draw with a real policy, and what a client makes of them.

mod faults;
mod starting;
mod weights;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serl_lm::{Device, Folder, Group, LmError, Policy, Request, Response, Sampler, SamplingParams, logprobs};

use crate::fake::{Fake, Fault, Loading};
use crate::{Engine, Load, Served, Servers, Settings};

const ENGINES: [Engine; 3] = [Engine::Vllm, Engine::Sglang, Engine::LlamaCpp];

/// The shipped policy.
fn quickstart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/quickstart")
}

fn fake(engine: Engine, fault: impl Fn(usize) -> Option<Fault> + Send + Sync + 'static) -> Fake {
    Fake::start(engine, &quickstart(), Box::new(fault), Loading::Right).unwrap()
}

fn settings(engine: Engine, fakes: &[&Fake]) -> Settings {
    Settings {
        engine,
        urls: fakes.iter().map(|fake| fake.url.clone()).collect(),
        version: String::new(),
        start: Vec::new(),
        start_timeout: Duration::from_secs(20),
        in_flight: 4,
        timeout: Duration::from_secs(20),
        retries: 3,
        pause: Duration::from_millis(2),
        tolerance: 0.01,
        key: None,
    }
}

/// Servers with what they have told the user.
struct Connected {
    servers: Servers,
    notes: Arc<Mutex<Vec<String>>>,
}

fn connect(settings: Settings) -> Connected {
    let notes: Arc<Mutex<Vec<String>>> = Arc::default();
    let told = Arc::clone(&notes);
    let note = Arc::new(move |note: &str| told.lock().unwrap().push(note.to_owned()));
    let servers = Servers::connect(settings, &std::env::temp_dir(), note).unwrap();
    Connected { servers, notes }
}

impl Connected {
    fn open(&mut self, path: &Path) -> Result<Served, LmError> {
        let policy = Policy::load(path, &Device::flex())?;
        let folder = Folder::new(path);
        self.servers
            .open(path, &folder, &Load::Policy, &mut |groups: &[Group<'_>]| {
                let scores = logprobs(&policy, groups, 2048)?;
                Ok(scores.into_iter().map(|scores| scores.logprobs).collect())
            })
    }
}

/// Two requests with three responses each. Engines have seeds of 31 to 63 bits; these are the same in all of them
/// but for the last bit, which two engines drop.
fn requests(policy: &Policy, seeds: impl Fn(u64) -> u64) -> Vec<Request> {
    let request = |(i, text): (u64, &str)| Request {
        prompt: policy.tokenizer().raw(text).unwrap(),
        seeds: (0..3).map(|j| seeds(10 * i + j + 1)).collect(),
        ..Request::default()
    };
    (0..)
        .zip(["Tom has 3 apples.", "What is 4 + 5?"])
        .map(request)
        .collect()
}

/// What a server of `engine` makes of `seed`, so that the policy in process can draw the same.
fn seen(engine: Engine, seed: u64) -> u64 {
    match engine {
        Engine::Vllm | Engine::Sglang => seed >> 1,
        Engine::LlamaCpp => seed,
    }
}

fn params() -> SamplingParams {
    SamplingParams {
        max_new_tokens: 10,
        ..SamplingParams::default()
    }
}

fn draw(sampler: &dyn Sampler, requests: &[Request], params: &SamplingParams) -> Result<Vec<Vec<Response>>, LmError> {
    sampler.sample(requests, params, &mut |_| {})
}

/// What the policy in this process draws where a server of `engine` is asked for `requests(…)`.
fn in_process(engine: Engine, params: &SamplingParams) -> Vec<Vec<Response>> {
    let policy = Policy::load(quickstart().as_path(), &Device::flex()).unwrap();
    let requests = requests(&policy, |seed| seen(engine, seed << 1));
    draw(&policy, &requests, params).unwrap()
}

/// What a sampler of servers is asked for, the same as in [`in_process`].
fn asked() -> Vec<Request> {
    let policy = Policy::load(quickstart().as_path(), &Device::flex()).unwrap();
    requests(&policy, |seed| seed << 1)
}

#[test]
fn servers_of_each_engine_give_what_the_policy_in_process_gives() {
    let stop = SamplingParams {
        stop: vec![" ".into()],
        ..params()
    };
    for engine in ENGINES {
        let fakes = [fake(engine, |_| None), fake(engine, |_| None)];
        let mut connected = connect(settings(engine, &[&fakes[0], &fakes[1]]));
        let sampler = connected.open(&quickstart()).unwrap();
        assert_eq!(sampler.context_length(), 800, "the server's context is the shorter one");
        for params in [params(), stop.clone()] {
            let mut steps = Vec::new();
            let drawn = sampler.sample(&asked(), &params, &mut |step| steps.push(step)).unwrap();
            assert_eq!(drawn, in_process(engine, &params), "{engine:?}");
            assert_eq!(steps.last().map(|step| (step.rows_done, step.rows)), Some((6, 6)));
        }
        assert!(
            fakes.iter().all(|fake| fake.drawn() > 16),
            "both have more to do than the test prompts"
        );
        assert_eq!(*connected.notes.lock().unwrap(), Vec::<String>::new());
    }
}

#[test]
fn log_probabilities_of_another_distribution_have_no_name() {
    for (engine, raw) in [(Engine::Vllm, true), (Engine::LlamaCpp, true), (Engine::Sglang, false)] {
        let fake = fake(engine, |_| None);
        let sampler = connect(settings(engine, &[&fake])).open(&quickstart()).unwrap();
        for (change, cut) in [
            (SamplingParams { top_p: 0.5, ..params() }, true),
            (
                SamplingParams {
                    temperature: 0.5,
                    ..params()
                },
                false,
            ),
        ] {
            let drawn = draw(&sampler, &asked(), &change).unwrap();
            let response = &drawn[0][0];
            assert_eq!(
                response.logprobs,
                Vec::<f32>::new(),
                "{engine:?}: the server does not report them"
            );
            // Cutting the distribution off leaves SGLang's the policy's own; a temperature does not.
            assert_eq!(response.policy_logprobs.is_some(), raw || cut, "{engine:?} {change:?}");
            let own = in_process(engine, &change);
            if let Some(logprobs) = &response.policy_logprobs {
                assert_eq!(Some(logprobs), own[0][0].policy_logprobs.as_ref());
            }
        }
    }
}

#[test]
fn a_server_says_what_it_is() {
    let fake = fake(Engine::LlamaCpp, |_| None);
    let connected = connect(settings(Engine::LlamaCpp, &[&fake]));
    let identity = connected.servers.identity().to_string();
    assert_eq!(
        identity,
        r#"{"kind":"llama_cpp","version":"fake","parameters":null,"bytes":null}"#
    );
    let stated = Settings {
        version: "b1234, f32".into(),
        urls: vec!["http://127.0.0.1:1".into()],
        ..settings(Engine::LlamaCpp, &[])
    };
    let connected = connect(stated);
    let identity = connected.servers.identity().to_string();
    assert_eq!(identity, r#"{"kind":"llama_cpp","version":"b1234, f32"}"#);
}

#[test]
fn a_server_that_is_down_from_the_start_is_left_out() {
    let fake = fake(Engine::Vllm, |_| None);
    let mut both = settings(Engine::Vllm, &[&fake]);
    let down = "http://127.0.0.1:1".to_owned();
    for version in ["", "0.0-fake"] {
        both.version = version.to_owned();
        both.urls = vec![down.clone(), fake.url.clone()];
        let mut connected = connect(both.clone());
        let sampler = connected.open(&quickstart()).unwrap();
        assert_eq!(sampler.context_length(), 800);
        let drawn = draw(&sampler, &asked(), &params()).unwrap();
        assert_eq!(drawn, in_process(Engine::Vllm, &params()));
        let notes = connected.notes.lock().unwrap().clone();
        assert!(
            notes
                .iter()
                .all(|note| note.starts_with(&format!("{down} is left out"))),
            "{notes:?}"
        );
        assert!(!notes.is_empty());
    }
    both.version = String::new();
    both.urls = vec![down];
    assert!(refused(both).contains("cannot be asked what it is: it cannot be reached"));
}

fn refused(settings: Settings) -> String {
    let connected = Servers::connect(settings, &std::env::temp_dir(), Arc::new(|_| {}));
    connected.map(|_| ()).unwrap_err().to_string()
}

#[test]
fn what_is_no_server_of_the_engine_is_refused() {
    let fake = fake(Engine::LlamaCpp, |_| None);
    let text = refused(settings(Engine::Vllm, &[&fake])).replace(&fake.url, "URL");
    insta::assert_snapshot!(text);
    let of = |url: &str| Settings {
        urls: vec![url.into()],
        ..settings(Engine::Vllm, &[])
    };
    let told = [
        "localhost:8000",
        "https://host:1",
        "http://host",
        "http://:80",
        "http://host:0",
    ]
    .map(|url| refused(of(url)));
    insta::assert_snapshot!(told.join("\n"));
}
