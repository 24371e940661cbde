//! What is lost or damaged is made again.

use std::sync::Arc;

use serl_artifacts::Tree;

use super::*;

/// The chain with another last node, so that `j[m]` must be read.
fn with_new_last() -> Vec<NodeSpec> {
    let mut nodes = chain();
    nodes[2].config["text"] = json!("L");
    nodes
}

#[test]
fn a_damaged_input_is_set_aside_and_made_again() {
    let place = Project::new();
    place.ran(chain());
    flip(&place.path("j[m]"));
    let notes = Notes::default();
    let mut fake = Fake::new();
    let report = place
        .run_with(
            with_new_last(),
            &Selection::default(),
            &mut fake,
            &notes,
            &CancelFlag::new(),
        )
        .unwrap();
    assert_eq!(fake.ran, ["1/join", "1/last"]);
    assert_eq!(
        report.nodes.iter().map(|n| n.status).collect::<Vec<_>>(),
        [Status::Cached, Status::Ran, Status::Ran]
    );
    let told = notes.0.take();
    assert_eq!(
        told,
        [
            "cached 1/make",
            "cached 1/join",
            "damaged 1/last in",
            "started 1/join",
            "finished 1/join",
            "started 1/last",
            "finished 1/last",
        ]
    );
    assert_eq!(place.view("1/last/out"), "L[j[m]]");
    let aside = place
        .dir
        .path()
        .join("v1/quarantine")
        .join(Digest::of(b"j[m]").to_hex());
    assert!(aside.is_file());
}

#[test]
fn damage_is_followed_to_where_it_begins() {
    let place = Project::new();
    place.ran(chain());
    flip(&place.path("m"));
    flip(&place.path("j[m]"));
    assert_eq!(place.ran(with_new_last()), ["1/make", "1/join", "1/last"]);
    assert_eq!(place.view("1/last/out"), "L[j[m]]");
}

#[test]
fn outputs_that_are_gone_are_made_again_and_nothing_else() {
    let place = Project::new();
    place.ran(chain());
    std::fs::remove_file(place.path("m")).unwrap();
    assert_eq!(place.ran(chain()), ["1/make"]);
    std::fs::write(place.dir.path().join("cut"), b"").unwrap();
    std::fs::rename(place.dir.path().join("cut"), place.path("m")).unwrap();
    assert_eq!(place.ran(chain()), ["1/make"]);
}

#[test]
fn damage_while_a_node_runs_is_repaired_too() {
    let place = Project::new();
    let mut first = true;
    let mut fake = Fake::doing(|node, ctx| {
        if node.id.as_str() == "1/join" && std::mem::take(&mut first) {
            flip(&ctx.input("in")?.path);
        }
        honest_work(node, ctx)
    });
    place.try_run(chain(), &mut fake).unwrap();
    assert_eq!(fake.ran, ["1/make", "1/join", "1/make", "1/join", "1/last"]);
}

#[test]
fn a_disk_that_damages_everything_is_blamed() {
    let place = Project::new();
    let mut fake = Fake::doing(|node, ctx| {
        honest_work(node, ctx)?;
        flip(&place.path("m"));
        Ok(())
    });
    let error = place.try_run(chain(), &mut fake).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("outputs of node `1/make` were damaged 3 times"),
        "{error}"
    );
    assert_eq!(fake.ran, ["1/make"; 3]);
}

#[test]
fn a_manifest_that_cannot_be_read_is_replaced() {
    let place = Project::new();
    let report = place.try_run(chain(), &mut Fake::new()).unwrap();
    let path = place.store.manifest_path(&report.nodes[1].key);
    std::fs::write(&path, b"{\"key\":").unwrap();
    assert!(place.plan(chain())[1].starts_with("its manifest cannot be read"));
    assert_eq!(place.ran(chain()), ["1/join"]);
    assert!(place.ran(chain()).is_empty());
}

