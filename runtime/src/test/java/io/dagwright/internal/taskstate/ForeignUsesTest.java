package io.dagwright.internal.taskstate;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.taskstate.ForeignUses.Notice;
import io.dagwright.internal.wire.GraphEvent;
import io.dagwright.internal.wire.Task;
import io.dagwright.internal.wire.TaskFailure;
import org.junit.jupiter.api.Test;

class ForeignUsesTest {

  private static final long OWNER = Task.of(3, 7);
  private static final long CONSUMER = Task.of(4, 1);

  private final ForeignUses uses = new ForeignUses();

  @Test
  void whoUsesARemovedGraphHearsThatItsInputWillNotCome() {
    uses.add(CONSUMER, OWNER);
    uses.add(Task.of(5, 2), Task.of(3, 8));

    assertThat(uses.remove(3, "gone")).containsExactly(failed(4, 1), failed(5, 2));
    assertThat(uses.isEmpty()).isTrue();
  }

  @Test
  void whomARemovedGraphUsedHearsThatItWillNotAskAgain() {
    uses.add(CONSUMER, OWNER);

    assertThat(uses.remove(4, "gone"))
        .containsExactly(new Notice(3, new GraphEvent.ConsumerForgot(7, CONSUMER)));
    assertThat(uses.isEmpty()).isTrue();
  }

  @Test
  void whatIsForgottenNobodyHearsOf() {
    uses.add(CONSUMER, OWNER);
    uses.forget(CONSUMER);
    uses.forget(CONSUMER);

    assertThat(uses.remove(3, "gone")).isEmpty();
    assertThat(uses.remove(4, "gone")).isEmpty();
  }

  @Test
  void otherGraphsAreLeftAlone() {
    uses.add(CONSUMER, OWNER);

    assertThat(uses.remove(5, "gone")).isEmpty();
    assertThat(uses.isEmpty()).isFalse();
  }

  private static Notice failed(int graph, int row) {
    TaskFailure gone = TaskFailure.of(TaskFailure.Kind.CANCELLED, "input " + row, "gone");
    return new Notice(graph, new GraphEvent.ExternalFailed(row, gone));
  }
}
