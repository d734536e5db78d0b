//! What a vendor's reply means. An empty, cut or nonsensical one is a [`Fault`], never a picture.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::HttpReply;

/// Longest part of a vendor's own words that is passed on, in characters.
const WORDS_MAX: usize = 300;

/// A vendor's words on one line and cut short.
pub(super) fn brief(words: &str) -> String {
    // Signs that turn the direction of text, or hide in it, are not for terminals and pages.
    let seen = |c: &char| !matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let seen: String = words.chars().filter(seen).collect();
    let line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(WORDS_MAX).collect()
}

/// The wait that a refusal names in its words only: `Your rate limit resets in ~30s.`
pub(super) fn wait_in_words(words: &str) -> Option<Duration> {
    let (_, rest) = words.split_once("resets in")?;
    let rest = rest.trim_start().trim_start_matches('~');
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    let number: u64 = digits.parse().ok()?;
    let unit = &rest[digits.len()..];
    let seconds = if unit.trim_start().starts_with('m') {
        number.saturating_mul(60)
    } else {
        number
    };
    Some(Duration::from_secs(seconds.min(86_400)))
}

/// Reads base64, with or without the `data:…;base64,` in front.
pub(super) fn base64(text: &str) -> Result<Output, Fault> {
    let text = match text.split_once(";base64,") {
        Some((_, data)) => data,
        None => text,
    };
    let bytes = BASE64_STANDARD.decode(text.trim());
    bytes
        .map(Output::Bytes)
        .map_err(|_| Fault::broken("the picture's base64 is broken or cut short"))
}

/// A picture in a list of a reply: a `data:` address, an address of the web, or bare base64 is told apart.
pub(super) fn output(text: &str) -> Result<Output, Fault> {
    if text.starts_with("http://") || text.starts_with("https://") {
        Ok(Output::Url(text.to_owned()))
    } else {
        base64(text)
    }
}

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
    /// The job is over without a picture: asking after it again is idle, a new order may work.
    Ended(String),
    /// The vendor took the order and knows nothing of it any more: whether it made and billed a picture cannot be told.
    Gone(String),
}

impl Answer {
    /// Finished with these pictures; a fault where there are none or one cannot be read.
    pub(super) fn done(outputs: impl IntoIterator<Item = Result<Output, Fault>>, seed: Option<u64>) -> Self {
        let outputs: Result<Vec<Output>, Fault> = outputs.into_iter().collect();
        match outputs {
            Ok(outputs) if outputs.is_empty() => {
                Self::Fault(Fault::broken("the vendor says it is done and sends no picture"))
            }
            Ok(outputs) => Self::Done { outputs, seed },
            Err(fault) => Self::Fault(fault),
        }
    }
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

    /// A failed look at a job: what the vendor no longer knows is [`Self::Gone`], the rest as [`Self::of_status`].
    pub fn of_lost_job(reply: &HttpReply, message: &str) -> Self {
        if matches!(reply.status, 404 | 410) {
            Self::Gone(format!(
                "the vendor took the order and no longer knows it (HTTP {})",
                reply.status
            ))
        } else {
            Self::of_status(reply, message)
        }
    }

    /// What an HTTP status without a picture means; `message` are the vendor's own words.
    pub fn of_status(reply: &HttpReply, message: &str) -> Self {
        let said = brief(message);
        let status = reply.status;
        let told = if said.is_empty() {
            format!("HTTP {status}")
        } else {
            format!("HTTP {status}: {said}")
        };
        match status {
            401 | 403 => Self::Misconfigured(format!("the key is not accepted ({told})")),
            402 => Self::Misconfigured(format!("the vendor's account is out of credit ({told})")),
            300..=399 => Self::Misconfigured(format!(
                "the server points to another address, which is not followed: set that address itself ({told})"
            )),
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
pub(crate) fn retry_after(reply: &HttpReply) -> Option<Duration> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_points_elsewhere_is_to_be_set_up_anew() {
        let reply = HttpReply {
            status: 302,
            ..HttpReply::default()
        };
        let Fault::Misconfigured(told) = Fault::of_status(&reply, "") else {
            panic!("it is followed or tried again")
        };
        assert!(
            told.contains("not followed") && told.contains("HTTP 302"),
            "{told}"
        );
    }

    #[test]
    fn a_wait_is_read_out_of_words() {
        let wait = |words| wait_in_words(words).map(|wait| wait.as_secs());
        assert_eq!(
            wait("Request was throttled. Your rate limit resets in ~30s."),
            Some(30)
        );
        assert_eq!(wait("resets in 2 minutes"), Some(120));
        assert_eq!(wait("slow down"), None);
        assert_eq!(wait("resets in a moment"), None);
    }

    #[test]
    fn an_output_is_an_address_or_the_picture_itself() {
        assert_eq!(
            output("https://a/b.png"),
            Ok(Output::Url("https://a/b.png".into()))
        );
        assert_eq!(
            output("data:image/png;base64,AQI="),
            Ok(Output::Bytes(vec![1, 2]))
        );
        assert_eq!(output("AQI="), Ok(Output::Bytes(vec![1, 2])));
        assert!(output("data:image/png;base64,A").is_err());
    }
}
