//! Folders and files that change while a run goes on: the right result or an error, never a wrong one in the cache.

use std::cell::Cell;
use std::path::PathBuf;

use serl_artifacts::Digest;
use serl_pipeline::Manifest;

use super::*;

/// Does something whenever a node has run.
struct After<'a>(&'a dyn Fn(&str, &Manifest));

impl Observer for After<'_> {
    fn on_event(&self, event: &Event<'_>) {
        if let Event::Finished { node, manifest } = event {
            (self.0)(node.id.as_str(), manifest);
        }
    }
}

/// A copy of the shipped policy that may be changed.
struct Model(TempDir);

const FILES: [&str; 5] = [
    "config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
];

impl Model {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        for name in FILES {
            std::fs::copy(Path::new(SHIPPED).join(name), dir.path().join(name)).unwrap();
        }
        Self(dir)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn external(&self) -> External {
        External::model(self.0.path()).unwrap()
    }
}

/// Two rounds: the second trains from the first's policy, and reads the first policy again as its reference policy.
fn two_rounds(place: &Place, model: &Model) -> Graph {
    let mut config = config();
    (config.rounds, config.train.kl_coef) = (2, 0.1);
    let externals = Externals {
        policy: model.external(),
        ..place.externals(BTreeMap::new())
    };
    graph(&config, &externals, &parrots().identity()).unwrap()
}

fn parrots() -> Parrots {
    Parrots {
        script: SCRIPT.to_vec(),
    }
}

fn trained(report: &RunReport) -> Vec<Digest> {
    let trained = report.nodes.iter().filter_map(|node| node.outputs.get("policy"));
    trained.map(|policy| policy.digest).collect()
}

#[test]
fn a_policy_that_changes_during_a_run_ends_it_and_leaves_nothing_wrong_behind() {
    let (place, model) = (Place::new(), Model::new());
    let undisturbed = place.run_graph(&two_rounds(&place, &model), parrots()).unwrap();
    let expected = trained(&undisturbed);
    assert_eq!(expected.len(), 2);

    for name in FILES {
        let place = Place::new();
        let graph = two_rounds(&place, &model);
        let whole = std::fs::read(model.path(name)).unwrap();
        let change = |node: &str, _: &Manifest| {
            let mut bytes = whole.clone();
            let at = bytes.len() - 6;
            bytes[at] ^= 2;
            if node == "1/train.0" {
                std::fs::write(model.path(name), bytes).unwrap();
            }
        };
        let error = place.run_observed(&graph, parrots(), &After(&change)).unwrap_err();
        let told = error.to_string();
        assert!(
            told.contains(name) && told.contains("has changed since the run began"),
            "{told}"
        );
        assert!(
            matches!(&error, RunError::Pipeline(error) if error.is_user_error()),
            "{told}"
        );

        std::fs::write(model.path(name), whole).unwrap();
        let report = place.run_graph(&graph, parrots()).unwrap();
        assert_eq!(trained(&report), expected, "{name}");
        let mut ran = report.nodes.iter().filter(|node| node.status == Status::Ran);
        assert_eq!(ran.next_back().map(|node| node.id.as_str()), Some("1/train.1"));
    }
}

#[test]
fn a_stored_policy_that_changes_after_it_was_checked_is_made_again() {
    let (place, model) = (Place::new(), Model::new());
    let graph = two_rounds(&place, &model);
    let expected = trained(&place.run_graph(&graph, parrots()).unwrap());

    let place = Place::new();
    let objects = place.store.objects();
    let (policy, flipped) = (Cell::new(None), Cell::new(false));
    let act = |node: &str, manifest: &Manifest| match node {
        "1/train.0" => policy.set(Some(manifest.outputs["policy"].digest)),
        // It has read the policy, whose files are taken as whole from then on.
        "1/respond.1" if !flipped.replace(true) => {
            let weights = objects.tree(&policy.get().unwrap()).unwrap().files["model.safetensors"];
            let path = objects.path(&weights.digest);
            let mut bytes = std::fs::read(&path).unwrap();
            let last = bytes.len() - 2;
            bytes[last] ^= 1;
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, bytes).unwrap();
        }
        _ => {}
    };
    let report = place.run_observed(&graph, parrots(), &After(&act)).unwrap();
    assert!(flipped.get());
    assert_eq!(trained(&report), expected);
}
