package io.dagwright.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.MemoryLevel;
import io.dagwright.internal.wire.SchedulerInstruction;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.WorkerEvent;
import io.dagwright.internal.wire.WorkerInstruction;
import io.dagwright.internal.wire.WorkerInstruction.Execute;
import io.dagwright.internal.wire.WorkerInstruction.ReportMemory;
import io.dagwright.internal.wire.WorkerInstruction.ReportReturned;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a worker begins runs, as far as memory goes. */
class MemoryAdmissionTest {

  private static final long X = Task.of(3, 0);
  private static final long Y = Task.of(3, 1);
  private static final long Z = Task.of(3, 2);

  private final WorkerState state = new WorkerState(1, new WorkerSettings(2, 0, 0, 4096, 0.8, 0.7));

  @Test
  void runsBeginAsLongAsThereIsMemoryForThem() {
    measure(100, 0, false);

    assertThat(assign(X, 60)).containsExactly(execute(X));
    assertThat(assign(Y, 50)).as("does not fit beside the first").isEmpty();
    assertThat(succeed(X)).contains(execute(Y));
  }

  @Test
  void oneThatTakesMoreThanThereIsRunsAlone() {
    measure(100, 0, false);
    assign(X, 10);

    assertThat(assign(Y, 1000)).isEmpty();
    assertThat(succeed(X)).contains(execute(Y));
    assertThat(assign(Z, 1)).as("nothing beside it").isEmpty();
    assertThat(succeed(Y)).contains(execute(Z));
  }

  @Test
  void inputsCountAsWell() {
    measure(100, 0, false);
    assign(X, 0);
    apply(new WorkerEvent.TaskSucceeded(X, 1, 80, 1000, null));
    assign(Y, 10);

    assertThat(
            apply(
                new WorkerEvent.TasksAssigned(
                    Longs.of(Z),
                    Ints.of(1),
                    Ints.of(1),
                    Longs.of(X),
                    Ints.of(1),
                    Longs.of(15),
                    Ints.of(0))))
        .isEmpty();
  }

  @Test
  void whatACancelledRunTakesIsFreeOnlyWhenItHasEnded() {
    measure(100, 0, false);
    assign(X, 60);
    apply(new WorkerEvent.RunsCancelled(Longs.of(X), Ints.of(1)));

    assertThat(assign(Y, 50)).isEmpty();
    assertThat(apply(new WorkerEvent.TaskSucceeded(X, 1, 1, 1000, null))).contains(execute(Y));
  }

  @Test
  void aPausedWorkerGivesBackWhatHasNotBegun() {
    measure(100, 0, false);
    assign(X, 60);
    assign(Y, 60);

    assertThat(measure(0, 0.8, true))
        .containsExactly(
            new ReportMemory(MemoryLevel.PAUSED), new ReportReturned(Longs.of(Y), Ints.of(1)));
    assertThat(assign(Z, 0)).containsExactly(new ReportReturned(Longs.of(Z), Ints.of(1)));
    assertThat(state.state(X)).as("goes on").isEqualTo(RunState.EXECUTING);
  }

  @Test
  void itGoesOnOnlyWhenThereIsMoreThanJustEnough() {
    measure(0, 0.8, false);

    assertThat(measure(50, 0.75, false)).as("still too much").isEmpty();
    assertThat(measure(50, 0.69, true)).containsExactly(new ReportMemory(MemoryLevel.SHORT));
    assertThat(measure(50, 0.75, false)).containsExactly(new ReportMemory(MemoryLevel.ENOUGH));
    assertThat(state.memoryLevel()).isEqualTo(MemoryLevel.ENOUGH);
  }

  @Test
  void whatShallRunWhateverItTakesDoesSoAlone() {
    measure(100, 0, false);
    assign(X, 10);
    measure(0, 0.9, false);

    assertThat(assign(Y, SchedulerInstruction.WHATEVER_IT_TAKES)).isEmpty();
    assertThat(succeed(X)).contains(execute(Y));
  }

  private List<WorkerInstruction> measure(long room, double used, boolean isCrowded) {
    return apply(new WorkerEvent.MemoryMeasured(room, used, isCrowded));
  }

  private List<WorkerInstruction> assign(long task, long memory) {
    return apply(
        new WorkerEvent.TasksAssigned(
            Longs.of(task),
            Ints.of(1),
            Ints.of(0),
            Longs.EMPTY,
            Ints.EMPTY,
            Longs.of(memory),
            Ints.of(0)));
  }

  private List<WorkerInstruction> succeed(long task) {
    return apply(new WorkerEvent.TaskSucceeded(task, 1, 1, 1000, null));
  }

  private static Execute execute(long task) {
    return new Execute(Longs.of(task), Ints.of(1));
  }

  private List<WorkerInstruction> apply(WorkerEvent event) {
    state.apply(event);
    state.verify();
    List<WorkerInstruction> said = state.flush();
    state.verify();
    return said;
  }
}
