use std::path::Path;

use super::*;
use crate::sampling::work::Unsaved;

/// The interpreter, within walls where this system has them.
fn interpreter(folder: &Path) -> Interpreter {
    walled(folder).unwrap_or_else(|_| Interpreter::open("python3", folder, 2, false).unwrap())
}

fn walled(folder: &Path) -> Result<Interpreter, StageError> {
    Interpreter::open("python3", folder, 2, true)
}

fn outcomes(instruction: &str, answers: &[&str]) -> Vec<Vec<Outcome>> {
    let folder = tempfile::tempdir().unwrap();
    let outputs = Outputs {
        interpreter: interpreter(folder.path()),
        inputs: 24,
    };
    let question = Question {
        instruction,
        texts: answers.iter().map(|&answer| answer.to_owned()).collect(),
    };
    outputs.outcomes(&question, &Unsaved).unwrap()
}

fn alike(instruction: &str, answers: &[&str]) -> Vec<Vec<f64>> {
    likeness(&outcomes(instruction, answers))
}

/// What the only function returns on one input.
fn returned(code: &str, input: Value) -> Option<Outcome> {
    let folder = tempfile::tempdir().unwrap();
    let task = json!({"code": code, "name": "f", "inputs": [[input]], "steps": STEPS});
    let results = interpreter(folder.path())
        .results(&task, &AtomicBool::new(false))
        .unwrap();
    results.into_iter().next().and_then(outcome)
}

fn error(code: &str) -> String {
    match returned(code, json!(3)) {
        Some(Outcome::Error(error)) => error,
        other => panic!("{code}: {other:?}"),
    }
}

#[test]
fn code_that_does_the_same_is_alike() {
    let alike = alike(
        "Write a function `total` that adds the even numbers of a list.",
        &[
            "```python\ndef total(nums):\n    return sum(n for n in nums if n % 2 == 0)\n```",
            "Sure!\n```python\nfrom typing import List\n\ndef even(n):\n    return not n & 1\n\n\
             def total(xs: List[int]) -> int:\n    s = 0\n    for x in xs:\n        if even(x):\n            s += x\n\
             \x20   return s\n\nprint(total([1, 2]))\n```",
            "```python\ndef total(nums):\n    return sum(n for n in nums if n % 2)\n```",
            "```python\ndef total(nums)\n    return 0\n```",
            "I cannot do that.",
        ],
    );
    assert_eq!((alike[0][1], alike[1][0]), (1.0, 1.0));
    assert!(alike[0][2] < 1.0 && alike[1][2] < 1.0);
    // No code, or code that does not run, is no answer.
    assert_eq!(
        (0..5).map(|i| alike[i][i]).collect::<Vec<_>>(),
        [1.0, 1.0, 1.0, 0.0, 0.0]
    );
}

#[test]
fn code_that_does_nothing_is_no_answer() {
    let alike = alike(
        "Write a function.",
        &["def f(n):\n    pass", "def f(n):\n    return n or None", "12"],
    );
    assert_eq!((alike[0][0], alike[1][1], alike[2][2]), (0.0, 1.0, 0.0));
}

#[test]
fn whole_programs_are_compared_by_what_they_print() {
    let alike = alike(
        "Read a number and print its double.",
        &[
            "```python\nprint(int(input()) * 2)\n```",
            "```python\nimport sys\nn = int(sys.stdin.readline())\nprint(n + n)\n```",
            "```python\nprint(int(input()) ** 2)\n```",
        ],
    );
    assert_eq!(alike[0][1], 1.0);
    assert!(alike[0][2] < 1.0);
}

#[test]
fn values_are_compared_as_python_compares_them() {
    let same = |a: &str, b: &str| {
        let of = |value: &str| returned(&format!("def f(x):\n    return {value}"), json!(3)).unwrap();
        of(a) == of(b)
    };
    assert!(same("2", "2.0") && same("[1, 2]", "(1, 2)") && same("0.1 + 0.2", "0.3"));
    assert!(same("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}") && same("{'ab', 'cd'}", "{'cd', 'ab'}"));
    assert!(same("(i for i in range(3))", "[0, 1, 2]") && same("10 ** 5000", "10 ** 5000"));
    assert!(!same("2", "'2'") && !same("True", "1") && !same("[1]", "1") && !same("None", "'None'"));
    assert!(!same("10 ** 5000", "10 ** 5000 + 1"));
    assert_eq!(
        returned("def f(x):\n    print('hi')", json!(1)),
        Some(Outcome::Value("printed 'hi'".into()))
    );
    let sort = "def f(x):\n    x.sort()";
    assert_eq!(
        returned(sort, json!([2, 1])),
        Some(Outcome::Value("changed [[0x1,0x2]]".into()))
    );
}

