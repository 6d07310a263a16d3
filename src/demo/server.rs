//! One private database server: finding the programs, making its data folder, starting, and ending it.
//!
//! Always holds: a server listens on 127.0.0.1 only and keeps everything in its own folder; it runs in a process group
//! of its own, so that Ctrl-C reaches the demo alone, which then ends it. A server that an earlier demo left behind
//! (kill -9) is recognised by its pid file *and* its command line before it is ended.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::{DemoError, sql};

/// How long a server may take to accept connections.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long it may take to end before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a condition is looked at again.
const POLL: Duration = Duration::from_millis(50);
/// Lines of a log that an error shows.
const TAIL_LINES: usize = 12;

/// Where servers are found besides PATH.
const FOLDERS: &[&str] =
    &["/usr/sbin", "/usr/libexec", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/local/mysql/bin"];

/// The programs of this machine.
pub(super) struct Programs {
    server: PathBuf,
    kind: Kind,
}

/// How a data folder is made.
enum Kind {
    /// By `mariadb-install-db`.
    MariaDb { installer: PathBuf },
    /// By the server itself.
    MySql,
}

/// A running server.
pub(super) struct Server {
    /// Its name in Weir's configuration.
    pub(super) name: &'static str,
    /// Its port on 127.0.0.1.
    pub(super) port: u16,
    folder: PathBuf,
    child: Child,
}

// === impl Programs ===

impl Programs {
    /// Looks for a server, MariaDB's first.
    pub(super) fn find() -> Result<Self, DemoError> {
        let server = find_program(&["mariadbd", "mysqld"]).ok_or(DemoError::NoServer)?;
        let version = Command::new(&server).arg("--no-defaults").arg("--version").output();
        let version = version.map_err(|source| DemoError::File { path: server.clone(), source })?;
        let kind = if String::from_utf8_lossy(&version.stdout).contains("MariaDB") {
            match find_program(&["mariadb-install-db", "mysql_install_db"]) {
                Some(installer) => Kind::MariaDb { installer },
                None => return Err(DemoError::NoInstaller { server }),
            }
        } else {
            Kind::MySql
        };
        Ok(Self { server, kind })
    }

    /// The server's path, as an opening line of the demo shows it.
    pub(super) fn server(&self) -> &Path {
        &self.server
    }

    fn kind_word(&self) -> &'static str {
        match self.kind {
            Kind::MariaDb { .. } => "mariadb",
            Kind::MySql => "mysql",
        }
    }

    /// Makes the data folder unless a complete one of the same kind is there.
    ///
    /// It is made under another name and renamed, so that a folder called `data` is always whole.
    async fn install(&self, folder: &Path) -> Result<(), DemoError> {
        let (data, done) = (folder.join("data"), folder.join("installed"));
        if fs::read_to_string(&done).is_ok_and(|kind| kind == self.kind_word()) && data.exists() {
            return Ok(());
        }
        let unfinished = folder.join("installing");
        remove_folder(&unfinished)?;
        let log = folder.join("install.log");
        let (out, err) = log_file(&log)?;
        let mut command = self.install_command(&unfinished);
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0).spawn();
        let at_server = |source| DemoError::File { path: self.server.clone(), source };
        let status = end(&mut Installing(child.map_err(at_server)?).0).await.map_err(at_server)?;
        if !status.success() {
            return Err(program_error("making a data folder", format!("failed with {status}"), log));
        }
        remove_folder(&data)?;
        let put_in_place = || {
            fs::rename(&unfinished, &data)?;
            fs::write(&done, self.kind_word())
        };
        put_in_place().map_err(|source| DemoError::File { path: data.clone(), source })
    }

    fn install_command(&self, data: &Path) -> Command {
        let mut command = match &self.kind {
            Kind::MariaDb { installer } => {
                let mut command = Command::new(installer);
                command.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
                command
            }
            Kind::MySql => {
                let mut command = Command::new(&self.server);
                command.args(["--no-defaults", "--initialize-insecure"]);
                command
            }
        };
        command.arg(path_option("--datadir=", data)).args(as_root());
        command
    }
}

// === impl Server ===

