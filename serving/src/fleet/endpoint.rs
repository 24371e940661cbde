//! One server: how much it has to do, and whether it can be relied on.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::error::Out;

/// A server of a fleet.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Its address, without a slash at the end.
    pub url: String,
    in_flight: AtomicUsize,
    record: Mutex<Record>,
}

/// A request that a server has, until it is dropped.
pub(crate) struct Place<'e>(&'e Endpoint);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How a server has behaved.
#[derive(Debug, Default)]
struct Record {
    /// Failures since it last answered.
    strikes: u32,
    /// When the last of them was noted.
    struck: Option<Instant>,
    /// Why it is not asked any more.
    out: Option<Out>,
}

impl Endpoint {
    /// The server at `url`.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            in_flight: AtomicUsize::new(0),
            record: Mutex::default(),
        }
    }

    fn record(&self) -> std::sync::MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests that it has now.
    pub fn load(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// A place for one more request, unless it has `most`.
    pub fn place(&self, most: usize) -> Option<Place<'_>> {
        let one_more = |load: usize| (load < most).then_some(load + 1);
        let taken = self
            .in_flight
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        taken.ok().map(|_| Place(self))
    }

    /// Failures since it last answered.
    pub fn strikes(&self) -> u32 {
        self.record().strikes
    }

    /// Notes that it has answered.
    pub fn answered(&self) {
        let mut record = self.record();
        (record.strikes, record.struck) = (0, None);
    }

    /// Notes that a request failed that was sent at `sent`, and returns the failures since the server last answered.
    /// Requests that were on their way together when it went down are one failure.
    pub fn strike(&self, sent: Instant) -> u32 {
        let mut record = self.record();
        if record.struck.is_none_or(|struck| sent > struck) {
            record.strikes += 1;
            record.struck = Some(Instant::now());
        }
        record.strikes
    }

    /// Leaves it out from now on. Returns false if it was left out already.
    pub fn leave_out(&self, out: Out) -> bool {
        let mut record = self.record();
        let first = record.out.is_none();
        record.out.get_or_insert(out);
        first
    }

    /// Why it is left out, if it is.
    pub fn out(&self) -> Option<Out> {
        self.record().out.clone()
    }

    /// Gives it another chance.
    pub fn forgive(&self) {
        *self.record() = Record::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_fail_together_are_one_strike() {
        let endpoint = Endpoint::new("http://a:1/");
        assert_eq!(endpoint.url, "http://a:1");
        let sent = Instant::now();
        assert_eq!([endpoint.strike(sent), endpoint.strike(sent)], [1, 1]);
        assert_eq!(endpoint.strike(Instant::now()), 2);
        endpoint.answered();
        assert_eq!(endpoint.strikes(), 0);
    }

    #[test]
    fn the_first_reason_for_leaving_out_is_kept_until_the_server_is_forgiven() {
        let endpoint = Endpoint::new("http://a:1");
        let out = |reason: &str| Out {
            reason: reason.to_owned(),
            passing: true,
        };
        assert!(endpoint.leave_out(out("first")));
        assert!(!endpoint.leave_out(out("second")));
        assert_eq!(endpoint.out(), Some(out("first")));
        endpoint.forgive();
        assert_eq!(endpoint.out(), None);
    }
}
