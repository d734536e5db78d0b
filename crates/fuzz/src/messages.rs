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
        let body = after_line(bytes);
        assert!(
            payment::event(&secrets, Some(header), body, NOW_S).is_err(),
            "unsigned, and believed"
        );
        let told = signed(body);
        assert!(matches!(told, Ok(_) | Err(payment::Refusal::NoEvent)), "{told:?}");
    },
    seeds: || {
        let told = [
            r#"{"id":"evt_1","type":"checkout.session.completed","data":{"object":{"object":"checkout.session","id":"cs_1","mode":"payment","status":"complete","payment_status":"paid","amount_subtotal":999,"amount_total":999,"currency":"usd","payment_intent":"pi_1","customer":"cus_1","metadata":{"purchase_id":"p"}}}}"#,
            r#"{"id":"evt_2","type":"charge.refunded","data":{"object":{"object":"charge","id":"ch_1","payment_intent":"pi_1","amount":999,"amount_refunded":500,"currency":"usd","refunds":{"data":[]}}}}"#,
            r#"{"id":"evt_3","type":"charge.dispute.closed","data":{"object":{"object":"dispute","id":"dp_1","payment_intent":"pi_1","amount":999,"status":"lost"}}}"#,
            r#"{"id":"evt_4","type":"refund.failed","data":{"object":{"object":"refund","id":"re_1","payment_intent":{"id":"pi_1"},"amount":500,"status":"failed"}}}"#,
        ];
        let line = format!("t={NOW_S},v1={}\n", "0".repeat(64));
        told.iter()
            .map(|body| [line.as_bytes(), body.as_bytes()].concat())
            .collect()
    },
};

/// A body as Stripe would have signed it.
fn signed(body: &[u8]) -> Result<payment::Event, payment::Refusal> {
    let time = NOW_S.to_string();
    let header = format!("t={time},v1={}", payment::signature(SECRET, &time, body));
    payment::event(&[SECRET.to_owned()], Some(&header), body, NOW_S)
}

fn after_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    &bytes[end.map_or(0, |end| end + 1)..]
}

/// A message of a vendor about a job: three lines of headers, and a body.
pub(crate) const WEBHOOK: Target = Target {
    name: "webhook",
    read: |bytes| {
        let whole = text(bytes);
        let (message, body) = message(&whole);
        assert!(
            job::verify(SECRET, &message, NOW_S).is_err(),
            "unsigned, and believed"
        );
        let _ = job::job(body);
    },
    seeds: || {
        vec![format!("msg_1\n{NOW_S}\nv1,AAAA v1,BBBB\n{{\"id\":\"p1\",\"status\":\"succeeded\"}}").into()]
    },
};

/// A message, and its body.
fn message(whole: &str) -> (job::Message<'_>, &[u8]) {
    let mut lines = whole.splitn(4, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (id, timestamp, signatures) = (line(), line(), line());
    let body = line().as_bytes();
    let message = job::Message {
        id,
        timestamp,
        signatures,
        body,
    };
    (message, body)
}

#[cfg(test)]
mod tests {
    use domain::payment::{Checkout, Dispute, Fact, Refund};

    use super::*;

    #[test]
    fn each_message_of_stripe_says_something_of_money() {
        let facts: Vec<Fact> = (PAYMENT.seeds)()
            .iter()
            .map(|seed| signed(after_line(seed)).expect("an event").fact.expect("a fact"))
            .collect();
        let [
            Fact::Checkout {
                purchase: Some(purchase),
                state: Checkout::Paid,
                ..
            },
            Fact::Refunded { total_minor: 500, .. },
            Fact::Dispute {
                state: Dispute::Lost, ..
            },
            Fact::Refund {
                state: Refund::Failed,
                ..
            },
        ] = &facts[..]
        else {
            panic!("{facts:?}")
        };
        assert_eq!(purchase, "p");
    }

    #[test]
    fn a_message_of_a_vendor_is_one_but_for_its_signature() {
        let seed = (WEBHOOK.seeds)().remove(0);
        let whole = text(&seed);
        let (message, body) = message(&whole);
        assert_eq!(
            job::verify(SECRET, &message, NOW_S),
            Err(job::WebhookError::Signature)
        );
        assert_eq!(job::job(body).as_deref(), Some("p1"));
    }
}
