//! Every way a vendor can fail, what becomes of the order, and how often the vendor was really called.

use engines::{EngineError, Reply};
use testkit::vendor::{Behaviour, VendorServer};

use crate::bench::{call, engine, shot};

/// What an order came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Refused,
    Retry,
    Lost,
    Pending,
    Misconfigured,
    Broken,
}

fn outcome(behaviours: &[Behaviour]) -> (Outcome, usize, String) {
    let server = VendorServer::start(behaviours.iter().cloned());
    let reply = engine("openai", &server.url, 2).start(&shot("openai"), &call());
    let (outcome, told) = match reply {
        Ok(Reply::Done(_)) => (Outcome::Done, String::new()),
        Ok(Reply::Refused(reason)) => (Outcome::Refused, reason),
        Err(error @ EngineError::Retry(_)) => (Outcome::Retry, error.to_string()),
        Err(error @ EngineError::Lost(_)) => (Outcome::Lost, error.to_string()),
        Err(error @ EngineError::Pending(_)) => (Outcome::Pending, error.to_string()),
        Err(error @ EngineError::Misconfigured(_)) => (Outcome::Misconfigured, error.to_string()),
        Err(error @ EngineError::Broken(_)) => (Outcome::Broken, error.to_string()),
    };
    (outcome, server.orders().len(), told)
}

#[test]
fn every_fault_has_one_outcome_and_a_counted_number_of_calls() {
    use Behaviour as B;
    let table: [(&[B], Outcome, usize, &str); 12] = [
        (&[B::Well], Outcome::Done, 1, ""),
        (&[B::TooMany { retry_after_ms: 50 }], Outcome::Done, 2, ""),
        (&[B::Error500], Outcome::Done, 2, ""),
        (&[B::ProxyPage], Outcome::Done, 2, ""),
        (&[B::CutStream], Outcome::Lost, 1, "maybe billed"),
        (&[B::Silent], Outcome::Lost, 1, "no answer in time"),
        (&[B::Moderation], Outcome::Refused, 1, "not allowed"),
        (&[B::Empty], Outcome::Broken, 1, "no picture"),
        (&[B::HtmlAsPng], Outcome::Broken, 1, "no usable picture"),
        (&[B::OnePixel], Outcome::Broken, 1, "1x1"),
        (&[B::HalfPng], Outcome::Broken, 1, "no usable picture"),
        (&[B::NoCredit], Outcome::Misconfigured, 1, "out of credit"),
    ];
    for (behaviours, expected, calls, words) in table {
        let (outcome, called, told) = outcome(behaviours);
        assert_eq!((outcome, called), (expected, calls), "{behaviours:?}: {told}");
        assert!(told.contains(words), "{behaviours:?}: {told}");
    }
}

#[test]
fn a_vendor_that_asks_for_a_long_wait_is_left_to_the_queue() {
    let wait = Behaviour::TooMany {
        retry_after_ms: 600_000,
    };
    let (outcome, calls, _) = outcome(&[wait]);
    assert_eq!((outcome, calls), (Outcome::Retry, 1));
}

#[test]
fn nobody_listening_is_not_maybe_billed() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = engine("openai", &format!("http://{free}"), 2)
        .start(&shot("openai"), &call())
        .unwrap_err();
    assert!(matches!(error, EngineError::Retry(_)), "{error}");
}
