//! Compiles QuickJS-ng and our shim to one WASM module, with clang and wasm-ld, whose only imports are ours.

#![expect(clippy::disallowed_methods, reason = "starting the C compiler is what this build script is for")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

/// Files of QuickJS-ng that make up the engine; its `libc` layer stays out.
const QUICKJS: [&str; 4] = ["quickjs.c", "libregexp.c", "libunicode.c", "dtoa.c"];

/// Ours, in `src/`.
const SHIM: [&str; 11] = [
    "bridge.c",
    "buffer.c",
    "console.c",
    "modules.c",
    "platform.c",
    "random.c",
    "report.c",
    "run.c",
    "scratch.c",
    "text.c",
    "value.c",
];

/// The features every WASM engine of the last years has. No `bulk-memory`: the host is called for each copy then, and
/// most copies of an interpreter are short.
const FEATURES: [&str; 3] = ["-msign-ext", "-mmutable-globals", "-mnontrapping-fptoint"];

/// `NDEBUG` leaves out QuickJS's dump code; the rounding modes do not exist in WASM.
const DEFINES: [&str; 4] = ["-D_GNU_SOURCE", "-DNDEBUG", "-DFE_DOWNWARD=0", "-DFE_UPWARD=0"];

/// Linear memory for the C stack. It lies below the data, so that running over it traps. The script's own limit (see
/// `SCRIPT_STACK` in `run.c`) leaves 2.7 MiB, more than the largest frame QuickJS can ask for in one step (1.5 MiB).
const STACK_BYTES: u32 = 3 << 20;

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(io::stderr(), "{message}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let out = PathBuf::from(variable("OUT_DIR")?);
    let crate_folder = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let shim = crate_folder.join("src");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=Cargo.toml");
    println!("cargo:rerun-if-env-changed=TGP_CLANG");
    let tools = Tools::find()?;
    let quickjs = quickjs_folder(&crate_folder)?;
    write_globals_header(&shim, &out)?;

    let sources: Vec<PathBuf> = QUICKJS
        .iter()
        .map(|name| quickjs.join(name))
        .chain(SHIM.iter().map(|name| shim.join(name)))
        .collect();
    let headers = [headers_of(&quickjs)?, headers_of(&shim)?, headers_of(&out)?].concat();
    let compile = Compile { tools: &tools, quickjs: &quickjs, shim: &shim, out: &out, headers: &headers };
    // The large file takes most of the time; the others share the remaining processors.
    let objects = std::thread::scope(|scope| {
        let running: Vec<_> = sources.iter().map(|source| scope.spawn(|| compile.object(source))).collect();
        running
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a compile thread panicked".to_owned())?)
            .collect::<Result<Vec<PathBuf>, String>>()
    })?;
    let engine = out.join("engine.wasm");
    link(&tools, &objects, &engine)?;
    let bytes = fs::read(&engine).map_err(|error| format!("{}: {error}", engine.display()))?;
    let hash = Sha256::digest(bytes).iter().fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    });
    println!("cargo:rustc-env=TGP_ENGINE_HASH={hash}");
    Ok(())
}

/// The programs, found and known to work together.
struct Tools {
    clang: String,
    linker: String,
    libc: String,
    builtins: String,
}

impl Tools {
    /// Tries `TGP_CLANG`, `clang`, then the numbered ones, newest first.
    fn find() -> Result<Tools, String> {
        let numbered = (14..=24).rev().map(|version| format!("clang-{version}"));
        env::var("TGP_CLANG").into_iter().chain(["clang".to_owned()]).chain(numbered).find_map(Self::with).ok_or_else(
            || {
                "tgp-wasm-guest: no clang with a WASM linker and C library was found.\n\
                 Install them: `apt-get install clang lld wasi-libc libclang-rt-14-dev-wasm32` (the number is clang's)."
                    .to_owned()
            },
        )
    }

