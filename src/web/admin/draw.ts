/** Draws a plot with uPlot, in the colours of the page, again whenever its size or the theme changes. */
import UPlot from "uplot";
import "../style/plot.css";
import type { Schemas } from "../../client/index.ts";
import { locale, showNumber } from "../shared/texts.ts";
import type { Line } from "./plot.tsx";

interface Drawing {
  days: Schemas["StatisticsDay"][];
  lines: Line[];
  bars: boolean;
  /** Whose items have the colours of the lines. */
  legend: HTMLElement;
  /** Which day is under the pointer. */
  point: (index: number | undefined) => void;
}

const HEIGHT = 210;
const HALF_DAY = 43_200;
const dates = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
const short = new Intl.NumberFormat(locale, { notation: "compact" });

/** @returns what takes it away again. */
export function draw(element: HTMLElement, drawing: Drawing): () => void {
  let plot = start(element, drawing);
  const again = () => {
    plot.destroy();
    plot = start(element, drawing);
  };
  const size = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
  size.observe(element);
  const theme = new MutationObserver(again);
  theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", again);
  return () => {
    size.disconnect();
    theme.disconnect();
    system.removeEventListener("change", again);
    plot.destroy();
  };
}

function start(element: HTMLElement, { days, lines, bars, legend, point }: Drawing): UPlot {
  const { color: soft, fontFamily, borderTopColor: grid } = getComputedStyle(element);
  const axis = { stroke: soft, font: `12px ${fontFamily}`, ticks: { show: false } };
  const times = days.map(({ date }) => Date.parse(date) / 1000);
  return new UPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      padding: [10, 24, 0, 0],
      cursor: { y: false, drag: { x: false, y: false } },
      tzDate: (time) => UPlot.tzDate(new Date(time * 1000), "Etc/UTC"),
      scales: {
        // Half a day at both ends, or the first and the last bar would be cut.
        x: bars ? { range: (_plot, first, last) => [first - HALF_DAY, last + HALF_DAY] } : {},
        y: { range: (_plot, _least, most) => [0, Math.max(4, most * 1.08)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 30,
          space: 64,
          incrs: [1, 2, 7, 14, 30, 60].map((count) => count * 86_400),
          values: (_plot, splits) => splits.map((time) => dates.format(time * 1000)),
        },
        {
          ...axis,
          grid: { stroke: grid, width: 1 },
          size: 46,
          incrs: [1, 2, 5]
            .flatMap((each) => [1, 10, 100, 1e3, 1e4, 1e5, 1e6].map((unit) => each * unit))
            .toSorted((a, b) => a - b),
          values: (_plot, splits) => splits.map((count) => (count < 10_000 ? showNumber(count) : short.format(count))),
        },
      ],
      series: [
        {},
        ...lines.map((line, at) =>
          seriesOf(legend.querySelector(`[data-line="${line}"]`)!, { bars, filled: at === 0 }),
        ),
      ],
      hooks: { setCursor: [({ cursor }) => point(cursor.idx ?? undefined)] },
    },
    [times, ...lines.map((line) => days.map((day) => day[line]))],
    element,
  );
}

function seriesOf(item: Element, { bars, filled }: { bars: boolean; filled: boolean }): UPlot.Series {
  const { color } = getComputedStyle(item, "::before");
  const shade = `color-mix(in oklab, ${color} 10%, transparent)`;
  if (!bars) return { stroke: color, width: 2, points: { show: false }, ...(filled && { fill: shade }) };
  return {
    stroke: color,
    fill: color,
    width: 0,
    points: { show: false },
    paths: UPlot.paths.bars!({ size: [0.6, 36], radius: 0.15 }),
  };
}
