package io.dagwright.internal.transfer;

import io.dagwright.error.DataTransferException;
import io.dagwright.internal.serialization.Payload;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Fetches of several workers of one process: what one of them is fetching already is not fetched
 * once more for another, which gets the same payload, or the same trouble. Thread-safe.
 */
public final class SharedFetches {

  private final DataClient client;

  /** What is under way, and who else wants it. */
  private final Map<Wanted, List<Follower>> underWay = new HashMap<>();

  private record Wanted(InetSocketAddress address, long worker, long task) {}

  /** One result of a fetch. */
  private record Follower(Outcomes outcomes, int index) {}

  public SharedFetches(DataClient client) {
    this.client = client;
  }

  /** As {@link DataClient#fetch(InetSocketAddress, long, long[], FetchReceiver)}. */
  public void fetch(InetSocketAddress address, long worker, long[] tasks, FetchReceiver receiver) {
    Outcomes outcomes = new Outcomes(receiver, tasks.length);
    int[] own = new int[tasks.length];
    int count = 0;
    synchronized (this) {
      for (int i = 0; i < tasks.length; i++) {
        Wanted wanted = new Wanted(address, worker, tasks[i]);
        List<Follower> others = underWay.get(wanted);
        if (others == null) {
          underWay.put(wanted, new ArrayList<>(0));
          own[count++] = i;
        } else {
          others.add(new Follower(outcomes, i));
        }
      }
    }
    if (count > 0) {
      long[] asked = new long[count];
      for (int i = 0; i < count; i++) {
        asked[i] = tasks[own[i]];
      }
      client.fetch(address, worker, asked, new Leader(address, worker, asked, own, outcomes));
    }
  }

  private synchronized @Nullable List<Follower> end(Wanted wanted) {
    return underWay.remove(wanted);
  }

  /** Tells one receiver, whoever brings its results; ends when all have come. */
  private static final class Outcomes {
    private final FetchReceiver receiver;
    private int missing;
    private @Nullable DataTransferException failure;

    Outcomes(FetchReceiver receiver, int count) {
      this.receiver = receiver;
      this.missing = count;
    }

    synchronized void tell(int index, ObjIntConsumer<FetchReceiver> outcome) {
      outcome.accept(receiver, index);
      count();
    }

    synchronized void fail(DataTransferException cause) {
      failure = cause;
      count();
    }

    private void count() {
      if (--missing == 0) {
        DataTransferException cause = failure;
        if (cause == null) {
          receiver.onFinished();
        } else {
          receiver.onFailed(cause);
        }
      }
    }
  }

  /** Hears of what one fetch asked for, and tells all who want it. */
  private final class Leader implements FetchReceiver {
    private final InetSocketAddress address;
    private final long worker;
    private final long[] asked;
    private final int[] indices;
    private final Outcomes outcomes;

    Leader(InetSocketAddress address, long worker, long[] asked, int[] indices, Outcomes outcomes) {
      this.address = address;
      this.worker = worker;
      this.asked = asked;
      this.indices = indices;
      this.outcomes = outcomes;
    }

    private void tell(int index, ObjIntConsumer<FetchReceiver> outcome) {
      List<Follower> others = end(new Wanted(address, worker, asked[index]));
      if (others != null) {
        outcomes.tell(indices[index], outcome);
        others.forEach(other -> other.outcomes.tell(other.index, outcome));
      }
    }

    @Override
    public void onResult(int index, Payload result) {
      tell(index, (to, at) -> to.onResult(at, result));
    }

    @Override
    public void onMissing(int index) {
      tell(index, FetchReceiver::onMissing);
    }

    @Override
    public void onBusy(int index) {
      tell(index, FetchReceiver::onBusy);
    }

    @Override
    public void onUnreachable(int index) {
      tell(index, FetchReceiver::onUnreachable);
    }

    @Override
    public void onCorrupt(int index) {
      tell(index, FetchReceiver::onCorrupt);
    }

    @Override
    public void onEncodingFailed(int index, String message) {
      tell(index, (to, at) -> to.onEncodingFailed(at, message));
    }

    @Override
    public void onFinished() {}

    @Override
    public void onFailed(DataTransferException failure) {
      for (long task : asked) {
        List<Follower> others = end(new Wanted(address, worker, task));
        if (others != null) {
          outcomes.fail(failure);
          others.forEach(other -> other.outcomes.fail(failure));
        }
      }
    }
  }
}
