// The table that a run ends with; report.py makes more of the JSON lines.
import { OWN, PEERS } from './peers.mjs';

const MOMENTS = ['open', 'import and open'];

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

function cell(lines, peer) {
  const theirs = lines.filter((line) => line.peer === peer);
  if (theirs.length === 0) return '';
  const rate = median(theirs.map((line) => line.per_second));
  const shown = MOMENTS.includes(theirs[0].workload)
    ? `${Math.round(1e6 / rate).toLocaleString('en')} us`
    : Math.round(rate).toLocaleString('en');
  const ours = new Map(lines.filter((line) => line.peer === OWN).map((line) => [line.round, line.per_second]));
  const ratios = theirs.filter((line) => ours.has(line.round)).map((line) => ours.get(line.round) / line.per_second);
  return peer === OWN || ratios.length === 0 ? shown : `${shown} (${median(ratios).toFixed(2)}x)`;
}

/** Medians; in brackets how many times as fast statehold is, as the median over the rounds. */
export function table(lines) {
  const peers = Object.keys(PEERS).filter((peer) => lines.some((line) => line.peer === peer));
  const names = new Map();
  for (const line of lines) {
    const name = `${line.workload}, ${line.keys} keys${line.workers > 1 ? `, ${line.workers} at a time` : ''}`;
    names.set(name, [...(names.get(name) ?? []), line]);
  }
  const rows = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
  const text = rows.map(([name, found]) => `| ${[name, ...peers.map((peer) => cell(found, peer))].join(' | ')} |`);
  return [`| operations a second | ${peers.join(' | ')} |`, `|---|${'---|'.repeat(peers.length)}`, ...text].join('\n');
}
