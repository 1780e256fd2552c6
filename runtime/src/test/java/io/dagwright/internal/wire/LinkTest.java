package io.dagwright.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinkTest {

  private final Link<String> left = new Link<>(1, 100);
  private final Link<String> right = new Link<>(1, 100);

  @Test
  void whatIsSentArrivesOnceAndInOrder() {
    Frame<String> first = left.send("a", 0);
    Frame<String> second = left.send("b", 0);

    assertThat(right.receive(first, 1)).isEqualTo("a");
    assertThat(right.receive(first, 1)).isNull();
    assertThat(right.receive(second, 1)).isEqualTo("b");
  }

  @Test
  void whatComesTooEarlyWaitsForItsTurn() {
    Frame<String> first = left.send("a", 0);
    Frame<String> second = left.send("b", 0);

    assertThat(right.receive(second, 1)).isNull();
    assertThat(right.receive(first, 1)).isEqualTo("a");
    assertThat(right.receive(second, 1)).isEqualTo("b");
  }

  @Test
  void whatIsNotAcknowledgedIsSentAgain() {
    Frame<String> lost = left.send("a", 0);

    assertThat(left.tick(50)).isEmpty();
    assertThat(left.tick(101)).containsExactly(lost);
    assertThat(left.tick(102)).isEmpty();
    assertThat(left.resent()).isEqualTo(1);
  }

  @Test
  void anAcknowledgementEndsTheRepeating() {
    right.receive(left.send("a", 0), 1);

    List<Frame<String>> acks = right.tick(2);
    acks.forEach(ack -> left.receive(ack, 3));

    assertThat(acks).containsExactly(new Frame<>(1, 0, 1, null));
    assertThat(left.unacked()).isZero();
    assertThat(left.tick(1000)).isEmpty();
  }

  @Test
  void aLostAcknowledgementIsGivenAgain() {
    Frame<String> frame = left.send("a", 0);
    right.receive(frame, 1);
    right.tick(2); // Lost.

    right.receive(frame, 200);

    assertThat(right.tick(201)).containsExactly(new Frame<>(1, 0, 1, null));
  }

  @Test
  void acknowledgementsGoOutEvenWhileItRepeatsItself() {
    right.receive(left.send("a", 0), 1);
    Frame<String> mine = right.send("b", 1);
    right.receive(left.send("c", 1), 2);

    assertThat(right.tick(500)).containsExactly(mine, new Frame<>(1, 0, 2, null));
  }

  @Test
  void framesOfAnotherLifeAreRefused() {
    Link<String> earlier = new Link<>(7, 100);

    assertThat(right.receive(earlier.send("a", 0), 1)).isNull();
    assertThat(right.receive(left.send("b", 0), 1)).isEqualTo("b");
  }

  @Test
  void aFrameThatIsSentAgainStillSaysWhatItsSenderHadHeard() {
    Frame<String> said = left.send("digest", 0);
    right.send("news", 0);
    left.receive(new Frame<>(1, 1, 0, "news"), 1);

    List<Frame<String>> again = left.tick(200);

    assertThat(again).contains(said);
    assertThat(right.isHeardBy(again.get(0))).isFalse();
    assertThat(right.isHeardBy(left.ack())).isTrue();
  }

  @Test
  void manyArrivalsOweAnAcknowledgementAtOnce() {
    List<Boolean> owed = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      right.receive(left.send("x", 0), 1);
      owed.add(right.owesAck());
    }

    assertThat(owed).first().isEqualTo(false);
    assertThat(owed).last().isEqualTo(true);
    right.ack();
    assertThat(right.owesAck()).isFalse();
  }
}
