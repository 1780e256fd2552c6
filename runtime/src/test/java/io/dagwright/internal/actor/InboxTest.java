package io.dagwright.internal.actor;

import static org.assertj.core.api.Assertions.assertThat;

import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.WorkerEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InboxTest {

  private static final WorkerEvent EVENT = new WorkerEvent.KeysFreed(Longs.EMPTY);

  private final Deque<Runnable> guards = new ArrayDeque<>();
  private int woken;

  @Test
  void oneWakeUpStandsForAllThatGathers() {
    Inbox inbox = inbox(TimeUnit.HOURS.toNanos(1));

    inbox.post(EVENT);
    inbox.post(EVENT);
    assertThat(woken).isEqualTo(1);
    drain(inbox, 2);
    inbox.post(EVENT);

    assertThat(woken).isEqualTo(2);
  }

  @Test
  void whatCanWaitComesWithTheNextThatCannot() {
    Inbox inbox = inbox(TimeUnit.HOURS.toNanos(1));

    inbox.postQuietly(EVENT);
    inbox.postQuietly(EVENT);
    assertThat(woken).isZero();
    inbox.post(EVENT);

    assertThat(woken).isEqualTo(1);
    drain(inbox, 3);
  }

  @Test
  void whatCanWaitDoesNotWaitForever() {
    Inbox inbox = inbox(TimeUnit.HOURS.toNanos(1));
    inbox.postQuietly(EVENT);
    inbox.postQuietly(EVENT);
    assertThat(guards).hasSize(1);

    guards.remove().run();

    assertThat(woken).isEqualTo(1);
    drain(inbox, 2);
    inbox.postQuietly(EVENT);
    assertThat(guards).hasSize(1);
  }

  @Test
  void aGuardWakesNobodyForNothing() {
    Inbox inbox = inbox(TimeUnit.HOURS.toNanos(1));
    inbox.postQuietly(EVENT);
    inbox.post(EVENT);
    drain(inbox, 2);

    guards.remove().run();

    assertThat(woken).isEqualTo(1);
  }

  @Test
  void impatienceWakesAtOnceOrWithTheSecond() {
    Inbox none = inbox(0);
    none.postQuietly(EVENT);
    assertThat(woken).isEqualTo(1);

    Inbox little = inbox(1);
    little.postQuietly(EVENT);
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < 2) {
      Thread.onSpinWait();
    }
    little.postQuietly(EVENT);
    assertThat(woken).isEqualTo(2);
  }

  private Inbox inbox(long patienceNanos) {
    return new Inbox(() -> woken++, patienceNanos, guards::add);
  }

  private static void drain(Inbox inbox, int expected) {
    inbox.open();
    for (int i = 0; i < expected; i++) {
      assertThat(inbox.poll()).isEqualTo(EVENT);
    }
    assertThat(inbox.poll()).isNull();
  }
}
