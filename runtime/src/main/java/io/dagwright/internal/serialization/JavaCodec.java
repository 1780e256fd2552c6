package io.dagwright.internal.serialization;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.lang.invoke.SerializedLambda;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Java serialization as users know it, for those who choose it: what is not {@code Serializable}
 * fails, class hooks are called. Parts may go by other serializers.
 *
 * <p>Reading goes through a filter: classes as {@link ClassPolicy} says, depth, references, and no
 * array longer than the bytes there are.
 */
final class JavaCodec {

  private static final int DEPTH_MAX = 200;
  private static final int REFERENCES_MAX = 10_000_000;

  private static final Map<String, Class<?>> PRIMITIVES =
      List.of(
              boolean.class,
              byte.class,
              short.class,
              char.class,
              int.class,
              long.class,
              float.class,
              double.class,
              void.class)
          .stream()
          .collect(Collectors.toMap(Class::getName, Function.identity()));

  private JavaCodec() {}

  /** Thrown when something is not {@code Serializable}, or its own hooks failed. */
  static final class JavaFormException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    JavaFormException(IOException cause) {
      super(cause.toString(), cause);
    }
  }

  /** The bytes of a value. */
  static byte[] write(Object value, Parts parts, ClassLoader loader) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Writer writer = new Writer(bytes, parts, loader)) {
      writer.writeObject(value);
    } catch (IOException e) {
      throw new JavaFormException(e);
    }
    return bytes.toByteArray();
  }

  /** The value in exactly these bytes. */
  static Object read(
      byte[] bytes,
      int offset,
      int length,
      ValueCodec codec,
      LargeParts.Finder parts,
      ClassLoader loader) {
    try (Reader reader =
        new Reader(new ByteArrayInputStream(bytes, offset, length), length, codec, parts, loader)) {
      Object value = reader.readObject();
      if (value == null) {
        throw ByteSource.corrupt("there is nothing in them");
      }
      return value;
    } catch (ClassNotFoundException e) {
      throw new MissingClassException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(e.toString(), e);
    }
  }

  private static final class Writer extends ObjectOutputStream {

    private final Parts parts;
    private final ClassLoader loader;
    private boolean insideRoot;

    Writer(OutputStream out, Parts parts, ClassLoader loader) throws IOException {
      super(out);
      this.parts = parts;
      this.loader = loader;
      enableReplaceObject(true);
    }

    @Override
    protected void annotateClass(Class<?> type) {
      parts.classes().accept(type);
    }

    @Override
    protected @Nullable Object replaceObject(@Nullable Object object) {
      if (object == null || object instanceof Class<?>) {
        return object;
      }
      Refusal refusal = Refusal.of(object.getClass());
      if (refusal == null) {
        refusal = Refusal.ofNativeMemory(object.getClass());
        refusal = refusal == null || parts.isChosen(object) ? null : refusal;
      }
      if (!insideRoot) {
        insideRoot = true; // Whoever called us has decided that it goes by this serializer.
      } else if (object instanceof SerializedLambda form) {
        if (parts.classes() instanceof CodeListener listener) {
          listener.acceptLambda(form, loader);
        }
        return parts.replaceLambda(form, loader);
      } else {
        Object replaced = parts.replace(object);
        if (replaced instanceof Embedded || replaced instanceof LargeParts.Reference) {
          return replaced;
        }
      }
      if (refusal != null && object instanceof java.io.Serializable) {
        throw new RefusedException(object.getClass().getName() + ": " + refusal.reason());
      }
      return object; // Java serialization itself refuses what is not Serializable.
    }
  }

  private static final class Reader extends ObjectInputStream {

    private final ValueCodec codec;
    private final LargeParts.Finder parts;
    private final ClassLoader loader;

    /** Whether what the filter is asked about next has just been put in a reference's place. */
    private boolean isResolved;

    Reader(
        ByteArrayInputStream in,
        int length,
        ValueCodec codec,
        LargeParts.Finder parts,
        ClassLoader loader)
        throws IOException {
      super(in);
      this.codec = codec;
      this.parts = parts;
      this.loader = loader;
      enableResolveObject(true);
      setObjectInputFilter(
          info -> {
            if (isResolved) {
              isResolved = false; // Whoever read it has checked it.
              return ObjectInputFilter.Status.ALLOWED;
            }
            Class<?> type = info.serialClass();
            boolean allowed =
                info.depth() <= DEPTH_MAX
                    && info.references() <= REFERENCES_MAX
                    && info.arrayLength() <= length
                    && (type == null || ClassPolicy.allows(type));
            return allowed ? ObjectInputFilter.Status.ALLOWED : ObjectInputFilter.Status.REJECTED;
          });
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description) throws ClassNotFoundException {
      String name = description.getName();
      Class<?> primitive = PRIMITIVES.get(name);
      return primitive != null ? primitive : Class.forName(name, false, loader);
    }

    @Override
    protected Class<?> resolveProxyClass(String[] interfaces) throws IOException {
      throw new IOException("dynamic proxies are not read");
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // Whether it was replaced.
    protected @Nullable Object resolveObject(@Nullable Object object) {
      Object resolved = object;
      if (object instanceof LargeParts.Reference reference) {
        resolved = parts.find(reference.bytes, loader);
      } else if (object instanceof Embedded part) {
        resolved = codec.read(part.bytes, loader);
      }
      isResolved = resolved != null && resolved != object;
      return resolved;
    }
  }
}
