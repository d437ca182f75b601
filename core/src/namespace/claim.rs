//! The right to make the value of a missing key, which one caller at a time has, over threads and
//! processes. It is a lock that the kernel releases when a process dies, so none is ever left behind.

use super::Namespace;
use super::options::SetOptions;
use super::scope::Scope;
use crate::commit::Depth;
use crate::error::Result;
use crate::fault::{Operation, Owed};
use crate::value::Value;

/// What [`Namespace::get_or_claim`] found.
#[derive(Debug)]
pub enum Claimed {
    /// The key is there.
    Value(Value),
    /// It is not, and this caller may make it.
    Claim(Claim),
    /// It is not, and another caller is making it: look again soon.
    Taken,
}

/// The right to set a missing key. Dropping it lets the next caller have it.
#[derive(Debug)]
pub struct Claim {
    namespace: Namespace,
    key: String,
    /// The lock's place; none inside a transaction, which isn't seen by others anyway.
    slot: Option<u64>,
    /// The failure that comes after the key is set.
    owed: Owed,
}

impl Namespace {
    /// The value of a key, or the right to make it: what [`get_or_set`](Self::get_or_set) is made of, for
    /// callers that can't hand over a function.
    ///
    /// # Errors
    /// [`Error::InvalidName`](crate::Error::InvalidName) for what can't be a key.
    pub fn get_or_claim(&self, key: &str) -> Result<Claimed> {
        let gate = self.gate();
        match self.look_or_claim(key)? {
            // It is one call for as long as others are waited for.
            Claimed::Taken => Ok(Claimed::Taken),
            Claimed::Value(value) => {
                gate.operation(Operation::NamespaceGetOrSet, || Ok(Claimed::Value(value)))
            }
            Claimed::Claim(mut claim) => {
                claim.owed = gate.enter(Operation::NamespaceGetOrSet)?;
                Ok(Claimed::Claim(claim))
            }
        }
    }

    fn look_or_claim(&self, key: &str) -> Result<Claimed> {
        if let Some(stored) = self.stored(key, Depth::Value)? {
            return Ok(Claimed::Value(stored.value));
        }
        let claim = |slot| Claim { namespace: self.clone(), key: key.to_owned(), slot, owed: None };
        let Scope::Store(store) = &self.scope else {
            return Ok(Claimed::Claim(claim(None)));
        };
        let slot = slot(&self.name, key);
        if !store.shared().engine.claim(slot) {
            return Ok(Claimed::Taken);
        }
        let claim = claim(Some(slot));
        // Another may have set it and let go of the claim since the first look.
        let found = self.stored(key, Depth::Value)?;
        Ok(found.map_or(Claimed::Claim(claim), |stored| Claimed::Value(stored.value)))
    }
}

impl Claim {
    /// Sets the key and gives up the claim.
    ///
    /// # Errors
    /// As [`Namespace::set_value`].
    pub fn set(mut self, value: Value, options: &SetOptions) -> Result<u64> {
        let set = self.namespace.set_quietly(&self.key, value, options);
        let owed = self.owed.take();
        self.namespace.gate().settle(Operation::NamespaceGetOrSet, owed, set)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(slot) = self.slot {
            self.namespace.shared().engine.unclaim(slot);
        }
    }
}

/// Where the lock of a key is. Two keys that meet only wait for each other needlessly.
fn slot(namespace: &str, key: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(namespace.as_bytes()).update(&[0]).update(key.as_bytes());
    let mut slot = [0; 8];
    slot[..5].copy_from_slice(&hasher.finalize().as_bytes()[..5]);
    u64::from_le_bytes(slot)
}
