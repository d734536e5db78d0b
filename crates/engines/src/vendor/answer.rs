//! What a vendor's reply means. An empty, cut or nonsensical one is a [`Fault`], never a picture.

use std::time::Duration;

use super::HttpReply;

/// Longest part of a vendor's own words that is passed on, in characters.
const WORDS_MAX: usize = 300;

/// A finished picture, or where it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// The file.
    Bytes(Vec<u8>),
    /// A public address; fetched only from hosts of the engine's card.
    Url(String),
    /// A path on the vendor's own server.
    Path(String),
}

/// What a reply means.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Finished; at least one picture.
    Done {
        /// The pictures.
        outputs: Vec<Output>,
        /// The seed the vendor says it used.
        seed: Option<u64>,
    },
    /// At work: ask again by this id.
    Pending {
        /// The vendor's id.
        id: String,
    },
    /// The vendor's rules forbid it. Never charged to the customer, never tried again with the same words and pictures.
    Refused {
        /// The vendor's reason.
        reason: String,
        /// Where it looked: `input`, `output`, or the vendor's own word.
        stage: Option<String>,
    },
    /// It did not work.
    Fault(Fault),
}

/// Why it did not work.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// A passing fault: try again, not before this wait where the vendor names one.
    Retry {
        /// What happened.
        message: String,
        /// The vendor's own wait.
        after: Option<Duration>,
    },
    /// A key, a credit or a setting is missing or wrong: nothing will work until a person mends it.
    Misconfigured(String),
    /// This order will not work however often it is sent.
    Broken(String),
}

impl Fault {
    /// A passing fault without a wait of its own.
    pub fn retry(message: impl Into<String>) -> Self {
        Self::Retry {
            message: message.into(),
            after: None,
        }
    }

    /// A lasting one.
    pub fn broken(message: impl Into<String>) -> Self {
        Self::Broken(message.into())
    }

    /// What an HTTP status without a picture means; `message` are the vendor's own words.
    pub fn of_status(reply: &HttpReply, message: &str) -> Self {
        let said: String = message.split_whitespace().collect::<Vec<_>>().join(" ");
        let said: String = said.chars().take(WORDS_MAX).collect();
        let status = reply.status;
        let told = if said.is_empty() {
            format!("HTTP {status}")
        } else {
            format!("HTTP {status}: {said}")
        };
        match status {
            401 | 403 => Self::Misconfigured(format!("the key is not accepted ({told})")),
            402 => Self::Misconfigured(format!("the vendor's account is out of credit ({told})")),
            404 => Self::Misconfigured(format!("no such model or address ({told})")),
            408 | 409 | 425 | 429 | 500.. => Self::Retry {
                message: told,
                after: retry_after(reply),
            },
            _ => Self::Broken(told),
        }
    }
}

/// `retry-after-ms`, else `retry-after` in seconds. A date there is left to the transport's own wait.
fn retry_after(reply: &HttpReply) -> Option<Duration> {
    let number = |name: &str| {
        reply
            .header(name)
            .and_then(|value| value.trim().parse::<f64>().ok())
    };
    let seconds = number("retry-after-ms")
        .map(|ms| ms / 1000.0)
        .or_else(|| number("retry-after"))?;
    (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(86_400.0)))
}
