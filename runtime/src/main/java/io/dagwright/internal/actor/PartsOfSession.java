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
 * Large values that functions of one session captured, on a worker: one object for all functions
 * that are there. Thread-safe; a value is gone when no function has it.
 */
final class PartsOfSession implements LargeParts.Finder {

  private final NodeServices services;
  private final Map<ClassLoader, Map<CodeHash, Part>> parts = new WeakHashMap<>();
  private final Set<CodeHash> used = ConcurrentHashMap.newKeySet();

  /** Its lock is held while it is fetched. */
  private static final class Part {
    private @Nullable WeakReference<Object> value;
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
    ByteBuffer in = ByteBuffer.wrap(reference);
    CodeHash hash = CodeHash.read(in);
    int port = in.getInt();
    PeerAddress from = new PeerAddress(StandardCharsets.UTF_8.decode(in).toString(), port);
    Part part = part(hash, loader);
    synchronized (part) {
      Object value = part.value == null ? null : part.value.get();
      if (value == null) {
        used.add(hash);
        byte[] bytes = services.part(hash, from);
        value = services.values().read(bytes, loader);
        if (value == null) {
          throw new DataTransferException(
              DataTransferException.Reason.CORRUPT, "A large value arrived as nothing.", null);
        }
        part.value = new WeakReference<>(value);
      }
      return value;
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
