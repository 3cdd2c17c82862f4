//! A socket of this machine's file system, for a question and its answer between two processes of one owner.
//!
//! Each connection carries frames: four octets of length, most significant first, then so many octets; one answer to
//! each question, in order. Who may ask is settled by the socket's mode and by the user the system names at the other
//! end. What is asked is the caller's business. The client waits in the calling thread, and never beyond its bound.

use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, fs};

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream as AsyncStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use zeroize::Zeroizing;

/// Octets of one question or answer.
pub const MAX_LOCAL_FRAME_OCTETS: usize = 256 * 1024;
/// Connections a server keeps at once; one more is closed unheard.
const MAX_LOCAL_CONNECTIONS: usize = 64;
/// Questions a client has under way at once; one more waits, within its bound.
const MAX_LOCAL_QUESTIONS: usize = 32;
/// From the first octet of a question to its end, and for an answer to be taken.
const FRAME_LIMIT: Duration = Duration::from_secs(2);
/// A connection without a question is given up after this; its client makes another.
const IDLE_LIMIT: Duration = Duration::from_secs(60);
const LENGTH_OCTETS: usize = 4;
/// The superuser reads every key anyway.
const ROOT: u32 = 0;
const OWNER_ONLY: u32 = 0o600;
const OWNER_AND_GROUP: u32 = 0o660;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// Nobody answers at the socket.
    #[error("connecting to {path}: {source}")]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The connection failed after the question, twice.
    #[error("the connection failed: {0}")]
    Broken(io::Error),
    /// No answer within the bound.
    #[error("no answer in time")]
    TimedOut,
    /// A question or an answer over the bound, or empty.
    #[error("a frame of {0} octets is not allowed")]
    Size(usize),
}

fn allowed(length: usize) -> Result<usize, LocalError> {
    match length {
        1..=MAX_LOCAL_FRAME_OCTETS => Ok(length),
        _ => Err(LocalError::Size(length)),
    }
}

/// Serves a local socket: its file lies at the path as long as this lives.
#[derive(Debug)]
pub struct LocalListener {
    listener: UnixListener,
    path: PathBuf,
    callers: Vec<u32>,
}

impl LocalListener {
    /// Takes the path, also over the socket file that a process which died has left. The socket is for this process's
    /// own user alone; where `callers` names more users, by number, also for the group of its file.
    ///
    /// # Errors
    /// Where somebody serves the path already, or it is no socket's, or the system refuses.
    pub fn bind(path: &Path, callers: &[u32]) -> io::Result<Self> {
        match fs::symlink_metadata(path) {
            Ok(found) if !found.file_type().is_socket() => return Err(io::ErrorKind::AlreadyExists.into()),
            Ok(_) if UnixStream::connect(path).is_ok() => return Err(io::ErrorKind::AddrInUse.into()),
            _ => {}
        }
        // Under another name until its mode is right, then at its own at once.
        let mut new = path.as_os_str().to_owned();
        new.push(format!(".{}.new", std::process::id()));
        let new = PathBuf::from(new);
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&new)?;
        let mode = if callers.is_empty() { OWNER_ONLY } else { OWNER_AND_GROUP };
        fs::set_permissions(&new, fs::Permissions::from_mode(mode))?;
        fs::rename(&new, path)?;
        let mut callers = callers.to_vec();
        callers.extend([rustix::process::geteuid().as_raw(), ROOT]);
        Ok(Self { listener, path: path.to_owned(), callers })
    }

    /// Answers questions until it is told to stop. `answer` may block: each runs in a thread of its own.
    pub async fn serve(
        self,
        answer: impl Fn(&[u8]) -> Zeroizing<Vec<u8>> + Send + Sync + 'static,
        until: impl Future<Output = ()>,
    ) {
        let answer: Answer = Arc::new(answer);
        let places = Arc::new(Semaphore::new(MAX_LOCAL_CONNECTIONS));
        // Dropped at the end, which ends the connections.
        let mut connections = JoinSet::new();
        tokio::pin!(until);
        loop {
            tokio::select! {
                () = &mut until => return,
                Some(_) = connections.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let user = stream.peer_cred().map(|peer| peer.uid());
                        if !user.as_ref().is_ok_and(|user| self.callers.contains(user)) {
                            tracing::warn!(event = "local-caller-refused", ?user);
                            continue;
                        }
                        let Ok(place) = places.clone().try_acquire_owned() else {
                            tracing::warn!(event = "local-callers-too-many");
                            continue;
                        };
                        let answer = answer.clone();
                        connections.spawn(async move {
                            let ended = converse(stream, answer).await;
                            drop(place);
                            if let Err(error) = ended {
                                tracing::debug!(event = "local-connection-ended", %error);
                            }
                        });
                    }
                    Err(error) => {
                        tracing::warn!(event = "local-accept", %error);
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        }
    }
}

