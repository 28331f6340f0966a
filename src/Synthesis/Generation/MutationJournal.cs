using System.Text;
using TurkishLlm.Synthesis.Files;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>
/// The append-only record of everything that was asked and answered. A line is on the disk before the program goes on: a kill at
/// any moment loses no reply that has come, and a reply that has come is never asked for again.
/// </summary>
/// <remarks>
/// What no client can know is whether a request that was on its way when the process died was answered. Such a sending has its
/// line, is told as doubtful and counts against the budget at the most that it can cost. It is sent again under the same key: a
/// service that honours <c>Idempotency-Key</c> answers without a second bill. Spec: SYN-04.
/// </remarks>
public sealed class Journal : IDisposable
{
    private readonly FileStream _lockFile, _stream;
    private readonly Lock _lock = new();
    private readonly JournalState _state;

    private Journal(FileStream lockFile, FileStream stream, JournalState state) => (_lockFile, _stream, _state) = (lockFile, stream, state);

    /// <summary>Opens a journal, or begins one. Bytes of a line that was never finished are moved to <c>FILE.torn</c>.</summary>
    /// <exception cref="IOException">Another process has it.</exception>
    /// <exception cref="InvalidDataException">A line is no line of a journal; says which.</exception>
    public static Journal Open(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (Path.GetDirectoryName(file) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
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

    /// <summary>Looks at what is known.</summary>
    public T Query<T>(Func<JournalState, T> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        lock (_lock) return query(_state);
    }

    /// <summary>Notes that a request is about to be sent.</summary>
    /// <returns>Number of the sending.</returns>
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

    /// <summary>Notes anything else.</summary>
    /// <exception cref="IOException">The disk is full or cannot be written to.</exception>
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
            throw new IOException($"{file} is in use by another process, which has {file}.lock. Two at once would pay twice; wait for it, or stop it.", error);
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
        using (var aside = new FileStream(torn, FileMode.Append, FileAccess.Write)) aside.Write([.. rest, (byte)'\n']);
        stream.SetLength(end);
    }
}
