//! The operations of the store, and those that are composed of steps.

use std::cell::Cell;

use serde_json::Value as Case;
use statehold::{Clock, Json, Receipt, Snapshot, Transaction, TransactionOptions};

use crate::convert::{done, fields, int, journal_row, receipt, texts, time};
use crate::environment::WITHOUT_NAME;
use crate::execute::{Executor, Failure, NAMESPACE_OPS, Outcome, Target, op, steps};
use crate::format::{Data, START_MS};
use crate::mock;

impl Executor<'_> {
    pub(crate) fn perform(&self, target: Target, step: &Case) -> Outcome {
        let (op, store) = (op(step), self.store());
        if step.get("plugin").is_some() {
            return self.perform_on_plugin(target, step);
        }
        if step.get("case").is_some() || op == "create_case" {
            return self.perform_on_case(target, step);
        }
        if step.get("env").is_some() {
            return self.perform_on_environment(target, step);
        }
        if WITHOUT_NAME.contains(&op) {
            return self.perform_on_environments(target, step);
        }
        if step.get("mock").is_some() {
            return self.perform_on_mock(target, step);
        }
        if mock::WITHOUT_NAME.contains(&op) {
            return self.perform_on_mocks(step);
        }
        if step.get("scenarios").is_some() {
            return self.perform_on_scenarios(step);
        }
        if step.get("faults").is_some() {
            return self.perform_on_faults(step);
        }
        if NAMESPACE_OPS.contains(&op) {
            return self.perform_in_namespace(target, step);
        }
        let arg = |at: usize| self.decode(&step["args"][at]);
        let pattern = || step["args"].get(0).map_or_else(|| "*".to_owned(), |data| self.decode(data).text());
        let whole = |at: usize| step["args"][at].as_u64().unwrap();
        Ok(match op {
            "advance" => done(self.clock.advance(arg(0).duration())),
            "set_clock" => done(self.clock.set(time(START_MS + arg(0).millis()))),
            "clock" => Data::Float((self.clock.now().duration_since(time(START_MS)).unwrap()).as_secs_f64()),
            "reopen" => done(self.reopen()),
            "close" => done(store.close()?),
            "is_closed" => Data::Bool(store.is_closed()),
            "flush" => done(store.flush()?),
            "namespaces" => texts(store.namespaces(&pattern())?),
            "clear_namespace" => int(store.clear_namespace(&arg(0).text())?),
            "purge_expired" => int(store.purge_expired()?),
            "revision" => int(store.revision()?),
            "journal" => {
                Data::List(store.journal(whole(0), whole(1) as usize)?.iter().map(journal_row).collect())
            }
            "verify_journal" => fields([("problems", texts(store.verify_journal()?.problems))]),
            "atomic" => receipt(&self.atomic(step)?),
            "snapshot" => {
                let name = step["save_as"].as_str().unwrap_or_default().to_owned();
                self.snapshots.borrow_mut().push((name, store.snapshot()?));
                Data::Absent
            }
            "draws" => self.draws(target, step)?,
            "parallel" => self.parallel(step),
            "snapshot_revision" => int(self.snapshot(step).revision()),
            "close_snapshot" => done(self.snapshot(step).close()),
            "plugin_names" => self.plugin_names(target, step)?,
            "cases" => self.cases(target, step)?,
            "verify" => self.verify_store()?,
            "listen" | "listen_raising" => done(self.listen(step, op == "listen_raising")?),
            "unlisten" => done(self.unlisten()),
            "events" => self.events(),
            "watch" => done(self.watch(step)?),
            "changes" | "next" | "watch_revision" | "watch_closed" | "close_watch" => {
                self.perform_on_watch(op, step)?
            }
            "outside" if self.first_run.get() => {
                done(steps(step).try_for_each(|part| self.step(Target::Store, part, 0))?)
            }
            "outside" => Data::Absent,
            "transaction" | "savepoint" => self.transaction(target, step)?,
            other => panic!("unknown operation {other}"),
        })
    }

    pub(crate) fn snapshot(&self, step: &Case) -> Snapshot {
        let snapshots = self.snapshots.borrow();
        snapshots.iter().find(|(name, _)| step["on"] == **name).unwrap().1.clone()
    }

    fn atomic(&self, step: &Case) -> Outcome<Receipt> {
        let mut atomic = self.store().atomic();
        for part in steps(step) {
            if op(part) == "save_plugin" {
                let data = Json::from_serialize(&self.decode(&part["args"][0]))?;
                let plugin = self.decode(&part["plugin"]).text();
                atomic = atomic.save_plugin(&plugin, data, &self.save_options(part));
                continue;
            }
            let (ns, key) = (self.name(part), self.decode(&part["args"][0]).text());
            atomic = match op(part) {
                "check" => atomic.check(&ns, &key, part["args"][1].as_u64()),
                "delete" => atomic.delete(&ns, &key),
                _ => {
                    let value = self.decode(&part["args"][1]).to_value()?;
                    atomic.set_with(&ns, &key, value, &self.set_options(part)?)
                }
            };
        }
        Ok(atomic.commit()?)
    }

    fn transaction(&self, target: Target, step: &Case) -> Outcome {
        let runs = Cell::new(0);
        let body = |tx: &Transaction| -> Outcome<()> {
            let run = runs.replace(runs.get() + 1);
            self.forget();
            for part in steps(step) {
                self.first_run.set(run == 0);
                self.step(Target::Transaction(tx), part, run)?;
            }
            if step["abort"] == true { Err(Failure::Raised) } else { Ok(()) }
        };
        let mut given = None;
        let outcome = match target {
            Target::Transaction(tx) if op(step) == "savepoint" => tx.savepoint(body),
            // What joins a transaction in Rust is simply given it.
            Target::Transaction(tx) => body(tx),
            Target::Store if step.get("runs").is_some() => self.store().transaction(body),
            // By hand, which gives the receipt.
            Target::Store => {
                self.store().begin(TransactionOptions::new()).map_err(Failure::from).and_then(|tx| {
                    body(&tx)?;
                    given = Some(tx.commit()?);
                    assert_eq!(tx.receipt(), given);
                    Ok(())
                })
            }
        };
        self.forget();
        match outcome {
            Err(Failure::Raised) if step["abort"] == true => return Ok(Data::Absent),
            other => other?,
        }
        assert!(step["abort"] != true, "the error of {step} was swallowed");
        if let Some(expected) = step["runs"].as_u64() {
            assert_eq!(runs.get() as u64, expected, "runs of {step}");
        }
        let head = || fields([("revision", int(self.store().revision().unwrap()))]);
        Ok(given.as_ref().map_or_else(head, receipt))
    }
}
