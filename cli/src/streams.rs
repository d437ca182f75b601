//! Where a command reads and writes.

use std::io::{self, BufWriter, IsTerminal, Read, Write};

use anstream::{AutoStream, StripStream};
use clap::ColorChoice;

/// Where a command reads and writes.
pub struct Streams {
    pub(crate) input: Box<dyn Read>,
    pub(crate) out: Box<dyn Write>,
    pub(crate) err: Box<dyn Write>,
    /// Whether somebody looks at it as it comes.
    pub(crate) out_is_terminal: bool,
    pub(crate) err_is_terminal: bool,
}

impl Streams {
    /// Those of this process. `Auto` gives colours to terminals, unless `NO_COLOR` is set.
    pub fn process(color: ColorChoice) -> Self {
        let choice = match color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        Self {
            input: Box::new(io::stdin()),
            // Rust's own stdout is flushed at every line; this one when a command says so.
            out: Box::new(BufWriter::new(AutoStream::new(io::stdout(), choice))),
            err: Box::new(AutoStream::new(io::stderr(), choice)),
            out_is_terminal: io::stdout().is_terminal(),
            err_is_terminal: io::stderr().is_terminal(),
        }
    }

    /// Any others, which are no terminals and get no colours.
    pub fn given(input: impl Read + 'static, out: impl Write + 'static, err: impl Write + 'static) -> Self {
        Self {
            input: Box::new(input),
            out: Box::new(StripStream::new(Box::new(out) as Box<dyn Write>)),
            err: Box::new(StripStream::new(Box::new(err) as Box<dyn Write>)),
            out_is_terminal: false,
            err_is_terminal: false,
        }
    }
}
