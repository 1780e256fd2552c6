package io.dagwright.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads sizes such as 4MB: powers of 1000, as disks are sold; KiB and MiB for those of 1024. */
final class ByteSize implements ITypeConverter<Long> {

  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})\\s*([kmg]?)(i?)b?");
  private static final long LEAST = 1000;
  private static final long MOST = 1_000_000_000;

  @Override
  public Long convert(String text) {
    Matcher matcher = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches() || (matcher.group(2).isEmpty() && !matcher.group(3).isEmpty())) {
      throw new TypeConversionException("[" + text + "] is not a size, such as 4MB or 512kB");
    }
    long base = matcher.group(3).isEmpty() ? 1000 : 1024;
    long size = Long.parseLong(matcher.group(1));
    for (int i = 0; i <= "kmg".indexOf(matcher.group(2)) && !matcher.group(2).isEmpty(); i++) {
      size *= base;
    }
    if (size < LEAST || size > MOST) {
      throw new TypeConversionException("[" + text + "] is not between 1kB and 1GB");
    }
    return size;
  }
}
