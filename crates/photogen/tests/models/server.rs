//! An HTTP server for one file that can misbehave, one behaviour per request.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What to do with a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reply {
    /// Serve the file, from where the request asks.
    Whole,
    /// Serve the file from its start, whatever is asked.
    IgnoreRange,
    /// Promise all of it, send this many bytes, hang up.
    BreakOffAfter(usize),
    /// Serve as many other bytes.
    OtherBytes,
    /// Serve more bytes than the file has, without saying how many.
    Endless,
    /// 404.
    NotFound,
}

/// The server; it ends with the test process.
pub(crate) struct Server {
    url: String,
    ranges: Arc<Mutex<Vec<Option<usize>>>>,
}

impl Server {
    /// Serves `file`; the n-th request gets the n-th reply, later ones the last.
    pub(crate) fn start(file: &[u8], replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/tiny.onnx", listener.local_addr().unwrap());
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let (file, replies, seen) = (file.to_vec(), replies.to_vec(), ranges.clone());
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let range = requested_range(&mut stream);
                seen.lock().unwrap().push(range);
                // The client may hang up first, which is its right.
                let _ = answer(&mut stream, &file, range, replies[number.min(replies.len() - 1)]);
            }
        });
        Self { url, ranges }
    }

    /// As a TOML source.
    pub(crate) fn source(&self) -> String {
        format!("{{ url = '{}' }}", self.url)
    }

    /// The byte each request so far asked to start from; none for the whole file.
    pub(crate) fn ranges(&self) -> Vec<Option<usize>> {
        self.ranges.lock().unwrap().clone()
    }
}

fn requested_range(stream: &mut TcpStream) -> Option<usize> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    head.split("range: bytes=")
        .nth(1)?
        .split('-')
        .next()?
        .parse()
        .ok()
}

fn answer(stream: &mut TcpStream, file: &[u8], range: Option<usize>, reply: Reply) -> std::io::Result<()> {
    let start = range.unwrap_or(0);
    let rest = &file[start..];
    let other: Vec<u8> = file.iter().map(|byte| !byte).collect();
    match reply {
        Reply::Whole | Reply::BreakOffAfter(_) => {
            head(stream, range, rest.len(), file.len())?;
            let sent = if let Reply::BreakOffAfter(bytes) = reply {
                bytes
            } else {
                rest.len()
            };
            stream.write_all(&rest[..sent])
        }
        Reply::IgnoreRange => {
            head(stream, None, file.len(), file.len()).and_then(|()| stream.write_all(file))
        }
        Reply::OtherBytes => {
            head(stream, None, file.len(), file.len()).and_then(|()| stream.write_all(&other))
        }
        Reply::Endless => {
            write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
            (0..100).try_for_each(|_| stream.write_all(file))
        }
        Reply::NotFound => write!(
            stream,
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ),
    }
}

fn head(stream: &mut TcpStream, range: Option<usize>, length: usize, total: usize) -> std::io::Result<()> {
    let status = match range {
        Some(start) => format!(
            "206 Partial Content\r\ncontent-range: bytes {start}-{}/{total}",
            total - 1
        ),
        None => "200 OK".to_owned(),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    )
}
