//! A mail server for tests: a real socket that speaks enough SMTP to take letters, or to refuse them as it is told.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivatePkcs8KeyDer};

/// A letter as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The sender of the envelope.
    pub from: String,
    /// The receiver of the envelope.
    pub to: String,
    /// Headers and text.
    pub data: String,
}

#[derive(Debug, Default)]
struct State {
    letters: Vec<Received>,
    /// What the next receivers are answered.
    answers: VecDeque<&'static str>,
    /// Letters that were begun.
    begun: usize,
    /// Connections that were made.
    calls: usize,
}

/// The server. Its thread ends with the process.
#[derive(Clone, Debug)]
pub struct MailServer {
    address: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl MailServer {
    /// Listens on this machine; the next receivers are answered with these lines, those after them are taken.
    pub fn start(answers: &[&'static str]) -> std::io::Result<Self> {
        Self::listen(answers, Self::speak)
    }

    /// Listens under TLS as `localhost`, with a certificate of its own, which comes along in PEM.
    pub fn start_under_tls() -> std::io::Result<(Self, String)> {
        let made =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).map_err(std::io::Error::other)?;
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .map_err(std::io::Error::other)?;
        let config = Arc::new(config);
        let server = Self::listen(&[], move |server, stream| {
            let tls = ServerConnection::new(Arc::clone(&config)).ok()?;
            server.speak(StreamOwned::new(tls, stream))
        })?;
        Ok((server, made.cert.pem()))
    }

    fn listen(
        answers: &[&'static str],
        speak: impl Fn(&Self, TcpStream) -> Option<()> + Clone + Send + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let state = State {
            answers: answers.iter().copied().collect(),
            ..State::default()
        };
        let server = Self {
            address: listener.local_addr()?,
            state: Arc::new((Mutex::new(state), Condvar::new())),
        };
        let own = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (own, speak) = (own.clone(), speak.clone());
                own.state.0.lock().unwrap_or_else(PoisonError::into_inner).calls += 1;
                std::thread::spawn(move || speak(&own, stream));
            }
        });
        Ok(server)
    }

    /// Its address, as `SMTP_URL` has it.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The letters it took, once there are so many; fewer when they do not come within ten seconds.
    pub fn letters(&self, count: usize) -> Vec<Received> {
        let end = Instant::now() + Duration::from_secs(10);
        let (state, changed) = &*self.state;
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.letters.len() < count && Instant::now() < end {
            let waited = changed.wait_timeout(state, Duration::from_millis(100));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.letters.clone()
    }

    /// How many letters were begun, taken or not.
    pub fn begun(&self) -> usize {
        self.state.0.lock().unwrap_or_else(PoisonError::into_inner).begun
    }

    /// How many connections were made, whatever came of them.
    pub fn calls(&self) -> usize {
        self.state.0.lock().unwrap_or_else(PoisonError::into_inner).calls
    }

    fn speak(&self, stream: impl Read + Write) -> Option<()> {
        let mut stream = BufReader::new(stream);
        say(&mut stream, "220 test")?;
        let (mut from, mut to) = (String::new(), String::new());
        loop {
            let line = line(&mut stream)?;
            let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            match word.as_str() {
                "EHLO" | "HELO" => say(&mut stream, "250-test\r\n250 AUTH PLAIN")?,
                "AUTH" => say(&mut stream, "235 welcome")?,
                "MAIL" => {
                    from = address(&line);
                    say(&mut stream, "250 well")?;
                }
                "RCPT" => {
                    to = address(&line);
                    say(&mut stream, self.answer())?;
                }
                "DATA" => {
                    say(&mut stream, "354 go on")?;
                    self.take(Received {
                        from: from.clone(),
                        to: to.clone(),
                        data: text(&mut stream)?,
                    });
                    say(&mut stream, "250 taken")?;
                }
                "QUIT" => {
                    say(&mut stream, "221 bye")?;
                    return Some(());
                }
                _ => say(&mut stream, "250 well")?,
            }
        }
    }

    fn answer(&self) -> &'static str {
        let mut state = self.state.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.begun += 1;
        state.answers.pop_front().unwrap_or("250 well")
    }

    fn take(&self, letter: Received) {
        let (state, changed) = &*self.state;
        state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .letters
            .push(letter);
        changed.notify_all();
    }
}

fn say<S: Write>(stream: &mut BufReader<S>, line: &str) -> Option<()> {
    let stream = stream.get_mut();
    stream.write_all(format!("{line}\r\n").as_bytes()).ok()?;
    stream.flush().ok()
}

/// The next line, without its end; none when the other side is gone.
fn line<S: Read>(stream: &mut BufReader<S>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

/// A letter, up to the point on a line of its own.
fn text<S: Read>(stream: &mut BufReader<S>) -> Option<String> {
    let mut data = String::new();
    loop {
        let line = line(stream)?;
        if line == "." {
            return Some(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
        data.push('\n');
    }
}

/// What stands between the angles.
fn address(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(address, _)| address.to_owned())
}
