//! The process's own input and output, without a thread hand-off for each message where that can be had.
//!
//! Hosts give a server pipes (Python, Rust) or socket pairs (Node). Both are driven by the reactor without changing
//! the flags other holders of the same descriptor see; files and terminals are read by a blocking thread.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Where messages come from.
pub(crate) type Input = Box<dyn AsyncRead + Send + Unpin>;
/// Where answers go.
pub(crate) type Output = Box<dyn AsyncWrite + Send + Unpin>;

/// Standard input and output, each in the fastest way it allows.
pub(crate) fn open() -> (Input, Output) {
    #[cfg(target_os = "linux")]
    {
        let input = fast::input().unwrap_or_else(|| Box::new(tokio::io::stdin()));
        let output = fast::output().unwrap_or_else(|| Box::new(tokio::io::stdout()));
        (input, output)
    }
    #[cfg(not(target_os = "linux"))]
    {
        (Box::new(tokio::io::stdin()), Box::new(tokio::io::stdout()))
    }
}

#[cfg(target_os = "linux")]
mod fast {
    use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

    use rustix::fs::{FileType, Mode, OFlags};
    use rustix::net::{RecvFlags, SendFlags};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;
    use tokio::net::unix::pipe;

    use super::{AsyncRead, AsyncWrite, Context, Input, Output, Pin, Poll, ReadBuf, io};

    pub(super) fn input() -> Option<Input> {
        let stdin = rustix::stdio::stdin();
        match kind(stdin)? {
            FileType::Fifo => {
                let own = reopen(0, OFlags::RDONLY)?;
                Some(Box::new(pipe::Receiver::from_owned_fd(own).ok()?))
            }
            FileType::Socket => Some(Box::new(Socket::new(stdin, Interest::READABLE)?)),
            _ => None,
        }
    }

    pub(super) fn output() -> Option<Output> {
        let stdout = rustix::stdio::stdout();
        match kind(stdout)? {
            FileType::Fifo => {
                let own = reopen(1, OFlags::WRONLY)?;
                Some(Box::new(pipe::Sender::from_owned_fd(own).ok()?))
            }
            FileType::Socket => Some(Box::new(Socket::new(stdout, Interest::WRITABLE)?)),
            _ => None,
        }
    }

    fn kind(descriptor: BorrowedFd<'_>) -> Option<FileType> {
        rustix::fs::fstat(descriptor).ok().map(|stat| FileType::from_raw_mode(stat.st_mode))
    }

    /// A pipe opened anew has flags of its own, so that non-blocking stays private to us.
    fn reopen(number: u32, access: OFlags) -> Option<OwnedFd> {
        let flags = access | OFlags::NONBLOCK | OFlags::CLOEXEC;
        rustix::fs::open(format!("/proc/self/fd/{number}"), flags, Mode::empty()).ok()
    }

    /// One direction of a socket. It cannot be opened anew, so each call asks not to block.
    struct Socket(AsyncFd<OwnedFd>);

    impl Socket {
        fn new(descriptor: BorrowedFd<'_>, interest: Interest) -> Option<Self> {
            let own = descriptor.try_clone_to_owned().ok()?;
            #[allow(
                deprecated,
                reason = "the successor is unsafe, for types that may close early; an owned one does not"
            )]
            AsyncFd::with_interest(own, interest).ok().map(Self)
        }
    }

    impl AsyncRead for Socket {
        fn poll_read(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            loop {
                let mut ready = std::task::ready!(self.0.poll_read_ready(context))?;
                let free = buffer.initialize_unfilled();
                let read = ready.try_io(|socket| {
                    let (count, _) = rustix::net::recv(socket.as_fd(), &mut *free, RecvFlags::DONTWAIT)?;
                    Ok(count)
                });
                match read {
                    Ok(Ok(count)) => {
                        buffer.advance(count);
                        return Poll::Ready(Ok(()));
                    }
                    Ok(Err(error)) => return Poll::Ready(Err(error)),
                    Err(_would_block) => {}
                }
            }
        }
    }

    impl AsyncWrite for Socket {
        fn poll_write(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            loop {
                let mut ready = std::task::ready!(self.0.poll_write_ready(context))?;
                let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
                let wrote = ready.try_io(|socket| Ok(rustix::net::send(socket.as_fd(), bytes, flags)?));
                match wrote {
                    Ok(result) => return Poll::Ready(result),
                    Err(_would_block) => {}
                }
            }
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }
}
