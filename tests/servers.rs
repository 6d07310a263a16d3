//! Private MariaDB and MySQL servers on free loopback ports, started once for all tests of a run.
//!
//! A fleet is one plain server, which Weir never sees, and four instances for Weir. All run with the same settings, so
//! that a difference between two answers is Weir's. A test that kills or reconfigures a server starts its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use mysql_async::{Conn, Opts, OptsBuilder};

use crate::process::{Process, free_port, lasting_port, output_of, scratch};

/// The account that tests and Weir log in with; it may do everything.
pub(crate) const USER: &str = "weir";
/// Its password.
pub(crate) const PASSWORD: &str = "weir-secret";

const START_LIMIT: Duration = Duration::from_secs(60);

/// Which server program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Brand {
    MariaDb,
    MySql,
}

/// One running server.
pub(crate) struct Server {
    pub(crate) brand: Brand,
    pub(crate) port: u16,
    data: PathBuf,
    process: Process,
    /// Beyond what all servers run with.
    settings: &'static [&'static str],
}

/// What a crash of the server program does not take away is kept, as on a machine in production; small, and with waits
/// that end while a test looks on.
const DURABLE: [&str; 2] = ["--innodb-flush-log-at-trx-commit=1", "--innodb-lock-wait-timeout=3"];

/// The same for MariaDB with no nested query answered before its statement runs, nor from what it gave for another row: an
/// average of it has fewer digits then, so the rows' order would show.
const DURABLE_AND_LATE: [&str; 4] =
    [DURABLE[0], DURABLE[1], "--expensive-subquery-limit=0", "--optimizer-switch=subquery_cache=off"];

/// Servers with equal settings.
pub(crate) struct Fleet {
    /// The one that Weir is compared with.
    pub(crate) plain: Server,
    /// The instances that Weir splits tables over.
    pub(crate) instances: Vec<Server>,
}

// === impl Server ===

impl Server {
    /// Starts a MariaDB server of the test's own.
    pub(crate) fn mariadb() -> Self {
        Self::start(Brand::MariaDb, &template(Brand::MariaDb).expect("MariaDB is installed"), free_port(), &[])
    }

    /// Starts a server of the test's own; an error says why there is none.
    pub(crate) fn of(brand: Brand) -> Result<Self, String> {
        Ok(Self::start(brand, &template(brand)?, free_port(), &[]))
    }

    /// One whose lock waits can be seen, which on MySQL takes the performance schema.
    pub(crate) fn showing_lock_waits(brand: Brand) -> Result<Self, String> {
        let settings: &[&str] = match brand {
            Brand::MariaDb => &[],
            Brand::MySql => &["--performance-schema=ON"],
        };
        Ok(Self::start(brand, &template(brand)?, free_port(), settings))
    }

    /// Starts a server that is going to be killed and revived; an error says why there is none.
    pub(crate) fn durable(brand: Brand) -> Result<Self, String> {
        Ok(Self::start(brand, &template(brand)?, lasting_port(), &DURABLE))
    }

    /// The same, for random statements over small tables: `docs/testing.md` says what is set for them.
    pub(crate) fn of_the_fuzzer(brand: Brand) -> Result<Self, String> {
        let settings: &[&str] = match brand {
            Brand::MariaDb => &DURABLE_AND_LATE,
            Brand::MySql => &DURABLE,
        };
        Ok(Self::start(brand, &template(brand)?, lasting_port(), settings))
    }

    /// One that writes a binary log of statements.
    pub(crate) fn logging_statements(brand: Brand) -> Result<Self, String> {
        Ok(Self::start(brand, &template(brand)?, free_port(), &["--log-bin=log", "--binlog-format=STATEMENT"]))
    }

    /// One that rolls a transaction back when it waits for a lock for too long, which is one second.
    pub(crate) fn rolling_back_on_timeout(brand: Brand) -> Result<Self, String> {
        let settings = &["--innodb-rollback-on-timeout=ON", "--innodb-lock-wait-timeout=1"];
        Ok(Self::start(brand, &template(brand)?, free_port(), settings))
    }

