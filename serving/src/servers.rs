//! Servers that get the weights of one policy after the other.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use serl_lm::{Extent, Folder, Group, LmError, Shape, Tokenizer};

use crate::canary::{self, Sample, Test, answers};
use crate::dialect::{Description, Lacking, Reply};
use crate::error::{Out, ServingError};
use crate::fleet::{Fleet, Notes};
use crate::http::HttpError;
use crate::process::{self, Started};
use crate::sampler::Served;
use crate::settings::Settings;

/// The longest wait for a server that says what it is.
const INTRODUCTION: Duration = Duration::from_secs(30);

/// Mean difference of log-probabilities that is granted to an engine that computes in float32, in nats. vLLM on a CPU
/// has 6e-6; the rest is room for devices whose products round more coarsely.
const FLOAT32: f64 = 2e-4;

/// Log-probabilities of the responses of groups under a policy, one list per response.
pub type Scorer<'a> = dyn FnMut(&[Group<'_>]) -> Result<Vec<Vec<f32>>, LmError> + 'a;

/// What running servers are to load for a policy. Those that are started with it have it.
#[derive(Debug, Clone)]
pub enum Load {
    /// Its folder.
    Policy,
    /// An adapter, which makes it of the weights that they have.
    Adapter {
        /// What it is called there.
        name: String,
        /// Its folder.
        folder: PathBuf,
    },
    /// Nothing: they have it.
    Nothing,
}

impl Load {
    fn adapter(&self) -> Option<&str> {
        match self {
            Self::Adapter { name, .. } => Some(name),
            Self::Policy | Self::Nothing => None,
        }
    }
}

/// Servers of one engine, which hold the weights of one policy at a time.
pub struct Servers {
    fleet: Arc<Fleet>,
    identity: Value,
    context: Option<usize>,
    /// Whether they have said themselves what they are.
    introduced: bool,
    /// Servers that were started here.
    started: Vec<Started>,
    logs: PathBuf,
    /// What the servers said with the last policy, by server, and its folder.
    last: Option<(Vec<Option<Sample>>, PathBuf)>,
    /// Name of the adapter that they had last.
    adapter: Option<String>,
    /// Mean difference of log-probabilities with the first policy, by rounding alone, in nats.
    usual: Option<f64>,
}

impl Servers {
    /// The servers of `settings`. Unless `settings.version` says what they are, they are asked. What started servers
    /// print goes to files in the folder `logs`.
    ///
    /// # Errors
    /// An address that is none, a server that does not answer, is of another engine, or differs from the others.
    pub fn connect(settings: Settings, logs: &Path, notes: Notes) -> Result<Self, ServingError> {
        settings
            .urls
            .iter()
            .try_for_each(|url| process::place(url).map(|_| ()))?;
        let fleet = Fleet::new(settings, notes);
        let (engine, version) = (fleet.settings().engine, &fleet.settings().version);
        let introduced = version.is_empty();
        let about = match version.as_str() {
            "" => introductions(&fleet)?,
            version => Description {
                identity: json!({ "version": version }),
                context: None,
            },
        };
        let mut identity = json!({ "kind": engine.name() });
        if let (Some(all), Some(own)) = (identity.as_object_mut(), about.identity.as_object()) {
            all.extend(own.clone());
        }
        Ok(Self {
            fleet: Arc::new(fleet),
            identity,
            context: about.context,
            introduced,
            started: Vec::new(),
            logs: logs.to_owned(),
            last: None,
            adapter: None,
            usual: None,
        })
    }

    /// What draws, apart from the weights, as far as it can change a response.
    pub fn identity(&self) -> &Value {
        &self.identity
    }

    /// A sampler of the policy in `folder`, at `path`, whose weights the servers have loaded and were seen to compute
    /// with. `score` is asked for the log-probabilities that the policy should have.
    ///
    /// # Errors
    /// A folder that cannot be read, servers that cannot load it or compute with other weights, those of `score`.
    pub fn open(
        &mut self,
        path: &Path,
        folder: &Folder,
        load: &Load,
        score: &mut Scorer<'_>,
    ) -> Result<Served, LmError> {
        let tokenizer = Tokenizer::load(folder)?;
        let mut extent = Shape::of(path)?.extent();
        self.fleet.forgive();
        self.give(path, load)?;
        if !self.introduced {
            self.context = introductions(&self.fleet)?.context;
            self.introduced = true;
        }
        extent.context = extent.context.min(self.context.unwrap_or(usize::MAX));
        let prompts = canary::prompts(&tokenizer)?;
        let test = Test {
            prompts,
            adapter: load.adapter().map(str::to_owned),
        };
        let samples = self.examine(path, &test, &tokenizer, extent, score)?;
        let differences = samples.iter().flatten().map(|sample| sample.differences().0);
        let largest = differences.fold(0.0, f64::max);
        self.usual.get_or_insert(largest);
        self.last = Some((samples.clone(), path.to_owned()));
        let former = std::mem::replace(&mut self.adapter, test.adapter.clone());
        self.forget(former.filter(|former| Some(former) != test.adapter.as_ref()));
        Ok(Served {
            fleet: Arc::clone(&self.fleet),
            tokenizer,
            extent,
            identity: self.identity.clone(),
            test,
            samples,
        })
    }

