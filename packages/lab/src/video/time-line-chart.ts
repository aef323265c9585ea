import { LineChart, type LineSeriesOption } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { htmlText } from '../files/html-text.js';
import { clock, faceText, percent } from './time-text.js';
import type { FaceSummary, Span, TimeLine } from './time-line.js';

echarts.use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Told apart by people who see colours differently (Okabe and Ito, 2008). */
const colours: Readonly<Record<string, string>> = {
  angry: '#d55e00',
  disgust: '#009e73',
  fear: '#cc79a7',
  happy: '#e69f00',
  sad: '#0072b2',
  surprise: '#56b4e9',
  neutral: '#b5b5b5',
  contempt: '#f0e442',
};
/** Of classes that are called otherwise. */
const otherColours = ['#4c566a', '#8c6d31', '#7b4173', '#637939', '#843c39', '#3182bd'];

/** Most faces with a panel: of more, those seen in most frames. */
const mostPanels = 12;

/** In pixels. */
const width = 960;
const panel = { height: 84, pitch: 128, left: 56, right: 24 };
const header = 84;

/** A time line as a picture: a panel for each face, with the scores of its expressions over each other. */
export function timeLineSvg(name: string, line: TimeLine, classNames: readonly string[]): string {
  const { shown, hidden } = panelsOf(line);
  const height = header + Math.max(1, shown.length) * panel.pitch;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  const top = (index: number) => header + index * panel.pitch + 20;
  const end = endOf(line);
  const text = { fontFamily: 'system-ui, sans-serif', color: '#222' };
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    textStyle: text,
    color: classNames.map(colourOf),
    title: [
      { text: name, subtext: overviewText(line, hidden), left: 16, top: 8, itemGap: 4 },
      ...shown.map((face, index) => ({
        text: faceText(face),
        left: panel.left,
        top: top(index) - 22,
        padding: 0,
        textStyle: { fontSize: 12, fontWeight: 'normal' as const },
      })),
    ].map((title) => ({
      ...title,
      textStyle: { fontSize: 16, ...text, ...('textStyle' in title && title.textStyle) },
    })),
    legend: {
      data: shown.length > 0 ? [...classNames] : [],
      right: panel.right,
      top: 50,
      icon: 'rect',
      itemHeight: 10,
      itemWidth: 14,
    },
    grid: shown.map((_, index) => ({
      ...{ left: panel.left, right: panel.right, top: top(index), height: panel.height },
    })),
    xAxis: shown.map((_, index) => ({
      ...{ type: 'value' as const, gridIndex: index, min: 0, max: end },
      axisLabel: { formatter: (time: number) => clock(time), hideOverlap: true },
      splitLine: { show: false },
    })),
    yAxis: shown.map((_, index) => ({
      ...{ type: 'value' as const, gridIndex: index, min: 0, max: 1, interval: 0.5 },
      axisLabel: { formatter: percent },
    })),
    series: shown.flatMap((face, index) =>
      classNames.map((className): LineSeriesOption => ({
        ...{ type: 'line', name: className, stack: String(face.id), xAxisIndex: index, yAxisIndex: index },
        ...{ symbol: 'none', lineStyle: { width: 0 }, areaStyle: { opacity: 1 }, silent: true },
        data: stepsOf(line.spans(), end, face.id, className),
      })),
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** The same as a page that needs nothing beside it. */
export function timeLineHtml(name: string, line: TimeLine, classNames: readonly string[]): string {
  const rows = line
    .faces()
    .map(
      ({ id, from, to, frames, expressions }) =>
        `<tr><td>${id}<td>${clock(from)}<td>${clock(to)}<td>${frames}<td>` +
        htmlText(expressions.map((one) => `${one.expression} ${percent(one.frames / frames)}`).join(', ')),
    );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${htmlText(name)}: expressions over time</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 1rem auto; max-width: 60rem; padding: 0 1rem; }
  svg { width: 100%; height: auto; }
  table { border-collapse: collapse; margin-top: 1rem; }
  th, td { padding: 0.2rem 0.8rem; text-align: left; border-bottom: 1px solid #ddd; }
</style>
${timeLineSvg(name, line, classNames)}
<table>
<thead><tr><th>Face<th>From<th>To<th>Frames<th>Expressions
<tbody>
${rows.join('\n')}
</table>
</html>
`;
}

function panelsOf(line: TimeLine): { shown: FaceSummary[]; hidden: number } {
  const faces = line.faces();
  const shown = [...faces]
    .sort((a, b) => b.frames - a.frames)
    .slice(0, mostPanels)
    .sort((a, b) => a.id - b.id);
  return { shown, hidden: faces.length - shown.length };
}

function overviewText(line: TimeLine, hidden: number): string {
  const faces = line.faces().length;
  const counted = faces === 0 ? 'no face' : faces === 1 ? '1 face' : `${faces} faces`;
  const rest = hidden > 0 ? `; the ${mostPanels} seen longest are shown` : '';
  return `${counted} in ${line.frames()} frames, ${clock(line.end())}${rest}. An expression's part of the height is its score.`;
}

/** Of the last span there is no end but its last frame's time; a single frame has some width all the same. */
const endOf = (line: TimeLine): number => Math.max(1, line.end());

/** The score of a class as steps over the time of each span; nothing where the face is not seen. */
function stepsOf(
  spans: readonly Span[],
  end: number,
  id: number,
  className: string,
): [number, number | null][] {
  return spans.flatMap(({ time, faces }, index) => {
    const score = faces.get(id)?.[className] ?? null;
    return [
      [time, score],
      [spans[index + 1]?.time ?? end, score],
    ];
  });
}

const colourOf = (className: string, index: number): string =>
  colours[className] ?? otherColours[index % otherColours.length]!;
