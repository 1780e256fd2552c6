package io.dagwright.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.scheduler.SlotState;
import io.dagwright.internal.taskstate.RowState;
import io.dagwright.internal.wire.TransitionTable;
import io.dagwright.internal.worker.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The diagrams in {@code docs/internals} are the machines' tables. To write them anew, run this
 * test with {@code -Ddiagrams.rewrite=true}.
 */
class StateDiagramsTest {

  private static final String BEGIN = "<!-- diagram -->\n";
  private static final String END = "<!-- end of diagram -->";

  @Test
  void theDiagramOfAGraphsRowsIsNew() throws IOException {
    checkPage("graph-state.md", RowState.table());
  }

  @Test
  void theDiagramOfTheSchedulersTasksIsNew() throws IOException {
    checkPage("scheduler-state.md", SlotState.table());
  }

  @Test
  void theDiagramOfAWorkersRunsIsNew() throws IOException {
    checkPage("worker-state.md", RunState.table());
  }

  private static void checkPage(String name, TransitionTable<?> table) throws IOException {
    Path page = root().resolve("docs/internals").resolve(name);
    String text = Files.readString(page);
    int from = text.indexOf(BEGIN);
    int to = text.indexOf(END);
    assertThat(from).as("begin of the diagram in " + name).isNotNegative();
    assertThat(to).as("end of the diagram in " + name).isGreaterThan(from);

    String diagram = "```mermaid\n" + table.toMermaid() + "```\n";
    String fresh = text.substring(0, from + BEGIN.length()) + diagram + text.substring(to);

    if (Boolean.getBoolean("diagrams.rewrite")) {
      Files.writeString(page, fresh);
    } else {
      assertThat(text)
          .as("run StateDiagramsTest with -Ddiagrams.rewrite=true to renew docs/internals/" + name)
          .isEqualTo(fresh);
    }
  }

  /** The root of the sources, wherever the test is started. */
  private static Path root() {
    Path path = Path.of("").toAbsolutePath();
    while (path != null && !Files.isDirectory(path.resolve("docs/internals"))) {
      path = path.getParent();
    }
    return java.util.Objects.requireNonNull(path, "no docs/internals above the working directory");
  }
}