impl Server {
    /// Makes the data folder if there is none, starts the server, and waits until it accepts connections.
    ///
    /// `folder` must be absolute, and no server may run in it ([`end_left_behind`]).
    pub(super) async fn start(
        programs: &Programs,
        folder: PathBuf,
        name: &'static str,
        port: u16,
    ) -> Result<Self, DemoError> {
        fs::create_dir_all(&folder).map_err(|source| DemoError::File { path: folder.clone(), source })?;
        programs.install(&folder).await?;
        let init = folder.join("init.sql");
        fs::write(&init, sql::BACKEND_USER).map_err(|source| DemoError::File { path: init.clone(), source })?;
        let (out, err) = log_file(&folder.join("server.log"))?;
        let mut command = Command::new(&programs.server);
        command
            .arg("--no-defaults")
            .arg(path_option("--datadir=", &folder.join("data")))
            .arg(path_option("--pid-file=", &folder.join("server.pid")))
            .arg(path_option("--init-file=", &init))
            // Relative to the data folder: an absolute path may be longer than a socket's name can be.
            .arg("--socket=server.sock")
            .arg(format!("--port={port}"))
            .args(SETTINGS)
            .args(as_root());
        if matches!(programs.kind, Kind::MySql) {
            command.args(["--mysqlx=OFF", "--secure-file-priv=NULL"]);
        }
        command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0);
        let child = command.spawn().map_err(|source| DemoError::File { path: programs.server.clone(), source })?;
        Ok(Self { name, port, folder, child })
    }

    /// Waits until it accepts connections; an early end is an error that shows the log.
    pub(super) async fn ready(&mut self) -> Result<(), DemoError> {
        let log = self.folder.join("server.log");
        let started = Instant::now();
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(program_error(&format!("instance {}", self.name), format!("ended with {status}"), log));
            }
            if sql::connect_backend(self.port).await.is_ok() {
                return Ok(());
            }
            if started.elapsed() > START_TIMEOUT {
                let how = format!("accepted no connection on port {} within {START_TIMEOUT:?}", self.port);
                return Err(program_error(&format!("instance {}", self.name), how, log));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Ends it in order; kills it if that takes too long.
    pub(super) async fn stop(mut self) {
        // When it has ended by itself, its id may be another's.
        if runs(&mut self.child) {
            signal_term(self.child.id());
        }
        // Dropped, it is killed.
        match tokio::time::timeout(STOP_TIMEOUT, end(&mut self.child)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(instance = self.name, %error, "the server could not be waited for"),
            Err(_) => tracing::warn!(instance = self.name, "the server did not end in time"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if runs(&mut self.child) && self.child.kill().and_then(|()| self.child.wait()).is_err() {
            tracing::warn!(instance = self.name, "the server could not be killed");
        }
    }
}

/// A running installer. It is a script that starts a server of its own, so both are killed when it is dropped.
struct Installing(Child);

impl Drop for Installing {
    fn drop(&mut self) {
        if runs(&mut self.0) {
            let group = self.0.id();
            let mut kill = Command::new("/bin/sh");
            let sent = kill.args(["-c", "kill -s KILL -- \"-$0\"", &group.to_string()]).status();
            if !sent.is_ok_and(|status| status.success()) || self.0.wait().is_err() {
                tracing::warn!(group, "the installer could not be killed");
            }
        }
    }
}

/// Waits for a process to end. The runtime's own way would have every worker look for ended processes each time that it
/// waits for events.
async fn end(child: &mut Child) -> io::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Whether a process has not ended, so that its id is its own.
fn runs(child: &mut Child) -> bool {
    matches!(child.try_wait(), Ok(None))
}

/// Small, quick, quiet; the same for MariaDB and MySQL. What is committed survives the server's end, not the machine's.
const SETTINGS: &[&str] = &[
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=2",
    "--key-buffer-size=1M",
    "--max-connections=200",
];

/// Removes a folder that may be there.
fn remove_folder(folder: &Path) -> Result<(), DemoError> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(DemoError::File { path: folder.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Ends a server that an earlier demo left behind in this folder.
pub(super) async fn end_left_behind(folder: &Path) {
    let pid_file = folder.join("server.pid");
    let Ok(text) = fs::read_to_string(&pid_file) else { return };
    let Ok(pid) = text.trim().parse::<u32>() else { return };
    if !runs_in(pid, folder) {
        return;
    }
    signal_term(pid);
    let asked = Instant::now();
    while runs_in(pid, folder) && asked.elapsed() < STOP_TIMEOUT {
        tokio::time::sleep(POLL).await;
    }
}

/// Whether the process is a server whose data is in this folder.
fn runs_in(pid: u32, folder: &Path) -> bool {
    let option = path_option("--datadir=", &folder.join("data"));
    let option = option.as_encoded_bytes();
    fs::read(format!("/proc/{pid}/cmdline"))
        .is_ok_and(|command| command.split(|byte| *byte == 0).any(|argument| argument == option))
}

/// Sends SIGTERM by the shell's own `kill`: the standard library has no call for it.
fn signal_term(pid: u32) {
    let sent = Command::new("/bin/sh").args(["-c", "kill -TERM \"$0\"", &pid.to_string()]).status();
    if !sent.is_ok_and(|status| status.success()) {
        tracing::warn!(pid, "SIGTERM could not be sent");
    }
}

/// Servers refuse to run as root unless told so.
fn as_root() -> Option<&'static str> {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0).then_some("--user=root")
}

fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).chain(FOLDERS.iter().map(PathBuf::from)).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|program| fs::metadata(program).is_ok_and(|file| file.is_file() && file.mode() & 0o111 != 0))
}

fn path_option(option: &str, path: &Path) -> std::ffi::OsString {
    let mut text = std::ffi::OsString::from(option);
    text.push(path);
    text
}

/// A new log, once for stdout and once for stderr.
fn log_file(path: &Path) -> Result<(Stdio, Stdio), DemoError> {
    let open = || -> io::Result<(Stdio, Stdio)> {
        let file = File::create(path)?;
        Ok((file.try_clone()?.into(), file.into()))
    };
    open().map_err(|source| DemoError::File { path: path.to_owned(), source })
}

fn program_error(program: &str, how: String, log: PathBuf) -> DemoError {
    let text = fs::read(&log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n");
    DemoError::Program { program: program.to_owned(), how, log, tail }
}
