//! As much of HTTP/1.1 as a test server needs: one request a connection.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

/// Longest request in bytes.
const BODY_MAX: usize = 256 << 20;

/// A whole request.
pub(crate) struct Incoming {
    /// `POST /v1/images/edits HTTP/1.1`.
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Incoming {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads a request to its end; `None` when the other side goes away.
pub(crate) fn read(stream: &TcpStream) -> Option<Incoming> {
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = Vec::new();
    loop {
        let mut text = String::new();
        reader.read_line(&mut text).ok().filter(|read| *read > 0)?;
        match text.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    let mut incoming = Incoming {
        line: line.trim_end().to_owned(),
        headers,
        body: Vec::new(),
    };
    if let Some(length) = incoming.header("content-length") {
        let length: usize = length.parse().ok().filter(|length| *length <= BODY_MAX)?;
        incoming.body.resize(length, 0);
        reader.read_exact(&mut incoming.body).ok()?;
    }
    Some(incoming)
}

/// Answers and hangs up.
pub(crate) fn answer(mut stream: &TcpStream, status: u16, headers: &[(&'static str, String)], body: &[u8]) {
    let _ = stream.write_all(head(status, headers, body.len()).as_bytes());
    let _ = stream.write_all(body);
    let _ = stream.shutdown(Shutdown::Write);
}

/// Promises a whole body and hangs up after half of it.
pub(crate) fn half(mut stream: &TcpStream, body: &[u8]) {
    let _ = stream.write_all(head(200, &[], body.len()).as_bytes());
    let _ = stream.write_all(&body[..body.len() / 2]);
    let _ = stream.flush();
    let _ = stream.shutdown(Shutdown::Both);
}

fn head(status: u16, headers: &[(&'static str, String)], length: usize) -> String {
    let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head += name;
        head += ": ";
        head += value;
        head += "\r\n";
    }
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        head.push_str("content-type: application/json\r\n");
    }
    head + "\r\n"
}
