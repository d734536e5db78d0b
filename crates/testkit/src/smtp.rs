//! A mail server for tests: a real socket that speaks enough SMTP to take letters, or to refuse them as it is told.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

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
                let own = own.clone();
                std::thread::spawn(move || own.speak(stream));
            }
        });
        Ok(server)
    }

    /// Its address, as `SMTP_URL` has it.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
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

    fn speak(&self, stream: TcpStream) -> Option<()> {
        let mut out = stream.try_clone().ok()?;
        let mut say = move |line: &str| out.write_all(format!("{line}\r\n").as_bytes()).ok();
        let mut lines = BufReader::new(stream).lines();
        say("220 test")?;
        let (mut from, mut to) = (String::new(), String::new());
        loop {
            let line = lines.next()?.ok()?;
            let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            match word.as_str() {
                "EHLO" | "HELO" => say("250 test")?,
                "MAIL" => {
                    from = address(&line);
                    say("250 well")?;
                }
                "RCPT" => {
                    to = address(&line);
                    say(self.answer())?;
                }
                "DATA" => {
                    say("354 go on")?;
                    let mut data = String::new();
                    for line in lines.by_ref() {
                        let line = line.ok()?;
                        if line == "." {
                            break;
                        }
                        data.push_str(line.strip_prefix('.').unwrap_or(&line));
                        data.push('\n');
                    }
                    self.take(Received {
                        from: from.clone(),
                        to: to.clone(),
                        data,
                    });
                    say("250 taken")?;
                }
                "QUIT" => {
                    say("221 bye")?;
                    return Some(());
                }
                _ => say("250 well")?,
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

/// What stands between the angles.
fn address(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(address, _)| address.to_owned())
}
