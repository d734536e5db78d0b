//! What the test server needs to know of a vendor's language.

use serde_json::Value;

use super::Order;

/// A whole answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        }
    }

    pub(super) fn file(bytes: Vec<u8>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "image/png".to_owned())],
            body: bytes,
        }
    }

    pub(super) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// What a request is about.
#[derive(Debug)]
pub(super) enum Call {
    /// Is the key right?
    Probe,
    /// A file for a later order.
    Upload,
    /// A picture.
    Order,
    /// A job, by its id.
    Poll(String),
    /// The end of a job.
    Cancel(String),
    /// Which jobs run.
    Queue,
    /// A finished file, by its number.
    File(usize),
}

/// Why nothing is made.
pub(super) enum Trouble {
    /// Slow down, for so long.
    TooMany(u64),
    /// Something broke.
    Broke,
    /// The key is wrong.
    Key,
    /// The account is empty.
    Credit,
    /// No such thing.
    Unknown,
}

/// One vendor's language, from the server's side.
pub(super) trait Dialect: Sync {
    /// What a request of this method and path (query and all) is about, if it is this vendor's.
    fn route(&self, method: &str, path: &str) -> Option<Call>;

    /// Takes orders as jobs.
    fn is_job(&self, order: &Order) -> bool {
        let _ = order;
        true
    }

    /// An uploaded file is stored: the name that orders use for it, and the answer.
    fn stored(&self, base: &str, number: usize, name: &str) -> (String, Answer) {
        let _ = (base, number, name);
        (String::new(), self.trouble(&Trouble::Unknown))
    }

    /// The order is taken and done later.
    fn taken(&self, id: &str) -> Answer;

    /// It is being done.
    fn working(&self, id: &str) -> Answer;

    /// It is done. `file` and its number; `None` for an answer without a picture.
    fn done(&self, id: &str, base: &str, order: &Order, made: Option<(usize, &[u8])>) -> Answer;

    /// It failed.
    fn failed(&self, id: &str) -> Answer;

    /// It was called off.
    fn called_off(&self, id: &str) -> Answer {
        self.failed(id)
    }

    /// These are being done.
    fn running(&self, ids: &[String]) -> Answer {
        let _ = ids;
        self.trouble(&Trouble::Unknown)
    }

    /// The vendor's rules forbid it.
    fn refused(&self, id: &str) -> Answer;

    /// Nothing is made.
    fn trouble(&self, trouble: &Trouble) -> Answer;
}

/// The number in a finished file's address.
pub(super) fn file_number(path: &str) -> Option<Call> {
    let number = path.strip_prefix("/delivered/")?.strip_suffix(".png")?;
    number.parse().ok().map(Call::File)
}
