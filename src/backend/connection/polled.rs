//! A connection for who follows several at once: nothing here waits.

use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::{BUFFER, Connection, Opened};
use crate::backend::BackendError;
use crate::ready::{poll_read, poll_write};
use crate::wire::{ResponseScanner, Scanned};

// === impl Connection ===

impl Connection {
    /// Takes the first `count` unread bytes out of the buffer, without copying them.
    pub fn take(&mut self, count: usize) -> Bytes {
        let input = &mut self.opened.input;
        input.split_to(count.min(input.len())).freeze()
    }

    /// As [`Self::next`], for who follows several connections at once.
    ///
    /// # Errors
    /// As [`Self::next`]. Of a silence only that counts which began when this was asked and had nothing.
    pub fn poll_next(
        &mut self,
        scanner: &mut ResponseScanner,
        context: &mut Context<'_>,
    ) -> Poll<Result<Scanned, BackendError>> {
        loop {
            if self.settle_buffered()?
                && let Some(scanned) = self.next_buffered(scanner)?
            {
                return Poll::Ready(Ok(scanned));
            }
            ready!(self.poll_fill(context))?;
        }
    }

    /// Sends what is queued. The clock of `query_timeout_ms` has been started.
    pub(in crate::backend) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BackendError>> {
        while self.written < self.output.len() {
            let rest = self.output.get(self.written..).unwrap_or_default();
            match poll_write(&self.opened.stream, context, rest) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(self.lost("it takes no more bytes".to_owned()))),
                Poll::Ready(Ok(count)) => self.written += count,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(self.lost(error.to_string()))),
                Poll::Pending => {
                    ready!(self.patience.poll_passed(context));
                    return Poll::Ready(Err(self.timed_out()));
                }
            }
        }
        self.output.clear();
        self.output.shrink_to(BUFFER);
        self.written = 0;
        self.sent = true;
        Poll::Ready(Ok(()))
    }

    /// As [`Self::fill`], for who waits for several connections at once.
    pub fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BackendError>> {
        if !std::mem::replace(&mut self.polled, true) && !std::mem::take(&mut self.sent) {
            self.begin_wait();
        }
        let room = self.make_room();
        let Opened { stream, input, .. } = &mut self.opened;
        match poll_read(stream, context, input, self.bulk) {
            Poll::Ready(read) => Poll::Ready(self.filled(read, room)),
            Poll::Pending => {
                ready!(self.patience.poll_passed(context));
                Poll::Ready(Err(self.timed_out()))
            }
        }
    }
}