#[test]
fn inputs_from_outside_are_checked_and_blamed_on_the_user() {
    let place = Project::new();
    let path = place.dir.path().join("seeds");
    std::fs::write(&path, b"seeds").unwrap();
    let mut nodes = chain();
    let external = Input::External {
        digest: Digest::of(b"seeds"),
        path: path.clone(),
        tree: None,
    };
    nodes[0].inputs = [("seeds".to_owned(), external)].into();
    place.ran(nodes.clone());
    assert_eq!(place.view("1/last/out"), "l[j[m[seeds]]]");

    std::fs::write(&path, b"other").unwrap();
    assert!(place.ran(nodes.clone()).is_empty());
    nodes[0].seed = 8;
    match place.try_run(nodes, &mut Fake::new()).unwrap_err() {
        RunError::Pipeline(error) => {
            assert!(error.is_user_error() && error.to_string().contains("has changed"))
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_folder_from_outside_that_changes_is_named_by_its_file() {
    let place = Project::new();
    let folder = place.dir.path().join("model");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("weights"), b"w").unwrap();
    let tree = Tree::of_files(&folder, &["weights".to_owned()]).unwrap();
    let mut nodes = chain();
    let external = Input::External {
        digest: tree.digest(),
        path: folder.clone(),
        tree: Some(Arc::new(tree)),
    };
    nodes[0].inputs = [("model".to_owned(), external)].into();
    nodes.truncate(1);
    let error = place
        .try_run(
            nodes.clone(),
            &mut Fake::doing(|_, ctx| Err(ctx.changed("model", &folder.join("weights")))),
        )
        .unwrap_err();
    match error {
        RunError::Pipeline(error) => {
            assert!(error.is_user_error() && error.to_string().contains("model/weights is missing or has changed"))
        }
        other => panic!("{other}"),
    }
    assert!(place.plan(nodes)[0].contains("never"), "nothing is cached");
}

#[test]
fn a_file_of_a_stored_folder_that_changes_while_a_node_runs_is_made_again() {
    let place = Project::new();
    let mut first = true;
    let mut fake = Fake::doing(|node, ctx| {
        if node.id.as_str() == "1/make" {
            let dir = ctx.work_dir().join("policy");
            std::fs::create_dir(&dir).unwrap();
            std::fs::write(dir.join("weights"), b"w").unwrap();
            return ctx.put_output_dir("out", &dir, &["weights".to_owned()]);
        }
        let weights = ctx.input("in")?.path.join("weights");
        if std::mem::take(&mut first) {
            return Err(ctx.changed("in", &weights));
        }
        ctx.put_output("out", &std::fs::read(weights).unwrap(), Some(1))
    });
    let mut nodes = chain();
    nodes.truncate(2);
    place.try_run(nodes, &mut fake).unwrap();
    assert_eq!(fake.ran, ["1/make", "1/join", "1/make", "1/join"]);
}

#[test]
fn folders_are_outputs_and_inputs_and_repaired() {
    let place = Project::new();
    let work = |node: &NodeSpec, ctx: &mut NodeContext| {
        if node.id.as_str() != "1/make" {
            let weights = ctx.input("in")?.path.join("weights");
            return ctx.put_output("out", &std::fs::read(weights).unwrap(), Some(1));
        }
        let dir = ctx.work_dir().join("policy");
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("weights"), b"w").unwrap();
        std::fs::write(dir.join("config.json"), b"{}").unwrap();
        ctx.put_output_dir("out", &dir, &["config.json".to_owned(), "weights".to_owned()])
    };
    let mut nodes = chain();
    nodes.truncate(2);
    let report = place.try_run(nodes.clone(), &mut Fake::doing(work)).unwrap();
    let output = &report.nodes[0].outputs["out"];
    assert_eq!((output.kind, output.bytes), (ArtifactKind::Tree, 3));
    assert_eq!(place.view("1/make/out/weights"), "w");

    flip(&place.path("w"));
    nodes[1].seed = 8;
    let mut fake = Fake::doing(work);
    place.try_run(nodes.clone(), &mut fake).unwrap();
    assert_eq!(fake.ran, ["1/make", "1/join"]);
    std::fs::remove_file(place.path("{}")).unwrap();
    assert!(place.plan(nodes)[0].ends_with("is missing or damaged"));
}
