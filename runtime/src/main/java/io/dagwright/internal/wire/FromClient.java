package io.dagwright.internal.wire;

import io.dagwright.graph.Annotations;
import io.dagwright.graph.ResultRef;
import io.dagwright.graph.TaskKey;
import java.util.List;
import java.util.Map;

/** What a client says to the scheduler, over their link. Graphs go by the client's own numbers. */
public sealed interface FromClient {

  /**
   * A graph begins.
   *
   * @param id its name for others
   * @param name its name for people
   * @param rows how many rows will come; 0 if that is open
   * @param stopAtFirstFailure whether one failed output makes the others pointless
   * @param growing whether rows may be added as long as the client lives
   * @param inline whether small results should be sent with the news that they are there
   */
  record OpenGraph(
      int graph,
      String id,
      String name,
      int rows,
      boolean stopAtFirstFailure,
      boolean growing,
      boolean inline)
      implements FromClient {}

  /** Entries to append to a graph's tables; later rows use them by number. */
  record AddTables(
      int graph,
      List<String> prefixes,
      List<Annotations> annotations,
      List<byte[]> functions,
      Map<Integer, TaskKey> keys,
      Map<Integer, ResultRef> externals)
      implements FromClient {}

  /**
   * Classes that graphs of this session need.
   *
   * @param epoch which of the session's code; from 1
   * @param unit what is new in that epoch, encoded
   * @param blobs where the contents of classes and jars are to be had
   */
  record AddCode(int epoch, byte[] unit, PeerAddress blobs) implements FromClient {}

  /** A graph's functions and arguments need this epoch's classes; all of them the same. */
  record UseCode(int graph, int epoch) implements FromClient {}

  /** Rows to append to a graph. */
  record AddRows(int graph, GraphRows.Block block) implements FromClient {}

  /** No more rows will come. */
  record SealGraph(int graph) implements FromClient {}

  /** Which number does the data plane know this graph by? */
  record AskOrdinal(int graph) implements FromClient {}

  /**
   * The client's data server has values for workers, one for each row of a graph.
   *
   * @param sizes bytes of each
   * @param copies workers that are to have each; {@link Integer#MAX_VALUE} means all
   * @param only names or hosts of the workers that may have them; all may if it is empty
   * @param kept whether the client keeps them as long as the graph lives
   * @param incarnation as which the client's data server knows them
   */
  record OfferValues(
      int graph,
      Longs sizes,
      int copies,
      List<String> only,
      boolean kept,
      long incarnation,
      PeerAddress address)
      implements FromClient {}

  /** So many workers are to hold these results. {@code request} is the client's own number. */
  record CopyResults(long request, int copies, List<ResultRef> results) implements FromClient {}

  /** These results, or all if there are none, are to move from full to empty workers. */
  record BalanceResults(long request, List<ResultRef> results) implements FromClient {}

  /** The client lets go of these results. */
  record Release(int graph, Ints rows) implements FromClient {}

  /** The client wants nothing of this graph any more. */
  record CancelGraph(int graph, String reason) implements FromClient {}

  /** Several messages in one, in order. */
  record Bundle(List<FromClient> messages) implements FromClient {
    public Bundle {
      messages = List.copyOf(messages);
    }
  }

  /** The client is alive. */
  record ClientBeat() implements FromClient {}

  /** The client leaves; all its graphs go with it. */
  record CloseSession() implements FromClient {}
}
