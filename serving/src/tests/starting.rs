//! Servers that are started for a policy.

use super::*;

/// What is said where the server is started by `command`.
fn failed(command: &[&str]) -> String {
    let logs = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let starting = Settings {
        urls: vec![format!("http://127.0.0.1:{port}")],
        version: "any".into(),
        start: command.iter().map(|part| (*part).to_owned()).collect(),
        start_timeout: Duration::from_secs(1),
        ..settings(Engine::LlamaCpp, &[])
    };
    let mut servers = Servers::connect(starting, logs.path(), Arc::new(|_| {})).unwrap();
    let opened = servers.open(&quickstart(), &Folder::new(quickstart()), &Load::Policy, &mut |_| {
        Ok(Vec::new())
    });
    let text = opened.map(|_| ()).unwrap_err().to_string();
    let folder = logs.path().display().to_string();
    text.replace(&folder, "LOGS").replace(&port.to_string(), "PORT")
}

#[test]
fn a_command_that_brings_up_no_server_is_told_of_with_its_last_words() {
    let ends = failed(&[
        "sh",
        "-c",
        "echo loading {model} on {host}:{port} | sed 's|/.*models|MODELS|'; echo no memory >&2; exit 3",
    ]);
    let missing = failed(&["no-such-program"]);
    let waits = failed(&["sleep", "1000"]);
    insta::assert_snapshot!(format!("{ends}\n{missing}\n{waits}"));
}

#[test]
fn a_server_that_is_not_ours_is_left_alone() {
    let fake = fake(Engine::LlamaCpp, |_| None);
    let starting = Settings {
        start: vec!["sleep".into(), "1000".into()],
        version: "any".into(),
        ..settings(Engine::LlamaCpp, &[&fake])
    };
    let error = connect(starting).open(&quickstart()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("a server answers there already"), "{error}");
}
