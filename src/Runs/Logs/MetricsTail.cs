using static System.FormattableString;

namespace TurkishLlm.Runs.Logs;

/// <summary>
/// Reads <c>metrics.jsonl</c> again and again while it grows. Each call reads only what was appended, or everything if lines that
/// were read before are gone, as after a run was resumed or rolled back.
/// </summary>
/// <remarks>Spec: LOG-03. A last line without a line break is still being written; it is read when it is whole.</remarks>
/// <param name="file">The file; it may not exist yet.</param>
public sealed class MetricsTail(string file)
{
    private const int LongestLine = 1 << 24;

    private readonly List<StepMetrics> _steps = [];
    private byte[] _lastLine = [];
    private long _end, _lines;

    /// <summary>The metrics of every step, ascending. If a step has several lines, the last one counts.</summary>
    public IReadOnlyList<StepMetrics> Steps => _steps;

    /// <summary>Reads what was written since the last call.</summary>
    /// <returns>Number of steps, from the first one on, that are the same as before.</returns>
    /// <exception cref="InvalidDataException">A line is invalid; the message names it. The next call reads all.</exception>
    /// <exception cref="IOException">The file cannot be read. The next call reads everything.</exception>
    public int Read()
    {
        try
        {
            if (File.Exists(file)) return ReadFile();
            Forget();
            return 0;
        }
        catch
        {
            Forget();
            throw;
        }
    }

    private int ReadFile()
    {
        using var stream = new FileStream(
            file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (!HasLastLine(stream)) Forget();
        return ReadLines(stream);
    }

    // A file that was cut may have grown beyond its old length since. The times in a line make it unique.
    private bool HasLastLine(FileStream stream)
    {
        if (_lines == 0) return true;
        if (stream.Length < _end) return false;
        var found = new byte[_lastLine.Length];
        stream.Position = _end - found.Length;
        return stream.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) == found.Length
            && found.AsSpan().SequenceEqual(_lastLine);
    }

    private int ReadLines(FileStream stream)
    {
        stream.Position = _end;
        var (buffer, filled, unchanged) = (new byte[1 << 16], 0, _steps.Count);
        for (int read; (read = stream.Read(buffer, filled, buffer.Length - filled)) > 0;)
        {
            filled += read;
            var begin = 0;
            for (int length; (length = buffer.AsSpan(begin, filled - begin).IndexOf((byte)'\n') + 1) > 0; begin += length)
                unchanged = Math.Min(unchanged, AddLine(buffer.AsSpan(begin, length)));
            buffer.AsSpan(begin, filled - begin).CopyTo(buffer);
            filled -= begin;
            if (filled == LongestLine)
                throw new InvalidDataException(
                    Invariant($"{file}:{_lines + 1}: the line is longer than 16 MiB, so it is not one of a log of metrics."));
            if (filled == buffer.Length) Array.Resize(ref buffer, 2 * buffer.Length);
        }
        return unchanged;
    }

    private int AddLine(ReadOnlySpan<byte> line)
    {
        var metrics = StepLog<StepMetrics>.ParseLine(file, _lines + 1, line[..^1].ToArray());
        var kept = _steps.Count;
        while (kept > 0 && _steps[kept - 1].Step >= metrics.Step) kept--;
        _steps.RemoveRange(kept, _steps.Count - kept);
        _steps.Add(metrics);
        _lastLine = line.ToArray();
        _end += line.Length;
        _lines++;
        return kept;
    }

    private void Forget()
    {
        _steps.Clear();
        (_lastLine, _end, _lines) = ([], 0, 0);
    }
}
