//! What forms send, and what is said of it when it is wrong.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};

use super::words::{Told, Words};
use crate::error::{Error, Result};

/// The fields of a form, in order; a name may stand more than once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form(pub(crate) Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|error| Error::new(error.status(), "unreadable_body", error.body_text()))?;
        Ok(Self(form_urlencoded::parse(&body).into_owned().collect()))
    }
}

impl Form {
    /// Of the query of an address.
    pub(crate) fn of_query(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// What a field holds; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// What a field holds, where it holds something.
    pub(crate) fn given(&self, name: &str) -> Option<String> {
        let text = self.get(name).trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Everything that fields of a name hold.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let found = self.0.iter().filter(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).collect()
    }

    /// Whether a box is ticked.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Whether a field of this name holds this.
    pub(crate) fn holds(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(key, held)| key == name && held == value)
    }
}

/// What is wrong with a form: nothing, a sentence, sentences at its fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wrong {
    /// For all of it; empty when nothing is wrong.
    pub(crate) summary: Told,
    /// At its fields.
    pub(crate) fields: Vec<(String, Told)>,
}

impl Wrong {
    /// What is wrong by this error; what is not the form's fault goes on as an error.
    pub(crate) fn by(w: Words, error: Error) -> Result<Self> {
        let passes = error.status().is_server_error() || matches!(error.status().as_u16(), 401 | 403 | 404);
        if passes && error.code() != "wrong_credentials" && error.code() != "disabled" {
            return Err(error);
        }
        Ok(Self::told(w, &error))
    }

    /// What is wrong by this error, whoever's fault it is.
    pub(crate) fn told(w: Words, error: &Error) -> Self {
        let fields = error.field_errors();
        Self {
            summary: match fields {
                [] => w.told(error.detail()),
                [one] => w.told(&one.message),
                several => w.told_each(several.iter().map(|one| one.message.as_str())),
            },
            fields: fields
                .iter()
                .map(|one| (one.field.clone(), w.told(&one.message)))
                .collect(),
        }
    }

    /// Whether something is.
    pub(crate) fn any(&self) -> bool {
        !self.summary.is_empty()
    }

    /// What is wrong with a field; empty when nothing is.
    pub(crate) fn of(&self, name: &str) -> Told {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, told)| told.clone()).unwrap_or_default()
    }
}
