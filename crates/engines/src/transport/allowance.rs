//! What a vendor's headers say of how much may still be asked.

use std::time::Duration;

use crate::vendor::HttpReply;

/// How long nothing more may be asked by the vendor's own count, where a reply says that it is used up:
/// `x-ratelimit-remaining-requests: 0` with `x-ratelimit-reset-requests: 1.2s`, the same for `-images`.
pub(super) fn used_up(reply: &HttpReply) -> Option<Duration> {
    let reset = |kind: &str| {
        let remaining = reply.header(&format!("x-ratelimit-remaining-{kind}"))?;
        let reset = reply.header(&format!("x-ratelimit-reset-{kind}"))?;
        (remaining.trim() == "0").then(|| duration(reset)).flatten()
    };
    ["requests", "images"].into_iter().filter_map(reset).max()
}

/// `6m0s`, `1.2s`, `120ms`, or plain seconds.
fn duration(text: &str) -> Option<Duration> {
    let (mut seconds, mut rest) = (0.0, text.trim());
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        let unit_end = rest[digits..]
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len() - digits);
        let factor = match &rest[digits..digits + unit_end] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" | "" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        seconds += number * factor;
        rest = &rest[digits + unit_end..];
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_up_count_is_read_as_vendors_write_it() {
        let reply = |remaining: &str, reset: &str| HttpReply {
            status: 200,
            headers: vec![
                ("x-ratelimit-remaining-requests".into(), remaining.into()),
                ("x-ratelimit-reset-requests".into(), reset.into()),
            ],
            body: Vec::new(),
        };
        for (remaining, reset, wait_ms) in [
            ("0", "6m0s", Some(360_000)),
            ("0", "1.2s", Some(1_200)),
            ("0", "120ms", Some(120)),
            ("0", "2", Some(2_000)),
            ("0", "soon", None),
            ("0", "-1s", None),
            ("3", "6m0s", None),
        ] {
            let wait = used_up(&reply(remaining, reset)).map(|wait| wait.as_millis());
            assert_eq!(wait, wait_ms, "{remaining} {reset}");
        }
        assert_eq!(used_up(&HttpReply::default()), None);
    }
}
