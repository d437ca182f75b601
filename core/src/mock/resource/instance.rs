//! The one instance of a mock cloud.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::time;

super::words! {
    /// What an instance is doing.
    InstanceState, "state":
    /// It runs, and has a public address.
    Running = "running",
    /// It is stopped and can be started.
    Stopped = "stopped",
    /// It is being hibernated.
    Hibernating = "hibernating",
    /// It is being started.
    Pending = "pending",
    /// It is being stopped.
    Stopping = "stopping",
    /// It is gone.
    Terminated = "terminated",
    /// The provider does not know.
    Unknown = "unknown",
}

super::words! {
    /// How far a volume is attached.
    AttachmentStatus, "status":
    /// It is attached.
    Attached = "attached",
    /// It is not attached.
    Detached = "detached",
    /// It is being detached.
    Detaching = "detaching",
}

/// An instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Instance {
    /// Its id at the provider.
    pub instance_id: String,
    /// What it is doing.
    pub state: InstanceState,
    /// Its public address; only while it runs, unless one was set otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_ip: Option<String>,
    /// Whether it has a volume.
    pub has_volume: bool,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability_zone: Option<String>,
    /// Its volumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_device_mappings: Option<Vec<BlockDeviceMapping>>,
    /// When any of this was last changed.
    #[serde(with = "time")]
    pub last_updated: SystemTime,
}

/// A volume of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BlockDeviceMapping {
    /// The device that it is seen as: `/dev/sda1`.
    pub device_name: String,
    /// Its id at the provider.
    pub volume_id: String,
    /// How far it is attached.
    pub status: AttachmentStatus,
    /// Whether it goes with the instance.
    pub delete_on_termination: bool,
}

impl BlockDeviceMapping {
    /// The volume of an instance of which nothing more is said.
    pub(in crate::mock) fn root() -> Self {
        Self {
            device_name: "/dev/sda1".to_owned(),
            volume_id: "vol-mock1234567890abcdef".to_owned(),
            status: AttachmentStatus::Attached,
            delete_on_termination: true,
        }
    }
}