impl Drop for LocalListener {
    fn drop(&mut self) {
        // A file that stays is taken over by the next to bind.
        let _ = fs::remove_file(&self.path);
    }
}

/// Answers may be secret, so they are wiped once they are sent.
type Answer = Arc<dyn Fn(&[u8]) -> Zeroizing<Vec<u8>> + Send + Sync>;

async fn converse(mut stream: AsyncStream, answer: Answer) -> Result<(), LocalError> {
    let late = |_| LocalError::TimedOut;
    loop {
        let mut length = [0; LENGTH_OCTETS];
        match timeout(IDLE_LIMIT, stream.read(&mut length[..1])).await.map_err(late)? {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(LocalError::Broken(error)),
        }
        let question = async {
            stream.read_exact(&mut length[1..]).await.map_err(LocalError::Broken)?;
            let mut question =
                vec![0; allowed(usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX))?];
            stream.read_exact(&mut question).await.map_err(LocalError::Broken)?;
            Ok(question)
        };
        let question = timeout(FRAME_LIMIT, question).await.map_err(late)??;
        let answer = answer.clone();
        let answer = tokio::task::spawn_blocking(move || answer(&question)).await;
        let answer = framed(&answer.map_err(|error| LocalError::Broken(io::Error::other(error)))?)?;
        timeout(FRAME_LIMIT, stream.write_all(&answer)).await.map_err(late)?.map_err(LocalError::Broken)?;
    }
}

fn framed(content: &[u8]) -> Result<Zeroizing<Vec<u8>>, LocalError> {
    let length = allowed(content.len())?;
    let mut frame = Zeroizing::new(Vec::with_capacity(LENGTH_OCTETS + length));
    frame.extend_from_slice(&u32::try_from(length).map_err(|_| LocalError::Size(length))?.to_be_bytes());
    frame.extend_from_slice(content);
    Ok(frame)
}

/// Asks at a local socket. Connections are kept, and made anew when the server has been started again.
pub struct LocalClient {
    path: PathBuf,
    limit: Duration,
    lines: Mutex<Lines>,
    freed: Condvar,
}

#[derive(Default)]
struct Lines {
    idle: Vec<UnixStream>,
    busy: usize,
}

impl fmt::Debug for LocalClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalClient").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A question that broke off, and whether it may be put again.
enum Cut {
    /// The line was an old one.
    Stale(io::Error),
    Final(LocalError),
}

impl LocalClient {
    /// A client of the socket at this path; nothing is connected yet. `limit` bounds a question with all its waits.
    pub fn new(path: impl Into<PathBuf>, limit: Duration) -> Self {
        Self { path: path.into(), limit, lines: Mutex::default(), freed: Condvar::new() }
    }

