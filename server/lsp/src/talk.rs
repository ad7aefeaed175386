//! The conversation: messages in the order they came, answers as they come about.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;

use futures::future::BoxFuture;
use futures::{FutureExt, SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::AsyncRead;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::Service;
use tower_lsp_server::jsonrpc::{Error, Id, Request, Response};
use tower_lsp_server::{ClientSocket, LspService};

use crate::door::Door;
use crate::fault::{Fault, panic_message};
use crate::frames::{Frame, Frames};
use crate::too_long;
use crate::writer::Outgoing;

/// What ended the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The client said `exit`.
    Exit,
    /// The input ended.
    Input,
    /// A signal asked for it.
    Signal,
}

/// Talks until one side ends it. What is under way then is left in `tasks`.
pub(crate) struct Talk<R> {
    pub(crate) frames: Frames<R>,
    pub(crate) service: LspService<Door>,
    pub(crate) outgoing: Outgoing,
    /// Requests that may be under way at once; while there are as many, the input is not read.
    pub(crate) room: Arc<Semaphore>,
    pub(crate) stop: CancellationToken,
}

impl<R: AsyncRead + Unpin> Talk<R> {
    /// Reads to the end.
    pub(crate) async fn run(mut self, socket: ClientSocket, tasks: &mut JoinSet<()>) -> End {
        let (mut requests, mut responses) = socket.split();
        let to_client = self.outgoing.clone();
        let sending = tokio::spawn(async move {
            while let Some(request) = requests.next().await {
                to_client.send(&request).await;
            }
        });
        let end = loop {
            while tasks.try_join_next().is_some() {}
            let frame = tokio::select! {
                frame = self.frames.next() => frame,
                () = self.stop.cancelled() => break End::Signal,
            };
            match frame {
                Frame::End => break End::Input,
                Frame::TooLong { beginning, problem } => {
                    let id = too_long::number(&beginning).unwrap_or(Id::Null);
                    self.refuse(id, too_long::refusal(&problem), problem).await;
                }
                Frame::Malformed(problem) => self.refuse(Id::Null, Error::parse_error(), problem).await,
                Frame::Body(body) => match incoming(&body) {
                    Incoming::Response(response) => drop(responses.send(response).await),
                    Incoming::Wrong(id, error, problem) => self.refuse(id, error, problem).await,
                    Incoming::Request(request) if request.method() == "exit" => break End::Exit,
                    Incoming::Request(request) => self.begin(request, tasks).await,
                },
            }
        };
        sending.abort();
        end
    }

    /// Runs a handler up to its first await, before the next message is read; the rest of it runs beside.
    async fn begin(&mut self, request: Request, tasks: &mut JoinSet<()>) {
        let permit = match request.id() {
            Some(_) => Arc::clone(&self.room).acquire_owned().await.ok(),
            // Notifications are short, and among them is the one that cancels.
            None => None,
        };
        let mut work = self.handled(request);
        let outgoing = self.outgoing.clone();
        match futures::future::poll_fn(|context| Poll::Ready(work.poll_unpin(context))).await {
            Poll::Ready(Some(response)) => outgoing.send(&response).await,
            Poll::Ready(None) => {}
            Poll::Pending => {
                tasks.spawn(async move {
                    if let Some(response) = work.await {
                        outgoing.send(&response).await;
                    }
                    drop(permit);
                });
            }
        }
    }

    /// The handler of a message. A panic in it becomes an answer.
    fn handled(&mut self, request: Request) -> BoxFuture<'static, Option<Response>> {
        let id = request.id().cloned();
        let bug = move |panic: &(dyn std::any::Any + Send)| {
            let message = panic_message(panic);
            tracing::error!(message, "a bug in tgp: a handler panicked");
            id.map(|id| Response::from_error(id, Fault::Bug(message).into_error()))
        };
        match catch_unwind(AssertUnwindSafe(|| self.service.call(request))) {
            Ok(work) => async move {
                match AssertUnwindSafe(work).catch_unwind().await {
                    Ok(response) => response.ok().flatten(),
                    Err(panic) => bug(panic.as_ref()),
                }
            }
            .boxed(),
            Err(panic) => futures::future::ready(bug(panic.as_ref())).boxed(),
        }
    }

    async fn refuse(&self, id: Id, mut error: Error, problem: String) {
        tracing::info!(problem, "a message was not understood");
        error.data = Some(json!({ "message": problem }));
        self.outgoing.send(&Response::from_error(id, error)).await;
    }
}

/// A message of the client.
enum Incoming {
    Request(Request),
    Response(Response),
    /// None of both, with what is answered.
    Wrong(Id, Error, String),
}

fn incoming(body: &[u8]) -> Incoming {
    let mut message: Value = match serde_json::from_slice(body) {
        Ok(message) => message,
        Err(error) => return Incoming::Wrong(Id::Null, Error::parse_error(), error.to_string()),
    };
    let id = message.get("id").and_then(|id| serde_json::from_value::<Id>(id.clone()).ok());
    let ours = message.get("method").and_then(Value::as_str).is_some_and(|name| name.starts_with("tgp/"));
    if ours && message.get("params").is_none_or(Value::is_null) {
        message["params"] = json!({});
    }
    let wrong = |id: Option<Id>, problem: String| {
        Incoming::Wrong(id.unwrap_or(Id::Null), Error::invalid_request(), problem)
    };
    if message.get("method").is_some() {
        match serde_json::from_value(message) {
            Ok(request) => Incoming::Request(request),
            Err(error) => wrong(id, error.to_string()),
        }
    } else if id.is_some() {
        match serde_json::from_value(message) {
            Ok(response) => Incoming::Response(response),
            Err(error) => wrong(None, error.to_string()),
        }
    } else {
        wrong(None, "a message has a `method`, or is the answer to a request of ours".to_owned())
    }
}
