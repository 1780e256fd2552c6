package io.dagwright.internal.supervisor;

import io.dagwright.internal.transfer.DataClient;
import io.dagwright.internal.transfer.TransferSettings;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings reports to the scheduler's data server, for a process without an actor system. What cannot
 * be brought is lost: the scheduler then notices by itself, only later and with less to say.
 */
public final class DataPlaneReports implements ExitReports {

  private static final Logger LOG = LoggerFactory.getLogger(DataPlaneReports.class);

  private final DataClient client;

  public DataPlaneReports(TransferSettings settings) {
    client = new DataClient(settings);
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // Says itself how it went.
  public void tell(ExitReport report, String scheduler) {
    if (scheduler.isEmpty()) {
      return; // Nobody knows whom to tell; the log has it.
    }
    int colon = scheduler.lastIndexOf(':');
    InetSocketAddress address =
        new InetSocketAddress(
            scheduler.substring(0, colon), Integer.parseInt(scheduler.substring(colon + 1)));
    byte[] bytes = report.toBytes();
    client
        .reportExit(address, bytes)
        .handle(
            (done, failure) ->
                failure == null
                    ? CompletableFuture.<Void>completedFuture(null)
                    : client.reportExit(address, bytes)) // The connection may just have been stale.
        .thenCompose(second -> second)
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                LOG.warn(
                    "The scheduler at [{}] cannot be told how worker [{}] ended: {}",
                    scheduler,
                    report.worker(),
                    failure.getMessage());
              }
            });
  }

  @Override
  public void close() {
    client.close();
  }
}
