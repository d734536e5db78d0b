//! What the server knows, and what happens to it.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::{Event, form, list, now_s};
use crate::http::Incoming;

/// A refusal.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    message: String,
    /// Stripe's word for it, and the parameter that it is about.
    about: Option<(&'static str, &'static str)>,
}

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            about: None,
        }
    }

    /// Of a thing that is not there.
    fn missing(status: u16, param: &'static str, message: String) -> Self {
        Self {
            about: Some(("resource_missing", param)),
            ..Self::new(status, message)
        }
    }

    fn of_path(path: &str) -> Self {
        Self::new(404, format!("Unrecognized request URL ({path})."))
    }

    /// As it is answered.
    pub(super) fn body(&self) -> Value {
        let mut error = json!({ "message": self.message, "type": "invalid_request_error" });
        if let Some((code, param)) = self.about {
            error["code"] = json!(code);
            error["param"] = json!(param);
        }
        json!({ "error": error })
    }
}

/// Everything that is kept.
#[derive(Debug, Default)]
pub(super) struct Books {
    base: String,
    pub(super) webhooks_to: Option<String>,
    pub(super) events: Vec<Event>,
    pub(super) calls: Vec<String>,
    pub(super) faults: Vec<u16>,
    /// Paths that are answered with a status.
    pub(super) broken: Vec<(String, u16)>,
    /// Every list goes on and on.
    pub(super) endless: bool,
    pub(super) customers: HashSet<String>,
    sessions: Vec<Value>,
    refunds: Vec<Value>,
    disputes: Vec<Value>,
    /// Refunded amounts, by payment.
    refunded: HashMap<String, i64>,
    /// Parameters and answers, by the key of their call.
    keys: HashMap<String, (Vec<u8>, Result<Value, Refusal>)>,
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

    /// What a call of a path is answered instead of what it asked for.
    pub(super) fn fault(&mut self, path: &str) -> Option<u16> {
        let broken = self.broken.iter().find(|(at, _)| at == path);
        let status = broken.map(|(_, status)| *status);
        status.or_else(|| self.faults.pop())
    }

    /// Everything so far happened long ago.
    pub(super) fn grow_old(&mut self) {
        let things = self.sessions.iter_mut().chain(&mut self.refunds);
        for thing in things.chain(&mut self.disputes) {
            thing["created"] = json!(0);
        }
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
            ("GET", "/v1/checkout/sessions") => Ok(self.listed(&self.sessions, query)),
            ("GET", "/v1/refunds") => Ok(self.listed(&self.refunds, query)),
            ("GET", "/v1/disputes") => Ok(self.listed(&self.disputes, query)),
            ("GET", path) => self.one(path, query),
            _ => Err(Refusal::of_path(path)),
        }
    }

    fn listed(&self, things: &[Value], query: &str) -> Value {
        let mut page = list(things.to_vec(), if self.endless { "" } else { query });
        if self.endless {
            page["has_more"] = json!(true);
        }
        page
    }

    /// One thing, by the path that ends in its id.
    fn one(&self, path: &str, query: &str) -> Result<Value, Refusal> {
        let (folder, id) = path.rsplit_once('/').unwrap_or_default();
        let (things, what) = match folder {
            "/v1/checkout/sessions" => (&self.sessions, "checkout.session"),
            "/v1/refunds" => (&self.refunds, "refund"),
            "/v1/disputes" => (&self.disputes, "dispute"),
            _ => return Err(Refusal::of_path(path)),
        };
        let found = things.iter().find(|thing| thing["id"] == id).cloned();
        let mut thing =
            found.ok_or_else(|| Refusal::missing(404, "id", format!("No such {what}: '{id}'")))?;
        if query.contains("expand") && thing["payment_status"] == "paid" {
            let url = format!("{}/pay/{id}", self.base);
            thing["invoice"] = json!({ "object": "invoice", "id": "in_1", "hosted_invoice_url": url });
        }
        Ok(thing)
    }

    /// A new session, or what the key brought before.
    fn checkout(&mut self, incoming: &Incoming) -> Result<Value, Refusal> {
        let key = incoming.header("idempotency-key").unwrap_or_default().to_owned();
        match self.keys.get(&key) {
            Some((body, answer)) if *body == incoming.body => return answer.clone(),
            Some(_) => {
                return Err(Refusal::new(
                    400,
                    "Keys for idempotent requests can only be used with the same parameters.",
                ));
            }
            None => {}
        }
        let text = String::from_utf8_lossy(&incoming.body).into_owned();
        let pairs = form::pairs(&text);
        if let Some(name) = form::unknown(&pairs) {
            return Err(Refusal::new(400, format!("Received unknown parameter: {name}")));
        }
        let answer = self.new_session(&pairs);
        if let Ok(session) = &answer {
            self.sessions.push(session.clone());
        }
        if !key.is_empty() {
            self.keys.insert(key, (incoming.body.clone(), answer.clone()));
        }
        answer
    }

    fn new_session(&self, pairs: &[(String, String)]) -> Result<Value, Refusal> {
        let get = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        let need = |name: &str| {
            get(name).ok_or_else(|| Refusal::new(400, format!("Missing required param: {name}.")))
        };
        if need("mode")? != "payment" {
            return Err(Refusal::new(400, "only payments are played here"));
        }
        if let Some(customer) = get("customer")
            && !self.customers.contains(&customer)
        {
            return Err(Refusal::missing(
                400,
                "customer",
                format!("No such customer: '{customer}'"),
            ));
        }
        let amount: i64 = need("line_items[0][price_data][unit_amount]")?
            .parse()
            .map_err(|_| Refusal::new(400, "Invalid integer: unit_amount"))?;
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
                let customer = format!("cus_of_{session}");
                known["customer"] = json!(customer);
                self.customers.insert(customer);
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

    pub(super) fn refund(&mut self, session: &str, amount: i64, status: &str) -> Option<String> {
        let session = self.session(session)?;
        let payment = session["payment_intent"].as_str()?.to_owned();
        let id = format!("re_{}", self.refunds.len() + 1);
        let refund = json!({
            "id": id, "object": "refund", "amount": amount, "currency": session["currency"], "payment_intent": payment,
            "status": status, "created": now_s(),
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

    pub(super) fn dispute(&mut self, session: &str, status: &str) -> Option<String> {
        let session = self.session(session)?;
        let id = format!("du_{}", self.disputes.len() + 1);
        let dispute = json!({
            "id": id, "object": "dispute", "amount": session["amount_total"], "currency": session["currency"],
            "payment_intent": session["payment_intent"].as_str()?, "status": status, "created": now_s(),
        });
        self.disputes.push(dispute.clone());
        self.tell("charge.dispute.created", &dispute);
        Some(id)
    }

    /// Changes a dispute, and tells of it under each of these names.
    pub(super) fn dispute_is(&mut self, dispute: &str, status: &str, kinds: &[&str]) {
        let Some(known) = find(&mut self.disputes, dispute) else {
            return;
        };
        known["status"] = json!(status);
        let told = known.clone();
        for kind in kinds {
            self.tell(kind, &told);
        }
    }
}
