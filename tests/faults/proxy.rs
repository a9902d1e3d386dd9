//! A proxy that counts the messages of the client, and stops at one of them to let a fault happen there.
//!
//! It knows nothing of faults: whoever armed it gets the held message and says what becomes of the connection. The tests
//! of `crates/runtime` use it, too. Read [`Proxy::hold_at`] first.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The protocol that tells where a message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    Postgres,
    Mysql,
}

/// When a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The server does not get the message.
    Before,
    /// The server has the message, and works on it.
    During,
    /// The server has answered; the client does not get the answer.
    After,
}

/// A server that has not answered by now waits for something, such as a lock.
const ANSWER: Duration = Duration::from_millis(400);
/// No more bytes for so long are the end of an answer.
const QUIET: Duration = Duration::from_millis(4);

/// No message on its way takes so long.
const SETTLED: Duration = Duration::from_millis(40);

/// Stands between clients and one server, as long as the test program runs.
pub struct Proxy {
    pub address: String,
    line: Arc<Line>,
}

/// A connection that stands still at a message. It is cut with this value, unless it goes on.
pub struct Held(Sender<Verdict>);

impl Held {
    /// Lets the message or its answer through.
    pub fn pass_on(self) {
        let _ = self.0.send(Verdict::PassOn);
    }

    /// Closes the connection on both sides.
    pub fn cut(self) {
        let _ = self.0.send(Verdict::Cut);
    }
}

enum Verdict {
    PassOn,
    Cut,
}

/// The message to stop at.
#[derive(Clone, Copy, Debug)]
pub enum Mark<'t> {
    /// By its number, counted from 1 over all connections.
    Number(usize),
    /// The first that has this text in it.
    Text(&'t str),
}

struct Trap {
    number: usize,
    text: Option<Vec<u8>>,
    moment: Moment,
    held: Sender<Held>,
}

struct Line {
    wire: Wire,
    state: Mutex<State>,
}

struct State {
    server: String,
    messages: usize,
    trap: Option<Trap>,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Proxy {
    /// Passes on to `server`, an address with its port.
    pub fn start(wire: Wire, server: &str) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let state = Mutex::new(State { server: server.to_owned(), messages: 0, trap: None });
        let line = Arc::new(Line { wire, state });
        let shared = line.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let line = shared.clone();
                std::thread::spawn(move || connect(&line, client));
            }
        });
        Proxy { address, line }
    }

    /// Counts from 0 again, and takes back what was armed.
    pub fn reset(&self) {
        let mut state = self.line.state();
        state.messages = 0;
        state.trap = None;
    }

    /// How many messages clients have sent; waits for a last one that may be on its way when its client has ended.
    pub fn messages(&self) -> usize {
        let mut before = None;
        loop {
            let now = self.line.state().messages;
            if before.replace(now) == Some(now) {
                return now;
            }
            std::thread::sleep(SETTLED);
        }
    }

    /// Stops at a message; the receiver gets it, or an error after the next reset.
    pub fn hold_at(&self, mark: Mark<'_>, moment: Moment) -> Receiver<Held> {
        let (held, receiver) = channel();
        let (number, text) = match mark {
            Mark::Number(number) => (number, None),
            Mark::Text(text) => (0, Some(text.as_bytes().to_vec())),
        };
        self.line.state().trap = Some(Trap { number, text, moment, held });
        receiver
    }
}

fn connect(line: &Arc<Line>, client: TcpStream) {
    let address = line.state().server.clone();
    let Ok(server) = TcpStream::connect(address) else { return };
    for stream in [&client, &server] {
        let _ = stream.set_nodelay(true);
    }
    let pair = Arc::new(Pair { client, server, answer: Mutex::default(), arrived: Condvar::new() });
    let answering = pair.clone();
    std::thread::spawn(move || answering.answers());
    // An end of the client is passed on; the server's answers to what it has may still be under way.
    match pair.requests(line) {
        Ok(()) => _ = pair.server.shutdown(Shutdown::Write),
        Err(_) => pair.close(),
    }
}

