package io.dagwright.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class VisualizeTest {

  private static final TaskGraph GRAPH =
      TaskGraph.builder()
          .constant("a<b>", 1)
          .task("say \"hi\"", List.of("a<b>"), inputs -> 1)
          .build();

  @Test
  void dotHoldsEveryTaskAndEdge() {
    assertThat(Visualize.dot(GRAPH, Coloring.plain()))
        .isEqualTo(
            """
            digraph tasks {
              rankdir=TB;
              node [shape=box, style="rounded,filled", fontname="sans-serif"];
              t0 [label="a<b>", fillcolor="#e8e8e8", fontcolor="#000000"];
              t1 [label="say \\"hi\\"", fillcolor="#e8e8e8", fontcolor="#000000", penwidth=2];
              t0 -> t1;
            }
            """);
  }

  @Test
  void mermaidHoldsEveryTaskAndEdge() {
    assertThat(Visualize.mermaid(GRAPH, Coloring.byState(row -> row == 0 ? "memory" : "erred")))
        .isEqualTo(
            """
            flowchart TD
              t0["a<b>"]
              t1["say #quot;hi#quot;"]
              t0 --> t1
              style t0 fill:#b2df8a,color:#000000
              style t1 fill:#fb9a99,color:#000000
            """);
  }

  @Test
  void svgIsWellFormedAndHasABoxForEachTask() throws Exception {
    TaskGraph tree = Shapes.of(Shapes.tree(16));

    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(Visualize.svg(tree, Coloring.byOrder(tree)))));

    assertThat(document.getElementsByTagName("rect").getLength()).isEqualTo(31);
    assertThat(document.getElementsByTagName("path").getLength()).isEqualTo(30);
  }

  @Test
  void aLargeGraphIsCutWithANote() {
    TaskGraph large = Shapes.of(Shapes.chain(1000));

    assertThat(Visualize.html(large, Coloring.byOrder(large)))
        .contains("The first 300 of 1000 tasks")
        .doesNotContain("http://localhost", "<script", "<link");
  }
}
