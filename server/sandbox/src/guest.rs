//! One living guest: its store, what it may call, and the loop that answers it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use tgp_protocol::guest::{HostCall, HostError, HostReply};
use wasmtime::{Caller, Engine, Instance, Linker, Memory, ResourceLimiter, Store, UpdateDeadline};

use crate::budget::{Budget, Stop};
use crate::host::Host;
use crate::outcome::LogLine;

/// Largest request a tool can send: parsing it takes several times as much of the host's memory.
const LARGEST_CALL: usize = 16 << 20;

/// What belongs to one guest.
pub(crate) struct GuestState {
    budget: Budget,
    /// What the next export that takes input will read.
    pub(crate) input: Vec<u8>,
    reply: Vec<u8>,
    exchange: Arc<Exchange>,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) memory: Option<Memory>,
    pub(crate) room: Room,
}

/// The guest's linear memory, as far as the budget is concerned.
pub(crate) struct Room {
    budget: Budget,
    taken: u64,
    /// Whether it ever wanted more than there was.
    pub(crate) refused: bool,
}

/// Where a guest leaves its question and finds the answer. The guest stands still on a stack of its own meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    question: Mutex<Option<HostCall>>,
    answer: Mutex<Option<HostReply>>,
}

impl GuestState {
    pub(crate) fn new(budget: &Budget, input: Vec<u8>) -> Self {
        Self {
            budget: budget.clone(),
            input,
            reply: Vec::new(),
            exchange: Arc::default(),
            logs: Vec::new(),
            memory: None,
            room: Room { budget: budget.clone(), taken: 0, refused: false },
        }
    }

    pub(crate) fn exchange(&self) -> Arc<Exchange> {
        Arc::clone(&self.exchange)
    }
}

/// A store with everything of the budget set up. `metered` engines count fuel and look at the clock.
pub(crate) fn new_store(
    engine: &Engine,
    state: GuestState,
    metered: bool,
) -> wasmtime::Result<Store<GuestState>> {
    let fuel = state.budget.fuel_left();
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.room);
    if metered {
        store.set_fuel(fuel)?;
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|store| match store.data().budget.stop_reason() {
            Some(stop) => Err(stop.into()),
            None => Ok(UpdateDeadline::Continue(1)),
        });
    }
    Ok(store)
}

/// Everything a guest can call. There is nothing else.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<GuestState>> {
    let mut linker = Linker::new(engine);
    linker.func_wrap("tgp", "host_input", |mut caller: Caller<'_, GuestState>, into: u32| {
        let input = std::mem::take(&mut caller.data_mut().input);
        write(&mut caller, into, &input)
    })?;
    linker.func_wrap("tgp", "host_reply", |mut caller: Caller<'_, GuestState>, into: u32| {
        let reply = std::mem::take(&mut caller.data_mut().reply);
        write(&mut caller, into, &reply)
    })?;
    linker.func_wrap(
        "tgp",
        "host_log",
        |mut caller: Caller<'_, GuestState>, level: u32, at: u32, length: u32| {
            log(&mut caller, level, at, length)
        },
    )?;
    linker.func_wrap_async(
        "tgp",
        "host_call",
        |caller: Caller<'_, GuestState>, (at, length): (u32, u32)| Box::new(host_call(caller, at, length)),
    )?;
    Ok(linker)
}

fn memory(caller: &Caller<'_, GuestState>) -> wasmtime::Result<Memory> {
    caller.data().memory.ok_or_else(|| wasmtime::Error::msg("the guest has no memory yet"))
}

fn write(caller: &mut Caller<'_, GuestState>, into: u32, bytes: &[u8]) -> wasmtime::Result<()> {
    let memory = memory(caller)?;
    Ok(memory.write(caller, into as usize, bytes)?)
}

fn read<'a>(caller: &'a Caller<'_, GuestState>, at: u32, length: u32) -> wasmtime::Result<&'a [u8]> {
    let data = memory(caller)?.data(caller);
    let range = at as usize..at as usize + length as usize;
    data.get(range).ok_or_else(|| wasmtime::Error::msg("the guest named a place outside its memory"))
}

