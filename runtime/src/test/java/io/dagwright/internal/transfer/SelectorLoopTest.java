package io.dagwright.internal.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SelectorLoopTest {

  private final CountDownLatch ticks = new CountDownLatch(2);

  /** A channel's handler with a bug in all it does. */
  private final class Broken implements SelectorLoop.Handler {
    @Override
    public void onReady(SelectionKey key) {
      throw new IllegalStateException("ready");
    }

    @Override
    public void onTick(long nowNanos) {
      ticks.countDown();
      throw new IllegalStateException("tick");
    }

    @Override
    public void onClosed(Exception cause) {
      throw new IllegalStateException("closed");
    }
  }

  @Test
  void aHandlerThatFailsCostsNobodyElseTheLoop() throws Exception {
    SelectorLoop loop = new SelectorLoop("test");
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    CountDownLatch ran = new CountDownLatch(1);
    loop.execute(
        () -> {
          try {
            loop.register(pipe.source(), SelectionKey.OP_READ, new Broken());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    ticks.await();

    assertThat(loop.execute(ran::countDown)).isTrue();

    assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
    loop.close();
    assertThat(loop.execute(ran::countDown)).isFalse();
    pipe.sink().close();
    pipe.source().close();
  }
}
