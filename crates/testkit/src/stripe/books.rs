//! What the server knows, and what happens to it.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::{Event, form, list, now_s};
use crate::http::Incoming;

/// A refusal: its status, and why.
type Refusal = (u16, String);

/// Everything that is kept.
#[derive(Debug, Default)]
pub(super) struct Books {
    base: String,
    pub(super) webhooks_to: Option<String>,
    pub(super) events: Vec<Event>,
    pub(super) calls: Vec<String>,
    pub(super) faults: Vec<u16>,
    sessions: Vec<Value>,
    refunds: Vec<Value>,
    disputes: Vec<Value>,
    /// Refunded amounts, by payment.
    refunded: HashMap<String, i64>,
    /// Parameters and answers, by the key of their call.
    keys: HashMap<String, (Vec<u8>, Value)>,
}

fn find<'a>(things: &'a mut [Value], id: &str) -> Option<&'a mut Value> {
    things.iter_mut().find(|thing| thing["id"] == id)
}

impl Books {
    pub(super) fn new(base: String, webhooks_to: Option<String>) -> Self {
        Self {
            base,
            webhooks_to,
            ..Self::default()
        }
    }

    pub(super) fn session(&self, id: &str) -> Option<Value> {
        self.sessions.iter().find(|session| session["id"] == id).cloned()
    }

    /// A call of the API.
    pub(super) fn call(
        &mut self,
        method: &str,
        path: &str,
        query: &str,
        incoming: &Incoming,
    ) -> Result<Value, Refusal> {
        match (method, path) {
            ("POST", "/v1/checkout/sessions") => self.checkout(incoming),
            ("GET", "/v1/checkout/sessions") => Ok(list(self.sessions.clone(), query)),
            ("GET", "/v1/refunds") => Ok(list(self.refunds.clone(), query)),
            ("GET", "/v1/disputes") => Ok(list(self.disputes.clone(), query)),
            ("GET", path) => {
                let id = path.strip_prefix("/v1/checkout/sessions/").unwrap_or_default();
                let mut session = self
                    .session(id)
                    .ok_or_else(|| (404, format!("No such checkout.session: '{id}'")))?;
                if query.contains("expand") && session["payment_status"] == "paid" {
                    let url = format!("{}/pay/{id}", self.base);
                    session["invoice"] =
                        json!({ "object": "invoice", "id": "in_1", "hosted_invoice_url": url });
                }
                Ok(session)
            }
            _ => Err((404, format!("Unrecognized request URL ({method}: {path})."))),
        }
    }

    /// A new session, or the one that the key made before.
    fn checkout(&mut self, incoming: &Incoming) -> Result<Value, Refusal> {
        let key = incoming.header("idempotency-key").unwrap_or_default().to_owned();
        match self.keys.get(&key) {
            Some((body, answer)) if *body == incoming.body => return Ok(answer.clone()),
            Some(_) => {
                return Err((
                    400,
                    "Keys for idempotent requests can only be used with the same parameters.".to_owned(),
                ));
            }
            None => {}
        }
        let text = String::from_utf8_lossy(&incoming.body).into_owned();
        let pairs = form::pairs(&text);
        if let Some(name) = form::unknown(&pairs) {
            return Err((400, format!("Received unknown parameter: {name}")));
        }
        let session = self.new_session(&pairs)?;
        self.sessions.push(session.clone());
        if !key.is_empty() {
            self.keys.insert(key, (incoming.body.clone(), session.clone()));
        }
        Ok(session)
    }

    fn new_session(&self, pairs: &[(String, String)]) -> Result<Value, Refusal> {
        let get = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        let need = |name: &str| get(name).ok_or_else(|| (400, format!("Missing required param: {name}.")));
        if need("mode")? != "payment" {
            return Err((400, "only payments are played here".to_owned()));
        }
        let amount: i64 = need("line_items[0][price_data][unit_amount]")?
            .parse()
            .map_err(|_| (400, "Invalid integer: unit_amount".to_owned()))?;
        let metadata: Map<String, Value> = pairs
            .iter()
            .filter_map(|(name, value)| {
                let key = name.strip_prefix("metadata[")?.strip_suffix(']')?;
                Some((key.to_owned(), Value::String(value.clone())))
            })
            .collect();
        let number = self.sessions.len() + 1;
        let id = format!("cs_test_{number}");
        Ok(json!({
            "id": id, "object": "checkout.session", "mode": "payment", "status": "open", "payment_status": "unpaid",
            "url": format!("{}/pay/{id}", self.base), "payment_intent": null, "amount_subtotal": amount, "amount_total": amount,
            "currency": need("line_items[0][price_data][currency]")?, "customer": get("customer"),
            "client_reference_id": get("client_reference_id"), "metadata": metadata, "success_url": need("success_url")?,
            "cancel_url": get("cancel_url"), "created": now_s(), "livemode": false,
        }))
    }