/// The two connections of one client.
struct Pair {
    client: TcpStream,
    server: TcpStream,
    answer: Mutex<Answer>,
    arrived: Condvar,
}

/// What the server says while its answers are withheld.
#[derive(Default)]
struct Answer {
    withheld: Option<Vec<u8>>,
    ended: bool,
    last: Option<Instant>,
}

impl Pair {
    fn answer(&self) -> MutexGuard<'_, Answer> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }

    fn requests(&self, line: &Line) -> std::io::Result<()> {
        let mut framing = Framing { wire: line.wire, started: false };
        while let Some(message) = framing.next(&self.client)? {
            let trap = {
                let mut state = line.state();
                state.messages += 1;
                let now = state.messages;
                state.trap.take_if(|trap| match &trap.text {
                    Some(text) => message.windows(text.len()).any(|part| part == text),
                    None => trap.number <= now,
                })
            };
            match trap {
                Some(trap) => self.stop(&trap, &message)?,
                None => (&self.server).write_all(&message)?,
            }
        }
        Ok(())
    }

    fn stop(&self, trap: &Trap, message: &[u8]) -> std::io::Result<()> {
        if trap.moment != Moment::Before {
            self.answer().withheld = Some(Vec::new());
            (&self.server).write_all(message)?;
        }
        if trap.moment == Moment::After {
            self.wait_for_answer();
        }
        let (verdict, judged) = channel();
        let _ = trap.held.send(Held(verdict));
        // A receiver that is gone has no objection to a cut.
        let Ok(Verdict::PassOn) = judged.recv() else { return Err(ErrorKind::ConnectionAborted.into()) };
        if trap.moment == Moment::Before {
            return (&self.server).write_all(message);
        }
        let withheld = self.answer().withheld.take().unwrap_or_default();
        (&self.client).write_all(&withheld)
    }

    fn wait_for_answer(&self) {
        let until = Instant::now() + ANSWER;
        let mut answer = self.answer();
        loop {
            let now = Instant::now();
            let is_whole = answer.last.is_some_and(|last| now.duration_since(last) >= QUIET);
            if answer.ended || is_whole || now >= until {
                return;
            }
            let pause = if answer.last.is_some() { QUIET } else { until - now };
            let waited = self.arrived.wait_timeout(answer, pause);
            answer = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn answers(&self) {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = (&self.server).read(&mut buffer) {
            let mut answer = self.answer();
            if let Some(withheld) = &mut answer.withheld {
                withheld.extend_from_slice(&buffer[..length]);
                answer.last = Some(Instant::now());
                self.arrived.notify_all();
            } else if (&self.client).write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        self.answer().ended = true;
        self.arrived.notify_all();
        self.close();
    }
}

/// Finds the end of each message.
struct Framing {
    wire: Wire,
    /// PostgreSQL's first message and its wish for TLS have no type.
    started: bool,
}

/// PostgreSQL: the wishes for TLS and for GSSAPI, after which the client begins anew.
const WISHES: [[u8; 4]; 2] = [80_877_103_u32.to_be_bytes(), 80_877_104_u32.to_be_bytes()];

impl Framing {
    fn next(&mut self, mut from: &TcpStream) -> std::io::Result<Option<Vec<u8>>> {
        let head = match (self.wire, self.started) {
            (Wire::Postgres, true) => 5,
            (Wire::Postgres, false) | (Wire::Mysql, _) => 4,
        };
        let mut message = vec![0; head];
        match from.read_exact(&mut message) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let length = match self.wire {
            Wire::Postgres => u32::from_be_bytes(message[head - 4..].try_into().expect("four bytes")) as usize - 4,
            Wire::Mysql => u32::from_le_bytes([message[0], message[1], message[2], 0]) as usize,
        };
        message.resize(head + length, 0);
        from.read_exact(&mut message[head..])?;
        if !self.started {
            self.started = self.wire == Wire::Mysql || !WISHES.iter().any(|wish| message[4..] == *wish);
        }
        Ok(Some(message))
    }
}
