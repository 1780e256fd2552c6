package io.dagwright;

import static java.util.Objects.requireNonNull;

import io.dagwright.error.CorruptPayloadException;
import io.dagwright.error.TaskFailedException;
import io.dagwright.internal.cache.CacheFiles;
import io.dagwright.internal.cache.CallCodec;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Results of functions, kept in files: a call that was made before, in this process or another, is
 * not made again.
 *
 * <pre>{@code
 * DiskCache cache = DiskCache.at(Path.of("cache"));
 * Fn1<String, Model> load = cache.cached(Etl::load);
 * }</pre>
 *
 * <p>Two calls are the same if their arguments and what the function captured have the same bytes,
 * and the code that the function may run is the same: all methods it calls, down to jars, which
 * count as a whole, and the JDK, which does not count. Editing a method that is called three calls
 * deep makes another call of it; editing comments, or code the function does not use, does not. Not
 * seen are code that is found by reflection only, and whatever a function reads besides its
 * arguments: files, the clock, static fields that were changed. Maps and sets with equal contents
 * are different if their order is.
 *
 * <p>Any number of processes may share a directory. Entries appear complete or not at all, and are
 * checked when they are read; a broken one is computed again. If two compute the same at the same
 * time, both do. Immutable and thread-safe.
 */
public final class DiskCache {

  private static final Logger LOG = LoggerFactory.getLogger(DiskCache.class);

  private final CacheFiles files;
  private final CallCodec codec;
  private final @Nullable Duration expiry;
  private final Set<Integer> ignored;

  private DiskCache(
      CacheFiles files, CallCodec codec, @Nullable Duration expiry, Set<Integer> ignored) {
    this.files = files;
    this.codec = codec;
    this.expiry = expiry;
    this.ignored = ignored;
  }

  /**
   * A cache in a directory, which is made when it is first needed.
   *
   * @param directory of any file system; nothing else should be in it
   */
  public static DiskCache at(Path directory) {
    return new DiskCache(new CacheFiles(directory), new CallCodec(), null, Set.of());
  }

  /**
   * This cache, but results that were computed longer ago are computed again.
   *
   * @param age above zero
   */
  public DiskCache withExpiry(Duration age) {
    if (age.isNegative() || age.isZero()) {
      throw new IllegalArgumentException("results must be kept for longer than " + age);
    }
    return new DiskCache(files, codec, age, ignored);
  }

  /**
   * This cache, but calls are the same whatever these arguments are: loggers, numbers of threads.
   *
   * @param positions of arguments, from 0
   */
  public DiskCache withIgnored(int... positions) {
    Set<Integer> all = new TreeSet<>(ignored);
    Arrays.stream(positions).forEach(all::add);
    return new DiskCache(files, codec, expiry, Set.copyOf(all));
  }

  /** A function that gives what it gave before for the same argument. It cannot be sent. */
  public <A extends @Nullable Object, R extends @Nullable Object> Fn1<A, R> cached(
      Fn1<? super A, ? extends R> function) {
    requireNonNull(function, "function");
    return argument -> call(DelayedCall.<A, R>delayed(argument, function));
  }

  /**
   * The result of a call: what it gave before, or what it gives now.
   *
   * @throws TaskFailedException if it is made and throws; nothing is kept then
   * @throws io.dagwright.error.NotSerializableTaskException if an argument or the result does not
   *     serialize
   * @throws java.io.UncheckedIOException if the directory cannot be used
   */
  public <R extends @Nullable Object> R call(DelayedCall<R> call) {
    return call(call, key(call), since());
  }

  private <R extends @Nullable Object> R call(DelayedCall<R> call, String key, Instant since) {
    byte[] present = files.read(key, since);
    if (present != null) {
      try {
        return cast(codec.decode(present, call.function()));
      } catch (CorruptPayloadException e) {
        LOG.warn("What [{}] gave before cannot be read; it is computed again", call, e);
      }
    }
    R result = make(call);
    files.write(key, codec.encode(result), Instant.now());
    return result;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "NullAway"}) // A call's result.
  private static <R extends @Nullable Object> R cast(@Nullable Object result) {
    return (R) result;
  }

  /**
   * Makes a call, unless it was made before, and gives a handle on its result, which stays on disk.
   *
   * @throws TaskFailedException as {@link #call}
   */
  public <R extends @Nullable Object> Shelved<R> shelve(DelayedCall<R> call) {
    String key = key(call);
    if (files.read(key, since()) == null) {
      files.write(key, codec.encode(make(call)), Instant.now());
    }
    return new Shelved<>(this, call, key);
  }

  /** Whether a call need not be made. */
  public boolean contains(DelayedCall<?> call) {
    return files.contains(key(call), since());
  }

  /** Forgets what a call gave. */
  public void remove(DelayedCall<?> call) {
    files.remove(key(call));
  }

  /**
   * Removes results, those first that were not used for longest, until what is left is within all
   * limits. Nothing does so by itself.
   *
   * @param bytes most bytes of all files together, 0 or more
   * @param items most results, 0 or more
   * @param age results that were not used for longer are removed
   */
  public void reduceSize(long bytes, long items, Duration age) {
    files.reduce(bytes, items, age, Instant.now());
  }

  /**
   * A result on disk. Immutable and thread-safe.
   *
   * @param <R> its type
   */
  public static final class Shelved<R extends @Nullable Object> {

    private final DiskCache cache;
    private final DelayedCall<R> call;
    private final String key;

    private Shelved(DiskCache cache, DelayedCall<R> call, String key) {
      this.cache = cache;
      this.call = call;
      this.key = key;
    }

    /** Reads the result; if it has been removed since, or is broken, the call is made again. */
    public R get() {
      return cache.call(call, key, Instant.MIN);
    }

    /** Removes the result from disk. */
    public void clear() {
      cache.files.remove(key);
    }

    @Override
    public String toString() {
      return "Shelved[" + call.name() + ", " + key.substring(0, 12) + "]";
    }
  }

  private Instant since() {
    return expiry == null ? Instant.MIN : Instant.now().minus(expiry);
  }

  private String key(DelayedCall<?> call) {
    @Nullable Object[] counting = call.arguments().clone();
    for (int position : ignored) {
      if (position < counting.length) {
        counting[position] = null;
      }
    }
    return codec.key(call.function(), Lambdas.serialized(call.function()), counting);
  }

  private static <R extends @Nullable Object> R make(DelayedCall<R> call) {
    try {
      return call.call();
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new TaskFailedException(
          call.name(), "Cached call [" + call.name() + "] failed: " + e + ". Nothing was kept.", e);
    }
  }

  @Override
  public String toString() {
    return "DiskCache[" + files.directory() + "]";
  }
}