    fn tell(&mut self, kind: &str, object: &Value) {
        let id = format!("evt_{}", self.events.len() + 1);
        let body = json!({
            "id": id, "object": "event", "api_version": "2026-10-28.endive", "created": now_s(), "livemode": false,
            "type": kind, "data": { "object": object }, "pending_webhooks": 1,
        });
        self.events.push(Event {
            id,
            body: body.to_string(),
        });
    }

    /// Changes a session, and tells of it.
    fn change(&mut self, session: &str, kind: &str, status: &str, payment_status: &str) {
        let Some(known) = find(&mut self.sessions, session) else {
            return;
        };
        known["status"] = json!(status);
        known["payment_status"] = json!(payment_status);
        if status == "complete" {
            known["payment_intent"] = json!(format!("pi_of_{session}"));
            if known["customer"].is_null() {
                known["customer"] = json!(format!("cus_of_{session}"));
            }
        }
        let told = known.clone();
        self.tell(kind, &told);
    }

    pub(super) fn pay(&mut self, session: &str) {
        self.change(session, "checkout.session.completed", "complete", "paid");
    }

    pub(super) fn pay_later(&mut self, session: &str) {
        self.change(session, "checkout.session.completed", "complete", "unpaid");
    }

    pub(super) fn money(&mut self, session: &str, comes: bool) {
        if comes {
            self.change(
                session,
                "checkout.session.async_payment_succeeded",
                "complete",
                "paid",
            );
        } else {
            self.change(
                session,
                "checkout.session.async_payment_failed",
                "complete",
                "unpaid",
            );
        }
    }

    pub(super) fn expire(&mut self, session: &str) {
        self.change(session, "checkout.session.expired", "expired", "unpaid");
    }

    pub(super) fn refund(&mut self, session: &str, amount: i64) -> Option<String> {
        let session = self.session(session)?;
        let payment = session["payment_intent"].as_str()?.to_owned();
        let id = format!("re_{}", self.refunds.len() + 1);
        let refund = json!({
            "id": id, "object": "refund", "amount": amount, "currency": session["currency"], "payment_intent": payment,
            "status": "succeeded", "created": now_s(),
        });
        self.refunds.push(refund.clone());
        let total = self.refunded.entry(payment.clone()).or_default();
        *total += amount;
        let charge = json!({
            "id": format!("ch_of_{payment}"), "object": "charge", "amount": session["amount_total"], "amount_refunded": *total,
            "payment_intent": payment, "metadata": session["metadata"],
        });
        self.tell("refund.created", &refund);
        self.tell("charge.refunded", &charge);
        Some(id)
    }

    pub(super) fn refund_fails(&mut self, refund: &str) {
        let Some(known) = find(&mut self.refunds, refund) else {
            return;
        };
        known["status"] = json!("failed");
        let told = known.clone();
        self.tell("refund.failed", &told);
    }

    pub(super) fn dispute(&mut self, session: &str) -> Option<String> {
        let session = self.session(session)?;
        let id = format!("du_{}", self.disputes.len() + 1);
        let dispute = json!({
            "id": id, "object": "dispute", "amount": session["amount_total"], "currency": session["currency"],
            "payment_intent": session["payment_intent"].as_str()?, "status": "needs_response", "created": now_s(),
        });
        self.disputes.push(dispute.clone());
        self.tell("charge.dispute.created", &dispute);
        Some(id)
    }

    pub(super) fn close_dispute(&mut self, dispute: &str, won: bool) {
        let Some(known) = find(&mut self.disputes, dispute) else {
            return;
        };
        known["status"] = json!(if won { "won" } else { "lost" });
        let told = known.clone();
        self.tell("charge.dispute.closed", &told);
    }
}