fn log(caller: &mut Caller<'_, GuestState>, level: u32, at: u32, length: u32) -> wasmtime::Result<()> {
    let kept = caller.data().budget.take_log(length.into());
    let bytes = read(caller, at, u32::try_from(kept)?)?;
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    if kept < u64::from(length) {
        // The last line that finds any room says that others follow; those without room are left out.
        if kept == 0 {
            return Ok(());
        }
        text.push_str(" ... (cut: `limits.logBytes` is reached)");
    }
    let level = ["debug", "info", "warn", "error"].get(level as usize).unwrap_or(&"info");
    caller.data_mut().logs.push(LogLine { level: (*level).to_owned(), text });
    Ok(())
}

/// Leaves the question, stands still until the loop in `drive` has an answer, and says how long it is.
async fn host_call(mut caller: Caller<'_, GuestState>, at: u32, length: u32) -> wasmtime::Result<u32> {
    let budget = caller.data().budget.clone();
    if !budget.count_host_call() {
        return Err(Stop::HostCalls.into());
    }
    let reply = if length as usize > LARGEST_CALL {
        refuse("arguments.invalid", format!("the call has {length} bytes, more than {LARGEST_CALL}"))
    } else {
        match serde_json::from_slice::<HostCall>(read(&caller, at, length)?) {
            Ok(question) => {
                budget.set_fuel_left(caller.get_fuel()?);
                let exchange = caller.data().exchange();
                *lock(&exchange.question) = Some(question);
                let reply =
                    poll_fn(|_| lock(&exchange.answer).take().map_or(Poll::Pending, Poll::Ready)).await;
                caller.set_fuel(budget.fuel_left())?;
                reply
            }
            Err(error) => refuse("arguments.invalid", format!("the call cannot be read: {error}")),
        }
    };
    let bytes = serde_json::to_vec(&reply).map_err(|error| wasmtime::Error::msg(error.to_string()))?;
    let length = u32::try_from(bytes.len())?;
    caller.data_mut().reply = bytes;
    Ok(length)
}

fn refuse(code: &str, message: String) -> HostReply {
    HostReply::Refused { error: HostError { code: code.to_owned(), name: "TypeError".to_owned(), message } }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a guest to its end, answering its questions on the way. Only the guest's own stretches count as CPU time.
pub(crate) fn drive<T>(
    guest: impl Future<Output = wasmtime::Result<T>>,
    exchange: &Exchange,
    budget: &Budget,
    host: &mut dyn Host,
) -> wasmtime::Result<T> {
    let mut guest = pin!(guest);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        budget.begin_stretch();
        let polled = guest.as_mut().poll(&mut context);
        budget.end_stretch();
        if let Poll::Ready(result) = polled {
            return result;
        }
        let question = lock(&exchange.question).take();
        if let Some(question) = question {
            let reply = host.call(question, budget);
            // Here ends a run whose time ran out, or that was cancelled, while the host was at work.
            if let Some(stop) = budget.stop_reason() {
                return Err(stop.into());
            }
            *lock(&exchange.answer) = Some(reply);
        }
    }
}

/// The export every guest has, remembered for the functions it calls.
pub(crate) fn remember_memory(
    store: &mut Store<GuestState>,
    instance: &Instance,
) -> wasmtime::Result<Memory> {
    let memory = instance
        .get_memory(&mut *store, "memory")
        .ok_or_else(|| wasmtime::Error::msg("the engine exports no memory"))?;
    store.data_mut().memory = Some(memory);
    Ok(memory)
}

impl ResourceLimiter for Room {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = (desired - current) as u64;
        let granted = self.budget.take_memory(more);
        if granted {
            self.taken += more;
        } else {
            self.refused = true;
        }
        Ok(granted)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.budget.give_memory(self.taken);
    }
}
