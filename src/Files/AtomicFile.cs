using System.Text;

namespace TurkishLlm.Files;

/// <summary>
/// Writes files atomically: a process killed at any byte leaves either the old file or the new one. A symbolic link stays a link,
/// and its target is replaced.
/// </summary>
/// <remarks>
/// The new file is written beside the target as <c>NAME.partial</c>, flushed to the disk, and renamed. Targets that cannot be
/// replaced, such as <c>/dev/stdout</c> and pipes, are written directly.
/// </remarks>
public static class AtomicFile
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes a file, replacing an existing one. Missing folders are created.</summary>
    /// <param name="file">The file.</param>
    /// <param name="write">Writes the content. If it throws, nothing has changed.</param>
    /// <exception cref="IOException">The file cannot be written. The old one is unchanged.</exception>
    public static void Write(string file, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var target = LinkTarget.Resolve(file);
        if (Path.GetDirectoryName(target) is { Length: > 0 } folder) LinkTarget.CreateDirectory(folder);
        if (LinkTarget.IsDevice(target))
        {
            using var device = NameErrors(
                () => new FileStream(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite), file, target);
            write(device);
            return;
        }
        var partial = target + ".partial";
        try
        {
            var stream = NameErrors(
                () => new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16), file, target);
            using (stream)
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            NameErrors(
                () =>
                {
                    File.Move(partial, target, overwrite: true);
                    return true;
                }, file, target);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    // The system names the partial file, which the user did not give.
    private static T NameErrors<T>(Func<T> access, string file, string target)
    {
        try
        {
            return access();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Could not write {LinkTarget.Describe(file, target)}: {error.Message}", error);
        }
    }

    /// <summary>Writes a text as UTF-8 without a byte order mark.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteAllText(string file, string text) => Write(file, stream => stream.Write(Utf8.GetBytes(text)));

    /// <summary>Writes lines as UTF-8 that end with a line feed.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteLines(string file, IEnumerable<string> lines) => Write(file, stream =>
    {
        using var writer = new StreamWriter(stream, Utf8, bufferSize: 1 << 16, leaveOpen: true) { NewLine = "\n" };
        foreach (var line in lines) writer.WriteLine(line);
    });
}
