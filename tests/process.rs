//! Programs that a test starts: servers and Weir itself.
//!
//! Each runs under a one-line shell that waits on its standard input. The write end of that pipe is ours and closed on
//! exec, so however this test binary ends (return, panic, abort, kill -9) the pipe closes and the shell kills the
//! program by its pid. Nothing is found by name.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

const SUPERVISE: &str = r#"trap '' INT HUP
log=$1; shift
"$@" </dev/null >>"$log" 2>&1 &
pid=$!
echo $pid
read -r _
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
[ -z "$SCRATCH" ] || rm -rf "$SCRATCH""#;

/// A running program, ended when dropped and when this process ends.
pub(crate) struct Process {
    shell: Child,
    pid: u32,
    log: PathBuf,
}

// === impl Process ===

impl Process {
    /// Starts `command` (its program, arguments, environment and directory), its output going to `log`.
    ///
    /// `scratch`, if given, is removed after the program has ended.
    pub(crate) fn start(command: &Command, log: &Path, scratch: Option<&Path>) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", SUPERVISE, "sh"]).arg(log).arg(command.get_program()).args(command.get_args());
        shell.env("SCRATCH", scratch.map_or_else(|| "".as_ref(), Path::as_os_str));
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            shell.current_dir(folder);
        }
        let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sh starts");
        let mut pid = String::new();
        BufReader::new(shell.stdout.take().expect("piped")).read_line(&mut pid).expect("the shell tells the pid");
        Self { shell, pid: pid.trim().parse().expect("a pid"), log: log.to_owned() }
    }

    /// The end of what it has written: where it says why it ended, and short enough to be shown whole.
    fn end_of_log(&self) -> String {
        const LINES: usize = 60;
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }

    /// What it has written so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Sends a signal by its name, "TERM" or "KILL".
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.pid.to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status().expect("kill runs");
        assert!(status.success(), "no process {pid} to send {name} to");
    }

    /// How much memory it holds, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        self.memory_kib("VmRSS:")
    }

    /// How much memory it has held at most, in KiB.
    pub(crate) fn peak_kib(&self) -> u64 {
        self.memory_kib("VmHWM:")
    }

    fn memory_kib(&self, figure: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(figure)).expect("a figure");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Where each of its threads whose name begins so may run, as the system lists processors (`0-3`).
    pub(crate) fn processors_of(&self, threads: &str) -> Vec<String> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid)).expect("it runs");
        let status = |task: fs::DirEntry| fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let field = |status: &str, name: &str| {
            status.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned())).unwrap_or_default()
        };
        let all = tasks.flatten().map(status).filter(|status| field(status, "Name:").starts_with(threads));
        all.map(|status| field(&status, "Cpus_allowed_list:")).collect()
    }

    /// Whether the program still runs: not gone, and not a zombie that its shell has yet to collect.
    ///
    /// A zombie whose other threads are still ending runs: it holds its ports and its files' locks as long.
    pub(crate) fn runs(&self) -> bool {
        let state = fs::read_to_string(format!("/proc/{}/stat", self.pid));
        let zombie = state.map(|stat| stat.rsplit(") ").next().is_none_or(|rest| rest.starts_with('Z')));
        match zombie {
            Err(_) => false,
            Ok(false) => true,
            Ok(true) => fs::read_dir(format!("/proc/{}/task", self.pid)).is_ok_and(|threads| threads.count() > 1),
        }
    }

    /// Waits until the program greets those who connect, as MySQL servers do.
    pub(crate) fn wait_for_greeting(&self, port: u16, limit: Duration) -> Result<(), String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let asked = Instant::now();
        loop {
            let greeted = TcpStream::connect_timeout(&address, limit).and_then(|mut socket| {
                socket.set_read_timeout(Some(limit))?;
                socket.read_exact(&mut [0])
            });
            if greeted.is_ok() {
                return Ok(());
            }
            if !self.runs() {
                return Err(format!("ended before it served port {port}:\n{}", self.end_of_log()));
            }
            if asked.elapsed() > limit {
                return Err(format!("not serving port {port} after {limit:?}:\n{}", self.end_of_log()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the program has ended.
    pub(crate) fn wait_for_end(&self, limit: Duration) -> Result<(), String> {
        let asked = Instant::now();
        while self.runs() {
            if asked.elapsed() > limit {
                return Err(format!("still running after {limit:?}:\n{}", self.end_of_log()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        if let Err(error) = self.shell.wait() {
            println!("a supervising shell could not be waited for: {error}");
        }
    }
}

/// A TCP port of the loopback interface that nothing listened on a moment ago, and that no other test was given.
pub(crate) fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = socket.local_addr().expect("it is bound").port();
        // The system may name a port again as soon as it is let go, before a server has taken it.
        if GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return port;
        }
    }
}

/// A free TCP port that no outgoing connection takes while the program that listens on it is dead for a moment.
pub(crate) fn lasting_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let below: u16 = range.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(32_768);
    let span = below.checked_sub(10_000).expect("ports below those of outgoing connections");
    // Test binaries that run side by side begin at different places.
    let start = u16::try_from(std::process::id() % u32::from(span)).expect("less than a port");
    loop {
        let offset = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(7);
        let port = 10_000 + u16::try_from((u32::from(start) + u32::from(offset)) % u32::from(span)).expect("a port");
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// A new folder under the build's own scratch folder; the next run removes what is left of it.
pub(crate) fn scratch(name: &str) -> PathBuf {
    static TIDIED: Once = Once::new();
    // Never the same name again: the shell of a program that has ended may still be removing its folder.
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
    TIDIED.call_once(|| remove_leftovers(root));
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = root.join(format!("{name}-{}-{number}", std::process::id()));
    // A run of long ago may have had the same process id.
    drop(fs::remove_dir_all(&folder));
    fs::create_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    folder
}

/// Removes the folders of runs whose process is gone.
fn remove_leftovers(root: &Path) {
    for folder in fs::read_dir(root).expect("the scratch folder").flatten() {
        let name = folder.file_name().to_string_lossy().into_owned();
        let pid = name.rsplit('-').nth(1).and_then(|pid| pid.parse::<u32>().ok());
        if pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            fs::remove_dir_all(folder.path()).unwrap_or_else(|error| println!("{name} stays: {error}"));
        }
    }
}

/// What a child printed, for a failed assertion.
pub(crate) fn output_of(command: &mut Command) -> (bool, String) {
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn a_program_runs_until_its_last_thread_has_ended() {
    const FIRST_THREAD_ENDS: &str = "
import ctypes, threading, time
def last():
    time.sleep(1)
threading.Thread(target=last).start()
ctypes.CDLL(None).pthread_exit(None)";
    let mut command = Command::new("python3");
    command.args(["-c", FIRST_THREAD_ENDS]);
    let folder = scratch("threads");
    let process = Process::start(&command, &folder.join("log"), Some(&folder));
    let began = Instant::now();
    process.wait_for_end(Duration::from_secs(20)).expect("it ends by itself");
    assert!(began.elapsed() > Duration::from_millis(900), "{:?}: {}", began.elapsed(), process.log());
}
