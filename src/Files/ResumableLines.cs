using System.Text;

namespace TurkishLlm.Files;

/// <summary>
/// Writes a file line by line over a long time. Until it is complete, the lines are in <c>NAME.resume</c>; a process that is
/// killed at any byte leaves them for the next one, which continues after the last whole line.
/// </summary>
/// <remarks>
/// The first line of that file says what the lines depend on. Lines that depend on something else are discarded.
/// </remarks>
public sealed class ResumableLines : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _file, _resume;
    private readonly FileStream _stream;
    private readonly List<string> _lines;

    private ResumableLines(string file, string resume, FileStream stream, List<string> lines, bool isDiscarded) =>
        (_file, _resume, _stream, _lines, IsDiscarded) = (file, resume, stream, lines, isDiscarded);

    /// <summary>The lines written so far, including those of an interrupted process.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>True if lines of an interrupted process were discarded, because they depend on something else.</summary>
    public bool IsDiscarded { get; }

    /// <summary>Opens the lines of an interrupted process, or begins.</summary>
    /// <param name="file">The file to write.</param>
    /// <param name="identity">One line that names everything the lines depend on.</param>
    /// <exception cref="IOException">The file cannot be written, or another process is writing it.</exception>
    public static ResumableLines Open(string file, string identity)
    {
        var target = LinkTarget.Resolve(Path.GetFullPath(file));
        var resume = target + ".resume";
        if (Path.GetDirectoryName(target) is { Length: > 0 } folder) LinkTarget.CreateDirectory(folder);
        FileStream stream;
        try
        {
            stream = new(resume, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Could not write {file}: another process is writing it, or {error.Message}", error);
        }
        var lines = ReadWholeLines(stream);
        if (lines.Count > 0 && lines[0] == identity) return new(file, resume, stream, lines[1..], isDiscarded: false);
        stream.SetLength(0);
        var written = new ResumableLines(file, resume, stream, [], isDiscarded: lines.Count > 1);
        written.Write(identity);
        return written;
    }

    /// <summary>Appends a line. It survives a kill of the process.</summary>
    /// <param name="line">The line, without a line break.</param>
    public void Append(string line)
    {
        Write(line);
        _lines.Add(line);
    }

    /// <summary>Writes the file atomically and removes the other one.</summary>
    public void Complete()
    {
        AtomicFile.WriteLines(_file, _lines);
        _stream.Dispose();
        File.Delete(_resume);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private void Write(string line)
    {
        _stream.Write(Utf8.GetBytes(line + "\n"));
        _stream.Flush();
    }

    // What follows the last line break is half a line; zeros are what a loss of power leaves.
    private static List<string> ReadWholeLines(FileStream stream)
    {
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var whole = bytes.AsSpan(0, bytes.AsSpan().IndexOf((byte)0) is >= 0 and var zero ? zero : bytes.Length);
        var end = whole.LastIndexOf((byte)'\n') + 1;
        stream.SetLength(end);
        stream.Seek(0, SeekOrigin.End);
        return end == 0 ? [] : [.. Encoding.UTF8.GetString(whole[..(end - 1)]).Split('\n')];
    }
}
