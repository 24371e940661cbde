//! The book in `docs/`: its commands run, its links lead somewhere, and it names what there is.

mod covers;
mod fence;
mod links;
mod runs;

use std::fs;
use std::path::{Path, PathBuf};

/// A test for each page, which runs its blocks.
macro_rules! pages {
    ($($test:ident: $page:literal,)+) => {
        const PAGES: &[&str] = &[$($page),+];

        $(
            #[test]
            fn $test() {
                runs::page($page);
            }
        )+
    };
}

pages! {
    introduction: "introduction.md",
    install: "install.md",
    quick_start: "quickstart.md",
    concepts: "concepts.md",
    your_own_model_and_data: "your-own.md",
    watching_a_run: "watching.md",
    events_and_metrics: "events.md",
    reading_artifacts: "artifacts.md",
    exporting: "exporting.md",
    failure_signs: "failure-signs.md",
    performance: "performance.md",
    stores: "store.md",
    sampling_at_servers: "servers.md",
    training_by_another_program: "external-trainer.md",
    clusters: "cluster.md",
    machines_that_share: "remote.md",
    scale: "scale.md",
    commands_by_task: "commands.md",
    data_files: "data.md",
    algorithms_and_rewards: "algorithms.md",
    questions: "faq.md",
}

/// A file of the repository.
fn repository(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The text of a page of the book.
fn text_of(page: &str) -> String {
    fs::read_to_string(repository("docs/src").join(page)).unwrap()
}