    /// Gives the servers the weights of the policy at `folder`.
    fn give(&mut self, folder: &Path, load: &Load) -> Result<(), ServingError> {
        let settings = self.fleet.settings();
        if settings.start.is_empty() {
            for number in 0..self.fleet.len() {
                if let Err(error) = self.load(number, folder, load) {
                    self.out_or(number, error)?;
                }
            }
            return Ok(());
        }
        // They end before the next ones begin: two may not fit the memory.
        self.started.clear();
        for number in 0..self.fleet.len() {
            let url = self.fleet.url(number);
            if self.fleet.is_up(number) {
                return Err(ServingError::Start {
                    url: url.to_owned(),
                    reason: "a server answers there already; stop it, or leave `sampler.start` out".to_owned(),
                });
            }
            self.started.push(Started::new(settings, url, folder, &self.logs)?);
        }
        for (number, started) in self.started.iter_mut().enumerate() {
            started.wait(settings.start_timeout, || self.fleet.is_up(number))?;
        }
        Ok(())
    }

    /// Has server `number` load what makes the policy at `folder`.
    fn load(&self, number: usize, folder: &Path, load: &Load) -> Result<(), ServingError> {
        let dialect = self.fleet.dialect();
        let url = self.fleet.url(number);
        let requests = match load {
            Load::Nothing => Vec::new(),
            Load::Adapter { name, folder } => dialect.load_adapter(name, folder).into_iter().collect(),
            Load::Policy => dialect.load(folder),
        };
        for (path, body) in requests {
            let loaded = match self.fleet.http().post(&format!("{url}{path}"), &body) {
                Ok(body) => dialect.loaded(&body),
                // Some say with a line of text that all is well.
                Err(HttpError::Garbled(_)) => Ok(()),
                Err(HttpError::Status { status, message }) => {
                    let message = match (status, dialect.how_to_load()) {
                        (_, "") => message,
                        (404, advice) => format!("{message}; {advice}"),
                        _ => message,
                    };
                    let url = format!("{url}{path}");
                    return Err(ServingError::Refused { url, status, message });
                }
                Err(error) => {
                    return Err(ServingError::Silent {
                        url: url.to_owned(),
                        reason: error.to_string(),
                        passing: error.may_pass(),
                    });
                }
            };
            loaded.map_err(|reason| ServingError::Weights {
                url: url.to_owned(),
                policy: folder.display().to_string(),
                reason: format!("it could not load them: {reason}"),
            })?;
        }
        Ok(())
    }

    /// Has servers forget the adapter `name`, of which they have room for a few. One that does not keeps it in vain.
    fn forget(&self, name: Option<String>) {
        let request = name.and_then(|name| self.fleet.dialect().unload_adapter(&name));
        let Some((path, body)) = request else { return };
        for number in self.fleet.in_use() {
            let _kept = self
                .fleet
                .http()
                .post(&format!("{}{path}", self.fleet.url(number)), &body);
        }
    }

    /// Leaves server `number` out because of `error` if it is down and another one is not; otherwise it is an error.
    fn out_or(&self, number: usize, error: ServingError) -> Result<(), ServingError> {
        if !error.is_transient() || self.fleet.in_use().len() < 2 {
            return Err(error);
        }
        self.fleet.leave_out(number, Out::passing(&error));
        Ok(())
    }