    fn start(brand: Brand, template: &Path, port: u16, settings: &'static [&'static str]) -> Self {
        let data = scratch("server");
        let (copied, text) = output_of(Command::new("cp").arg("-a").arg(template.join(".")).arg(&data));
        assert!(copied, "{text}");
        let process = Self::launch(brand, &data, port, settings);
        let server = Self { brand, port, data, process, settings };
        server.wait();
        server
    }

    fn launch(brand: Brand, data: &Path, port: u16, settings: &[&str]) -> Process {
        // Each its own: a server that starts removes what others have in a folder they share. No database begins with `.`.
        let temporary = data.join(".tmp");
        fs::create_dir_all(&temporary).expect("a folder");
        let mut command = program(brand);
        command
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--tmpdir={}", temporary.display()))
            .arg(format!("--port={port}"))
            .arg(format!("--socket={}", data.join("s").display()))
            .arg(format!("--pid-file={}", data.join("pid").display()))
            .args([
                "--bind-address=127.0.0.1",
                "--performance-schema=OFF",
                "--innodb-buffer-pool-size=32M",
                "--innodb-flush-log-at-trx-commit=2",
                "--innodb-flush-method=nosync",
                "--skip-log-bin",
                "--character-set-server=utf8mb4",
                "--default-time-zone=+00:00",
                "--max-connections=300",
                "--local-infile=ON",
            ])
            .args(own_settings(brand))
            .args(settings);
        Process::start(&command, &data.join("log"), Some(data))
    }

    fn wait(&self) {
        if let Err(why) = self.process.wait_for_greeting(self.port, START_LIMIT) {
            panic!("{:?} server: {why}", self.brand);
        }
    }

    /// The program that runs.
    pub(crate) fn process(&self) -> &Process {
        &self.process
    }

    /// Ends the server at once, as a crash would.
    pub(crate) fn kill(&self) {
        self.process.signal("KILL");
        self.process.wait_for_end(START_LIMIT).expect("killed");
    }

    /// Starts a killed server again, with the same data and port.
    pub(crate) fn revive(&mut self) {
        // The first process removes the data when it is dropped; what it leaves is moved out of its way.
        let kept = scratch("server").join("data");
        fs::rename(&self.data, &kept).expect("data moves");
        self.fail_over(kept);
    }

    /// The data of a killed server, as a replica has them that follows no further.
    pub(crate) fn replica(&self) -> PathBuf {
        assert!(!self.process.runs(), "only a killed server's data are at rest");
        let copy = scratch("server").join("data");
        let (copied, text) = output_of(Command::new("cp").arg("-a").arg(&self.data).arg(&copy));
        assert!(copied, "{text}");
        copy
    }

    /// A server with other data takes the place of a killed one.
    pub(crate) fn fail_over(&mut self, kept: PathBuf) {
        assert!(!self.process.runs(), "only a killed server is replaced");
        self.process = Self::launch(self.brand, &kept, self.port, self.settings);
        self.data = kept;
        self.wait();
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> Conn {
        connect(self.port, USER, PASSWORD, None).await.unwrap_or_else(|error| panic!("{:?}: {error}", self.brand))
    }
}

// === impl Fleet ===

impl Fleet {
    /// The fleet of this run; an error says why there is none.
    pub(crate) fn shared(brand: Brand) -> Result<&'static Fleet, String> {
        static MARIADB: OnceLock<Result<Fleet, String>> = OnceLock::new();
        static MYSQL: OnceLock<Result<Fleet, String>> = OnceLock::new();
        let fleet = match brand {
            Brand::MariaDb => &MARIADB,
            Brand::MySql => &MYSQL,
        };
        fleet.get_or_init(|| Fleet::start(brand)).as_ref().map_err(Clone::clone)
    }

    fn start(brand: Brand) -> Result<Self, String> {
        let template = template(brand)?;
        let mut servers = std::thread::scope(|scope| {
            let starting: Vec<_> =
                (0..5).map(|_| scope.spawn(|| Server::start(brand, &template, free_port(), &[]))).collect();
            starting.into_iter().map(|server| server.join().expect("a server starts")).collect::<Vec<_>>()
        });
        let plain = servers.remove(0);
        Ok(Self { plain, instances: servers })
    }
}

/// Connects without touching anything but the handshake and the driver's own first query.
pub(crate) async fn connect(port: u16, user: &str, password: &str, schema: Option<&str>) -> mysql_async::Result<Conn> {
    let opts: Opts = OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(port)
        .user(Some(user))
        .pass(Some(password))
        .db_name(schema)
        .prefer_socket(false)
        .stmt_cache_size(0)
        // Otherwise the driver asks for these as soon as it is logged in, and that would have to succeed too.
        .max_allowed_packet(Some(1 << 24))
        .wait_timeout(Some(28_800))
        .into();
    Conn::new(opts).await
}

