//! Where there is no way to be rung by another process: who waits looks again and again.

use std::marker::PhantomData;
use std::time::Duration;

use super::SharedPage;

impl SharedPage {
    /// Nobody can listen.
    #[allow(clippy::unused_self)] // elsewhere it does
    pub(crate) fn listen(&self) -> Option<Ears<'_>> {
        None
    }

    /// Nobody listens.
    #[allow(clippy::unused_self)]
    pub(crate) fn ring(&self) {}

    /// There are none.
    #[allow(clippy::unused_self)]
    pub(crate) fn forget_listeners(&self) {}
}

/// There is none who has them.
pub(crate) struct Ears<'a>(PhantomData<&'a ()>);

impl Ears<'_> {
    /// Waits for so long.
    #[allow(clippy::unused_self)]
    pub(crate) fn wait(&self, most: Duration) {
        std::thread::sleep(most);
    }
}
