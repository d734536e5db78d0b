//! Answers of vendors' servers.

use engines::vendor::{Answer, Fashn, HttpReply, OpenAi, Output, Replicate, Stability, Vendor};
use imaging::codec::{Limits, decode};
use testkit::fuzz::Target;

use crate::text;

/// A whole reply: the first line is its status and media type, the rest its body. Every vendor's adapter reads it as an answer to
/// an order, to a question and to an upload; a picture that comes of it is decoded.
pub(crate) const VENDOR: Target = Target {
    name: "vendor",
    read: |bytes| {
        let reply = reply(bytes);
        let vendors: [&dyn Vendor; 4] = [&OpenAi, &Stability, &Replicate, &Fashn];
        for vendor in vendors {
            for answer in [vendor.parse(&reply), vendor.parse_poll(&reply)] {
                look(&answer);
            }
            let _ = (vendor.uploaded(&reply), vendor.interrupt("job", &reply));
        }
    },
    seeds: || {
        let told = [
            "200 application/json\n{\"created\":1,\"data\":[{\"b64_json\":\"iVBORw0KGgo=\"}]}",
            "200 application/json\n{\"created\":1,\"data\":[{\"url\":\"https://example.com/a.png\"}]}",
            "400 application/json\n{\"error\":{\"code\":\"moderation_blocked\",\"message\":\"no\",\"moderation_stage\":\"input\"}}",
            "429 application/json\n{\"detail\":\"Your rate limit resets in ~30s.\",\"status\":429}",
            "201 application/json\n{\"id\":\"p1\",\"status\":\"processing\",\"urls\":{\"get\":\"https://api.example.com/p1\"}}",
            "200 application/json\n{\"id\":\"p1\",\"status\":\"succeeded\",\"output\":[\"data:image/png;base64,iVBORw0KGgo=\"],\"logs\":\"Using seed: 7\"}",
            "200 application/json\n{\"id\":\"f1\",\"status\":\"completed\",\"output\":[\"https://cdn.example.com/1.png\"],\"error\":null}",
            "200 application/json\n{\"id\":\"f1\",\"status\":\"failed\",\"error\":{\"name\":\"ContentModerationError\",\"message\":\"no\"}}",
            "200 image/png\n\u{89}PNG",
            "403 application/json\n{\"id\":\"s\",\"name\":\"content_moderation\",\"errors\":[\"no\"]}",
            "503 text/html\n<html>busy</html>",
        ];
        told.iter().map(|reply| reply.as_bytes().to_vec()).collect()
    },
};

fn reply(bytes: &[u8]) -> HttpReply {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (line, body) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
    let line = text(line);
    let (status, kind) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let headers = ["content-type", "retry-after", "seed", "finish-reason"];
    HttpReply {
        status: status.parse().unwrap_or(200),
        headers: headers
            .iter()
            .map(|name| ((*name).to_owned(), kind.to_owned()))
            .collect(),
        body: body.to_vec(),
    }
}

fn look(answer: &Answer) {
    let Answer::Done { outputs, .. } = answer else {
        return;
    };
    assert!(!outputs.is_empty(), "done, and no picture");
    for output in outputs {
        if let Output::Bytes(bytes) = output {
            let limits = Limits {
                pixels_max: 1 << 20,
                ..Limits::default()
            };
            let _ = decode(bytes, &limits);
        }
    }
}

#[cfg(test)]
mod tests {
    use engines::vendor::Fault;

    use super::*;

    /// A vendor, and whether an answer is what it means.
    type Meant<'a> = (&'a dyn Vendor, &'a dyn Fn(&Answer) -> bool);

    #[test]
    fn each_reply_is_what_its_vendor_means() {
        let replies: Vec<HttpReply> = (VENDOR.seeds)().iter().map(|seed| reply(seed)).collect();
        let made = |answer: &Answer| matches!(answer, Answer::Done { .. });
        let refused = |answer: &Answer| matches!(answer, Answer::Refused { .. });
        let waits = |answer: &Answer| matches!(answer, Answer::Fault(Fault::Retry { .. }));
        let pending = |answer: &Answer| matches!(answer, Answer::Pending { .. });
        let nothing = |answer: &Answer| matches!(answer, Answer::Fault(Fault::Broken(_)));
        let meant: [Meant<'_>; 11] = [
            (&OpenAi, &made),
            (&OpenAi, &made),
            (&OpenAi, &refused),
            (&Replicate, &waits),
            (&Replicate, &pending),
            (&Replicate, &made),
            (&Fashn, &made),
            (&Fashn, &refused),
            (&Stability, &nothing),
            (&Stability, &refused),
            (&OpenAi, &waits),
        ];
        assert_eq!(replies.len(), meant.len());
        for (reply, (vendor, is_meant)) in replies.iter().zip(meant) {
            let answer = vendor.parse_poll(reply);
            assert!(is_meant(&answer), "{answer:?} of {:?}", text(&reply.body));
        }
    }
}
