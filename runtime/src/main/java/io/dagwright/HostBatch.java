package io.dagwright;

import io.dagwright.internal.serialization.Carrier;
import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.serialization.PayloadFile;
import io.dagwright.spi.ParallelBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A batch for another JVM of this host: its large arguments go through files there. */
final class HostBatch implements ParallelBackend.Batch, Carrier {

  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(Parallel.class);

  private final ParallelBackend.Batch batch;
  private final transient List<Path> files = new ArrayList<>();

  HostBatch(ParallelBackend.Batch batch) {
    this.batch = batch;
  }

  @Override
  public String name() {
    return batch.name();
  }

  @Override
  public int size() {
    return batch.size();
  }

  @Override
  public List<@Nullable Object> call() throws Exception {
    return batch.call();
  }

  @Override
  public long asideBytesMin() {
    return HostShare.FILE_BYTES_MIN;
  }

  @Override
  public @Nullable String putAside(Payload value) {
    try {
      Path file = HostShare.FILES.write(PayloadFile.contentOf(value));
      files.add(file);
      return file.toString();
    } catch (IOException e) {
      LOG.warn(
          "A large argument goes with its call, as a file in [{}] cannot be written",
          HostShare.FILES.directory(),
          e);
      return null;
    }
  }

  /** Removes the files, once the batch has ended. */
  void end() {
    files.forEach(HostShare.FILES::delete);
  }
}
