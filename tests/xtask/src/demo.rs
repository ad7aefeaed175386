//! `cargo xtask demo`: builds tgp and plays a whole agent session through a real MCP client.

use std::process::Command;

use crate::run::{Failure, build, openly, root};
use crate::setup;
use crate::tools::{CLIENT, FOR_DEMO};

/// True when every step did what the demo says it does.
pub(crate) fn demo() -> Result<bool, Failure> {
    setup::install(FOR_DEMO)?;
    let tgp = build("tgp")?;
    openly(
        Command::new(setup::node())
            .arg(root().join("tests/demo/demo.mjs"))
            .env("TGP_BIN", tgp)
            .env("TGP_NPM", setup::cache().join("npm").join(CLIENT.name)),
    )
}
