namespace TurkishLlm.Files;

/// <summary>Checks names of files that .NET cannot open because they are not UTF-8.</summary>
public static class FileName
{
    /// <summary>Refuses a path with U+FFFD, the replacement of bytes that are not UTF-8.</summary>
    /// <exception cref="IOException">The name is not UTF-8; the message says how to rename the file.</exception>
    public static void RefuseInvalid(string path)
    {
        if (!path.Contains('\uFFFD', StringComparison.Ordinal)) return;
        var folder = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        throw new IOException(
            $"The name of the file {path} is not UTF-8, so it cannot be opened. "
            + $"Rename it, for example with: convmv -f ISO-8859-9 -t UTF-8 --notest -r {folder}");
    }
}
