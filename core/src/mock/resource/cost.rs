//! What the cloud costs.

use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize};

use super::time;

super::words! {
    /// For which days costs are told.
    CostPeriod, "period":
    /// From the first of this month on.
    CurrentMonth = "current-month",
    /// The month before this one.
    LastMonth = "last-month",
    /// The 30 days before today.
    Last30Days = "last-30-days",
}

impl CostPeriod {
    /// The days that it means at a moment.
    pub(in crate::mock) fn dates(self, now_ms: i64) -> CostDates {
        let [this_month, last_month, next_month] = time::months(now_ms);
        let [start, end] = match self {
            Self::CurrentMonth => [this_month, next_month],
            Self::LastMonth => [last_month, this_month],
            Self::Last30Days => time::days_until(now_ms, 30),
        };
        CostDates { start, end }
    }
}

/// The costs of a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Costs {
    /// Which days.
    pub period: CostDates,
    /// All of it.
    pub total_cost: f64,
    /// In which currency: `USD`.
    pub currency: String,
    /// What it is made of.
    pub breakdown: Vec<ServiceCost>,
    /// When the provider was asked.
    #[serde(with = "time")]
    pub fetched_at: SystemTime,
}

/// Days, each as `2026-01-31`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CostDates {
    /// The first day.
    #[serde(deserialize_with = "date")]
    pub start: String,
    /// The day after the last one.
    #[serde(deserialize_with = "date")]
    pub end: String,
}

/// What a service costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ServiceCost {
    /// The service, as the provider calls it.
    pub service: String,
    /// In the currency of the whole.
    pub cost: f64,
}

fn date<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if time::is_date(&text) {
        return Ok(text);
    }
    Err(serde::de::Error::custom(format!("{text:?} is not a date as \"2026-01-31\"")))
}
