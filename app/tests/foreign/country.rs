//! A country of this test's own: started through the binary, spoken to in Python, stopped by its process id.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the country may take to stop.
const STOPS_WITHIN: Duration = Duration::from_secs(30);

/// A running country, with a folder for what is said in it.
pub(crate) struct Country {
    demo: Child,
    root: PathBuf,
}

impl Country {
    /// Starts a fresh country and waits until it says that it is ready.
    ///
    /// Tests run side by side, each in a process of its own or in threads of one: the first port is taken by process
    /// id and name, and the country itself takes another where that is in use.
    pub(crate) fn start(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("tolem-foreign-{name}-{}", std::process::id()));
        std::fs::create_dir_all(root.join("captures")).unwrap();
        let spread: usize = name.bytes().map(usize::from).sum::<usize>() * 97;
        let port_base = 10_000 + (usize::try_from(std::process::id()).unwrap() + spread) % 880 * 25;
        let mut demo = Command::new(env!("CARGO_BIN_EXE_tolem"))
            .args(["demo", "--json", "--history", "0", "--port-base", &port_base.to_string(), "--dir"])
            .arg(root.join("country"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(demo.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let country = Self { demo, root };
        assert!(ready.starts_with('{'), "the country does not start: see {}", country.root.display());
        country
    }

    /// Where its keys, certificates and configurations lie.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root.join("country")
    }

    /// Where the messages said in it are kept.
    pub(crate) fn captures(&self) -> PathBuf {
        self.root.join("captures")
    }

    /// The root that everybody trusts.
    pub(crate) fn national_ca(&self) -> PathBuf {
        self.folder().join("people/national-ca.pem")
    }

    /// The origin behind the gateway's message port.
    pub(crate) fn gateway(&self) -> String {
        let text = std::fs::read_to_string(self.folder().join("country.toml")).unwrap();
        let base = text.lines().find_map(|line| line.strip_prefix("port_base = ")).unwrap();
        format!("https://127.0.0.1:{}", base.parse::<u16>().unwrap() + 10)
    }

    /// Runs one of the programs beside this file with the country's folder and the folder of captures.
    pub(crate) fn meets(&self, program: &str) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign").join(program);
        let tolem = PathBuf::from(env!("CARGO_BIN_EXE_tolem"));
        python(&[script, self.folder(), self.captures(), tolem])
    }
}

impl Drop for Country {
    fn drop(&mut self) {
        // By SIGTERM, so that the country takes its own processes along; what it does not hear is killed.
        let _ = Command::new("kill").arg(self.demo.id().to_string()).status();
        let told_at = Instant::now();
        while matches!(self.demo.try_wait(), Ok(None)) && told_at.elapsed() < STOPS_WITHIN {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.demo.kill();
        let _ = self.demo.wait();
        // What a failed test said and heard stays for whoever looks for the cause.
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.root);
        }
    }
}

/// Runs Python: the interpreter of `TOLEM_PYTHON`, else `python3`; it must have zeep and xmlsec.
pub(crate) fn python(arguments: &[PathBuf]) -> String {
    let python = std::env::var("TOLEM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(&python)
        .arg("-B")
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("`{python}` of TOLEM_PYTHON does not run: {error}"));
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}
