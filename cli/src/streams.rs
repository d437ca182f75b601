//! Where a command reads and writes.

use std::io::{self, BufWriter, IsTerminal, Read, Write};

use anstream::AutoStream;
use anstream::stream::RawStream;
use clap::ColorChoice;

/// Where a command reads and writes.
pub struct Streams {
    pub(crate) input: Box<dyn Read>,
    pub(crate) out: Sink,
    pub(crate) err: Sink,
}

/// Where a command writes.
pub(crate) struct Sink {
    pub(crate) to: Box<dyn Write>,
    /// Whether somebody looks at it as it comes.
    pub(crate) is_terminal: bool,
    /// Whether texts may be in colours.
    pub(crate) is_styled: bool,
}

impl Streams {
    /// Those of this process. `Auto` gives colours to terminals, unless `NO_COLOR` is set.
    pub fn process(color: ColorChoice) -> Self {
        let (out, err) = (io::stdout(), io::stderr());
        let (out_is_styled, err_is_styled) = (is_styled(color, &out), is_styled(color, &err));
        Self {
            input: Box::new(io::stdin()),
            out: Sink {
                is_terminal: out.is_terminal(),
                is_styled: out_is_styled,
                // Rust's own is flushed at every line; this one when a command says so.
                to: Box::new(BufWriter::new(out)),
            },
            err: Sink { is_terminal: err.is_terminal(), is_styled: err_is_styled, to: Box::new(err) },
        }
    }

    /// Any others, which are no terminals and get no colours.
    pub fn given(input: impl Read + 'static, out: impl Write + 'static, err: impl Write + 'static) -> Self {
        Self { input: Box::new(input), out: Sink::plain(out), err: Sink::plain(err) }
    }
}

impl Sink {
    fn plain(to: impl Write + 'static) -> Self {
        Self { to: Box::new(to), is_terminal: false, is_styled: false }
    }

    /// Writes a text, without its styles where they are not wanted. No other control character may be in it.
    pub(crate) fn styled(&mut self, text: &str) -> io::Result<()> {
        if self.is_styled {
            self.to.write_all(text.as_bytes())
        } else {
            write!(self.to, "{}", anstream::adapter::strip_str(text))
        }
    }
}

fn is_styled(color: ColorChoice, stream: &impl RawStream) -> bool {
    let is_wanted = match color {
        ColorChoice::Auto => AutoStream::choice(stream) != anstream::ColorChoice::Never,
        ColorChoice::Always => true,
        ColorChoice::Never => false,
    };
    // An old console of Windows has to be asked for it; elsewhere there is nothing to ask.
    is_wanted && anstyle_query::windows::enable_ansi_colors() != Some(false)
}