#[test]
fn the_standard_library_can_be_read() {
    let modules = "math, cmath, re, collections, itertools, functools, heapq, bisect, decimal, fractions, datetime, \
                   calendar, statistics, string, textwrap, typing, dataclasses, enum, copy, operator, random, json, \
                   csv, hashlib, base64, struct, array, time, unicodedata, queue, asyncio, sqlite3";
    let code =
        format!("def f(x):\n    import {modules}\n    return str(datetime.date(2024, 2, 29)) + str(math.comb(5, x))");
    assert_eq!(returned(&code, json!(3)), Some(Outcome::Value("'2024-02-2910'".into())));
}

#[test]
fn endless_and_greedy_code_ends() {
    assert_eq!(error("def f(x):\n    while True:\n        x += 1"), "OutOfSteps");
    assert_eq!(error("def f(x):\n    return f(x)"), "RecursionError");
    assert_eq!(error("def f(x):\n    return [0] * 10 ** 10"), "MemoryError");
    assert_eq!(error("import sys\ndef f(x):\n    sys.exit(0)"), "SystemExit");
    // No line is executed while this goes on: only the limit of processor time ends it.
    assert_eq!(returned("def f(x):\n    return pow(7, 10 ** 9) % 10", json!(3)), None);
    // What floods its output has no result that could be read.
    let flood = "import os\ndef f(x):\n    while True:\n        os.write(1, b'x' * 4096)";
    assert!(matches!(returned(flood, json!(3)), Some(Outcome::Error(_))));
}

#[cfg(target_os = "linux")]
#[test]
fn code_reaches_nothing_outside() {
    let place = tempfile::tempdir().unwrap();
    if let Err(error) = walled(place.path()) {
        // A kernel without Landlock, or a container that forbids it; anything else is a fault.
        assert!(error.to_string().contains("cannot be shut in"), "{error}");
        eprintln!("not tested: {error}");
        return;
    }
    let secret = place.path().join("secret");
    std::fs::write(&secret, "42").unwrap();
    let path = secret.display();
    for (code, forbidden) in [
        (format!("return open({:?}).read()", path.to_string()), "PermissionError"),
        (format!("return open({:?}, 'w')", path.to_string()), "PermissionError"),
        ("return open('left-behind', 'w')".into(), "PermissionError"),
        ("return __import__('os').listdir('/')".into(), "PermissionError"),
        ("return __import__('os').environ['HOME']".into(), "KeyError"),
        ("return __import__('os').fork()".into(), "PermissionError"),
        (
            "return __import__('subprocess').run(['true'])".into(),
            "PermissionError",
        ),
        ("return __import__('socket').socket()".into(), "PermissionError"),
        (
            "__import__('os').kill(__import__('os').getppid(), 9)".into(),
            "PermissionError",
        ),
        ("__import__('os').setsid()".into(), "PermissionError"),
        // Landlock alone would let these through.
        (
            format!("__import__('os').chmod({:?}, 0)", path.to_string()),
            "PermissionError",
        ),
        (
            format!("__import__('os').utime({:?})", path.to_string()),
            "PermissionError",
        ),
        (
            format!("__import__('os').truncate({:?}, 0)", path.to_string()),
            "PermissionError",
        ),
        (
            // So Python tells that it may not be raised.
            "r = __import__('resource'); r.setrlimit(r.RLIMIT_CPU, (99, 99))".into(),
            "ValueError",
        ),
    ] {
        let outcome = returned(&format!("def f(x):\n    {code}"), json!(3));
        assert_eq!(outcome, Some(Outcome::Error(forbidden.into())), "{code}");
    }
    let shell = "def f(x):\n    return __import__('os').system('true') == 0";
    assert_eq!(returned(shell, json!(3)), Some(Outcome::Value("False".into())));
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "42");
}

#[test]
fn an_interpreter_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |name: &str| {
        Interpreter::open(name, folder.path(), 1, true)
            .err()
            .unwrap()
            .to_string()
    };
    assert!(refusal("no-such-python").contains("`no-such-python` does not start"));
    assert!(refusal("cat").contains("`cat` is no Python 3"), "{}", refusal("cat"));
}

#[test]
fn outcomes_on_inputs_that_are_not_meant_do_not_count() {
    let of = |values: &[&str]| -> Vec<Outcome> {
        let outcome = |value: &&str| match *value {
            "!" => Outcome::Error("TypeError".into()),
            value => Outcome::Value(value.into()),
        };
        values.iter().map(outcome).collect()
    };
    // The second input is managed by one of three, the last answer was ended after the first.
    let outcomes = [
        of(&["1", "!", "2"]),
        of(&["1", "x", "2"]),
        of(&["1"]),
        of(&["!", "!", "!"]),
        of(&[]),
    ];
    let alike = likeness(&outcomes);
    assert_eq!((alike[0][1], alike[0][2]), (1.0, 0.5));
    assert_eq!((alike[3][3], alike[4][4], alike[3][4]), (0.0, 0.0, 0.0));
}
