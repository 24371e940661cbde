//! What a run drops once it was read, where a remote has it.

use super::*;

/// A folder that the second node of three reads, and that is given up after that.
fn with_folder() -> (Vec<NodeSpec>, Retention) {
    let nodes = vec![
        node("1/folder", json!({}), None),
        node("1/reads", json!({}), Some("1/folder")),
        node("1/last", json!({"text": "l"}), Some("1/reads")),
    ];
    (nodes, Retention::new([("1/folder".into(), "out".to_owned())]))
}

fn folder_work(node: &NodeSpec, ctx: &mut NodeContext) -> Result<(), PipelineError> {
    match node.stage.as_str() {
        "folder" => {
            let dir = ctx.work_dir().join("policy");
            std::fs::create_dir_all(dir.join("deep")).unwrap();
            std::fs::write(dir.join("deep/weights"), b"weights").unwrap();
            ctx.put_output_dir("out", &dir, &["deep/weights".to_owned()])
        }
        "reads" => {
            let weights = std::fs::read(ctx.input("in")?.path.join("deep/weights")).unwrap();
            ctx.put_output("out", &[&weights[..], b" were read"].concat(), None)
        }
        _ => honest_work(node, ctx),
    }
}

fn run_dropping(machine: &Machine, nodes: Vec<NodeSpec>, retention: &Retention) -> Vec<String> {
    let mut fake = Fake::doing(folder_work);
    let graph = Graph::new(nodes).unwrap();
    let options = RunOptions {
        retention: retention.clone(),
        ..options()
    };
    let (all, cancel) = (Selection::default(), CancelFlag::new());
    run(&machine.place.store, &graph, &all, &mut fake, &(), &cancel, &options).unwrap();
    fake.ran
}

#[test]
fn what_a_run_would_drop_is_fetched_when_it_is_needed() {
    let memory = Memory::new();
    let (nodes, retention) = with_folder();
    assert_eq!(run_dropping(&Machine::of(&memory), nodes.clone(), &retention).len(), 3);
    let weights = keys::object(&Digest::of(b"weights"));
    assert!(
        memory.everything().contains_key(&weights),
        "it was sent before it was dropped"
    );

    let remote = memory.remote();
    let second = Machine::with(remote.clone());
    let fetched = |remote: &Faulty| {
        remote
            .calls()
            .iter()
            .filter(|call| call.1 == weights && call.0 == "read")
            .count()
    };
    assert!(run_dropping(&second, nodes.clone(), &retention).is_empty());
    assert_eq!(fetched(&remote), 0, "nothing reads it");
    // A node that reads it again gets it from the remote, and not from the node that made it.
    let mut changed = nodes;
    changed[1].config = json!({"text": "other"});
    assert_eq!(run_dropping(&second, changed, &retention), ["1/reads"]);
}
