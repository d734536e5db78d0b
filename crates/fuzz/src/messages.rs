//! Messages about payments and jobs, which only their signature makes believable.

use engines::vendor::webhook as job;
use payments::stripe::webhook as payment;
use testkit::fuzz::Target;

use crate::text;

const NOW_S: i64 = 1_800_000_000;
const SECRET: &str = "whsec_dGhlIHNlY3JldCBvZiB0aGlzIHRhcmdldA==";

/// A message of Stripe: the first line as its signature is never right, the rest as a signed body is an event or none.
pub(crate) const PAYMENT: Target = Target {
    name: "payment",
    read: |bytes| {
        let secrets = [SECRET.to_owned()];
        let whole = text(bytes);
        let (header, _) = whole.split_once('\n').unwrap_or((&whole, ""));
        let body = &bytes[bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1)..];
        assert!(
            payment::event(&secrets, Some(header), body, NOW_S).is_err(),
            "unsigned, and believed"
        );
        let time = NOW_S.to_string();
        let header = format!("t={time},v1={}", payment::signature(SECRET, &time, body));
        let told = payment::event(&secrets, Some(&header), body, NOW_S);
        assert!(matches!(told, Ok(_) | Err(payment::Refusal::NoEvent)), "{told:?}");
    },
    seeds: || {
        let told = [
            r#"{"id":"evt_1","type":"checkout.session.completed","data":{"object":{"object":"checkout.session","id":"cs_1","payment_status":"paid","amount_total":999,"currency":"usd","payment_intent":"pi_1","client_reference_id":"p","metadata":{"purchase":"p"}}}}"#,
            r#"{"id":"evt_2","type":"charge.refunded","data":{"object":{"object":"charge","id":"ch_1","payment_intent":"pi_1","amount":999,"amount_refunded":500,"currency":"usd","refunds":{"data":[]}}}}"#,
            r#"{"id":"evt_3","type":"charge.dispute.closed","data":{"object":{"object":"dispute","id":"dp_1","payment_intent":"pi_1","amount":999,"status":"lost"}}}"#,
        ];
        let line = format!("t={NOW_S},v1={}\n", "0".repeat(64));
        told.iter()
            .map(|body| [line.as_bytes(), body.as_bytes()].concat())
            .collect()
    },
};

/// A message of a vendor about a job: three lines of headers, and a body.
pub(crate) const WEBHOOK: Target = Target {
    name: "webhook",
    read: |bytes| {
        let whole = text(bytes);
        let mut lines = whole.splitn(4, '\n');
        let mut line = || lines.next().unwrap_or_default();
        let message = job::Message {
            id: line(),
            timestamp: line(),
            signatures: line(),
            body: bytes,
        };
        assert!(
            job::verify(SECRET, &message, NOW_S).is_err(),
            "unsigned, and believed"
        );
        let _ = job::job(line().as_bytes());
    },
    seeds: || {
        vec![format!("msg_1\n{NOW_S}\nv1,AAAA v1,BBBB\n{{\"id\":\"p1\",\"status\":\"succeeded\"}}").into()]
    },
};
