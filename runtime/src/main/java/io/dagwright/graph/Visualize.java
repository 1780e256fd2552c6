package io.dagwright.graph;

import java.util.Locale;

/**
 * Draws graphs as text: DOT, Mermaid, SVG and HTML. Needs no other program and no network; what it
 * gives refers to nothing outside itself.
 *
 * <p>Of graphs with more than {@value #MAX_ROWS} tasks only the first are drawn, with a note.
 */
public final class Visualize {

  /** The most tasks that are drawn. */
  public static final int MAX_ROWS = 300;

  private static final int BOX_WIDTH = 120;
  private static final int BOX_HEIGHT = 28;
  private static final int STEP_X = 140;
  private static final int STEP_Y = 70;
  private static final int MARGIN = 20;
  private static final int MAX_LABEL = 17;

  private Visualize() {}

  /** The graph in the language of Graphviz. Edges without data are dashed, outputs bold. */
  public static String dot(TaskGraph graph, Coloring coloring) {
    StringBuilder out = new StringBuilder("digraph tasks {\n  rankdir=TB;\n");
    out.append("  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\"];\n");
    int rows = drawn(graph);
    boolean[] output = outputs(graph);
    for (int row = 0; row < rows; row++) {
      out.append("  t").append(row).append(" [label=\"").append(escapeDot(label(graph, row)));
      out.append("\", fillcolor=\"").append(coloring.color(row)).append('"');
      out.append(", fontcolor=\"").append(textColor(coloring.color(row))).append('"');
      out.append(output[row] ? ", penwidth=2];\n" : "];\n");
    }
    forEachEdge(
        graph,
        rows,
        (from, to, data) ->
            out.append("  t")
                .append(from)
                .append(" -> t")
                .append(to)
                .append(data ? ";\n" : " [style=dashed];\n"));
    if (rows < graph.size()) {
      out.append("  note [shape=plaintext, style=\"\", label=\"").append(note(graph));
      out.append("\"];\n");
    }
    return out.append("}\n").toString();
  }

  /** The graph as a Mermaid flow chart. Edges without data are dotted. */
  public static String mermaid(TaskGraph graph, Coloring coloring) {
    StringBuilder out = new StringBuilder("flowchart TD\n");
    int rows = drawn(graph);
    for (int row = 0; row < rows; row++) {
      String label = label(graph, row).replace("\"", "#quot;");
      out.append("  t").append(row).append("[\"").append(label).append("\"]\n");
    }
    forEachEdge(
        graph,
        rows,
        (from, to, data) ->
            out.append("  t")
                .append(from)
                .append(data ? " --> t" : " -.-> t")
                .append(to)
                .append('\n'));
    for (int row = 0; row < rows; row++) {
      String color = coloring.color(row);
      out.append("  style t").append(row).append(" fill:").append(color);
      out.append(",color:").append(textColor(color)).append('\n');
    }
    if (rows < graph.size()) {
      out.append("  note[\"").append(note(graph)).append("\"]\n");
    }
    return out.toString();
  }