    /// Puts a question that may safely be put twice, and waits for the answer in this thread.
    ///
    /// # Errors
    /// [`LocalError`], within the limit.
    pub fn ask(&self, question: &[u8]) -> Result<Vec<u8>, LocalError> {
        let frame = framed(question)?;
        let deadline = Instant::now() + self.limit;
        let line = self.take(deadline)?;
        let asked = self.ask_on(line, &frame, deadline);
        let mut lines = self.lock();
        lines.busy -= 1;
        let answer = asked.map(|(line, answer)| {
            lines.idle.push(line);
            answer
        });
        drop(lines);
        self.freed.notify_one();
        answer
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a question, with an idle line where there is one.
    fn take(&self, deadline: Instant) -> Result<Option<UnixStream>, LocalError> {
        let mut lines = self.lock();
        while lines.busy >= MAX_LOCAL_QUESTIONS {
            let left = left_until(deadline)?;
            lines = self.freed.wait_timeout(lines, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        lines.busy += 1;
        Ok(lines.idle.pop())
    }

    fn ask_on(
        &self,
        line: Option<UnixStream>,
        frame: &[u8],
        deadline: Instant,
    ) -> Result<(UnixStream, Vec<u8>), LocalError> {
        if let Some(line) = line {
            match exchange(line, frame, deadline) {
                Ok(answered) => return Ok(answered),
                Err(Cut::Final(error)) => return Err(error),
                // The server has been started again, or had enough of a silent line. So have the others.
                Err(Cut::Stale(_)) => self.lock().idle.clear(),
            }
        }
        let line = self.connect(deadline)?;
        exchange(line, frame, deadline).map_err(|cut| match cut {
            Cut::Stale(error) => LocalError::Broken(error),
            Cut::Final(error) => error,
        })
    }

    fn connect(&self, deadline: Instant) -> Result<UnixStream, LocalError> {
        let unreachable = |source: rustix::io::Errno| match source {
            rustix::io::Errno::AGAIN => LocalError::TimedOut,
            source => LocalError::Unreachable { path: self.path.clone(), source: source.into() },
        };
        let socket =
            rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
                .map_err(unreachable)?;
        // A server that accepts nothing any more would hold a plain connect for ever.
        set_socket_timeout(&socket, Timeout::Send, Some(left_until(deadline)?)).map_err(unreachable)?;
        let address = SocketAddrUnix::new(&self.path).map_err(unreachable)?;
        rustix::net::connect(&socket, &address).map_err(unreachable)?;
        Ok(UnixStream::from(socket))
    }
}

fn left_until(deadline: Instant) -> Result<Duration, LocalError> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(LocalError::TimedOut) } else { Ok(left) }
}

/// One question and its answer; every wait together stays within the deadline.
fn exchange(mut line: UnixStream, frame: &[u8], deadline: Instant) -> Result<(UnixStream, Vec<u8>), Cut> {
    let mut rest = frame;
    while !rest.is_empty() {
        bound(&line, deadline)?;
        match line.write(rest) {
            Ok(written) => rest = &rest[written..],
            Err(error) => failed(error)?,
        }
    }
    let mut length = [0; LENGTH_OCTETS];
    read(&mut line, &mut length, deadline)?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    let mut answer = vec![0; allowed(length).map_err(Cut::Final)?];
    read(&mut line, &mut answer, deadline)?;
    Ok((line, answer))
}

fn bound(line: &UnixStream, deadline: Instant) -> Result<(), Cut> {
    let left = Some(left_until(deadline).map_err(Cut::Final)?);
    line.set_read_timeout(left).and_then(|()| line.set_write_timeout(left)).map_err(Cut::Stale)
}

fn read(line: &mut UnixStream, mut into: &mut [u8], deadline: Instant) -> Result<(), Cut> {
    while !into.is_empty() {
        bound(line, deadline)?;
        match line.read(into) {
            Ok(0) => return Err(Cut::Stale(io::ErrorKind::UnexpectedEof.into())),
            Ok(read) => into = &mut into[read..],
            Err(error) => failed(error)?,
        }
    }
    Ok(())
}

/// Sorts a failure of the line; `Ok` where the call is simply to be made again.
fn failed(error: io::Error) -> Result<(), Cut> {
    match error.kind() {
        io::ErrorKind::Interrupted => Ok(()),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Err(Cut::Final(LocalError::TimedOut)),
        _ => Err(Cut::Stale(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Short where it is meant to be reached.
    const SHORT: Duration = Duration::from_millis(300);
    const LONG: Duration = Duration::from_secs(30);

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("tolem-local-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn echo(path: &Path) -> tokio::task::JoinHandle<()> {
        let listener = LocalListener::bind(path, &[]).unwrap();
        tokio::spawn(listener.serve(|question| question.to_vec().into(), std::future::pending()))
    }

    async fn ask(client: &Arc<LocalClient>, question: Vec<u8>) -> Result<Vec<u8>, LocalError> {
        let client = client.clone();
        tokio::task::spawn_blocking(move || client.ask(&question)).await.unwrap()
    }

    #[tokio::test]
    async fn each_question_has_its_own_answer_also_after_the_server_began_anew() {
        let folder = Folder::new("echo");
        let path = folder.0.join("socket");
        let client = Arc::new(LocalClient::new(&path, LONG));
        assert!(matches!(ask(&client, vec![1]).await, Err(LocalError::Unreachable { .. })));
        for round in 0..3_u8 {
            let server = echo(&path);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            let asked = (0..40_u8).map(|n| {
                let client = client.clone();
                async move { assert_eq!(ask(&client, vec![round, n]).await.unwrap(), [round, n]) }
            });
            futures_util::future::join_all(asked).await;
            server.abort();
            let _ = server.await;
            assert!(matches!(ask(&client, vec![1]).await, Err(LocalError::Unreachable { .. })));
        }
    }

    #[tokio::test]
    async fn a_path_is_taken_over_from_the_dead_only() {
        let folder = Folder::new("bind");
        let path = folder.0.join("socket");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let server = echo(&path);
        assert_eq!(LocalListener::bind(&path, &[]).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        server.abort();
        let file = folder.0.join("file");
        fs::write(&file, "kept").unwrap();
        assert_eq!(LocalListener::bind(&file, &[]).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&file).unwrap(), b"kept");
    }

    /// Defends: A22
    #[tokio::test]
    async fn a_server_that_says_nothing_or_too_much_costs_no_more_than_the_limit() {
        let folder = Folder::new("silent");
        let path = folder.0.join("socket");
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let client = Arc::new(LocalClient::new(&path, SHORT));
        let began = Instant::now();
        // More than are let in at once, and more than the socket's own queue holds.
        let asked = (0..200).map(|_| ask(&client, vec![1]));
        for answer in futures_util::future::join_all(asked).await {
            assert!(matches!(answer, Err(LocalError::TimedOut)), "{answer:?}");
        }
        assert!(began.elapsed() < LONG);
        drop(listener);
        fs::remove_file(&path).unwrap();
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let too_much = std::thread::spawn(move || {
            let (mut line, _) = listener.accept().unwrap();
            line.write_all(&[0xff; 8]).unwrap();
            line
        });
        assert!(matches!(ask(&client, vec![1]).await, Err(LocalError::Size(0xffff_ffff))));
        drop(too_much.join());
        let giant = vec![0; MAX_LOCAL_FRAME_OCTETS + 1];
        assert!(matches!(ask(&client, giant).await, Err(LocalError::Size(_))));
        assert!(matches!(ask(&client, Vec::new()).await, Err(LocalError::Size(0))));
    }

    /// Defends: A22
    #[tokio::test]
    async fn a_client_that_says_too_much_is_closed_and_the_others_go_on() {
        let folder = Folder::new("rude");
        let path = folder.0.join("socket");
        let _server = echo(&path);
        let mut rude = AsyncStream::connect(&path).await.unwrap();
        rude.write_all(&[0xff; 64]).await.unwrap();
        let mut heard = Vec::new();
        // Closed with octets unread, which shows as a reset or as the end.
        let _ = timeout(LONG, rude.read_to_end(&mut heard)).await.expect("closed in time");
        assert!(heard.is_empty());
        let half = AsyncStream::connect(&path).await.unwrap();
        half.try_write(&[0, 0]).unwrap();
        let client = Arc::new(LocalClient::new(&path, LONG));
        assert_eq!(
            ask(&client, vec![7; MAX_LOCAL_FRAME_OCTETS]).await.unwrap().len(),
            MAX_LOCAL_FRAME_OCTETS
        );
    }
}
