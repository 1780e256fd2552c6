package io.dagwright.internal.share;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The shared files that this process looks at, each mapped once. One that nobody here looks at any
 * more is given up, though not at once if another process was just told of it. Thread-safe.
 */
public final class Extents {

  private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

  private final HostFiles files;
  private final long graceNanos;
  private final Cleaner cleaner = Cleaner.create();

  /** By id. Guarded by this. */
  private final Map<String, WeakReference<Extent>> open = new HashMap<>();

  /**
   * Creates it.
   *
   * @param graceNanos how long a file stays for those who were told of it but have not opened it
   */
  public Extents(HostFiles files, long graceNanos) {
    this.files = files;
    this.graceNanos = graceNanos;
  }

  /** Writes content to a shared file, if there is none with it yet. */
  public Extent add(HostFiles.Content content) throws IOException {
    Path file = files.add(content);
    return opened(String.valueOf(file.getFileName()), file, content.sizeBytes());
  }

  /** A part of a file of the user's, which must not be changed any more. */
  public Extent map(Path file, long offset, long sizeBytes) throws IOException {
    Path absolute = file.toAbsolutePath();
    long changed = Files.getLastModifiedTime(absolute).toMillis();
    Mapping mapping = Mapping.of(absolute, offset, sizeBytes);
    Extent.Place place = new Extent.Place("", absolute.toString(), offset, sizeBytes, changed);
    return new Extent(mapping, place, new AtomicLong());
  }

  /**
   * Opens what another process told of.
   *
   * @throws NoSuchFileException if it is gone
   * @throws IOException if it is another file by now, or cannot be read
   */
  public Extent open(Extent.Place place) throws IOException {
    if (place.id().isEmpty()) {
      Extent found = map(Path.of(place.file()), place.offset(), place.sizeBytes());
      if (found.place().changedMillis() != place.changedMillis()) {
        throw new IOException("[" + place.file() + "] has been changed since");
      }
      return found;
    }
    if (!ID.matcher(place.id()).matches()) {
      throw new IOException("[" + place.id() + "] is not the hash of a shared file");
    }
    synchronized (this) {
      Extent known = known(place.id());
      if (known != null) {
        return known;
      }
    }
    Path file = files.link(place.id(), Path.of(place.file()));
    if (file == null) {
      throw new NoSuchFileException(place.file());
    }
    return opened(place.id(), file, place.sizeBytes());
  }

  private synchronized Extent opened(String id, Path file, long sizeBytes) throws IOException {
    Extent known = known(id);
    if (known != null) {
      return known;
    }
    AtomicLong sentNanos = new AtomicLong(System.nanoTime() - graceNanos);
    Extent extent =
        new Extent(
            Mapping.of(file, 0, sizeBytes),
            new Extent.Place(id, file.toString(), 0, sizeBytes, 0),
            sentNanos);
    WeakReference<Extent> reference = new WeakReference<>(extent);
    open.put(id, reference);
    cleaner.register(extent, () -> giveUp(id, file, reference, sentNanos));
    return extent;
  }

  private @Nullable Extent known(String id) {
    WeakReference<Extent> reference = open.get(id);
    return reference == null ? null : reference.get();
  }

  private void giveUp(String id, Path file, WeakReference<Extent> reference, AtomicLong sentNanos) {
    long wait = sentNanos.get() + graceNanos - System.nanoTime();
    if (wait > 0) {
      CompletableFuture.delayedExecutor(wait, TimeUnit.NANOSECONDS)
          .execute(() -> giveUp(id, file, reference, sentNanos));
      return;
    }
    synchronized (this) {
      if (open.remove(id, reference)) {
        files.delete(file);
      }
    }
  }
}
