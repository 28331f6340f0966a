using System.Text;
using TurkishLlm.Files;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// The append-only record of all requests and replies. Every line is flushed to disk before the program continues: a kill at any
/// moment loses no reply that was received, and a reply that was received is never requested again.
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
            CutTornLine(stream, file + ".torn");
            return new(lockFile, stream, JournalState.Read(file));
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
        _stream.Position = _stream.Length;
        _stream.Write(Encoding.UTF8.GetBytes(JsonText.Serialize(entry) + "\n"));
        _stream.Flush(flushToDisk: true);
        _state.Add(entry);
    }

    private static void CutTornLine(FileStream stream, string torn)
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
        if (end == stream.Length) return;
        var rest = new byte[stream.Length - end];
        stream.Position = end;
        stream.ReadExactly(rest);
        using (var tornFile = new FileStream(torn, FileMode.Append, FileAccess.Write)) tornFile.Write([.. rest, (byte)'\n']);
        stream.SetLength(end);
    }
}
