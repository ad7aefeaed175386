//! The command room against real programs.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use tgp_command::{Program, ProgramOutput, RunProgramError, run};
use tgp_model::CancelToken;

fn shell(script: &str, limit: Duration, cancel: &CancelToken) -> Result<ProgramOutput, RunProgramError> {
    let arguments = [OsString::from("-c"), OsString::from(script)];
    run(
        &Program {
            path: Path::new("/bin/sh"),
            arguments: &arguments,
            folder: Path::new("/"),
            environment: &[(OsString::from("ONLY"), OsString::from("this"))],
            time_limit: limit,
            output_limit: 1000,
        },
        cancel,
    )
}

#[test]
fn a_program_sees_only_the_environment_it_was_given() {
    let out =
        shell("echo $ONLY $HOME; echo no >&2; exit 3", Duration::from_secs(20), &CancelToken::new()).unwrap();
    assert_eq!((out.code, out.stdout, out.stderr), (Some(3), b"this\n".to_vec(), b"no\n".to_vec()));
}

#[test]
fn output_is_cut_and_an_endless_program_is_ended() {
    let out = shell("head -c 100000 /dev/zero", Duration::from_secs(20), &CancelToken::new()).unwrap();
    assert_eq!(out.stdout.len(), 1000);
    let ended = shell("exec sleep 1000", Duration::from_millis(50), &CancelToken::new());
    assert!(matches!(ended, Err(RunProgramError::TimedOut { .. })));
    let cancel = CancelToken::new();
    cancel.cancel();
    assert!(matches!(
        shell("exec sleep 1000", Duration::from_secs(20), &cancel),
        Err(RunProgramError::Cancelled { .. })
    ));
}

#[test]
fn a_missing_program_is_named() {
    let arguments = [];
    let missing = Program {
        path: Path::new("/no/such/program"),
        arguments: &arguments,
        folder: Path::new("/"),
        environment: &[],
        time_limit: Duration::from_secs(1),
        output_limit: 10,
    };
    let error = run(&missing, &CancelToken::new()).unwrap_err();
    assert!(error.to_string().starts_with("cannot start `/no/such/program`"));
}