  /** The graph as an SVG image; hovering over a task shows its full name. */
  public static String svg(TaskGraph graph, Coloring coloring) {
    int rows = drawn(graph);
    Layout layout = new Layout(graph, rows);
    int widest = layout.layers.stream().mapToInt(layer -> layer.size()).max().orElse(1);
    int width = widest * STEP_X + 2 * MARGIN;
    int height = layout.layers.size() * STEP_Y + 2 * MARGIN;
    StringBuilder out = new StringBuilder();
    out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"").append(width);
    out.append("\" height=\"").append(height).append("\" viewBox=\"0 0 ").append(width);
    out.append(' ').append(height).append("\" font-family=\"sans-serif\" font-size=\"12\">\n");
    int middle = width / 2;
    forEachEdge(graph, rows, (from, to, data) -> appendEdge(out, layout, middle, from, to, data));
    boolean[] output = outputs(graph);
    for (int row = 0; row < rows; row++) {
      appendBox(out, graph, layout, middle, row, coloring.color(row), output[row]);
    }
    if (rows < graph.size()) {
      out.append("<text x=\"").append(MARGIN).append("\" y=\"").append(height - 6);
      out.append("\" fill=\"#a00\">").append(note(graph)).append("</text>\n");
    }
    return out.append("</svg>\n").toString();
  }

  /** A web page with the graph's SVG image in it. */
  public static String html(TaskGraph graph, Coloring coloring) {
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>"
        + escapeXml(graph.toString())
        + "</title></head>\n<body>\n<h1 style=\"font:16px sans-serif\">"
        + escapeXml(graph.toString())
        + "</h1>\n"
        + svg(graph, coloring)
        + "</body>\n</html>\n";
  }

  private interface Edge {
    void draw(int from, int to, boolean data);
  }

  private static void forEachEdge(TaskGraph graph, int rows, Edge edge) {
    TaskGraph.Columns columns = graph.columns();
    for (int row = 0; row < rows; row++) {
      for (int i = columns.inputOffsets()[row]; i < columns.inputOffsets()[row + 1]; i++) {
        int input = columns.inputs()[i];
        edge.draw(TaskGraph.rowOf(input), row, input >= 0);
      }
    }
  }

  private static void appendEdge(
      StringBuilder out, Layout layout, int middle, int from, int to, boolean data) {
    long x1 = centerX(layout, middle, from);
    long x2 = centerX(layout, middle, to);
    int y1 = top(layout, from) + BOX_HEIGHT;
    int y2 = top(layout, to);
    int bend = (y1 + y2) / 2;
    out.append(
        String.format(
            Locale.ROOT,
            "<path d=\"M%d %d C%d %d %d %d %d %d\" fill=\"none\" stroke=\"#888\"%s/>\n",
            x1,
            y1,
            x1,
            bend,
            x2,
            bend,
            x2,
            y2,
            data ? "" : " stroke-dasharray=\"4 3\""));
  }

  private static void appendBox(
      StringBuilder out,
      TaskGraph graph,
      Layout layout,
      int middle,
      int row,
      String color,
      boolean output) {
    long x = centerX(layout, middle, row);
    int y = top(layout, row);
    String label = label(graph, row);
    String shown = label.length() <= MAX_LABEL ? label : label.substring(0, MAX_LABEL - 1) + "…";
    out.append(
        String.format(
            Locale.ROOT,
            "<g><title>%s</title><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\""
                + " fill=\"%s\" stroke=\"#444\" stroke-width=\"%d\"/>"
                + "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"%s\">%s</text></g>\n",
            escapeXml(label),
            x - BOX_WIDTH / 2,
            y,
            BOX_WIDTH,
            BOX_HEIGHT,
            color,
            output ? 3 : 1,
            x,
            y + BOX_HEIGHT - 9,
            textColor(color),
            escapeXml(shown)));
  }

  private static long centerX(Layout layout, int middle, int row) {
    return middle + Math.round(layout.x[row] * STEP_X);
  }

  private static int top(Layout layout, int row) {
    return MARGIN + layout.layerOf[row] * STEP_Y;
  }

  private static int drawn(TaskGraph graph) {
    return Math.min(MAX_ROWS, graph.size());
  }

  private static String note(TaskGraph graph) {
    return "The first " + MAX_ROWS + " of " + graph.size() + " tasks";
  }

  private static boolean[] outputs(TaskGraph graph) {
    boolean[] output = new boolean[graph.size()];
    for (int row : graph.columns().outputs()) {
      output[row] = true;
    }
    return output;
  }

  private static String label(TaskGraph graph, int row) {
    return graph.key(row).toString();
  }

  /** Black on light colours, white on dark ones. */
  private static String textColor(String color) {
    if (!color.matches("#[0-9a-fA-F]{6}")) {
      return "#000000";
    }
    int rgb = Integer.parseInt(color.substring(1), 16);
    int light = 299 * (rgb >> 16) + 587 * ((rgb >> 8) & 255) + 114 * (rgb & 255);
    return light < 128_000 ? "#ffffff" : "#000000";
  }

  private static String escapeDot(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private static String escapeXml(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
