namespace TurkishLlm.Runs.Logs;

/// <summary>
/// The log of events: <c>events.jsonl</c>, one JSON object per line. Lines are never removed: after an event of kind
/// <c>resumed</c>, repeated steps may repeat their events.
/// </summary>
public sealed class EventLog : IDisposable
{
    private readonly Lock _lock = new();
    private readonly StepLog<RunEvent> _log;
    private readonly TimeProvider _clock;

    private EventLog(string file, TimeProvider clock) => (_log, _clock) = (new(file, _ => 0), clock);

    /// <summary>Opens the file for appending and removes an incomplete last line.</summary>
    /// <param name="file">The file; created if it does not exist.</param>
    /// <param name="clock">Clock for the timestamps.</param>
    /// <exception cref="InvalidDataException">A line is invalid; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be written to.</exception>
    public static EventLog Open(string file, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(file);
        var log = new EventLog(file, clock);
        log._log.Open(afterStep: 1);
        return log;
    }

    /// <summary>Reads a file; empty if it does not exist.</summary>
    /// <exception cref="InvalidDataException">A line is invalid; the message names it.</exception>
    public static IEnumerable<RunEvent> Read(string file) => StepLog<RunEvent>.Read(file);

    /// <summary>
    /// Appends an event. Ignores write errors: a report about a problem must not cause another one. Thread-safe.
    /// </summary>
    /// <returns>The event with its timestamp.</returns>
    public RunEvent TryAppend(RunEvent line)
    {
        lock (_lock)
        {
            line = line with { Timestamp = _clock.GetUtcNow() };
            try
            {
                _log.Append(line);
            }
            catch (IOException)
            {
            }
            return line;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _log.Dispose();
}
