//! Plain lines for logs and pipes.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serl_pipeline::Headway;

use super::details::details;
use super::display::Display;
use super::rate::Pace;
use crate::terminal::message;

/// Minimum time between two lines about the same work.
const INTERVAL: Duration = Duration::from_secs(5);

/// Prints a line when work starts and ends, and one every few seconds in between.
#[derive(Default)]
pub(super) struct Lines {
    current: Mutex<Option<Current>>,
}

struct Current {
    what: String,
    pace: Option<Pace>,
    told: Instant,
}

impl Lines {
    fn with(&self, act: impl FnOnce(&mut Option<Current>)) {
        act(&mut self.current.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Display for Lines {
    fn start(&self, what: &str) {
        message(what);
        let name = what.split([' ', ':']).next().unwrap_or(what).to_owned();
        self.with(|current| {
            *current = Some(Current {
                what: name,
                pace: None,
                told: Instant::now(),
            })
        });
    }

    fn progress(&self, headway: &Headway<'_>) {
        self.with(|current| {
            let Some(current) = current else { return };
            let pace = current.pace.get_or_insert_with(|| Pace::starting(headway));
            if current.told.elapsed() >= INTERVAL {
                let Headway { done, total, unit, .. } = headway;
                let details = details(headway, pace);
                let separator = if details.is_empty() { "" } else { ", " };
                message(&format!("{}: {done}/{total} {unit}{separator}{details}", current.what));
                current.told = Instant::now();
            }
        });
    }

    fn finish(&self, result: &str) {
        self.stop();
        message(result);
    }

    fn stop(&self) {
        self.with(|current| *current = None);
    }

    fn line(&self, text: &str) {
        message(text);
    }
}
