package io.dagwright.internal.actor;

import io.dagwright.error.DataTransferException;
import io.dagwright.internal.code.CodeHash;
import io.dagwright.internal.serialization.LargeParts;
import io.dagwright.internal.wire.PeerAddress;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Large values of one session, on a worker: those that functions captured, one object for all
 * functions that are there, gone when none has it; and the bytes of arguments of several tasks.
 * Thread-safe.
 */
final class PartsOfSession implements LargeParts.Finder {

  private final NodeServices services;
  private final Map<ClassLoader, Map<CodeHash, Part>> parts = new WeakHashMap<>();
  private final Set<CodeHash> used = ConcurrentHashMap.newKeySet();

  /** Its lock is held while it is fetched. */
  private static final class Part {
    private @Nullable WeakReference<Object> value;
    private @Nullable WeakReference<byte[]> bytes;
  }

  PartsOfSession(NodeServices services) {
    this.services = services;
  }

  /** What tells a worker where a value is: its hash, and who has the bytes. */
  static byte[] reference(CodeHash hash, PeerAddress from) {
    byte[] host = from.host().getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(CodeHash.SIZE_BYTES + Integer.BYTES + host.length);
    hash.write(out);
    return out.putInt(from.port()).put(host).array();
  }

  @Override
  public Object find(byte[] reference, ClassLoader loader) {
    Where where = Where.read(reference);
    Part part = part(where.hash, loader);
    synchronized (part) {
      Object value = part.value == null ? null : part.value.get();
      if (value == null) {
        value = services.values().read(fetch(where), loader);
        if (value == null) {
          throw new DataTransferException(
              DataTransferException.Reason.CORRUPT, "A large value arrived as nothing.", null);
        }
        part.value = new WeakReference<>(value);
      }
      return value;
    }
  }

  @Override
  public byte[] bytes(byte[] reference, ClassLoader loader) {
    Where where = Where.read(reference);
    Part part = part(where.hash, loader);
    synchronized (part) {
      byte[] bytes = part.bytes == null ? null : part.bytes.get();
      if (bytes == null) {
        bytes = fetch(where);
        part.bytes = new WeakReference<>(bytes);
      }
      return bytes;
    }
  }

  private byte[] fetch(Where where) {
    used.add(where.hash);
    return services.part(where.hash, where.from);
  }

  /** What {@link #reference} says. */
  private record Where(CodeHash hash, PeerAddress from) {

    static Where read(byte[] reference) {
      ByteBuffer in = ByteBuffer.wrap(reference);
      CodeHash hash = CodeHash.read(in);
      int port = in.getInt();
      return new Where(hash, new PeerAddress(StandardCharsets.UTF_8.decode(in).toString(), port));
    }
  }

  private Part part(CodeHash hash, ClassLoader loader) {
    synchronized (parts) {
      return parts
          .computeIfAbsent(loader, key -> new ConcurrentHashMap<>())
          .computeIfAbsent(hash, key -> new Part());
    }
  }

  /** The session is over. */
  void forget() {
    used.forEach(services::forgetPart);
  }
}
