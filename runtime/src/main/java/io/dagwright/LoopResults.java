package io.dagwright;

import java.lang.ref.Cleaner;
import java.util.Spliterator;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** The results of a running loop, as whoever reads them has them in hand. */
final class LoopResults<R extends @Nullable Object> implements Spliterator<R> {

  private static final Cleaner CLEANER = Cleaner.create();

  private final Loop<R> loop;
  private final boolean ordered;

  private LoopResults(Loop<R> loop, boolean ordered) {
    this.loop = loop;
    this.ordered = ordered;
  }

  /** A stream that cancels the loop when it is closed, or when it is garbage. */
  static <R extends @Nullable Object> Stream<R> stream(Loop<R> loop, boolean ordered) {
    LoopResults<R> results = new LoopResults<>(loop, ordered);
    CLEANER.register(results, loop::abandon);
    return StreamSupport.stream(results, false).onClose(loop::close);
  }

  @Override
  public boolean tryAdvance(Consumer<? super R> action) {
    return loop.advance(action);
  }

  @Override
  public @Nullable Spliterator<R> trySplit() {
    return null; // There is one order in which they come.
  }

  @Override
  public long estimateSize() {
    return Long.MAX_VALUE; // Which means that nobody knows.
  }

  @Override
  public int characteristics() {
    return ordered ? ORDERED : 0;
  }
}
