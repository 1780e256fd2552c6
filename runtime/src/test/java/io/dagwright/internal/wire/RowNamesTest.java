package io.dagwright.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.graph.TaskKey;
import org.junit.jupiter.api.Test;

/** Rows that are looked for by name. */
class RowNamesTest {

  @Test
  void aRowIsFoundByItsPrefixAndNumberOrByTheKeyAUserGave() {
    GraphRows rows = rows();

    assertThat(rows.row("task-0")).isEqualTo(0);
    assertThat(rows.row("mine")).isEqualTo(1);
    assertThat(rows.row("task-1")).as("it has another name").isEqualTo(-1);
    assertThat(rows.row("task-2")).as("there is no such row").isEqualTo(-1);
    assertThat(rows.row("other-0")).isEqualTo(-1);
    assertThat(rows.row("task-x")).isEqualTo(-1);
    assertThat(rows.row("task")).isEqualTo(-1);
  }

  @Test
  void namesStayWhenTheRowsAreGone() {
    GraphRows names = rows().namesOnly();

    assertThat(names.isDropped(0)).isTrue();
    assertThat(names.row("task-0")).isEqualTo(0);
    assertThat(names.row("mine")).isEqualTo(1);
    assertThat(names.mayBe(0, 0, "task-0")).isTrue();
    assertThat(names.mayBe(0, 0, "other-0")).isFalse();
    assertThat(names.mayBe(0, -1, "other-0")).as("nobody knows").isTrue();
  }

  private static GraphRows rows() {
    TestGraph graph = new TestGraph().row().row();
    graph.append();
    graph.rows.nameRow(1, TaskKey.of("mine"));
    return graph.rows;
  }
}
