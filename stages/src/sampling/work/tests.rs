use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serl_artifacts::tables::{ParseStatus, Unparsed};
use serl_lm::{Device, Policy};
use serl_pipeline::PipelineError;

use super::*;

const GROUPS: usize = 5;

/// Parts in memory; counts the groups that are begun.
#[derive(Default)]
struct Memory {
    parts: RefCell<BTreeMap<usize, Vec<u8>>>,
    begun: Cell<usize>,
    /// Asked to stop when this many groups have begun.
    stop_at: Option<usize>,
    /// Dies during the group with this number, counted from the first begun.
    die_in: Option<usize>,
    sampling: Cell<bool>,
}

impl Work for Memory {
    fn part(&self, _: &str, index: usize) -> Result<Option<Vec<u8>>, StageError> {
        Ok(self.parts.borrow().get(&index).cloned())
    }

    fn save_part(&self, _: &str, index: usize, bytes: &[u8]) -> Result<(), StageError> {
        self.sampling.set(false);
        let old = self.parts.borrow_mut().insert(index, bytes.to_vec());
        assert!(old.is_none(), "part {index} was saved twice");
        Ok(())
    }

    fn progress(&self, _: &Headway<'_>) {
        let dies = self.die_in == Some(self.begun.get());
        assert!(!(dies && self.sampling.get()), "killed");
    }

    fn check_cancelled(&self) -> Result<(), StageError> {
        if self.stop_at == Some(self.begun.get()) {
            return Err(PipelineError::Interrupted.into());
        }
        self.begun.set(self.begun.get() + 1);
        self.sampling.set(true);
        Ok(())
    }
}

fn policy() -> Policy {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/quickstart");
    Policy::load(&folder, &Device::parse("flex").unwrap()).unwrap()
}

fn sample(work: &Memory, policy: &Policy) -> Result<Vec<Vec<Unparsed>>, StageError> {
    let job = |i: usize| Job {
        request: Request {
            prompt: vec![1, 2, 3],
            seeds: vec![i as u64, 100 + i as u64],
            ..Request::default()
        },
        what: "a prompt".to_owned(),
    };
    let jobs: Vec<Job> = (0..GROUPS).map(job).collect();
    let plan = Plan {
        name: "unparsed",
        batch: 1,
        params: SamplingParams {
            temperature: 1.0,
            top_p: 1.0,
            max_new_tokens: 4,
            ..SamplingParams::default()
        },
        limit_key: "max_new_tokens",
    };
    let row = |i: usize, response: &Response| Unparsed {
        text: format!("{:?}", response.tokens),
        status: ParseStatus::NoAnswer,
        count: 1,
        example_id: i.to_string(),
    };
    sample_in_parts(work, policy, &plan, &jobs, |i, group| {
        group.iter().map(|response| row(i, response)).collect()
    })
}

#[test]
fn a_stop_costs_no_group_and_a_kill_costs_one() {
    let policy = policy();
    let whole = sample(&Memory::default(), &policy).unwrap();

    let mut work = Memory {
        stop_at: Some(2),
        ..Memory::default()
    };
    assert!(sample(&work, &policy).is_err());
    assert_eq!(work.parts.borrow().len(), 2);

    (work.stop_at, work.die_in) = (None, Some(4));
    catch_unwind(AssertUnwindSafe(|| sample(&work, &policy))).unwrap_err();
    assert_eq!(work.parts.borrow().len(), 3);

    work.die_in = None;
    assert_eq!(sample(&work, &policy).unwrap(), whole);
    assert_eq!(work.begun.get(), GROUPS + 1, "one group was begun twice");
}

#[test]
fn responses_must_fit_their_requests() {
    let request = Request {
        prompt: vec![1],
        seeds: vec![1, 2],
        ..Request::default()
    };
    let response = |tokens: usize, logprobs: usize, of_policy: Option<usize>| Response {
        tokens: vec![1; tokens],
        logprobs: vec![0.0; logprobs],
        policy_logprobs: of_policy.map(|n| vec![0.0; n]),
        finish: Finish::Stop,
    };
    let check = |responses: Vec<Response>| check_responses(std::slice::from_ref(&request), &[responses]);
    assert!(check(vec![response(2, 2, None), response(1, 1, Some(1))]).is_ok());
    assert!(check(vec![response(2, 2, None)]).is_err());
    assert!(check(vec![response(2, 1, None), response(1, 1, None)]).is_err());
    assert!(check(vec![response(2, 2, Some(1)), response(1, 1, None)]).is_err());
    assert!(check_responses(std::slice::from_ref(&request), &[]).is_err());
}

#[test]
fn a_long_preparation_can_be_stopped() {
    let work = Memory {
        stop_at: Some(1),
        ..Memory::default()
    };
    let made = Cell::new(0);
    let job = |i: usize| {
        made.set(i + 1);
        Ok(Job {
            request: Request::default(),
            what: String::new(),
        })
    };
    assert!(prepare(&work, 10 * AT_ONCE, job).is_err());
    assert_eq!(made.get(), 2 * AT_ONCE);
    assert_eq!(
        prepare(&Memory::default(), AT_ONCE + 1, job).unwrap().len(),
        AT_ONCE + 1
    );
}