    /// Samples of the servers in use, each of which computes with the weights in `folder`.
    fn examine(
        &self,
        folder: &Path,
        test: &Test,
        tokenizer: &Tokenizer,
        extent: Extent,
        score: &mut Scorer<'_>,
    ) -> Result<Vec<Option<Sample>>, LmError> {
        let prompts = &test.prompts;
        let mut samples = vec![None; self.fleet.len()];
        for number in self.fleet.in_use() {
            let replies = answers(&self.fleet, number, test, tokenizer, extent);
            let replies = replies.map_err(|out| self.silent(number, folder, out))?;
            let expected = scores(prompts, &replies, score)?;
            let sample = Sample { replies, expected };
            let tolerance = self.fleet.settings().tolerance;
            let mut against = sample.against(tolerance);
            if let (None, Some((last, of))) = (&against, &self.last)
                && let Some(before) = &last[number]
                && of != folder
            {
                let now = scores(&test.prompts, &before.replies, score)?;
                against = sample.is_stale(before, &now);
            }
            let usual = self.usual.or_else(|| self.rounding());
            let partial = || usual.and_then(|usual| sample.is_partial(usual));
            let against = against.or_else(partial);
            if let Some(reason) = against {
                return Err(self.wrong(number, folder, reason));
            }
            samples[number] = Some(sample);
        }
        Ok(samples)
    }

    /// By how much the first policy may differ where nothing is known of the servers but their precision, in nats.
    fn rounding(&self) -> Option<f64> {
        let told = ["dtype", "version"]
            .iter()
            .filter_map(|key| self.identity.get(key)?.as_str());
        told.into_iter().any(|told| told.contains("float32")).then_some(FLOAT32)
    }

    fn silent(&self, number: usize, folder: &Path, out: Out) -> LmError {
        if !out.passing {
            return self.wrong(number, folder, out.reason);
        }
        ServingError::Silent {
            url: self.fleet.url(number).to_owned(),
            reason: out.reason,
            passing: true,
        }
        .into()
    }

    fn wrong(&self, number: usize, folder: &Path, reason: String) -> LmError {
        ServingError::Weights {
            url: self.fleet.url(number).to_owned(),
            policy: folder.display().to_string(),
            reason,
        }
        .into()
    }
}

/// What `score` says about the tokens of `replies`.
fn scores(prompts: &[Vec<u32>], replies: &[Reply], score: &mut Scorer<'_>) -> Result<Vec<Vec<f32>>, LmError> {
    let groups = prompts.iter().zip(replies).map(|(prompt, reply)| Group {
        prompt,
        responses: vec![&reply.tokens],
    });
    score(&groups.collect::<Vec<_>>())
}

/// What the servers in use say that they are. Those that are down are left out, unless all are.
///
/// # Errors
/// One that is of another engine, two that differ, or none that answers.
fn introductions(fleet: &Fleet) -> Result<Description, ServingError> {
    let mut first: Option<(usize, Description)> = None;
    let mut down = None;
    for number in fleet.in_use() {
        let about = match introduction(fleet, number) {
            Err(error) if error.is_transient() => {
                fleet.leave_out(number, Out::passing(&error));
                down.get_or_insert(error);
                continue;
            }
            about => about?,
        };
        match &mut first {
            None => first = Some((number, about)),
            Some((known, first)) if first.identity != about.identity => {
                return Err(ServingError::Unlike {
                    first: fleet.url(*known).to_owned(),
                    first_identity: first.identity.to_string(),
                    second: fleet.url(number).to_owned(),
                    second_identity: about.identity.to_string(),
                });
            }
            Some((_, first)) => first.context = first.context.into_iter().chain(about.context).min(),
        }
    }
    match first {
        Some((_, about)) => Ok(about),
        None => Err(down.unwrap_or_else(|| fleet.all_out())),
    }
}

fn introduction(fleet: &Fleet, number: usize) -> Result<Description, ServingError> {
    let (url, dialect) = (fleet.url(number), fleet.dialect());
    let http = fleet.http().within(INTRODUCTION);
    let described = dialect.describe(&mut |path| http.get(&format!("{url}{path}")));
    described.map_err(|lacking| match lacking {
        Lacking::Http(HttpError::Status { status: 404 | 405, .. } | HttpError::Garbled(_)) => other_kind(
            url,
            dialect.engine(),
            "it lacks what such a server tells about itself".to_owned(),
        ),
        Lacking::Shape(reason) => other_kind(url, dialect.engine(), reason),
        Lacking::Http(error) => ServingError::Silent {
            url: url.to_owned(),
            reason: error.to_string(),
            passing: error.may_pass(),
        },
    })
}

fn other_kind(url: &str, engine: &'static str, reason: String) -> ServingError {
    ServingError::OtherKind {
        url: url.to_owned(),
        engine,
        reason,
    }
}
