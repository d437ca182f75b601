//! The effects of a case.

use serde_json::Value as Step;
use statehold::{Case, EffectOptions, EffectOutcome, EffectResult, Json};

use crate::convert::{done, duration, fields, int, moment, optional};
use crate::execute::{Executor, Outcome, op};
use crate::format::Data;

impl Executor<'_> {
    pub(crate) fn effect(&self, case: &Case, step: &Step) -> Outcome {
        let arg = |at: usize| self.decode(&step["args"][at]);
        let all = |found: Vec<EffectResult>| Data::List(found.iter().map(effect).collect());
        Ok(match op(step) {
            "effect" => {
                let function = self.function(&step["args"][2]);
                let run = || function.call(None, 0);
                effect(&case.effect(&arg(0).text(), &arg(1), run, &self.effect_options(step)?)?)
            }
            "crash_effect" => {
                let spec = Json::from_serialize(&arg(1))?;
                done(drop(case.begin_effect(&arg(0).text(), &spec, &self.effect_options(step)?)?))
            }
            "resolve_effect" => {
                let outcome = match step["args"][1].as_str().unwrap() {
                    "ok" => EffectOutcome::Ok(Json::from_serialize(&arg(2))?),
                    "error" => EffectOutcome::Error(arg(2).text()),
                    "cancelled" => EffectOutcome::Cancelled(arg(2).text()),
                    other => panic!("an effect is not settled as {other}"),
                };
                effect(&case.resolve_effect(&arg(0).text(), outcome)?)
            }
            "effects" => all(case.effects()?),
            "lookup" => all(case.lookup(&arg(0).text())?),
            "lookup_by_key" => {
                case.lookup_by_key(&arg(0).text())?.map_or(Data::Absent, |found| effect(&found))
            }
            other => panic!("unknown operation {other} of a case"),
        })
    }

    fn effect_options(&self, step: &Step) -> Outcome<EffectOptions> {
        let mut options = EffectOptions::new();
        options.key = step["with"].get("key").map(|key| self.decode(key).text());
        if let Some(on_doubt) = step["with"]["on_doubt"].as_str() {
            options = options.on_doubt(on_doubt.parse()?);
        }
        Ok(options)
    }
}

fn effect(found: &EffectResult) -> Data {
    let text = |text: &str| Data::Text(text.to_owned());
    fields([
        ("effect_id", text(&found.effect_id)),
        ("key", text(&found.key)),
        ("status", text(found.status.as_str())),
        ("value", optional(found.value.as_ref(), Data::of_json)),
        ("error", optional(found.error.as_deref(), text)),
        ("spec_digest", text(&found.spec_digest)),
        ("actor", text(&found.actor)),
        ("started_at", moment(found.started_at)),
        ("duration", optional(found.duration, duration)),
        ("attempts", int(found.attempts)),
    ])
}
