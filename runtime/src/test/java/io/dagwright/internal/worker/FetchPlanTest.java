package io.dagwright.internal.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.dagwright.internal.worker.FetchPlan.Kind;
import io.dagwright.internal.worker.FetchPlan.Step;
import io.dagwright.internal.worker.FetchPlan.Trouble;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FetchPlanTest {

  @Test
  void whoCannotBeReachedIsTriedOnceMoreThenOthersThenNobody() {
    FetchPlan plan = new FetchPlan(List.of(-1, 4));

    assertEquals(new Step(Kind.ASK, FetchPlan.RECONNECT_NANOS, 0), plan.after(Trouble.UNREACHABLE));
    assertEquals(new Step(Kind.ASK_RELAY, 0, -1), plan.after(Trouble.UNREACHABLE));
    assertEquals(new Step(Kind.ASK_RELAY, 0, 4), plan.after(Trouble.UNREACHABLE));
    assertEquals(Step.GIVE_UP, plan.after(Trouble.UNREACHABLE));
  }

  @Test
  void whoIsBusyIsAskedAgainAfterEverLongerWaits() {
    FetchPlan plan = new FetchPlan(List.of(-1));

    assertEquals(new Step(Kind.ASK, FetchPlan.BUSY_NANOS, 0), plan.after(Trouble.BUSY));
    assertEquals(new Step(Kind.ASK, 2 * FetchPlan.BUSY_NANOS, 0), plan.after(Trouble.BUSY));
    long last = 0;
    for (int i = 2; i < FetchPlan.BUSY_TIMES; i++) {
      Step step = plan.after(Trouble.BUSY);
      assertEquals(Kind.ASK, step.kind());
      last = step.delayNanos();
    }
    assertEquals(FetchPlan.BUSY_NANOS_MAX, last);
    assertEquals(Step.GIVE_UP, plan.after(Trouble.BUSY));
  }

  @Test
  void aBusyRelayIsAskedAgainItself() {
    FetchPlan plan = new FetchPlan(List.of(7, 8));
    plan.after(Trouble.UNREACHABLE);
    plan.after(Trouble.UNREACHABLE);

    assertEquals(new Step(Kind.ASK_RELAY, FetchPlan.BUSY_NANOS, 7), plan.after(Trouble.BUSY));
  }

  @Test
  void whatIsDamagedOrMissingIsForTheSchedulerToReplace() {
    assertEquals(Step.GIVE_UP, new FetchPlan(List.of(1)).after(Trouble.DAMAGED));
    assertEquals(Step.GIVE_UP, new FetchPlan(List.of(1)).after(Trouble.MISSING));
  }

  @Test
  void everyPlanEnds() {
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      FetchPlan plan = new FetchPlan(List.of(1, 2, 3, 4, 5));
      int steps = 0;
      while (plan.after(Trouble.values()[random.nextInt(2)]).kind() != Kind.GIVE_UP) {
        steps++;
      }
      assertTrue(steps <= FetchPlan.BUSY_TIMES + 1 + FetchPlan.RELAYS_MAX);
    }
  }
}