/// A data folder to copy servers from, with the test account in it.
fn template(brand: Brand) -> Result<PathBuf, String> {
    static MARIADB: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    static MYSQL: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match brand {
        Brand::MariaDb => MARIADB.get_or_init(mariadb_template).clone(),
        Brand::MySql => MYSQL.get_or_init(mysql_template).clone(),
    }
}

fn mariadb_template() -> Result<PathBuf, String> {
    let data = scratch("mariadb-template");
    let temporary = scratch("mariadb-install");
    let mut install = Command::new("mariadb-install-db");
    // Its own: a server that starts meanwhile would remove what it has in a folder that both share.
    install
        .env("TMPDIR", &temporary)
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .args(["--innodb-log-file-size=4M", "--skip-name-resolve"])
        .args(as_root())
        .arg(format!("--datadir={}", data.display()));
    let (installed, text) = output_of(&mut install);
    if !installed {
        return Err(format!("mariadb-install-db failed:\n{text}"));
    }
    add_account(Brand::MariaDb, &data)?;
    Ok(data)
}

fn mysql_template() -> Result<PathBuf, String> {
    let (got, text) = output_of(Command::new("bash").arg(mysql_script()).arg("get").arg(mysql_root()));
    if !got {
        return Err(format!("MySQL 9 could not be had from this machine's package archive:\n{text}"));
    }
    let data = scratch("mysql-template");
    let mut install = program(Brand::MySql);
    install
        .args(["--initialize-insecure", "--innodb-redo-log-capacity=8M"])
        .arg(format!("--datadir={}", data.display()))
        .args(as_root());
    let (installed, text) = output_of(&mut install);
    if !installed {
        return Err(format!("mysqld --initialize-insecure failed:\n{text}"));
    }
    add_account(Brand::MySql, &data)?;
    Ok(data)
}

/// Runs the server once with a first statement file, and stops it in good order.
fn add_account(brand: Brand, data: &Path) -> Result<(), String> {
    let statements = data.join("first.sql");
    let account = format!(
        "CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\nGRANT ALL ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
    );
    fs::write(&statements, account).map_err(|error| error.to_string())?;
    let port = free_port();
    let mut command = program(brand);
    command
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--port={port}"))
        .arg(format!("--socket={}", data.join("s").display()))
        .arg(format!("--pid-file={}", data.join("pid").display()))
        .arg(format!("--init-file={}", statements.display()))
        .arg("--bind-address=127.0.0.1")
        .args(own_settings(brand));
    let process = Process::start(&command, &data.join("log"), None);
    process.wait_for_greeting(port, START_LIMIT)?;
    process.signal("TERM");
    process.wait_for_end(START_LIMIT)?;
    // Each copy is a server of its own.
    fs::remove_file(data.join("auto.cnf")).or_else(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(error.to_string()),
    })
}

/// The server program with what it needs before any other argument.
fn program(brand: Brand) -> Command {
    match brand {
        Brand::MariaDb => {
            let installed = ["/usr/sbin/mariadbd", "/usr/local/sbin/mariadbd", "/usr/libexec/mariadbd"];
            let found = installed.into_iter().find(|path| Path::new(path).exists()).unwrap_or("mariadbd");
            let mut command = Command::new(found);
            command.arg("--no-defaults");
            command
        }
        Brand::MySql => {
            let mut command = Command::new("bash");
            command.arg(mysql_script()).arg("exec").arg(mysql_root());
            command
        }
    }
}

fn own_settings(brand: Brand) -> Vec<String> {
    let mut settings: Vec<String> = match brand {
        Brand::MariaDb => vec!["--innodb-log-file-size=4M", "--skip-name-resolve"],
        Brand::MySql => {
            vec!["--innodb-redo-log-capacity=8M", "--innodb-doublewrite=OFF", "--mysqlx=OFF", "--secure-file-priv="]
        }
    }
    .into_iter()
    .map(str::to_owned)
    .collect();
    settings.extend(as_root());
    settings
}

/// A server started by root must be told that this is meant.
fn as_root() -> Option<String> {
    let (_, id) = output_of(Command::new("id").arg("-u"));
    (id.trim() == "0").then(|| "--user=root".to_owned())
}

fn mysql_script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/mysql9.sh")
}

/// Where MySQL 9 is unpacked: kept between runs.
fn mysql_root() -> PathBuf {
    std::env::var_os("WEIR_MYSQL9")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/mysql9"), PathBuf::from)
}
