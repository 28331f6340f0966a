using System.Text;
using TurkishLlm.Files;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// The append-only record of all requests and replies. Every line is flushed to disk before the program continues, and a reply is
/// written before anything is read from it: a kill at any moment loses no reply that was received, regardless of its shape, and a
/// readable reply is never requested again.
/// </summary>
/// <remarks>
/// A client cannot know whether a request in flight was answered when the process died. Such a send has its line, is reported as
/// in doubt, and counts against the budget with its maximum cost. It is sent again with the same key, so a service that supports
/// <c>Idempotency-Key</c> answers without a second charge. Spec: SYN-04.
/// </remarks>
public sealed class Journal : IDisposable
{
    private readonly FileStream _lockFile, _stream;
    private readonly Lock _lock = new();
    private readonly JournalState _state;

    private Journal(FileStream lockFile, FileStream stream, JournalState state) =>
        (_lockFile, _stream, _state) = (lockFile, stream, state);

    /// <summary>Opens or creates a journal. An incomplete last line is moved to <c>FILE.torn</c>.</summary>
    /// <exception cref="IOException">Another process has locked the journal.</exception>
    /// <exception cref="InvalidDataException">A line is invalid; the message gives its number.</exception>
    public static Journal Open(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (Path.GetDirectoryName(file) is { Length: > 0 } folder) LinkTarget.CreateDirectory(folder);
        var lockFile = AcquireLock(file);
        FileStream? stream = null;
        try
        {
            stream = new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            // A journal that is refused stays as it is.
            var state = JournalState.Read(file);
            if (CutTornLine(stream, file + ".torn") is { } last) state.Add(last);
            return new(lockFile, stream, state);
        }
        catch
        {
            stream?.Dispose();
            lockFile.Dispose();
            throw;
        }
    }

    /// <summary>Evaluates a function on the current state.</summary>
    public T Query<T>(Func<JournalState, T> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        lock (_lock) return query(_state);
    }

    /// <summary>Records that a request is about to be sent.</summary>
    /// <returns>Number of the send.</returns>
    public long RecordSend(DateTimeOffset at, ModelRequest request, int attempt, decimal costAtMost)
    {
        ArgumentNullException.ThrowIfNull(request);
        lock (_lock)
        {
            var send = _state.SendCount + 1;
            Write(new SentEntry(at, send, request.Id, attempt, request.Group, request.Model, costAtMost));
            return send;
        }
    }

    /// <summary>Records another entry.</summary>
    /// <exception cref="IOException">The disk is full, or the file cannot be written.</exception>
    public void Append(JournalEntry entry)
    {
        lock (_lock) Write(entry);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _lockFile.Dispose();
    }

    private static FileStream AcquireLock(string file)
    {
        try
        {
            return new(file + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new IOException(
                $"Another process is using {file} (it has locked {file}.lock). Two processes would pay twice: "
                    + "wait for it, or stop it.",
                error);
        }
    }

    private void Write(JournalEntry entry)
    {
        var end = _stream.Length;
        _stream.Position = end;
        try
        {
            _stream.Write(Encoding.UTF8.GetBytes(JournalLine.Write(entry) + "\n"));
            _stream.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // A full disk takes a part of the line; the next line must not continue it.
            _stream.SetLength(end);
            throw;
        }
        _state.Add(entry);
    }

    /// <returns>The last line, if it is whole and lacks only its end.</returns>
    private static JournalEntry? CutTornLine(FileStream stream, string torn)
    {
        var end = stream.Length;
        var last = new byte[1];
        while (end > 0)
        {
            stream.Position = end - 1;
            stream.ReadExactly(last);
            if (last[0] == '\n') break;
            end--;
        }
        if (end == stream.Length) return null;
        var rest = new byte[stream.Length - end];
        stream.Position = end;
        stream.ReadExactly(rest);
        if (JournalLine.TryRead(rest) is { } whole)
        {
            stream.Write("\n"u8);
            return whole;
        }
        using (var tornFile = new FileStream(torn, FileMode.Append, FileAccess.Write)) tornFile.Write([.. rest, (byte)'\n']);
        stream.SetLength(end);
        return null;
    }
}
