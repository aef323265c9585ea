import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import type { EChartsOption } from 'echarts';
import { SVGRenderer } from 'echarts/renderers';

echarts.use([
  BarChart,
  CustomChart,
  GridComponent,
  LegendComponent,
  LineChart,
  MarkLineComponent,
  ScatterChart,
  SVGRenderer,
]);

/** In pixels: as wide as a phone, so that its letters can be read there. */
export const chartWidth = 360;

/** The page says what these are, in light and in dark. */
export const colours = {
  ink: 'var(--ink)',
  quiet: 'var(--quiet)',
  line: 'var(--line)',
  series: (index: number): string => `var(--series-${(index % 6) + 1})`,
} as const;

/** Lines are told apart by these as well, where colours are not seen or not printed. */
export const symbols = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'pin'] as const;

/** How an axis looks. */
export const axisStyle = {
  axisLabel: { color: colours.quiet, fontSize: 11, hideOverlap: true },
  axisLine: { show: true, lineStyle: { color: colours.line } },
  axisTick: { show: false },
  nameTextStyle: { color: colours.quiet, fontSize: 11 },
  splitLine: { lineStyle: { color: colours.line } },
} as const;

export const legendStyle = {
  textStyle: { color: colours.ink, fontSize: 11 },
  itemWidth: 16,
  itemHeight: 8,
  // Letters are measured without a font here, and come out wider.
  itemGap: 24,
  left: 0,
  top: 0,
} as const;

/** A chart as SVG, with the colours of the page it is part of. */
export function chartSvg(option: EChartsOption, height: number): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: chartWidth, height });
  chart.setOption({
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: 'system-ui, sans-serif', color: colours.ink },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
