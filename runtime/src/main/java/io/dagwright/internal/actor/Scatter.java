package io.dagwright.internal.actor;

import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.Ints;
import io.dagwright.internal.wire.Longs;
import io.dagwright.internal.wire.Task;
import java.util.List;
import java.util.Set;

/** Values of a client that workers fetch, as long as that is so. Owned by the client's actor. */
final class Scatter {

  /**
   * Where values are to go.
   *
   * @param copies workers that are to have each; {@link Integer#MAX_VALUE} means all
   * @param workers names or hosts of those that may have them; all may if it is empty
   * @param keptByClient whether the client keeps them, to bring them again
   */
  record Spread(int copies, Set<String> workers, boolean keptByClient) {}

  private List<byte[]> values;
  private final Spread spread;
  private int ordinal = -1;

  /**
   * @param values by row
   */
  Scatter(List<byte[]> values, Spread spread) {
    this.values = values;
    this.spread = spread;
  }

  /** Workers may fetch the values from now on; returns what the scheduler has to know. */
  FromClient.OfferValues offer(int graph, int number, ScatterSource source) {
    ordinal = number;
    Longs sizes = new Longs(values.size());
    for (int row = 0; row < values.size(); row++) {
      byte[] bytes = values.get(row);
      source.put(Task.of(ordinal, row), bytes);
      sizes.add(bytes.length);
    }
    values = List.of(); // They are with the source now, until they have arrived.
    return new FromClient.OfferValues(
        graph,
        sizes,
        spread.copies,
        List.copyOf(spread.workers),
        spread.keptByClient,
        source.incarnation(),
        source.address());
  }

  /** These values are where they should be. */
  void arrived(Ints rows, ScatterSource source) {
    if (!spread.keptByClient) {
      drop(rows, source);
    }
  }

  /** Nobody will fetch these values again. */
  void drop(Ints rows, ScatterSource source) {
    for (int i = 0; i < rows.size() && ordinal >= 0; i++) {
      source.remove(Task.of(ordinal, rows.get(i)));
    }
  }
}
