package io.dagwright.internal.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dagwright.internal.executor.SlotFile;
import io.dagwright.internal.wire.ProcessEnd;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What is said of a process, and of its end. */
class ExitTest {

  /** A report ends with these. */
  private static final int PROCESS_END_BYTES = 4 + 3 * 8;

  @Test
  void signalsHaveNamesWhereThereAreSignals() {
    assertThat(ExitStatus.text(137, true))
        .isEqualTo(
            "exit code 137, killed by signal 9 (SIGKILL: by somebody, or by the system for want of"
                + " memory)");
    assertThat(ExitStatus.text(137, false)).isEqualTo("exit code 137");
    assertThat(ExitStatus.text(152, true)).isEqualTo("exit code 152, killed by signal 24");
    assertThat(ExitStatus.text(3, true)).isEqualTo("exit code 3");
    assertThat(ExitStatus.text(77, true)).contains("out of memory outside of tasks");
    assertThat(ExitStatus.text(255, true)).contains("a fatal error outside of tasks");
  }

  @Test
  void aReportIsTheSameAfterItsWay() throws IOException {
    ExitReport report =
        new ExitReport(
            "gpu-1",
            7L << 16,
            "exit code 1\nlast words",
            List.of(new SlotFile.Line(42, 1), new SlotFile.Line(-1, 3)),
            new ProcessEnd(ProcessEnd.Cause.LIMIT, 99, 100, 95));

    assertThat(ExitReport.of(report.toBytes())).isEqualTo(report);
  }

  @Test
  void bytesThatAreNoReportAreRefused() {
    assertThatThrownBy(() -> ExitReport.of(new byte[] {0, 1, 'a'})).isInstanceOf(IOException.class);
    byte[] tooMany = new ExitReport("a", 1, "b", List.of(), ProcessEnd.UNKNOWN).toBytes();
    tooMany[tooMany.length - PROCESS_END_BYTES - 2] = 100;
    assertThatThrownBy(() -> ExitReport.of(tooMany)).hasMessageContaining("[25600]");
  }

  @Test
  void memoryIsWhatCannotBeTakenBack() {
    String status = "Name:\tjava\nVmRSS:\t  300 kB\nRssAnon:\t  200 kB\nRssFile:\t  100 kB\n";

    assertThat(ProcessMemory.residentBytes(status)).isEqualTo(OptionalLong.of(200 << 10));
    assertThat(ProcessMemory.residentBytes("Name:\tjava\n")).isEmpty();
  }

  @Test
  void theMachinesMemoryIsDividedUnlessALimitIsGiven() {
    SupervisorSettings.Memory divided = new SupervisorSettings.Memory(0, 0.75, 0.95);
    SupervisorSettings.Memory given = new SupervisorSettings.Memory(123, 0.75, 0.95);

    assertThat(divided.limitBytes(1100, 100, 3)).isEqualTo(300);
    assertThat(divided.limitBytes(1100, 100, 0)).isEqualTo(900);
    assertThat(given.limitBytes(1100, 100, 3)).isEqualTo(123);
  }
}
