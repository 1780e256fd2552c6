package io.dagwright.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.graph.Annotations;
import java.util.List;
import org.junit.jupiter.api.Test;

class GraphRowsTest {

  @Test
  void edgesLeadFromARowToThoseThatNeedItInOrder() {
    TestGraph graph = new TestGraph().row().row(0).row(0, 1).row(~0);
    graph.append();

    assertThat(users(graph.rows, 0)).isEqualTo(Ints.of(1, 2, 3));
    assertThat(users(graph.rows, 1)).isEqualTo(Ints.of(2));
    assertThat(users(graph.rows, 3)).isEqualTo(Ints.EMPTY);
    assertThat(graph.rows.edgeHasData(graph.rows.firstEdge(0))).isTrue();
  }

  @Test
  void aRowThatNeedsALaterOneIsRefused() {
    TestGraph graph = new TestGraph().row(1).row();

    assertThatThrownBy(graph::append).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aBlockMustStartWhereTheLastEnded() {
    TestGraph graph = new TestGraph().row();
    graph.append();
    GraphRows.Block block =
        new GraphRows.Block(
            5,
            new int[] {0},
            new int[0],
            new int[0],
            new int[0],
            null,
            new byte[0],
            null,
            new int[0]);

    assertThatThrownBy(() -> graph.rows.append(block))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("starts at 5, not at 1");
  }

  @Test
  void argumentsStayWithTheirRows() {
    GraphRows rows = new GraphRows();
    rows.addTables(List.of("task"), List.of());
    byte[] bytes = {1, 2, 3};
    rows.append(
        new GraphRows.Block(
            0,
            new int[] {0, 0, 0},
            new int[0],
            new int[2],
            new int[2],
            null,
            bytes,
            new int[] {0, 0, 3},
            new int[0]));

    assertThat(rows.argumentLength(0)).isZero();
    assertThat(rows.argumentLength(1)).isEqualTo(3);
    assertThat(rows.argumentBytes(1)[rows.argumentOffset(1)]).isEqualTo((byte) 1);
  }

  @Test
  void annotationsAndExternalsAreKnownByRow() {
    TestGraph graph =
        new TestGraph().row().with(Annotations.NONE.withPriority(3)).external(Task.of(9, 4));
    graph.append();

    assertThat(graph.rows.annotations(0).priority()).isEqualTo(3);
    assertThat(graph.rows.annotations(1)).isEqualTo(Annotations.NONE);
    assertThat(graph.rows.isExternal(1)).isTrue();
    assertThat(graph.rows.externalTask(1)).isEqualTo(Task.of(9, 4));
    assertThat(graph.rows.keyName(0)).isEqualTo("task-0");
  }

  @Test
  void aDroppedPageLeavesNoEdgesBehind() {
    TestGraph graph = new TestGraph().row();
    for (int i = 1; i < GraphRows.PAGE; i++) {
      graph.row();
    }
    graph.append();
    for (int i = 0; i < GraphRows.PAGE; i++) {
      graph.row(i == 5 ? new int[] {0} : new int[0]);
    }
    graph.append();
    graph.row(0).append();

    graph.rows.dropPage(GraphRows.PAGE, row -> row == 0);

    assertThat(users(graph.rows, 0)).isEqualTo(Ints.of(2 * GraphRows.PAGE));
    assertThat(graph.rows.isDropped(GraphRows.PAGE + 7)).isTrue();
    assertThatThrownBy(() -> graph.rows.inputCount(GraphRows.PAGE))
        .isInstanceOf(IllegalStateException.class);
  }

  private static Ints users(GraphRows rows, int row) {
    Ints users = new Ints();
    for (long edge = rows.firstEdge(row); edge != GraphRows.NO_EDGE; edge = rows.nextEdge(edge)) {
      users.add(GraphRows.edgeRow(edge));
    }
    return users;
  }
}