    fn with(clang: String) -> Option<Tools> {
        let ask = |question: &str| {
            let output = run(Command::new(&clang).args(["--target=wasm32-wasi", question])).ok()?;
            Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let libc = ask("--print-file-name=libc.a").filter(|path| Path::new(path).is_absolute())?;
        let builtins = ask("--print-libgcc-file-name").filter(|path| Path::new(path).is_file())?;
        let version = clang.strip_prefix("clang-").map(|version| format!("wasm-ld-{version}"));
        let linker = [ask("--print-prog-name=wasm-ld"), version, Some("wasm-ld".to_owned())]
            .into_iter()
            .flatten()
            .find(|linker| run(Command::new(linker).arg("--version")).is_ok())?;
        Some(Tools { clang, linker, libc, builtins })
    }
}

/// Folder of the C sources, wherever cargo keeps the crate that carries them.
fn quickjs_folder(crate_folder: &Path) -> Result<PathBuf, String> {
    let ask = |network: &[&str]| {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["metadata", "--format-version", "1", "--locked", "--manifest-path"]);
        // The flags of the outer build are not meant for this question.
        command.arg(crate_folder.join("Cargo.toml")).args(network).env_remove("CARGO_ENCODED_RUSTFLAGS");
        run(&mut command)
    };
    // Without the network first; on a machine that never fetched the crate, with it.
    let output = ask(&["--offline"]).or_else(|_| ask(&[]))?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cargo metadata is no JSON: {error}"))?;
    metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == "rquickjs-sys")
        .and_then(|package| package["manifest_path"].as_str())
        .and_then(|manifest| Path::new(manifest).parent())
        .map(|folder| folder.join("quickjs"))
        .filter(|folder| folder.join("quickjs.c").is_file())
        .ok_or_else(|| "cargo metadata names no `rquickjs-sys` with QuickJS sources".to_owned())
}

/// `globals.js` as a C array, so that the engine carries it.
fn write_globals_header(shim: &Path, out: &Path) -> Result<(), String> {
    let script = fs::read(shim.join("globals.js")).map_err(|error| format!("globals.js: {error}"))?;
    let bytes: Vec<String> = script.iter().map(ToString::to_string).collect();
    let header = format!("static const char globals_js[] = {{{},0}};\n", bytes.join(","));
    fs::write(out.join("globals.h"), header).map_err(|error| format!("globals.h: {error}"))
}

fn headers_of(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut headers: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "h"))
        .collect();
    headers.sort();
    Ok(headers)
}

/// What every compilation shares.
struct Compile<'a> {
    tools: &'a Tools,
    quickjs: &'a Path,
    shim: &'a Path,
    out: &'a Path,
    headers: &'a [PathBuf],
}

impl Compile<'_> {
    /// Compiles one file, or keeps the object of last time when nothing it depends on has changed.
    fn object(&self, source: &Path) -> Result<PathBuf, String> {
        let name = source.file_stem().unwrap_or_default();
        let object = self.out.join(name).with_extension("o");
        let stamp = self.out.join(name).with_extension("stamp");
        let arguments = self.arguments(source);
        let inputs = self.stamp(source, &arguments)?;
        if object.is_file() && fs::read(&stamp).is_ok_and(|old| old == inputs) {
            return Ok(object);
        }
        run(Command::new(&self.tools.clang).args(&arguments).arg("-o").arg(&object))?;
        fs::write(&stamp, inputs).map_err(|error| format!("{}: {error}", stamp.display()))?;
        Ok(object)
    }

    fn arguments(&self, source: &Path) -> Vec<String> {
        let ours = source.starts_with(self.shim);
        let mut arguments: Vec<String> =
            ["--target=wasm32-wasi", "-O2", "-std=gnu11", "-c"].map(str::to_owned).to_vec();
        arguments.extend(FEATURES.iter().chain(&DEFINES).map(ToString::to_string));
        arguments.extend(["-include".to_owned(), self.shim.join("prelude.h").display().to_string()]);
        let warnings: &[&str] = if ours { &["-Wall", "-Wextra", "-Werror"] } else { &["-w"] };
        arguments.extend(warnings.iter().map(ToString::to_string));
        // Two builds in different folders give the same bytes.
        for (folder, name) in [(self.quickjs, "quickjs"), (self.shim, "shim"), (self.out, "out")] {
            arguments.push(format!("-ffile-prefix-map={}={name}", folder.display()));
        }
        arguments.extend([self.quickjs, self.out].map(|folder| format!("-I{}", folder.display())));
        arguments.push(source.display().to_string());
        arguments
    }

    /// A fingerprint of everything the object depends on.
    fn stamp(&self, source: &Path, arguments: &[String]) -> Result<Vec<u8>, String> {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        (arguments, &self.tools.clang).hash(&mut hasher);
        for path in self.headers.iter().map(PathBuf::as_path).chain([source]) {
            fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?.hash(&mut hasher);
        }
        Ok(hasher.finish().to_le_bytes().to_vec())
    }
}

fn link(tools: &Tools, objects: &[PathBuf], engine: &Path) -> Result<(), String> {
    let mut command = Command::new(&tools.linker);
    command.args(["--no-entry", "--stack-first", "--gc-sections", "--strip-all", "-z"]);
    command.arg(format!("stack-size={STACK_BYTES}")).args(objects).args([&tools.libc, &tools.builtins]);
    run(command.arg("-o").arg(engine)).map(drop)
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}"))
}

/// Runs a program; what it said is the error where it fails.
fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} failed:\n{said}", command.get_program().display()))
}
