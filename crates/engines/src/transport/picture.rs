//! The finished picture: in the answer itself, or fetched from where that says it is.

use tokio::time::sleep;

use super::{
    Delivery, Spoken, Transport, fetch,
    sending::{SENDS_MAX, backoff, not_an_order},
};
use crate::{
    EngineError,
    vendor::{Answer, Fault, Output, Request},
};

impl Transport {
    /// The first picture of an answer, fetched where it is only named.
    pub(super) async fn conclude(&self, answer: Answer, id: Option<String>) -> Result<Spoken, EngineError> {
        match answer {
            Answer::Done { outputs, seed } => {
                let first = outputs.into_iter().next();
                let bytes = match first {
                    Some(Output::Bytes(bytes)) => bytes,
                    Some(Output::Url(url)) => self.fetch(&url).await?,
                    Some(Output::Path(path)) => self.file(path).await?,
                    None => {
                        return Err(EngineError::Broken(
                            "the vendor says it is done and sends no picture".into(),
                        ));
                    }
                };
                Ok(Spoken::Done(Delivery { bytes, seed, id }))
            }
            Answer::Refused { reason, stage } => {
                let stage = stage.map(|stage| format!(" ({stage})")).unwrap_or_default();
                Ok(Spoken::Refused(format!(
                    "the vendor's rules forbid it{stage}: {reason}"
                )))
            }
            Answer::Pending { .. } => Err(EngineError::Broken("a job within a job".into())),
            Answer::Fault(fault) => Err(fault.into()),
        }
    }

    /// A file on the engine's own server.
    async fn file(&self, path: String) -> Result<Vec<u8>, EngineError> {
        let reply = self
            .exchange(&Request::get(path), false)
            .await
            .map_err(not_an_order)?;
        match reply.status {
            403 | 404 | 410 => Err(EngineError::Broken(fetch::expired(reply.status))),
            _ if reply.is_success() => Ok(reply.body),
            status => Err(EngineError::Retry(format!(
                "the finished picture could not be fetched (HTTP {status})"
            ))),
        }
    }

    async fn fetch(&self, url: &str) -> Result<Vec<u8>, EngineError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.fetcher.fetch(&self.address, url).await {
                Err(Fault::Retry { .. }) if tries < SENDS_MAX => sleep(backoff(tries)).await,
                fetched => return fetched.map(|reply| reply.body).map_err(EngineError::from),
            }
        }
    }
}
