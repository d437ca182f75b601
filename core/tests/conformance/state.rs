//! The records of environments, as the data of the cases.

use statehold::{
    EnvironmentRecord, Failure, HistoryEntry, InterruptedEnvironment, Lifecycle, LockInfo, RecoveryGuide,
};

use crate::convert::{duration, fields, int, moment, optional, texts};
use crate::format::Data;

fn text(text: &str) -> Data {
    Data::Text(text.to_owned())
}

fn maybe(found: Option<&String>) -> Data {
    optional(found, |found| text(found))
}

fn failure(found: &Failure) -> Data {
    fields([
        ("step", text(&found.step)),
        ("kind", text(found.kind.as_str())),
        ("summary", text(&found.summary)),
        ("started_at", moment(found.started_at)),
        ("failed_at", moment(found.failed_at)),
        ("duration", duration(found.duration)),
        ("trace_id", text(&found.trace_id)),
        ("trace_file", maybe(found.trace_file.as_ref())),
        ("details", optional(found.details.as_ref(), Data::of_json)),
    ])
}

pub(crate) fn record(found: &EnvironmentRecord) -> Data {
    fields([
        ("name", text(&found.name)),
        ("lifecycle", text(&found.lifecycle)),
        ("state", text(&found.state)),
        ("data", Data::of_json(&found.data)),
        ("failure", optional(found.failure.as_ref(), failure)),
        ("last_success", maybe(found.last_success.as_ref())),
        ("step", maybe(found.step.as_ref())),
        ("revision", int(found.revision)),
        ("created_at", moment(found.created_at)),
        ("updated_at", moment(found.updated_at)),
        ("entered_at", moment(found.entered_at)),
    ])
}

pub(crate) fn entry(found: &HistoryEntry) -> Data {
    fields([
        ("sequence", int(found.sequence)),
        ("revision", int(found.revision)),
        ("time", moment(found.time)),
        ("operation", text(found.operation.as_str())),
        ("from", maybe(found.from.as_ref())),
        ("to", maybe(found.to.as_ref())),
        ("process", int(found.process.into())),
        ("host", text(&found.host)),
        ("user", text(&found.user)),
        ("note", maybe(found.note.as_ref())),
        ("failure", optional(found.failure.as_ref(), failure)),
        ("spent", optional(found.spent, duration)),
        ("record", optional(found.record.as_ref(), record)),
    ])
}

pub(crate) fn lock_info(found: &LockInfo) -> Data {
    fields([
        ("name", text(&found.name)),
        ("is_held", Data::Bool(found.is_held)),
        ("is_stale", Data::Bool(found.is_stale)),
        ("token", maybe(found.token.as_ref())),
        ("fencing", int(found.fencing)),
        ("purpose", maybe(found.purpose.as_ref())),
        ("pid", int(found.pid.into())),
        ("host", text(&found.host)),
        ("user", text(&found.user)),
        ("taken_at", moment(found.taken_at)),
        ("ttl", optional(found.ttl, duration)),
        ("expires_at", optional(found.expires_at, moment)),
    ])
}

pub(crate) fn interrupted(found: &InterruptedEnvironment) -> Data {
    fields([("record", record(&found.record)), ("holder", optional(found.holder.as_ref(), lock_info))])
}

pub(crate) fn guide(found: &RecoveryGuide) -> Data {
    fields([
        ("state", text(&found.state)),
        ("symptom", text(&found.symptom)),
        ("error_text", text(&found.error_text)),
        ("steps", texts(found.steps.clone())),
    ])
}

pub(crate) fn definition(found: &Lifecycle) -> Data {
    Data::of_json(&found.to_json())
}
